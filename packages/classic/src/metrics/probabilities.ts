import { ArgumentError, Tensor } from "@tensorloom/tensor";
import { distinct, targetValues, type Targets } from "../inputs.ts";
import { sampleWeights } from "../weights.ts";
import type { WeightedMetricOptions } from "./pairs.ts";
import { binaryScores, scoreMatrix, type Scores } from "./scores.ts";

/** What metrics of probabilities take. */
export interface ProbabilityOptions extends WeightedMetricOptions {
  /** The classes, ascending, where not all of them occur. */
  readonly labels?: readonly number[];
}

async function labelled(
  operation: string,
  truth: Targets,
  options: ProbabilityOptions,
): Promise<{ classes: readonly number[]; places: Int32Array; weights: Float64Array }> {
  const count = truth instanceof Tensor ? truth.size : truth.length;
  const values = await targetValues(operation, truth, count);
  const classes = options.labels ?? distinct(values);
  if (classes.length < 2) {
    throw new ArgumentError(
      `${operation}: truth: expected at least two classes, got ${classes.length}; name them with labels`,
    );
  }
  const places = Int32Array.from(values, (value) => classes.indexOf(value));
  const unknown = places.indexOf(-1);
  if (unknown >= 0) {
    throw new ArgumentError(
      `${operation}: truth: expected classes of ${classes.join(", ")}, got ${values[unknown]}`,
    );
  }
  return { classes, places, weights: await sampleWeights(operation, options.sampleWeight, count) };
}

function mean(values: Float64Array, weights: Float64Array): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return values.reduce((sum, value, i) => sum + value * weights[i]!, 0) / total;
}

/**
 * Resolves to the mean cross-entropy: minus the logarithm of the probability given to the true class.
 *
 * @param truth - the true classes
 * @param probabilities - of the classes, ascending `[samples, classes]`; or of the larger of two, `[samples]`
 * @param options - `labels`, `sampleWeight`
 * @throws `ArgumentError` for a single class, or if the columns are not as many as the classes
 *
 * Probabilities are kept a rounding step away from 0 and 1, so that the loss is finite.
 *
 * @example
 * (await metrics.logLoss([0, 1], [[0.5, 0.5], [0.5, 0.5]])).toFixed(4); // => 0.6931
 */
export async function logLoss(
  truth: Targets,
  probabilities: Scores,
  options: ProbabilityOptions = {},
): Promise<number> {
  const { classes, places, weights } = await labelled("logLoss", truth, options);
  const { data, columns, epsilon } = await scoreMatrix("logLoss", probabilities, places.length);
  if (Math.max(columns, 2) !== classes.length) {
    throw new ArgumentError(
      `logLoss: probabilities: expected a column a class, ${classes.length}, got ${columns}`,
    );
  }
  const clipped = data.map((p) => Math.min(Math.max(p, epsilon), 1 - epsilon));
  const losses = Float64Array.from(places, (place, i) => {
    if (columns === 1) return -Math.log(place === 1 ? clipped[i]! : 1 - clipped[i]!);
    const own = clipped.subarray(i * columns, (i + 1) * columns);
    return -Math.log(own[place]! / own.reduce((sum, p) => sum + p, 0));
  });
  return mean(losses, weights);
}

/**
 * Resolves to the Brier score: the mean squared difference of the positive class's probability and what happened.
 *
 * @param truth - two classes
 * @param probabilities - of the larger class, `[samples]` or `[samples, 2]`
 * @param options - `labels`, `sampleWeight`
 * @throws `ArgumentError` unless there are two classes, or for probabilities outside [0, 1]
 *
 * @example
 * await metrics.brierScore([0, 1], [0.5, 1]); // => 0.125
 */
export async function brierScore(
  truth: Targets,
  probabilities: Scores,
  options: ProbabilityOptions = {},
): Promise<number> {
  const { classes, places, weights } = await labelled("brierScore", truth, options);
  const scores = binaryScores(
    "brierScore",
    await scoreMatrix("brierScore", probabilities, places.length),
  );
  const outside = scores.find((p) => p < 0 || p > 1);
  if (classes.length > 2 || outside !== undefined) {
    throw new ArgumentError(
      `brierScore: expected two classes and probabilities, got ${classes.length} classes${outside === undefined ? "" : ` and ${outside}`}`,
    );
  }
  return mean(
    scores.map((p, i) => (p - places[i]!) ** 2),
    weights,
  );
}

/**
 * Resolves to the share of samples whose class is among the k that score highest.
 *
 * @param truth - the true classes
 * @param scores - of the classes, ascending: `[samples, classes]`
 * @param options - `k`: 2 by default; `labels`, `sampleWeight`
 * @throws `ArgumentError` if the columns are not as many as the classes
 *
 * Of equal scores the later class counts as higher, as in scikit-learn.
 *
 * @example
 * const scores = [[0.5, 0.3, 0.2], [0.5, 0.3, 0.2], [0.1, 0.2, 0.7], [0.5, 0.3, 0.2]];
 * await metrics.topKAccuracy([0, 2, 1, 1], scores); // => 0.75
 */
export async function topKAccuracy(
  truth: Targets,
  scores: Scores,
  options: ProbabilityOptions & { readonly k?: number } = {},
): Promise<number> {
  const { k = 2 } = options;
  const { classes, places, weights } = await labelled("topKAccuracy", truth, options);
  const { data, columns } = await scoreMatrix("topKAccuracy", scores, places.length);
  if (columns !== classes.length) {
    throw new ArgumentError(
      `topKAccuracy: scores: expected a column a class, ${classes.length}, got ${columns}`,
    );
  }
  const isAmong = Float64Array.from(places, (place, i) => {
    const own = data.subarray(i * columns, (i + 1) * columns);
    const ahead = own.reduce(
      (count, score, c) =>
        count + Number(score > own[place]! || (score === own[place] && c > place)),
      0,
    );
    return Number(ahead < k);
  });
  return mean(isAmong, weights);
}
