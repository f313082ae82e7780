import type { Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { RegressorModel } from "../fitted-model.ts";
import { resultTensor, targetValues, type Samples, type Targets } from "../inputs.ts";
import { choiceOption } from "../options.ts";
import type { Schema } from "../persistence/schema.ts";
import { treeSamples } from "../tree/tree-samples.ts";
import { sampleWeights } from "../weights.ts";
import { boost, rawPredictions, type BoostingOptions } from "./boost.ts";
import { boostedFields, boostedState, type BoostedState } from "./boosted-state.ts";
import { absoluteError, squaredError } from "./boosting-losses.ts";

/** What {@link GradientBoostingRegressor} takes. */
export interface GradientBoostingRegressorOptions extends BoostingOptions {
  /** What is lowered: the squared error (default), or the absolute error, which outliers move less. */
  readonly loss?: "squaredError" | "absoluteError";
}

/**
 * Small trees, each correcting those before it: round by round they follow the gradient of the loss. With early stopping
 * (`nIterNoChange`) it finds the number of rounds by itself. The features are taken as float32.
 *
 * Source: Friedman 2001; on histograms as scikit-learn's HistGradientBoostingRegressor, with `splitter: "exact"` as its
 * GradientBoostingRegressor. Cost: O(features x samples x depth) a tree.
 *
 * @example
 * const x = Array.from({ length: 200 }, (_, i) => [i]);
 * const model = await new GradientBoostingRegressor().fit(x, x.map(([i]) => 2 * i));
 * (await model.score(x, x.map(([i]) => 2 * i))) > 0.95; // => true
 */
export class GradientBoostingRegressor extends Estimator<
  GradientBoostingRegressorOptions,
  GradientBoostingRegressorModel
> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - loss, rounds, learning rate, tree limits, early stopping, seed */
  constructor(options: GradientBoostingRegressorOptions = {}) {
    super(options);
  }

  /**
   * Grows the trees, round by round.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress` (with the loss of each round)
   * @throws `ArgumentError` for options out of their range
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<GradientBoostingRegressorModel> {
    const name = "GradientBoostingRegressor";
    const params = this.getParams();
    const chosen = choiceOption(name, "loss", params.loss ?? "squaredError", [
      "squaredError",
      "absoluteError",
    ]);
    const samples = await treeSamples(`${name}.fit`, x);
    const { rows, columns } = samples;
    const targets = await targetValues(`${name}.fit`, y, rows);
    const weights = await sampleWeights(`${name}.fit`, options.sampleWeight, rows);
    const loss = chosen === "squaredError" ? squaredError : absoluteError;
    const boosted = await boost(
      { name, options: params, samples, targets, weights, loss },
      options,
    );
    return new GradientBoostingRegressorModel(boostedState(boosted, columns));
  }
}

/** What {@link GradientBoostingRegressor} learns. */
export class GradientBoostingRegressorModel extends RegressorModel<BoostedState> {
  /** @internal */
  static get schema(): Schema<BoostedState> {
    return {
      name: "GradientBoostingRegressorModel",
      fields: boostedFields,
    };
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.features;
  }

  /** How many rounds there were. */
  get nEstimators(): number {
    return this.state.trees.length;
  }

  /** `[features]`: how much each feature's splits lowered the loss, as shares of the whole. */
  get featureImportances(): Tensor {
    return this.attribute("featureImportances", this.state.importances);
  }

  /** `[rounds]`: the loss on the training samples after each round. */
  get trainScore(): Tensor {
    return this.attribute("trainScore", this.state.trainScore);
  }

  /** `[rounds]`: the loss on the samples set aside after each round; undefined without early stopping. */
  get validationScore(): Tensor | undefined {
    const { validationScore } = this.state;
    if (validationScore.data.length === 0) return undefined;
    return this.attribute("validationScore", validationScore);
  }

  /** Resolves to the predicted values, `[samples]`. */
  override async predict(x: Samples): Promise<Tensor> {
    const name = "GradientBoostingRegressor.predict";
    const samples = await treeSamples(name, x, this.state.features);
    const [raw] = rawPredictions(this.state, samples);
    return resultTensor(raw!, [samples.rows], samples.dtype);
  }
}
