import { ArgumentError } from "@tensorloom/tensor";
import {
  classTargets,
  sampleMatrix,
  targetValues,
  type SampleMatrix,
  type Samples,
  type Targets,
} from "../inputs.ts";
import { chiSquaredSurvival, fSurvival } from "../special-functions.ts";

/** How much each feature says about the target. */
export interface FeatureScores {
  /** The larger, the more; NaN for features that are constant. */
  readonly scores: readonly number[];
  /** How likely so large a score is by chance; none where no distribution is known. */
  readonly pValues?: readonly number[];
}

/** A function that scores features. */
export type ScoreFunction = (x: Samples, y: Targets) => Promise<FeatureScores>;

/** Returns the sum over the samples for each feature. */
function columnSums(
  { data, rows, columns }: SampleMatrix,
  f: (value: number, row: number) => number,
): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++) sums[c]! += f(data[i * columns + c]!, i);
  }
  return sums;
}

/**
 * Resolves to the chi-squared statistic of each feature and the class: for counts and other features of 0 or more.
 *
 * @param x - `[samples, features]`, 0 or more
 * @param y - class numbers
 * @throws `ArgumentError` for negative features
 *
 * Source: scikit-learn's chi2.
 *
 * @example
 * (await chi2([[1, 0], [0, 1], [1, 1]], [0, 1, 1])).scores.map((s) => s.toFixed(2)); // => ["0.25","1.00"]
 */
export async function chi2(x: Samples, y: Targets): Promise<FeatureScores> {
  const samples = await sampleMatrix("chi2", x);
  const negative = samples.data.find((value) => value < 0);
  if (negative !== undefined) {
    throw new ArgumentError(`chi2: x: expected features of 0 or more, got ${negative}`);
  }
  const { classes, indices } = await classTargets("chi2", y, samples.rows);
  const totals = columnSums(samples, (value) => value);
  const scores = new Float64Array(samples.columns);
  for (const k of classes.keys()) {
    const share = indices.filter((index) => index === k).length / samples.rows;
    const observed = columnSums(samples, (value, i) => (indices[i] === k ? value : 0));
    observed.forEach((count, c) => {
      const expected = share * totals[c]!;
      scores[c]! += (count - expected) ** 2 / expected;
    });
  }
  return {
    scores: Array.from(scores),
    pValues: Array.from(scores, (score) => chiSquaredSurvival(score, classes.length - 1)),
  };
}

/**
 * Resolves to the F statistic of each feature by class: how far the classes' means lie apart beside the spread within.
 *
 * @param x - `[samples, features]`
 * @param y - class numbers
 * @throws `ArgumentError` for a single class
 *
 * Source: scikit-learn's f_classif: one-way analysis of variance.
 *
 * @example
 * (await fClassif([[1], [2], [5], [6]], [0, 0, 1, 1])).scores; // => [32]
 */
export async function fClassif(x: Samples, y: Targets): Promise<FeatureScores> {
  const samples = await sampleMatrix("fClassif", x);
  const { rows, columns } = samples;
  const { classes, indices } = await classTargets("fClassif", y, rows, 2);
  const mean = columnSums(samples, (value) => value / rows);
  const groupMeans = classes.map((_, k) => {
    const size = indices.filter((index) => index === k).length;
    return {
      size,
      mean: columnSums(samples, (value, i) => (indices[i] === k ? value / size : 0)),
    };
  });
  const freedom = [classes.length - 1, rows - classes.length] as const;
  const scores = Array.from({ length: columns }, (_, c) => {
    let [between, within] = [0, 0];
    for (const group of groupMeans) between += group.size * (group.mean[c]! - mean[c]!) ** 2;
    for (let i = 0; i < rows; i++) {
      within += (samples.data[i * columns + c]! - groupMeans[indices[i]!]!.mean[c]!) ** 2;
    }
    return between / freedom[0] / (within / freedom[1]);
  });
  return { scores, pValues: scores.map((f) => fSurvival(f, ...freedom)) };
}

/**
 * Resolves to the F statistic of each feature's linear correlation with the target.
 *
 * @param x - `[samples, features]`
 * @param y - the targets
 * @throws `ShapeError` unless there are as many
 *
 * A constant feature scores 0, one that the target is a multiple of the largest finite number, as in scikit-learn's
 * f_regression.
 *
 * @example
 * (await fRegression([[1], [2], [3]], [1, 3, 2])).scores.map((f) => f.toFixed(3)); // => ["0.333"]
 */
export async function fRegression(x: Samples, y: Targets): Promise<FeatureScores> {
  const samples = await sampleMatrix("fRegression", x);
  const { rows, columns, data } = samples;
  const target = await targetValues("fRegression", y, rows);
  const targetMean = target.reduce((sum, value) => sum + value, 0) / rows;
  const mean = columnSums(samples, (value) => value / rows);
  const length = target.reduce((sum, value) => sum + (value - targetMean) ** 2, 0);
  const freedom = rows - 2;
  const scores = Array.from(mean, (center, c) => {
    let [product, square] = [0, 0];
    for (let i = 0; i < rows; i++) {
      const difference = data[i * columns + c]! - center;
      product += difference * (target[i]! - targetMean);
      square += difference ** 2;
    }
    if (square === 0 || length === 0) return 0;
    const explained = product ** 2 / (square * length);
    return Math.min((explained / (1 - explained)) * freedom, Number.MAX_VALUE);
  });
  return {
    scores,
    pValues: scores.map((f) => (f === 0 ? 1 : fSurvival(f, 1, freedom))),
  };
}
