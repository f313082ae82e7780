import type { Schema } from "../persistence/schema.ts";
import { classCriteria } from "../tree/tree-options.ts";
import type { ForestKind } from "./forest.ts";
import {
  ForestClassifier,
  ForestClassifierModel,
  forestClassifierFields,
  type ForestClassifierState,
} from "./forest-classifier.ts";

/**
 * Decision trees that vote by their class shares, each grown from samples that it draws with replacement, each split found among
 * a few features that it draws: the square root of their number by default.
 *
 * Source: Breiman 2001; scikit-learn's RandomForestClassifier. The random numbers are ours, so single trees differ from scikit-learn's.
 *
 * @example
 * const x = [[0], [1], [2], [7], [8], [9]];
 * const model = await new RandomForestClassifier({ nEstimators: 20 }).fit(x, [0, 0, 0, 1, 1, 1]);
 * (await model.predict([[-1], [10]])).toString(); // => [0, 1]
 */
export class RandomForestClassifier extends ForestClassifier<RandomForestClassifierModel> {
  /** @internal */
  protected override readonly forestKind: ForestKind = {
    name: "RandomForestClassifier",
    criteria: classCriteria,
    splitter: "best",
    maxFeatures: "sqrt",
    bootstrap: true,
  };

  /** @internal */
  protected override modelOf(state: ForestClassifierState): RandomForestClassifierModel {
    return new RandomForestClassifierModel(state);
  }
}

/** What {@link RandomForestClassifier} learns. */
export class RandomForestClassifierModel extends ForestClassifierModel {
  /** @internal */
  static get schema(): Schema<ForestClassifierState> {
    return {
      name: "RandomForestClassifierModel",
      fields: forestClassifierFields,
    };
  }
}
