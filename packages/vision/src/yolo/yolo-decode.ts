import { tidy, type Tensor } from "@tensorloom/tensor";
import type { DecodedBoxes } from "./select-detections.ts";
import { decodedCorners, flatPredictions, type YoloGrid } from "./yolo-grid.ts";

/**
 * Returns the boxes that predictions of YOLO's third version mean: a centre in its cell by sigmoids, sizes as exponentials
 * times the anchor's (at most a thousand times), objectness and classes by sigmoids.
 *
 * @param predictions - `[pictures, rows, columns, anchors (5 + C)]`, one tensor a scale, as they come from the last
 * convolution
 * @param options - anchors, C, the picture's size
 * @returns boxes in pixels, objectness and class probabilities, place after place: by scale, row, column, anchor
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for anchors that do not
 *
 * Gradient: to `predictions`. {@link selectDetections} picks the boxes that count. Source: Redmon and Farhadi 2018,
 * arXiv:1804.02767, section 2.1.
 *
 * @example
 * const { boxes } = yoloDecode(tensor([[[[0, 0, 0, 0, 0, 0]]]]), {
 *   anchors: [[40, 20]], C: 1, imageSize: [100, 100],
 * });
 * boxes.toString(); // => [[[30, 40, 70, 60]]]
 */
export function yoloDecode(
  predictions: Tensor | readonly Tensor[],
  options: YoloGrid,
): DecodedBoxes {
  return tidy(() => {
    const flat = flatPredictions("yoloDecode", predictions, options);
    const { values, pictures, places } = flat;
    const sure = values.slice([0, 0, 4], [pictures, places, 5 + options.C]).sigmoid();
    return {
      boxes: decodedCorners(flat, options.imageSize),
      objectness: sure.slice([0, 0, 0], [pictures, places, 1]).squeeze(2),
      classes: sure.slice([0, 0, 1], [pictures, places, 1 + options.C]),
    };
  });
}
