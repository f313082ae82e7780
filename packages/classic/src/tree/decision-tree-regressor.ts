import { tensor, type Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { RegressorModel } from "../fitted-model.ts";
import { resultTensor, targetValues, type Samples, type Targets } from "../inputs.ts";
import { Pacer } from "../parallel/pacer.ts";
import { number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { sampleWeights } from "../weights.ts";
import { streamFor } from "./decision-tree-classifier.ts";
import { TreeGrower } from "./grow-tree.ts";
import { pruneTree, type PruningPath } from "./prune-tree.ts";
import { rankFeatures } from "./ranked-features.ts";
import { depthOf, featureImportances, leafCount, leavesOf, type TreeData } from "./tree-data.ts";
import { treeField } from "./tree-field.ts";
import { growthRules, valueCriteria, type ValueTreeOptions } from "./tree-options.ts";
import { treeSamples } from "./tree-samples.ts";

/** What {@link DecisionTreeRegressor} takes. */
export interface DecisionTreeRegressorOptions extends ValueTreeOptions {
  /** Whether a node takes the best threshold of each feature (default), or one at random. */
  readonly splitter?: "best" | "random";
  /** For the features and thresholds that are drawn; 0 by default. */
  readonly seed?: number;
}

/**
 * A tree of questions, each whether one feature is at most some threshold; its leaves predict the mean of their training
 * targets, or their median. The features are taken as float32.
 *
 * Of equally good questions it takes the first feature's; scikit-learn takes one at random.
 *
 * Source: CART, Breiman et al. 1984; scikit-learn's DecisionTreeRegressor. Cost: O(features x samples x depth), with another
 * factor of log samples for the absolute error.
 *
 * @example
 * const model = await new DecisionTreeRegressor({ maxDepth: 1 }).fit([[1], [2], [8], [9]], [3, 5, 10, 12]);
 * (await model.predict([[0], [7]])).toString(); // => [4, 11]
 */
export class DecisionTreeRegressor extends Estimator<
  DecisionTreeRegressorOptions,
  DecisionTreeRegressorModel
> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - criterion, limits, pruning, seed */
  constructor(options: DecisionTreeRegressorOptions = {}) {
    super(options);
  }

  /**
   * Grows the tree, and prunes it if `ccpAlpha` is above 0.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `signal`
   * @throws `ArgumentError` for options out of their range
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<DecisionTreeRegressorModel> {
    const { features, tree } = await this.#grow("fit", x, y, options);
    const { ccpAlpha = 0 } = this.getParams();
    const kept = ccpAlpha > 0 ? pruneTree(tree, ccpAlpha).tree : tree;
    return new DecisionTreeRegressorModel({ features, tree: kept });
  }

  /**
   * Resolves to the complexity parameters at which branches are cut, and the leaves' impurity after each cut: fit with one of
   * these as `ccpAlpha`.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `signal`
   */
  async costComplexityPruningPath(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<PruningPath> {
    const { tree } = await this.#grow("costComplexityPruningPath", x, y, options);
    return pruneTree(tree, Infinity).path;
  }

  async #grow(
    operation: string,
    x: Samples,
    y: Targets,
    options: WeightedFitOptions,
  ): Promise<{ features: number; tree: TreeData }> {
    const name = `DecisionTreeRegressor.${operation}`;
    const { data, rows, columns } = await treeSamples(name, x);
    const targets = await targetValues(name, y, rows);
    const params = this.getParams();
    const rules = growthRules("DecisionTreeRegressor", params, valueCriteria, rows, columns);
    const weights = await sampleWeights(name, options.sampleWeight, rows);
    const pacer = new Pacer(1, options);
    const grower = new TreeGrower(rankFeatures(data, rows, columns), targets, 1, rules);
    const tree = grower.grow(weights, streamFor(rules.maxFeatures < columns, params));
    await pacer.done(1);
    return { features: columns, tree };
  }
}

/** What {@link DecisionTreeRegressorModel} holds. */
interface DecisionTreeRegressorState {
  readonly features: number;
  readonly tree: TreeData;
}

/** What {@link DecisionTreeRegressor} learns. */
export class DecisionTreeRegressorModel extends RegressorModel<DecisionTreeRegressorState> {
  /** @internal */
  static get schema(): Schema<DecisionTreeRegressorState> {
    return {
      name: "DecisionTreeRegressorModel",
      fields: { features: number, tree: treeField },
    };
  }

  /** The tree's nodes. */
  get tree(): TreeData {
    return this.state.tree;
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.features;
  }

  /** How many steps the deepest leaf is from the root. */
  get depth(): number {
    return depthOf(this.tree);
  }

  /** How many leaves there are. */
  get nLeaves(): number {
    return leafCount(this.tree);
  }

  /** `[features]`: by how much each feature's splits lower the impurity, as shares of the whole. */
  get featureImportances(): Tensor {
    const { tree, features } = this.state;
    const data = featureImportances(tree, features);
    return this.attribute("featureImportances", { data, shape: [features] });
  }

  /**
   * Resolves to the number of the leaf that each sample reaches.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]`, int32
   */
  async apply(x: Samples): Promise<Tensor> {
    return tensor((await this.#leaves("apply", x)).leaves);
  }

  /** Resolves to the value of each sample's leaf, as `[samples]`. */
  override async predict(x: Samples): Promise<Tensor> {
    const { leaves, dtype } = await this.#leaves("predict", x);
    const { value } = this.tree;
    const values = Float64Array.from(leaves, (leaf) => value[leaf]!);
    return resultTensor(values, [leaves.length], dtype);
  }

  async #leaves(
    operation: string,
    x: Samples,
  ): Promise<{ leaves: Int32Array; dtype: "float32" | "float64" }> {
    const name = `DecisionTreeRegressor.${operation}`;
    const { data, rows, columns, dtype } = await treeSamples(name, x, this.state.features);
    const leaves = new Int32Array(rows);
    leavesOf(this.tree, data, columns, leaves);
    return { leaves, dtype };
  }
}
