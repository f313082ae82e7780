import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { resultTensor, sampleMatrix, targetValues, type Samples, type Targets } from "../inputs.ts";
import { RegressorModel } from "../fitted-model.ts";
import { number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { quantile, weightedQuantile } from "../quantiles.ts";
import { sampleWeights } from "../weights.ts";

/** What {@link DummyRegressor} takes. */
export interface DummyRegressorOptions {
  /** Which number is predicted: the targets' `"mean"` (default), `"median"`, `"quantile"`, or a `"constant"`. */
  readonly strategy?: "mean" | "median" | "quantile" | "constant";
  /** The share of targets below what `"quantile"` predicts, in [0, 1]. */
  readonly quantile?: number;
  /** What `"constant"` predicts. */
  readonly constant?: number;
}

/**
 * Predicts one number whatever the features: the baseline that every regressor must beat.
 *
 * Source: scikit-learn's DummyRegressor.
 *
 * @example
 * const model = await new DummyRegressor({ strategy: "median" }).fit([[1], [2], [3]], [5, 9, 6]);
 * (await model.predict([[0], [5]])).toString(); // => [6, 6]
 */
export class DummyRegressor extends Estimator<DummyRegressorOptions, DummyRegressorModel> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - strategy, and its quantile or constant */
  constructor(options: DummyRegressorOptions = {}) {
    super(options);
  }

  /**
   * Learns the number.
   *
   * @param x - `[samples, features]`; only counted
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`
   * @throws `ArgumentError` for an unknown strategy, or one without its quantile or constant
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<DummyRegressorModel> {
    const { strategy = "mean" } = this.getParams();
    const { rows } = await sampleMatrix("DummyRegressor.fit", x, { allowMissing: true });
    const values = await targetValues("DummyRegressor.fit", y, rows);
    const weights = await sampleWeights("DummyRegressor.fit", options.sampleWeight, rows);
    // Quantiles of weighted targets are not interpolated, as in scikit-learn.
    const quantileOf = (share: number): number =>
      options.sampleWeight === undefined
        ? quantile(values.toSorted(), share)
        : weightedQuantile(values, weights, share);
    return new DummyRegressorModel({
      constant: this.#constant(strategy, meanOf(values, weights), quantileOf),
    });
  }

  #constant(strategy: string, mean: number, quantileOf: (share: number) => number): number {
    const { quantile: share, constant } = this.getParams();
    switch (strategy) {
      case "mean":
        return mean;
      case "median":
        return quantileOf(0.5);
      case "quantile":
        if (share !== undefined && share >= 0 && share <= 1) return quantileOf(share);
        throw new ArgumentError(
          `DummyRegressor: quantile: expected a number in [0, 1], got ${share}`,
        );
      case "constant":
        if (constant !== undefined && Number.isFinite(constant)) return constant;
        throw new ArgumentError(
          `DummyRegressor: constant: expected a finite number, got ${constant}`,
        );
      default:
        throw new ArgumentError(
          `DummyRegressor: strategy: expected mean, median, quantile or constant, got "${strategy}"`,
        );
    }
  }
}

function meanOf(values: Float64Array, weights: Float64Array): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return values.reduce((sum, value, i) => sum + value * weights[i]!, 0) / total;
}

/** What {@link DummyRegressorModel} holds. */
interface DummyRegressorState {
  readonly constant: number;
}

/** What {@link DummyRegressor} learns. */
export class DummyRegressorModel extends RegressorModel<DummyRegressorState> {
  /** @internal */
  static get schema(): Schema<DummyRegressorState> {
    return {
      name: "DummyRegressorModel",
      fields: { constant: number },
    };
  }

  /** The number that is predicted. */
  get constant(): number {
    return this.state.constant;
  }

  /**
   * Resolves to that number for each sample.
   *
   * @param x - `[samples, features]`; only counted
   * @returns `[samples]`
   */
  override async predict(x: Samples): Promise<Tensor> {
    const { rows, dtype } = await sampleMatrix("DummyRegressor.predict", x, { allowMissing: true });
    return resultTensor(new Float64Array(rows).fill(this.constant), [rows], dtype);
  }
}
