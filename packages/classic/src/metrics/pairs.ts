import { ShapeError, Tensor } from "@tensorloom/tensor";
import { targetValues, type Targets } from "../inputs.ts";
import { sampleWeights } from "../weights.ts";

/** What metrics take that weigh samples. */
export interface WeightedMetricOptions {
  /** How much each sample counts, not negative; 1 by default. */
  readonly sampleWeight?: Targets;
}

/** True and predicted values, sample by sample. */
export interface Pair {
  /** The true ones. */
  readonly a: Float64Array;
  /** The predicted ones. */
  readonly b: Float64Array;
  /** How much each sample counts. */
  readonly weights: Float64Array;
}

/** Resolves to both; throws `ShapeError` unless there are as many of each, at least one. */
export async function pairOf(
  operation: string,
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<Pair> {
  const [n, m] = [truth, predicted].map((y) => (y instanceof Tensor ? y.size : y.length));
  if (n !== m || n === 0) {
    throw new ShapeError(
      `${operation}: expected as many predictions as true values, at least one, got ${m} and ${n}`,
    );
  }
  const [a, b, weights] = await Promise.all([
    targetValues(operation, truth, n!),
    targetValues(operation, predicted, n!),
    sampleWeights(operation, options.sampleWeight, n!),
  ]);
  return { a, b, weights };
}

/** Returns the weighted mean of `f` over the samples. */
export function weightedMean({ a, b, weights }: Pair, f: (a: number, b: number) => number): number {
  let [sum, total] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    sum += weights[i]! * f(a[i]!, b[i]!);
    total += weights[i]!;
  }
  return sum / total;
}
