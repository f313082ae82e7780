import {
  ArgumentError,
  noGrad,
  oneHot,
  scatterAdd,
  softplus,
  tensor,
  tidy,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { boxIou, ciou, diou, giou } from "../boxes/box-iou.ts";
import { checkTruths } from "./truths.ts";
import { yoloAssign } from "./yolo-assign.ts";
import { decodedCorners, flatPredictions, type YoloGrid } from "./yolo-grid.ts";
import type { YoloLoss } from "./yolo-v1.ts";

/** What {@link yoloV3Loss} takes. */
export interface YoloV3LossOptions extends YoloGrid {
  /** Boxes that overlap any truth by more are not told that nothing is there; 0.5 by default. */
  readonly ignoreThreshold?: number;
  /**
   * How boxes are held to the truth: by their `"coordinates"`, the default, or by 1 - GIoU, DIoU or CIoU.
   */
  readonly box?: "coordinates" | "giou" | "diou" | "ciou";
  /** The weight of localization; 1 by default. */
  readonly lambdaCoord?: number;
  /** The weight of the confidence where nothing is; 1 by default. */
  readonly lambdaNoobj?: number;
}

const overlaps = { giou, diou, ciou };

/**
 * Returns the loss of YOLO's third version, summed over places and divided by the number of pictures.
 *
 * Each truth is assigned to one place ({@link yoloAssign}). There, *localization* is the binary cross-entropies of the
 * centre's shares of the cell, and half the squared errors of the logarithms of the sizes, both times 2 - the share of the
 * picture that the box covers (as Darknet does); or 1 less the overlap that `box` names. *Classification* is a binary
 * cross-entropy a class. *Confidence* is the binary cross-entropy of 1 there, and of 0 at every other place, but for those
 * whose box overlaps any truth by more than `ignoreThreshold`.
 *
 * @param predictions - `[pictures, rows, columns, anchors (5 + C)]`, one tensor a scale: for each anchor
 * [x, y, width, height, confidence, classes...], as they come from the last convolution
 * @param truths - `[pictures, m, 5]`, as {@link packTruths} gives them, in pixels
 * @param options - anchors, C, the picture's size; ignore threshold, weights
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for options out of range
 *
 * Gradient: to `predictions`. Source: Redmon and Farhadi 2018, arXiv:1804.02767, section 2.
 *
 * @example
 * const truths = tensor([[[30, 30, 70, 70, 0]]]);
 * const sure = yoloV3Loss(tensor([[[[0, 0, 0, 0, 9, 9]]]]), truths, {
 *   anchors: [[40, 40]], C: 1, imageSize: [100, 100],
 * });
 * sure.confidence.item() < 0.001; // => true
 */
export function yoloV3Loss(
  predictions: Tensor | readonly Tensor[],
  truths: Tensor,
  options: YoloV3LossOptions,
): YoloLoss {
  const { C, imageSize, ignoreThreshold = 0.5, box = "coordinates" } = options;
  const { lambdaCoord = 1, lambdaNoobj = 1 } = options;
  if (box !== "coordinates" && !Object.hasOwn(overlaps, box)) {
    throw new ArgumentError(
      `yoloV3Loss: box: expected "coordinates", "giou", "diou" or "ciou", got ${JSON.stringify(box)}`,
    );
  }
  if (!(ignoreThreshold >= 0 && ignoreThreshold <= 1)) {
    throw new ArgumentError(
      `yoloV3Loss: ignoreThreshold: expected a number in [0, 1], got ${ignoreThreshold}`,
    );
  }
  return tidy(() => {
    const flat = flatPredictions("yoloV3Loss", predictions, options);
    const { values, scales, pictures, places } = flat;
    checkTruths("yoloV3Loss", truths, pictures);
    const most = truths.shape[1]!;
    const assignment = yoloAssign(truths, { scales, imageSize });
    const corners = truths.slice([0, 0, 0], [pictures, most, 4]);
    const isAssigned = assignment.isAssigned.astype("float32").reshape([-1]);
    const begin = Int32Array.from({ length: pictures }, (_, i) => i * places);
    const indices = assignment.places.add(tensor(begin).expandDims(1)).reshape([-1]);
    const rows = values.reshape([pictures * places, 5 + C]);
    const chosen = rows.gather(indices);

    const decoded = decodedCorners(flat, imageSize);
    const perBox =
      box === "coordinates"
        ? coordinateErrors(chosen, assignment.offsets, corners, imageSize)
        : overlaps[box](
            decoded.reshape([pictures * places, 4]).gather(indices),
            corners.reshape([-1, 4]),
            { pairing: "rows" },
          )
            .neg()
            .add(1);
    const localization = isAssigned
      .mul(perBox)
      .sum()
      .mul(lambdaCoord / pictures);

    const labels = truths.slice([0, 0, 4], [pictures, most, 5]).reshape([-1]).astype("int32");
    const logits = chosen.slice([0, 5], [chosen.shape[0]!, 5 + C]);
    const classification = crossEntropyOf(logits, oneHot(labels, C))
      .sum(1)
      .mul(isAssigned)
      .sum()
      .div(pictures);

    const isEmpty = noGrad(() => {
      const taken = scatterAdd(zeros([pictures * places]), indices, isAssigned).greater(0);
      const isNear = boxIou(decoded, corners).max(2).greater(ignoreThreshold).reshape([-1]);
      return taken.logicalOr(isNear).logicalNot().astype("float32");
    });
    const present = softplus(column(chosen, 4).neg()).mul(isAssigned).sum();
    const absent = softplus(column(rows, 4)).mul(isEmpty).sum();
    const confidence = present.add(absent.mul(lambdaNoobj)).div(pictures);
    const total = classification.add(localization).add(confidence);
    return { total, classification, localization, confidence };
  });
}

/** `[boxes]`: errors of centres and sizes, larger for small boxes. */
function coordinateErrors(
  chosen: Tensor,
  offsets: Tensor,
  corners: Tensor,
  [height, width]: readonly [number, number],
): Tensor {
  const target = offsets.reshape([-1, 4]);
  const count = target.shape[0]!;
  const half = (x: Tensor, from: number): Tensor => x.slice([0, from], [count, from + 2]);
  const [x1, y1, x2, y2] = corners.reshape([-1, 4]).split(4, 1) as [Tensor, Tensor, Tensor, Tensor];
  const share = x2
    .sub(x1)
    .mul(y2.sub(y1))
    .div(height * width);
  const center = crossEntropyOf(half(chosen, 0), half(target, 0)).sum(1);
  const size = half(chosen, 2).squaredDifference(half(target, 2)).sum(1).div(2);
  return center.add(size).mul(share.squeeze(1).neg().add(2));
}

/** The binary cross-entropy of logits: softplus(x) - x t, which is finite for every x. */
function crossEntropyOf(logits: Tensor, targets: Tensor): Tensor {
  return softplus(logits).sub(logits.mul(targets));
}

function column(rows: Tensor, at: number): Tensor {
  return rows.slice([0, at], [rows.shape[0]!, at + 1]).squeeze(1);
}
