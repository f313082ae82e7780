import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";
import {
  overlapOf,
  readPictures,
  type EvaluationDetections,
  type EvaluationTruth,
} from "./match-detections.ts";

/** What {@link detectionConfusion} takes. */
export interface DetectionConfusionOptions {
  /** How many classes there are. */
  readonly C: number;
  /** From which IoU on a detection and a truth are a pair; 0.45 by default. */
  readonly iouThreshold?: number;
  /** Detections of a lower score do not count; 0.25 by default. */
  readonly scoreThreshold?: number;
}

/**
 * Resolves to the confusion matrix of a detector: rows are true classes, columns detected ones; the last row is ground where
 * something was detected, the last column truths that were missed.
 *
 * Detections and truths of a picture are paired whatever their classes, the pair with the highest IoU first, each at most
 * once.
 *
 * @param detections - an entry a picture
 * @param truths - an entry a picture
 * @param options - how many classes; thresholds
 * @returns `[C + 1, C + 1]`, int32
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for a label out of range, or if there are not as many of both
 *
 * @example
 * const labels = tensor([1], { dtype: "int32" });
 * const truth = { boxes: tensor([[0, 0, 8, 8]]), labels };
 * const found = { ...truth, labels: labels.mul(0), scores: tensor([0.9]) };
 * (await detectionConfusion([found], [truth], { C: 2 })).toString(); // => [[0, 0, 0], [1, 0, 0], [0, 0, 0]]
 */
export async function detectionConfusion(
  detections: readonly EvaluationDetections[],
  truths: readonly EvaluationTruth[],
  options: DetectionConfusionOptions,
): Promise<Tensor<"int32">> {
  const { C, iouThreshold = 0.45, scoreThreshold = 0.25 } = options;
  if (!Number.isInteger(C) || C < 1) {
    throw new ArgumentError(
      `detectionConfusion: C: expected a whole number of 1 or more, got ${C}`,
    );
  }
  if (!(iouThreshold >= 0 && iouThreshold <= 1)) {
    throw new ArgumentError(
      `detectionConfusion: iouThreshold: expected a number in [0, 1], got ${iouThreshold}`,
    );
  }
  const pictures = await readPictures("detectionConfusion", detections, truths);
  const counts = new Int32Array((C + 1) ** 2);
  const count = (row: number, column: number): void => void counts[row * (C + 1) + column]!++;
  const checkedLabel = (label: number): number => {
    if (Number.isInteger(label) && label >= 0 && label < C) return label;
    throw new ArgumentError(
      `detectionConfusion: labels: expected whole numbers in [0, ${C}), got ${label}`,
    );
  };
  for (const { found, real } of pictures) {
    const counted = Array.from({ length: found.count }, (_, i) => i).filter(
      (i) => found.scores[i]! >= scoreThreshold,
    );
    const pairs = counted
      .flatMap((i) =>
        Array.from({ length: real.count }, (_, j) => ({
          i,
          j,
          iou: overlapOf(found, i, real, j, false),
        })),
      )
      .filter(({ iou }) => iou > 0 && iou >= iouThreshold)
      .sort((a, b) => b.iou - a.iou);
    const [foundPaired, realPaired] = [new Set<number>(), new Set<number>()];
    for (const { i, j } of pairs) {
      if (foundPaired.has(i) || realPaired.has(j)) continue;
      foundPaired.add(i);
      realPaired.add(j);
      count(checkedLabel(real.labels[j]!), checkedLabel(found.labels[i]!));
    }
    for (const i of counted) if (!foundPaired.has(i)) count(C, checkedLabel(found.labels[i]!));
    for (let j = 0; j < real.count; j++) {
      if (!realPaired.has(j)) count(checkedLabel(real.labels[j]!), C);
    }
  }
  return tensor(counts, { shape: [C + 1, C + 1] }) as Tensor<"int32">;
}
