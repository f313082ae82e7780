import { ArgumentError } from "@tensorloom/tensor";
import type { Targets } from "../inputs.ts";
import { quantile, weightedQuantile } from "../quantiles.ts";
import { pairOf, weightedMean, type WeightedMetricOptions } from "./pairs.ts";

type Loss = (truth: number, predicted: number) => number;

async function meanLoss(
  operation: string,
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions,
  loss: Loss,
): Promise<number> {
  return weightedMean(await pairOf(operation, truth, predicted, options), loss);
}

/**
 * Resolves to the mean of the squared errors.
 *
 * @param truth - the true values
 * @param predicted - the predicted values
 * @param options - `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.mse([1, 2], [1, 4]); // => 2
 */
export function mse(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<number> {
  return meanLoss("mse", truth, predicted, options, (a, b) => (a - b) ** 2);
}

/**
 * Resolves to the square root of the mean of the squared errors, in the unit of the targets.
 *
 * @param truth - the true values
 * @param predicted - the predicted values
 * @param options - `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.rmse([1, 2], [3, 4]); // => 2
 */
export async function rmse(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<number> {
  return Math.sqrt(await meanLoss("rmse", truth, predicted, options, (a, b) => (a - b) ** 2));
}

/**
 * Resolves to the mean of the absolute errors.
 *
 * @param truth - the true values
 * @param predicted - the predicted values
 * @param options - `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.mae([1, 2], [1, 4]); // => 1
 */
export function mae(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<number> {
  return meanLoss("mae", truth, predicted, options, (a, b) => Math.abs(a - b));
}

// As scikit-learn: a true value of 0 divides by the smallest relative step of float64.
const epsilon = 2 ** -52;

/**
 * Resolves to the mean of the absolute errors relative to the true values.
 *
 * @param truth - the true values; where one is 0, an error there is enormous
 * @param predicted - the predicted values
 * @param options - `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.mape([1, 2], [1, 4]); // => 0.5
 */
export function mape(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<number> {
  const loss: Loss = (a, b) => Math.abs(a - b) / Math.max(Math.abs(a), epsilon);
  return meanLoss("mape", truth, predicted, options, loss);
}

/**
 * Resolves to the mean of the squared differences of log(1 + value): for targets that grow exponentially.
 *
 * @param truth - the true values, not negative
 * @param predicted - the predicted values, not negative
 * @param options - `sampleWeight`
 * @throws `ArgumentError` for negative values; `ShapeError` if there are not as many
 *
 * @example
 * await metrics.msle([0, 2], [0, 2]); // => 0
 */
export async function msle(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<number> {
  const pair = await pairOf("msle", truth, predicted, options);
  const negative = [...pair.a, ...pair.b].find((value) => value < 0);
  if (negative !== undefined) {
    throw new ArgumentError(`msle: expected values of 0 or more, got ${negative}`);
  }
  return weightedMean(pair, (a, b) => (Math.log1p(a) - Math.log1p(b)) ** 2);
}

/**
 * Resolves to the median of the absolute errors: outliers do not move it.
 *
 * @param truth - the true values
 * @param predicted - the predicted values
 * @param options - `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.medianAe([1, 2, 3], [1, 4, 100]); // => 2
 */
export async function medianAe(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<number> {
  const { a, b, weights } = await pairOf("medianAe", truth, predicted, options);
  const errors = a.map((value, i) => Math.abs(value - b[i]!));
  if (options.sampleWeight !== undefined) return weightedQuantile(errors, weights, 0.5);
  return quantile(errors.sort(), 0.5);
}

/**
 * Resolves to the largest absolute error.
 *
 * @param truth - the true values
 * @param predicted - the predicted values
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.maxError([1, 2], [1, 4]); // => 2
 */
export async function maxError(truth: Targets, predicted: Targets): Promise<number> {
  const { a, b } = await pairOf("maxError", truth, predicted);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** 1 less unexplained of spread; where there is no spread, 1 for no error and 0 else, as scikit-learn. */
function explained(unexplained: number, spread: number): number {
  if (spread !== 0) return 1 - unexplained / spread;
  return unexplained === 0 ? 1 : 0;
}

/**
 * Resolves to the coefficient of determination R²: 1 for perfect predictions, 0 for those of the mean, below for worse.
 *
 * For constant true values it is 1 if they are predicted, 0 else; of a single sample it is NaN.
 *
 * @param truth - the true values
 * @param predicted - the predicted values
 * @param options - `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.r2([1, 2, 3], [1, 2, 4]); // => 0.5
 */
export async function r2(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<number> {
  const pair = await pairOf("r2", truth, predicted, options);
  if (pair.a.length < 2) return Number.NaN;
  const mean = weightedMean(pair, (a) => a);
  const residual = weightedMean(pair, (a, b) => (a - b) ** 2);
  return explained(
    residual,
    weightedMean(pair, (a) => (a - mean) ** 2),
  );
}

/**
 * Resolves to the share of the variance that predictions explain: R² that forgives a constant error.
 *
 * @param truth - the true values
 * @param predicted - the predicted values
 * @param options - `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.explainedVariance([1, 2, 3], [2, 3, 4]); // => 1
 */
export async function explainedVariance(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<number> {
  const pair = await pairOf("explainedVariance", truth, predicted, options);
  const mean = weightedMean(pair, (a) => a);
  const bias = weightedMean(pair, (a, b) => a - b);
  return explained(
    weightedMean(pair, (a, b) => (a - b - bias) ** 2),
    weightedMean(pair, (a) => (a - mean) ** 2),
  );
}
