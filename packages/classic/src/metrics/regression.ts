import type { Targets } from "../inputs.ts";
import { pairOf, weightedMean, type WeightedMetricOptions } from "./pairs.ts";

/**
 * Resolves to the coefficient of determination R²: 1 for perfect predictions, 0 for those of the mean, below for worse.
 *
 * For constant true values it is 1 if they are predicted, 0 else.
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
  const mean = weightedMean(pair, (a) => a);
  const residual = weightedMean(pair, (a, b) => (a - b) ** 2);
  const spread = weightedMean(pair, (a) => (a - mean) ** 2);
  if (spread === 0) return residual === 0 ? 1 : 0;
  return 1 - residual / spread;
}
