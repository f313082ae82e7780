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
 * Decision trees that vote by their class shares, each split being the best of a few features with a threshold drawn for each:
 * smoother and faster than random forests. Every tree has all samples unless `bootstrap` says otherwise.
 *
 * Source: Geurts, Ernst and Wehenkel 2006; scikit-learn's ExtraTreesClassifier. The random numbers are ours, so single trees differ from scikit-learn's.
 *
 * @example
 * const x = [[0], [1], [2], [7], [8], [9]];
 * const model = await new ExtraTreesClassifier({ nEstimators: 20 }).fit(x, [0, 0, 0, 1, 1, 1]);
 * (await model.predict([[-1], [10]])).toString(); // => [0, 1]
 */
export class ExtraTreesClassifier extends ForestClassifier<ExtraTreesClassifierModel> {
  /** @internal */
  protected override readonly forestKind: ForestKind = {
    name: "ExtraTreesClassifier",
    criteria: classCriteria,
    splitter: "random",
    maxFeatures: "sqrt",
    bootstrap: false,
  };

  /** @internal */
  protected override modelOf(state: ForestClassifierState): ExtraTreesClassifierModel {
    return new ExtraTreesClassifierModel(state);
  }
}

/** What {@link ExtraTreesClassifier} learns. */
export class ExtraTreesClassifierModel extends ForestClassifierModel {
  /** @internal */
  static get schema(): Schema<ForestClassifierState> {
    return {
      name: "ExtraTreesClassifierModel",
      fields: forestClassifierFields,
    };
  }
}
