import {
  ArgumentError,
  concat,
  elementwise,
  maximum,
  oneHot,
  scatterAdd,
  ShapeError,
  stack,
  stopGradient,
  tensor,
  tidy,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { boxIou } from "../boxes/box-iou.ts";
import type { DecodedBoxes } from "./select-detections.ts";
import { checkTruths, lastOfEachPlace, truthColumns } from "./truths.ts";

/** How a YOLO of the first version cuts the picture. */
export interface YoloV1Grid {
  /** Cells along each side; 7 in the paper. */
  readonly S: number;
  /** Boxes a cell; 2 in the paper. */
  readonly B: number;
  /** Classes; 20 in the paper. */
  readonly C: number;
}

/** What {@link yoloV1Loss} takes. */
export interface YoloV1LossOptions extends YoloV1Grid {
  /** The weight of the errors of boxes; 5 by default, as in the paper. */
  readonly lambdaCoord?: number;
  /** The weight of the confidence where nothing is; 0.5 by default, as in the paper. */
  readonly lambdaNoobj?: number;
}

/** The loss of a detector, and its parts; each a scalar with its weights in it. */
export interface YoloLoss {
  /** The sum of the parts. */
  readonly total: Tensor;
  /** Of class probabilities. */
  readonly classification: Tensor;
  /** Of places and sizes. */
  readonly localization: Tensor;
  /** Of whether something is there. */
  readonly confidence: Tensor;
}

// From here on the square root of a size is exact; below it goes on along its tangent, so that sizes predicted as 0 or less
// have a finite gradient.
const smallestSize = 1e-4;
const rootOfSize = elementwise((size) => {
  const root = Math.sqrt(smallestSize);
  const tangent = size
    .sub(smallestSize)
    .div(2 * root)
    .add(root);
  return size.greater(smallestSize).where(size.maximum(smallestSize).sqrt(), tangent);
});

/**
 * Returns the loss of YOLO's first version, the paper's equation 3: squared errors, summed over cells and boxes, and divided
 * by the number of pictures.
 *
 * In a cell with an object, the box with the highest IoU is responsible: its centre and the square roots of its sizes
 * count `lambdaCoord`, and its confidence is to be that IoU. The confidences of all other boxes are to be 0, and count
 * `lambdaNoobj`. Class probabilities count in cells with an object. Neither the choice nor the IoU passes a gradient.
 *
 * @param predictions - `[pictures, S, S, 5 B + C]`, or flat as a linear layer gives it: for each cell B times
 * [x, y, width, height, confidence], then C probabilities. x and y are shares of the cell, sizes shares of the picture
 * @param targets - `[pictures, S, S, 5 + C]`, as {@link yoloV1Assign} gives them; or `[..., 5 B + C]`, where the first box
 * of a cell counts
 * @param options - S, B, C, the two weights
 * @throws `ShapeError` if shapes do not fit
 *
 * Gradient: to `predictions`. Source: Redmon et al. 2015, arXiv:1506.02640.
 *
 * @example
 * const truths = tensor([[[0, 0, 50, 50, 0]]]);
 * const targets = yoloV1Assign(truths, { S: 1, C: 1, imageSize: [100, 100] });
 * const predictions = tensor([[[[0.25, 0.25, 0.5, 0.5, 0.9, 0.8]]]]);
 * const { confidence, total } = yoloV1Loss(predictions, targets, { S: 1, B: 1, C: 1 });
 * confidence.item().toFixed(4); // => 0.0100
 * total.item().toFixed(4); // => 0.0500
 */
export function yoloV1Loss(
  predictions: Tensor,
  targets: Tensor,
  options: YoloV1LossOptions,
): YoloLoss {
  const { S, B, C, lambdaCoord = 5, lambdaNoobj = 0.5 } = options;
  return tidy(() => {
    const { boxes, confidences, classes, count } = partsOf("yoloV1Loss", predictions, options);
    const target = checkedTargets(targets, count, options);
    const truth = target.slice([0, 0, 0, 0], [count, S, S, 4]).expandDims(3);
    const isObject = target.slice([0, 0, 0, 4], [count, S, S, 5]);
    const trueClasses = target.slice([0, 0, 0, 5], [count, S, S, 5 + C]);

    // Both boxes lie in one cell, so that its place does not matter to their overlap.
    const iou = stopGradient(boxIou(cornersIn(boxes, S), cornersIn(truth, S), { pairing: "rows" }));
    const responsible = oneHot(iou.argmax(3), B).mul(isObject);

    const center = boxes.slice([0, 0, 0, 0, 0], [count, S, S, B, 2]);
    const size = boxes.slice([0, 0, 0, 0, 2], [count, S, S, B, 4]);
    const trueCenter = truth.slice([0, 0, 0, 0, 0], [count, S, S, 1, 2]);
    const trueSize = truth.slice([0, 0, 0, 0, 2], [count, S, S, 1, 4]);
    const misplaced = center.squaredDifference(trueCenter).sum(-1);
    const missized = rootOfSize(size).squaredDifference(rootOfSize(trueSize)).sum(-1);
    const localization = responsible
      .mul(misplaced.add(missized))
      .sum()
      .mul(lambdaCoord / count);

    const present = responsible.mul(confidences.squaredDifference(iou)).sum();
    const absent = responsible.neg().add(1).mul(confidences.square()).sum();
    const confidence = present.add(absent.mul(lambdaNoobj)).div(count);

    const classification = classes.squaredDifference(trueClasses).mul(isObject).sum().div(count);
    const total = classification.add(localization).add(confidence);
    return { total, classification, localization, confidence };
  });
}

/**
 * Returns the targets of {@link yoloV1Loss}: the cell in which a box's centre lies is to predict it. Of several in one
 * cell, the last.
 *
 * @param truths - `[pictures, m, 5]`, as {@link packTruths} gives them, in pixels
 * @param options - S, C, and the picture's [height, width]
 * @returns `[pictures, S, S, 5 + C]`: x and y as shares of the cell, width and height as shares of the picture, 1 for an
 * object, and a one for its class
 * @throws `ShapeError` if shapes do not fit
 *
 * @example
 * const truths = tensor([[[0, 0, 20, 60, 1]]]);
 * yoloV1Assign(truths, { S: 1, C: 2, imageSize: [100, 100] }).toString(); // => [[[[0.1, 0.3, 0.2, 0.6, 1.0, 0.0, 1.0]]]]
 */
export function yoloV1Assign(
  truths: Tensor,
  options: {
    readonly S: number;
    readonly C: number;
    readonly imageSize: readonly [height: number, width: number];
  },
): Tensor {
  const { S, C, imageSize } = options;
  const [height, width] = imageSize;
  checkTruths("yoloV1Assign", truths, truths.shape[0] ?? 0);
  return tidy(() => {
    const count = truths.shape[0]!;
    const { w, h, label, ...centre } = truthColumns(truths);
    const x = centre.x.mul(S / width);
    const y = centre.y.mul(S / height);
    const column = x.floor().clip(0, S - 1);
    const row = y.floor().clip(0, S - 1);
    const places = row.mul(S).add(column).astype("int32");
    const isReal = lastOfEachPlace(places, label.greaterEqual(0));
    const box = [x.sub(column), y.sub(row), w.div(width), h.div(height)];
    const numbers = stack([...box, label.mul(0).add(1)], -1);
    const rows = concat([numbers, oneHot(label.astype("int32"), C)], -1);
    const picture = tensor(Int32Array.from({ length: count }, (_, i) => i * S * S));
    return scatterAdd(
      zeros([count * S * S, 5 + C]),
      places.add(picture.expandDims(1)).reshape([-1]),
      rows.mul(isReal.astype("float32").expandDims(-1)).reshape([-1, 5 + C]),
    ).reshape([count, S, S, 5 + C]);
  });
}

/**
 * Returns the boxes that predictions of YOLO's first version mean.
 *
 * @param predictions - as {@link yoloV1Loss} takes them
 * @param options - S, B, C, and the picture's [height, width]
 * @returns `boxes [pictures, S S B, 4]` in pixels, `objectness [pictures, S S B]`, `classes [pictures, S S B, C]`
 * @throws `ShapeError` if shapes do not fit
 *
 * Gradient: to `predictions`. {@link selectDetections} picks the boxes that count.
 *
 * @example
 * const predictions = tensor([[[[0.5, 0.5, 0.25, 0.5, 1, 1]]]]);
 * const { boxes } = yoloV1Decode(predictions, { S: 1, B: 1, C: 1, imageSize: [100, 100] });
 * boxes.toString(); // => [[[37.5, 25.0, 62.5, 75.0]]]
 */
export function yoloV1Decode(
  predictions: Tensor,
  options: YoloV1Grid & { readonly imageSize: readonly [height: number, width: number] },
): DecodedBoxes {
  const { S, B, C, imageSize } = options;
  const [height, width] = imageSize;
  return tidy(() => {
    const { boxes, confidences, classes, count } = partsOf("yoloV1Decode", predictions, options);
    const cells = Float32Array.from({ length: S * S * 4 }, (_, i) => {
      const cell = Math.trunc(i / 4);
      return (i % 2 === 0 ? cell % S : Math.trunc(cell / S)) / S;
    });
    const corners = cornersIn(boxes, S).add(tensor(cells, { shape: [S, S, 1, 4] }));
    return {
      boxes: corners.mul(tensor([width, height, width, height])).reshape([count, S * S * B, 4]),
      objectness: confidences.reshape([count, S * S * B]),
      classes: classes
        .expandDims(3)
        .broadcastTo([count, S, S, B, C])
        .reshape([count, S * S * B, C]),
    };
  });
}

/** Boxes [x, y, width, height] of a cell as corners, in shares of the picture, from the cell's own. */
function cornersIn(boxes: Tensor, S: number): Tensor {
  const [x, y, w, h] = boxes.split(4, -1) as [Tensor, Tensor, Tensor, Tensor];
  const halfWidth = maximum(w, 0).div(2);
  const halfHeight = maximum(h, 0).div(2);
  const [left, top] = [x.div(S), y.div(S)];
  const sides = [
    left.sub(halfWidth),
    top.sub(halfHeight),
    left.add(halfWidth),
    top.add(halfHeight),
  ];
  return concat(sides, -1);
}

function partsOf(
  operation: string,
  predictions: Tensor,
  { S, B, C }: YoloV1Grid,
): { boxes: Tensor; confidences: Tensor; classes: Tensor; count: number } {
  for (const [name, value] of Object.entries({ S, B, C })) {
    if (!Number.isInteger(value) || value < 1) {
      throw new ArgumentError(
        `${operation}: ${name}: expected a whole number of 1 or more, got ${value}`,
      );
    }
  }
  const depth = 5 * B + C;
  const count = predictions.shape[0] ?? 0;
  const isGrid = String(predictions.shape) === String([count, S, S, depth]);
  const isFlat = String(predictions.shape) === String([count, S * S * depth]);
  if (!isGrid && !isFlat) {
    throw new ShapeError(
      `${operation}: predictions: expected [pictures, ${S}, ${S}, ${depth}] for S ${S}, B ${B} and C ${C}, ` +
        `got [${predictions.shape.join(", ")}]`,
    );
  }
  const grid = predictions.reshape([count, S, S, depth]);
  const perBox = grid.slice([0, 0, 0, 0], [count, S, S, 5 * B]).reshape([count, S, S, B, 5]);
  return {
    boxes: perBox.slice([0, 0, 0, 0, 0], [count, S, S, B, 4]),
    confidences: perBox.slice([0, 0, 0, 0, 4], [count, S, S, B, 5]).squeeze(-1),
    classes: grid.slice([0, 0, 0, 5 * B], [count, S, S, depth]),
    count,
  };
}

function checkedTargets(targets: Tensor, count: number, { S, B, C }: YoloV1Grid): Tensor {
  const depth = targets.shape.at(-1);
  const isFit = String(targets.shape.slice(0, -1)) === String([count, S, S]);
  if (isFit && depth === 5 + C) return targets;
  if (isFit && depth === 5 * B + C) {
    const box = targets.slice([0, 0, 0, 0], [count, S, S, 5]);
    return concat([box, targets.slice([0, 0, 0, 5 * B], [count, S, S, 5 * B + C])], -1);
  }
  throw new ShapeError(
    `yoloV1Loss: targets: expected [${count}, ${S}, ${S}, ${5 + C}], as yoloV1Assign gives them, ` +
      `got [${targets.shape.join(", ")}]`,
  );
}
