import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";
import {
  checkSuppression,
  iouOf,
  readCandidates,
  readLabels,
  type SuppressionOptions,
} from "./candidates.ts";
import { checkSigma, type SoftNmsResult } from "./soft-nms.ts";

/** What {@link matrixNms} takes. */
export interface MatrixNmsOptions extends SuppressionOptions {
  /** How a score falls with an IoU: `"gaussian"`, the default, by exp(-IoU² / sigma), `"linear"` by 1 - IoU. */
  readonly method?: "linear" | "gaussian";
  /** Of the Gaussian; 0.5 by default. */
  readonly sigma?: number;
  /** Boxes whose lowered score is below are dropped; 0 by default. */
  readonly scoreThreshold?: number;
  /** `[n]`, the class of each box: boxes of different classes leave each other alone. */
  readonly labels?: Tensor;
}

/**
 * Resolves to boxes and their scores, each lowered once by the better box that lowers it most, less where that one is
 * itself overlapped: suppression without a sequence of decisions.
 *
 * With f as the method says, and boxes by falling score, score j is multiplied by the least over i < j of
 * f(iou(i, j)) / f(the largest iou(k, i) with k < i), which is at most 1.
 *
 * @param boxes - `[n, 4]`, as [x1, y1, x2, y2]
 * @param scores - `[n]`, not negative
 * @param options - the method and its sigma, thresholds, classes
 * @returns indices and lowered scores, by falling lowered score
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for an unknown method or numbers out of range
 *
 * Ties, empty boxes and NaN: as {@link nms}. Cost: all n² / 2 pairs, memory of order n. Source: Wang et al. 2020,
 * arXiv:2003.10152, section 3.3.
 *
 * @example
 * const boxes = tensor([[0, 0, 10, 10], [0, 0, 10, 10]]);
 * const { scores } = await matrixNms(boxes, tensor([0.9, 0.8]), { method: "linear" });
 * scores.toString(); // => [0.9, 0.0]
 */
export async function matrixNms(
  boxes: Tensor,
  scores: Tensor,
  options: MatrixNmsOptions = {},
): Promise<SoftNmsResult> {
  const { method = "gaussian", sigma = 0.5, maxOutput = Infinity, scoreThreshold = 0 } = options;
  if (method !== "linear" && method !== "gaussian") {
    throw new ArgumentError(
      `matrixNms: method: expected "linear" or "gaussian", got ${JSON.stringify(method)}`,
    );
  }
  checkSigma("matrixNms", sigma);
  const given = { ...options, scoreThreshold };
  checkSuppression("matrixNms", boxes, scores, given);
  const candidates = await readCandidates(boxes, scores, given);
  const label = await readLabels("matrixNms", options.labels, candidates, boxes);
  const { count } = candidates;
  // f(a) / f(b), where f(b) may be 0: b is then 1, and nothing is lowered by a box that is itself wholly covered.
  const ratio =
    method === "gaussian"
      ? (a: number, b: number): number => Math.exp((b * b - a * a) / sigma)
      : (a: number, b: number): number => (b === 1 ? 1 : (1 - a) / (1 - b));
  const highest = new Float64Array(count);
  const lowered = new Float64Array(count);
  for (let j = 0; j < count; j++) {
    let decay = 1;
    for (let i = 0; i < j; i++) {
      if (label[i] !== label[j]) continue;
      const iou = iouOf(candidates, i, j);
      // f(0) is 1, and so lowers nothing.
      if (iou === 0) continue;
      highest[j] = Math.max(highest[j]!, iou);
      decay = Math.min(decay, ratio(iou, highest[i]!));
    }
    lowered[j] = candidates.score[j]! * decay;
  }
  const kept = Array.from(lowered.keys())
    .filter((i) => lowered[i]! >= scoreThreshold)
    .sort((i, j) => lowered[j]! - lowered[i]! || i - j)
    .slice(0, maxOutput);
  return {
    indices: tensor(Int32Array.from(kept, (i) => candidates.index[i]!)) as Tensor<"int32">,
    scores: tensor(Float32Array.from(kept, (i) => lowered[i]!)) as Tensor<"float32">,
  };
}
