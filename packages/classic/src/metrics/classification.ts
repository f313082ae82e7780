import { tensor, type Tensor } from "@tensorloom/tensor";
import { distinct, type Targets } from "../inputs.ts";
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

/**
 * Resolves to counts of samples by true class (rows) and predicted class (columns), classes in ascending order.
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - `labels`: the classes and their order; by default those that occur
 * @returns `[classes, classes]`, int32
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * (await metrics.confusionMatrix([0, 1, 1], [0, 1, 0])).toString(); // => [[1, 0], [1, 1]]
 */
export async function confusionMatrix(
  truth: Targets,
  predicted: Targets,
  options: { readonly labels?: readonly number[] } = {},
): Promise<Tensor> {
  const { a, b } = await pairOf("confusionMatrix", truth, predicted);
  const labels = options.labels ?? distinct([...a, ...b]);
  const place = new Map(labels.map((label, i) => [label, i]));
  const counts = new Int32Array(labels.length ** 2);
  a.forEach((value, i) => {
    const row = place.get(value);
    const column = place.get(b[i]!);
    if (row !== undefined && column !== undefined) counts[row * labels.length + column]!++;
  });
  return tensor(counts, { shape: [labels.length, labels.length] });
}
