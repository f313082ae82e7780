import { ShapeError, tensor, type Tensor } from "@tensorloom/tensor";
import { normalization, type NormalizeOptions } from "../color/normalize.ts";
import { besides, floatOf, onImages } from "../image/images.ts";
import { separable } from "../separable/separable.ts";
import { centeredTaps, resizingTaps } from "../separable/taps.ts";
import { resizingOf, type ResizeImageOptions } from "./resize-image.ts";
import { sizeOf, type ImageSize } from "./size.ts";

/** What {@link letterbox} takes beside the size. */
export interface LetterboxOptions extends ResizeImageOptions {
  /** The value around the picture; 114 by default, as YOLO's programs have it. */
  readonly fill?: number;
  /** Whether small images grow; true by default. */
  readonly scaleUp?: boolean;
  /** Normalizes in the same pass, the surroundings too, and gives floats; not by default. */
  readonly normalize?: NormalizeOptions;
}

/** Where {@link letterbox} put the picture. */
export interface LetterboxPlacement {
  /** Output pixels an input pixel, along rows. */
  readonly scaleX: number;
  /** Output pixels an input pixel, down columns. */
  readonly scaleY: number;
  /** Where the picture's left edge lies. */
  readonly left: number;
  /** Where its top edge lies. */
  readonly top: number;
  /** The input's height. */
  readonly height: number;
  /** The input's width. */
  readonly width: number;
}

/** What {@link letterbox} gives. */
export interface Letterbox {
  /** The images, of the size asked for. */
  readonly image: Tensor;
  /** Where the picture lies in them. */
  readonly placement: LetterboxPlacement;
}

/**
 * Returns images resized to fit into a size, with their proportions, centred, and with a border of one value: what
 * detectors take. Resizing, border and normalization are one pass.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param size - `[height, width]`, or one number for both
 * @param options - fill, whether to scale up, how to resize, normalization
 * @returns `image`, and its `placement` for {@link letterboxBoxes} and {@link unletterboxBoxes}
 * @throws `ShapeError` for another rank; `ArgumentError` for sizes or options that do not exist
 *
 * Gradient: to a float `x`.
 *
 * @example
 * const { image, placement } = letterbox(ones([2, 4, 3]), 8, { fill: 0 });
 * image.shape; // => [8,8,3]
 * placement.top; // => 2
 */
export function letterbox(x: Tensor, size: ImageSize, options: LetterboxOptions = {}): Letterbox {
  const [toHeight, toWidth] = sizeOf("letterbox", size);
  const { fill = 114, scaleUp = true } = options;
  const resizing = resizingOf("letterbox", options);
  const [height, width] = x.shape.slice(-3) as [number, number];
  const wanted = Math.min(toHeight / height, toWidth / width);
  const scale = scaleUp ? wanted : Math.min(1, wanted);
  const [innerHeight, innerWidth] = [height, width].map((n) => Math.max(1, Math.round(n * scale))) as [number, number]; // prettier-ignore
  const top = (toHeight - innerHeight) >> 1;
  const left = (toWidth - innerWidth) >> 1;
  const image = onImages("letterbox", x, ({ batch, channels }) => {
    const normalized =
      options.normalize === undefined
        ? {}
        : normalization("letterbox", x.dtype === "uint8", channels, options.normalize);
    return separable(
      batch,
      centeredTaps(resizingTaps(height, innerHeight, resizing), top, toHeight),
      centeredTaps(resizingTaps(width, innerWidth, resizing), left, toWidth),
      {
        fill,
        dtype: options.normalize === undefined ? (x.dtype as "uint8") : floatOf(x),
        ...normalized,
      },
    );
  });
  const [scaleX, scaleY] = [innerWidth / width, innerHeight / height];
  return { image, placement: { scaleX, scaleY, left, top, height, width } };
}

/**
 * Returns boxes of an image as they lie in its letterbox.
 *
 * @param boxes - `[..., 4]`, as [x1, y1, x2, y2]
 * @param placement - of {@link letterbox}
 * @returns the shape of `boxes`
 * @throws `ShapeError` unless the last axis is 4
 *
 * @example
 * const { placement } = letterbox(ones([2, 4, 3]), 8);
 * letterboxBoxes(tensor([[0, 0, 1, 1]]), placement).toString(); // => [[0, 2, 2, 4]]
 */
export function letterboxBoxes(boxes: Tensor, placement: LetterboxPlacement): Tensor {
  checkBoxes("letterboxBoxes", boxes);
  return besides(boxes, () => {
    const { scales, offsets } = cornersOf(placement);
    return boxes.mul(scales).add(offsets);
  });
}

/**
 * Returns boxes found in a letterbox as they lie in the image, cut off at its edges: the inverse of
 * {@link letterboxBoxes}.
 *
 * @param boxes - `[..., 4]`, as [x1, y1, x2, y2]
 * @param placement - of {@link letterbox}
 * @returns the shape of `boxes`
 * @throws `ShapeError` unless the last axis is 4
 *
 * @example
 * const { placement } = letterbox(ones([2, 4, 3]), 8);
 * unletterboxBoxes(tensor([[0, 2, 2, 4]]), placement).toString(); // => [[0, 0, 1, 1]]
 */
export function unletterboxBoxes(boxes: Tensor, placement: LetterboxPlacement): Tensor {
  checkBoxes("unletterboxBoxes", boxes);
  return besides(boxes, () => {
    const { scales, offsets } = cornersOf(placement);
    const { width, height } = placement;
    const inImage = boxes.sub(offsets).div(scales);
    return inImage.maximum(0).minimum(tensor([width, height, width, height]));
  });
}

function cornersOf({ scaleX, scaleY, left, top }: LetterboxPlacement): {
  scales: Tensor;
  offsets: Tensor;
} {
  return {
    scales: tensor([scaleX, scaleY, scaleX, scaleY]),
    offsets: tensor([left, top, left, top]),
  };
}

function checkBoxes(operation: string, boxes: Tensor): void {
  if (boxes.shape.at(-1) === 4) return;
  throw new ShapeError(
    `${operation}: boxes: expected [..., 4], as [x1, y1, x2, y2], got [${boxes.shape.join(", ")}]`,
  );
}
