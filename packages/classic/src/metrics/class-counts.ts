import { ArgumentError } from "@tensorloom/tensor";
import { distinct, type Targets } from "../inputs.ts";
import { pairOf, type WeightedMetricOptions } from "./pairs.ts";

/** How often each class is true, predicted, and both. */
export interface ClassCounts {
  /** The classes. */
  readonly labels: readonly number[];
  /** Weight of the samples that are of the class and predicted so. */
  readonly both: Float64Array;
  /** Weight of those predicted so. */
  readonly predicted: Float64Array;
  /** Weight of those of the class. */
  readonly truth: Float64Array;
}

/** Resolves to counts by class, by default for all that occur. */
export async function classCounts(
  operation: string,
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions & { readonly labels?: readonly number[] },
): Promise<ClassCounts> {
  const { a, b, weights } = await pairOf(operation, truth, predicted, options);
  const present = distinct([...a, ...b]);
  const labels = options.labels ?? present;
  if (labels.length === 0) {
    throw new ArgumentError(`${operation}: labels: expected at least one class, got none`);
  }
  const place = new Map(labels.map((label, i) => [label, i]));
  const counts = {
    labels,
    both: new Float64Array(labels.length),
    predicted: new Float64Array(labels.length),
    truth: new Float64Array(labels.length),
  };
  for (let i = 0; i < a.length; i++) {
    const row = place.get(a[i]!);
    const column = place.get(b[i]!);
    if (row !== undefined) counts.truth[row]! += weights[i]!;
    if (column !== undefined) counts.predicted[column]! += weights[i]!;
    if (row !== undefined && row === column) counts.both[row]! += weights[i]!;
  }
  return counts;
}
