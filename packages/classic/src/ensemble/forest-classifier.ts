import type { Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { bestClasses, ClassifierModel } from "../fitted-model.ts";
import {
  classTargets,
  resultTensor,
  type Samples,
  type Targets,
  type ShapedArray,
} from "../inputs.ts";
import { array, list, number, optional } from "../persistence/fields.ts";
import type { Fields } from "../persistence/fields.ts";
import { DecisionTreeClassifierModel } from "../tree/decision-tree-classifier.ts";
import type { TreeData } from "../tree/tree-data.ts";
import { treeField } from "../tree/tree-field.ts";
import type { ClassTreeOptions } from "../tree/tree-options.ts";
import { treeSamples } from "../tree/tree-samples.ts";
import { classWeights, sampleWeights, type ClassWeight } from "../weights.ts";
import {
  growForest,
  meanPrediction,
  outOfBag,
  type ForestKind,
  type ForestOptions,
} from "./forest.ts";

/** What forests of classification trees take. */
export interface ForestClassifierOptions extends ForestOptions, ClassTreeOptions {
  /** How much classes count. */
  readonly classWeight?: ClassWeight;
}

/** What models of forests of classification trees hold. */
export interface ForestClassifierState {
  readonly classes: readonly number[];
  readonly features: number;
  readonly trees: readonly TreeData[];
  readonly importances: ShapedArray<Float64Array>;
  readonly oobScore: number | undefined;
  readonly oobDecisionFunction: ShapedArray<Float64Array> | undefined;
}

/** How that is written. */
export const forestClassifierFields: Fields<ForestClassifierState> = {
  classes: list(number),
  features: number,
  trees: list(treeField),
  importances: array(Float64Array),
  oobScore: optional(number),
  oobDecisionFunction: optional(array(Float64Array)),
};

/** What forests of classification trees do. */
export abstract class ForestClassifier<Fitted extends ForestClassifierModel> extends Estimator<
  ForestClassifierOptions,
  Fitted
> {
  override readonly kind: EstimatorKind = "classifier";
  /** @internal What sets this kind of forest apart. */
  protected abstract readonly forestKind: ForestKind;

  /** @param options - trees and their limits, samples drawn, seed, threads */
  constructor(options: ForestClassifierOptions = {}) {
    super(options);
  }

  /** @internal */
  protected abstract modelOf(state: ForestClassifierState): Fitted;

  /**
   * Grows the trees, on worker threads.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for options out of their range
   */
  override async fit(x: Samples, y: Targets, options: WeightedFitOptions = {}): Promise<Fitted> {
    const { forestKind } = this;
    const name = `${forestKind.name}.fit`;
    const samples = await treeSamples(name, x);
    const { rows, columns } = samples;
    const targets = await classTargets(name, y, rows);
    const { classes, indices } = targets;
    const params = this.getParams();
    const byClass = classWeights(forestKind.name, params.classWeight, targets);
    const weights = (await sampleWeights(name, options.sampleWeight, rows)).map(
      (weight, i) => weight * byClass[indices[i]!]!,
    );
    const places = Float64Array.from(indices);
    const forest = await growForest(
      forestKind,
      params,
      samples,
      places,
      classes.length,
      weights,
      options,
    );
    const { trees, importances } = forest;
    let oobScore: number | undefined;
    let oobDecisionFunction: ShapedArray<Float64Array> | undefined;
    if (params.oobScore === true) {
      const { prediction, predicted } = outOfBag(forest, samples);
      const width = classes.length;
      const right = predicted.filter((i) => {
        const own = prediction.subarray(i * width, (i + 1) * width);
        return own.indexOf(Math.max(...own)) === indices[i];
      });
      oobScore = right.length / predicted.length;
      oobDecisionFunction = { data: prediction, shape: [rows, width] };
    }
    return this.modelOf({
      classes,
      features: columns,
      trees,
      importances: { data: importances, shape: [columns] },
      oobScore,
      oobDecisionFunction,
    });
  }
}

/** What a forest of classification trees learns. */
export abstract class ForestClassifierModel extends ClassifierModel<ForestClassifierState> {
  #estimators: readonly DecisionTreeClassifierModel[] | undefined;

  /** The classes, ascending. */
  get classes(): readonly number[] {
    return this.state.classes;
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.features;
  }

  /** The trees. */
  get estimators(): readonly DecisionTreeClassifierModel[] {
    const { trees, features, classes } = this.state;
    this.#estimators ??= trees.map(
      (tree) => new DecisionTreeClassifierModel({ tree, features, classes }),
    );
    return this.#estimators;
  }

  /** `[features]`: the trees' mean importances, summing to 1. */
  get featureImportances(): Tensor {
    return this.attribute("featureImportances", this.state.importances);
  }

  /** The share of training samples that trees which had not drawn them predict rightly; undefined unless asked for. */
  get oobScore(): number | undefined {
    return this.state.oobScore;
  }

  /** `[samples, classes]`: what those trees say of each training sample; NaN if all had drawn it. */
  get oobDecisionFunction(): Tensor | undefined {
    const { oobDecisionFunction } = this.state;
    return oobDecisionFunction && this.attribute("oobDecisionFunction", oobDecisionFunction);
  }

  /** Resolves to the mean of the trees' class shares, `[samples, classes]`. */
  async predictProba(x: Samples): Promise<Tensor> {
    const { shares, rows, dtype } = await this.#shares("predictProba", x);
    return resultTensor(shares, [rows, this.classes.length], dtype);
  }

  /** Resolves to the class with the largest mean share, `[samples]`, int32. */
  override async predict(x: Samples): Promise<Tensor> {
    return bestClasses((await this.#shares("predict", x)).shares, this.classes);
  }

  async #shares(
    operation: string,
    x: Samples,
  ): Promise<{ shares: Float64Array; rows: number; dtype: "float32" | "float64" }> {
    const { schema } = this.constructor as unknown as { schema: { name: string } };
    const samples = await treeSamples(`${schema.name}.${operation}`, x, this.state.features);
    const shares = meanPrediction(this.state.trees, samples);
    return { shares, rows: samples.rows, dtype: samples.dtype };
  }
}
