import type { Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { RegressorModel } from "../fitted-model.ts";
import {
  resultTensor,
  targetValues,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { array, list, number, optional } from "../persistence/fields.ts";
import type { Fields } from "../persistence/fields.ts";
import { DecisionTreeRegressorModel } from "../tree/decision-tree-regressor.ts";
import type { TreeData } from "../tree/tree-data.ts";
import { treeField } from "../tree/tree-field.ts";
import type { ValueTreeOptions } from "../tree/tree-options.ts";
import { treeSamples } from "../tree/tree-samples.ts";
import { sampleWeights } from "../weights.ts";
import {
  growForest,
  meanPrediction,
  outOfBag,
  type ForestKind,
  type ForestOptions,
} from "./forest.ts";

/** What forests of regression trees take. */
export interface ForestRegressorOptions extends ForestOptions, ValueTreeOptions {}

/** What models of forests of regression trees hold. */
export interface ForestRegressorState {
  readonly features: number;
  readonly trees: readonly TreeData[];
  readonly importances: ShapedArray<Float64Array>;
  readonly oobScore: number | undefined;
  readonly oobPrediction: ShapedArray<Float64Array> | undefined;
}

/** How that is written. */
export const forestRegressorFields: Fields<ForestRegressorState> = {
  features: number,
  trees: list(treeField),
  importances: array(Float64Array),
  oobScore: optional(number),
  oobPrediction: optional(array(Float64Array)),
};

/** What forests of regression trees do. */
export abstract class ForestRegressor<Fitted extends ForestRegressorModel> extends Estimator<
  ForestRegressorOptions,
  Fitted
> {
  override readonly kind: EstimatorKind = "regressor";
  /** @internal What sets this kind of forest apart. */
  protected abstract readonly forestKind: ForestKind;

  /** @param options - trees and their limits, samples drawn, seed, threads */
  constructor(options: ForestRegressorOptions = {}) {
    super(options);
  }

  /** @internal */
  protected abstract modelOf(state: ForestRegressorState): Fitted;

  /**
   * Grows the trees, on worker threads.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for options out of their range
   */
  override async fit(x: Samples, y: Targets, options: WeightedFitOptions = {}): Promise<Fitted> {
    const { forestKind } = this;
    const name = `${forestKind.name}.fit`;
    const samples = await treeSamples(name, x);
    const { rows, columns } = samples;
    const targets = await targetValues(name, y, rows);
    const params = this.getParams();
    const weights = await sampleWeights(name, options.sampleWeight, rows);
    const forest = await growForest(forestKind, params, samples, targets, 1, weights, options);
    const { trees, importances } = forest;
    let oobScore: number | undefined;
    let oobPrediction: ShapedArray<Float64Array> | undefined;
    if (params.oobScore === true) {
      const { prediction, predicted } = outOfBag(forest, samples);
      oobScore = determination(predicted, targets, prediction);
      oobPrediction = { data: prediction, shape: [rows] };
    }
    return this.modelOf({
      features: columns,
      trees,
      importances: { data: importances, shape: [columns] },
      oobScore,
      oobPrediction,
    });
  }
}

/** Returns R² over some samples. */
export function determination(
  of: Int32Array,
  truth: Float64Array,
  prediction: Float64Array,
): number {
  let mean = 0;
  for (const i of of) mean += truth[i]! / of.length;
  let [residual, total] = [0, 0];
  for (const i of of) {
    residual += (truth[i]! - prediction[i]!) ** 2;
    total += (truth[i]! - mean) ** 2;
  }
  return total === 0 ? Number(residual === 0) : 1 - residual / total;
}

/** What a forest of regression trees learns. */
export abstract class ForestRegressorModel extends RegressorModel<ForestRegressorState> {
  #estimators: readonly DecisionTreeRegressorModel[] | undefined;

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.features;
  }

  /** The trees. */
  get estimators(): readonly DecisionTreeRegressorModel[] {
    const { trees, features } = this.state;
    this.#estimators ??= trees.map((tree) => new DecisionTreeRegressorModel({ tree, features }));
    return this.#estimators;
  }

  /** `[features]`: the trees' mean importances, summing to 1. */
  get featureImportances(): Tensor {
    return this.attribute("featureImportances", this.state.importances);
  }

  /** R² of training samples, predicted by the trees that had not drawn them; undefined unless asked for. */
  get oobScore(): number | undefined {
    return this.state.oobScore;
  }

  /** `[samples]`: what those trees predict of each training sample; NaN if all had drawn it. */
  get oobPrediction(): Tensor | undefined {
    const { oobPrediction } = this.state;
    return oobPrediction && this.attribute("oobPrediction", oobPrediction);
  }

  /** Resolves to the mean of the trees' predictions, `[samples]`. */
  override async predict(x: Samples): Promise<Tensor> {
    const { schema } = this.constructor as unknown as { schema: { name: string } };
    const samples = await treeSamples(`${schema.name}.predict`, x, this.state.features);
    return resultTensor(meanPrediction(this.state.trees, samples), [samples.rows], samples.dtype);
  }
}
