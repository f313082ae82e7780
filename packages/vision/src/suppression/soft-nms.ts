import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";
import {
  checkOverlapThreshold,
  checkSuppression,
  iouOf,
  readCandidates,
  readLabels,
  type SuppressionOptions,
} from "./candidates.ts";

/** What {@link softNms} takes. */
export interface SoftNmsOptions extends SuppressionOptions {
  /** `"gaussian"`, the default, lowers a score by exp(-IoU² / sigma), `"linear"` by 1 - IoU where that is above the threshold. */
  readonly method?: "linear" | "gaussian";
  /** Of the Gaussian; 0.5 by default. */
  readonly sigma?: number;
  /** Of the linear method; 0.3 by default. */
  readonly iouThreshold?: number;
  /** Boxes whose score falls below are dropped, also on the way; 0.001 by default. */
  readonly scoreThreshold?: number;
  /** `[n]`, the class of each box: boxes of different classes leave each other alone. */
  readonly labels?: Tensor;
}

/** The boxes that a soft suppression keeps. */
export interface SoftNmsResult {
  /** `[kept]`, int32: which boxes, by falling lowered score. */
  readonly indices: Tensor<"int32">;
  /** `[kept]`, float32: their lowered scores. */
  readonly scores: Tensor<"float32">;
}

/**
 * Resolves to boxes and their scores after each box, from the best down, has lowered the scores of those that overlap it
 * instead of dropping them: soft non-maximum suppression.
 *
 * @param boxes - `[n, 4]`, as [x1, y1, x2, y2]
 * @param scores - `[n]`, not negative
 * @param options - the method and its numbers, thresholds, classes
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for an unknown method or numbers out of range
 *
 * Ties, empty boxes and NaN: as {@link nms}. Cost: n times the number kept. Source: Bodla et al. 2017, arXiv:1704.04503.
 *
 * @example
 * const boxes = tensor([[0, 0, 10, 10], [0, 0, 10, 10]]);
 * const { indices, scores } = await softNms(boxes, tensor([0.9, 0.8]));
 * indices.toString(); // => [0, 1]
 * scores.toString(); // => [0.9000000, 0.1082682]
 */
export async function softNms(
  boxes: Tensor,
  scores: Tensor,
  options: SoftNmsOptions = {},
): Promise<SoftNmsResult> {
  const { method = "gaussian", sigma = 0.5, iouThreshold = 0.3, scoreThreshold = 0.001 } = options;
  const { maxOutput = Infinity, labels } = options;
  checkOverlapThreshold("softNms", "iouThreshold", iouThreshold);
  if (method !== "linear" && method !== "gaussian") {
    throw new ArgumentError(
      `softNms: method: expected "linear" or "gaussian", got ${JSON.stringify(method)}`,
    );
  }
  checkSigma("softNms", sigma);
  const given = { ...options, scoreThreshold };
  checkSuppression("softNms", boxes, scores, given);
  const candidates = await readCandidates(boxes, scores, given);
  const label = await readLabels("softNms", labels, candidates, boxes);
  const score = candidates.score.slice();
  // Who has not been chosen yet, in the order of the first scores.
  const waiting = Int32Array.from(candidates.index.keys());
  let waitingCount = waiting.length;
  const kept: number[] = [];
  while (waitingCount > 0 && kept.length < maxOutput) {
    let place = 0;
    for (let k = 1; k < waitingCount; k++) {
      if (score[waiting[k]!]! > score[waiting[place]!]!) place = k;
    }
    const best = waiting[place]!;
    kept.push(best);
    let left = 0;
    for (let k = 0; k < waitingCount; k++) {
      const i = waiting[k]!;
      if (k === place) continue;
      const iou = label[i] === label[best] ? iouOf(candidates, best, i) : 0;
      // Most pairs do not meet.
      if (iou > 0) {
        if (method === "gaussian") score[i]! *= Math.exp((-iou * iou) / sigma);
        else if (iou > iouThreshold) score[i]! *= 1 - iou;
      }
      if (score[i]! >= scoreThreshold) waiting[left++] = i;
    }
    waitingCount = left;
  }
  return {
    indices: tensor(Int32Array.from(kept, (i) => candidates.index[i]!)) as Tensor<"int32">,
    scores: tensor(Float32Array.from(kept, (i) => score[i]!)) as Tensor<"float32">,
  };
}

/** Throws unless sigma is positive. */
export function checkSigma(operation: string, sigma: number): void {
  if (sigma > 0 && sigma < Infinity) return;
  throw new ArgumentError(`${operation}: sigma: expected a positive number, got ${sigma}`);
}
