import { tensor, type Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { bestClasses, ClassifierModel } from "../fitted-model.ts";
import { classTargets, resultTensor, type Samples, type Targets } from "../inputs.ts";
import { Pacer } from "../parallel/pacer.ts";
import { list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { RandomStream } from "../random/random-stream.ts";
import { classWeights, sampleWeights, type ClassWeight } from "../weights.ts";
import { TreeGrower } from "./grow-tree.ts";
import { pruneTree, type PruningPath } from "./prune-tree.ts";
import { rankFeatures } from "./ranked-features.ts";
import { depthOf, featureImportances, leafCount, leavesOf, type TreeData } from "./tree-data.ts";
import { treeField } from "./tree-field.ts";
import { classCriteria, growthRules, type ClassTreeOptions } from "./tree-options.ts";
import { treeSamples } from "./tree-samples.ts";

/** What {@link DecisionTreeClassifier} takes. */
export interface DecisionTreeClassifierOptions extends ClassTreeOptions {
  /** Whether a node takes the best threshold of each feature (default), or one at random. */
  readonly splitter?: "best" | "random";
  /** How much classes count. */
  readonly classWeight?: ClassWeight;
  /** For the features and thresholds that are drawn; 0 by default. */
  readonly seed?: number;
}

/**
 * A tree of questions, each whether one feature is at most some threshold: grown from the root, each question being the one
 * that leaves the purest parts. The features are taken as float32.
 *
 * Of equally good questions it takes the first feature's; scikit-learn takes one at random.
 *
 * Source: CART, Breiman et al. 1984; scikit-learn's DecisionTreeClassifier. Cost: O(features x samples x depth).
 *
 * @example
 * const model = await new DecisionTreeClassifier().fit([[1], [2], [8], [9]], [0, 0, 1, 1]);
 * (await model.predict([[3], [7]])).toString(); // => [0, 1]
 * model.tree.threshold[0]; // => 5
 */
export class DecisionTreeClassifier extends Estimator<
  DecisionTreeClassifierOptions,
  DecisionTreeClassifierModel
> {
  override readonly kind: EstimatorKind = "classifier";

  /** @param options - criterion, limits, pruning, class weights, seed */
  constructor(options: DecisionTreeClassifierOptions = {}) {
    super(options);
  }

  /**
   * Grows the tree, and prunes it if `ccpAlpha` is above 0.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`, `signal`
   * @throws `ArgumentError` for options out of their range
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<DecisionTreeClassifierModel> {
    const { classes, features, tree } = await this.#grow("fit", x, y, options);
    const { ccpAlpha = 0 } = this.getParams();
    const kept = ccpAlpha > 0 ? pruneTree(tree, ccpAlpha).tree : tree;
    return new DecisionTreeClassifierModel({ classes, features, tree: kept });
  }

  /**
   * Resolves to the complexity parameters at which branches are cut, and the leaves' impurity after each cut: fit with one of
   * these as `ccpAlpha`.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
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
  ): Promise<{ classes: readonly number[]; features: number; tree: TreeData }> {
    const name = `DecisionTreeClassifier.${operation}`;
    const { data, rows, columns } = await treeSamples(name, x);
    const targets = await classTargets(name, y, rows);
    const params = this.getParams();
    const rules = growthRules("DecisionTreeClassifier", params, classCriteria, rows, columns);
    const byClass = classWeights("DecisionTreeClassifier", params.classWeight, targets);
    const weights = (await sampleWeights(name, options.sampleWeight, rows)).map(
      (weight, i) => weight * byClass[targets.indices[i]!]!,
    );
    const pacer = new Pacer(1, options);
    const { classes, indices } = targets;
    const ranked = rankFeatures(data, rows, columns);
    const grower = new TreeGrower(ranked, Float64Array.from(indices), classes.length, rules);
    const tree = grower.grow(weights, streamFor(rules.maxFeatures < columns, params));
    await pacer.done(1);
    return { classes, features: columns, tree };
  }
}

/** The stream that a single tree draws from; undefined if it draws nothing. */
export function streamFor(
  drawsFeatures: boolean,
  { splitter, seed = 0 }: { readonly splitter?: string; readonly seed?: number },
): RandomStream | undefined {
  return drawsFeatures || splitter === "random" ? new RandomStream(seed) : undefined;
}

/** What {@link DecisionTreeClassifierModel} holds. */
interface DecisionTreeClassifierState {
  readonly classes: readonly number[];
  readonly features: number;
  readonly tree: TreeData;
}

/** What {@link DecisionTreeClassifier} learns. */
export class DecisionTreeClassifierModel extends ClassifierModel<DecisionTreeClassifierState> {
  /** @internal */
  static get schema(): Schema<DecisionTreeClassifierState> {
    return {
      name: "DecisionTreeClassifierModel",
      fields: { classes: list(number), features: number, tree: treeField },
    };
  }

  /** The classes, ascending. */
  get classes(): readonly number[] {
    return this.state.classes;
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

  /**
   * Resolves to the shares of the classes among the training samples of each sample's leaf.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, classes]`
   */
  async predictProba(x: Samples): Promise<Tensor> {
    const { leaves, dtype } = await this.#leaves("predictProba", x);
    const width = this.classes.length;
    return resultTensor(this.#shares(leaves), [leaves.length, width], dtype);
  }

  /** Resolves to the class that is most frequent in each sample's leaf, as `[samples]`, int32. */
  override async predict(x: Samples): Promise<Tensor> {
    const { leaves } = await this.#leaves("predict", x);
    return bestClasses(this.#shares(leaves), this.classes);
  }

  #shares(leaves: Int32Array): Float64Array {
    const { value } = this.tree;
    const width = this.classes.length;
    const shares = new Float64Array(leaves.length * width);
    leaves.forEach((leaf, i) => {
      let total = 0;
      for (let c = 0; c < width; c++) total += value[leaf * width + c]!;
      for (let c = 0; c < width; c++) shares[i * width + c] = value[leaf * width + c]! / total;
    });
    return shares;
  }

  async #leaves(
    operation: string,
    x: Samples,
  ): Promise<{ leaves: Int32Array; dtype: "float32" | "float64" }> {
    const name = `DecisionTreeClassifier.${operation}`;
    const { data, rows, columns, dtype } = await treeSamples(name, x, this.state.features);
    const leaves = new Int32Array(rows);
    leavesOf(this.tree, data, columns, leaves);
    return { leaves, dtype };
  }
}
