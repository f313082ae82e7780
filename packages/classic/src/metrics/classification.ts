import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";
import type { Targets } from "../inputs.ts";
import { contingency } from "./contingency.ts";
import { pairOf, weightedMean, type WeightedMetricOptions } from "./pairs.ts";

/**
 * Resolves to the share of predictions that are right.
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.accuracy([0, 1, 1, 2], [0, 1, 2, 2]); // => 0.75
 */
export async function accuracy(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<number> {
  const pair = await pairOf("accuracy", truth, predicted, options);
  return weightedMean(pair, (a, b) => Number(a === b));
}

/** What {@link confusionMatrix} takes. */
export interface ConfusionMatrixOptions extends WeightedMetricOptions {
  /** The classes and their order; by default those that occur, ascending. */
  readonly labels?: readonly number[];
  /** Whether shares are given instead of counts: of the row, of the column, or of all. */
  readonly normalize?: "true" | "predicted" | "all";
}

/**
 * Resolves to counts of samples by true class (rows) and predicted class (columns).
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - `labels`, `normalize`, `sampleWeight`
 * @returns `[classes, classes]`: int32; float32 if normalised or weighted
 * @throws `ShapeError` if there are not as many; `ArgumentError` if none of `labels` occurs
 *
 * @example
 * (await metrics.confusionMatrix([0, 1, 1], [0, 1, 0])).toString(); // => [[1, 0], [1, 1]]
 */
export async function confusionMatrix(
  truth: Targets,
  predicted: Targets,
  options: ConfusionMatrixOptions = {},
): Promise<Tensor> {
  const { normalize, labels } = options;
  const { a } = await pairOf("confusionMatrix", truth, predicted);
  if (labels !== undefined && !a.some((label) => labels.includes(label))) {
    throw new ArgumentError(
      `confusionMatrix: labels: expected at least one of the true classes, got ${labels.join(", ")}`,
    );
  }
  const counts = await contingency("confusionMatrix", truth, predicted, options);
  const n = counts.classes.length;
  if (normalize === undefined && options.sampleWeight === undefined) {
    return tensor(Int32Array.from(counts.table), { shape: [n, n] });
  }
  const whole = (i: number): number => {
    if (normalize === "true") return counts.rowTotals[Math.trunc(i / n)]!;
    if (normalize === "predicted") return counts.columnTotals[i % n]!;
    return normalize === "all" ? counts.total : 1;
  };
  // An empty row or column stays 0.
  const shares = Float32Array.from(counts.table, (count, i) => count / (whole(i) || 1));
  return tensor(shares, { shape: [n, n] });
}
