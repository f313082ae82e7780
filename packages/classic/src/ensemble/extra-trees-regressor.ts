import type { Schema } from "../persistence/schema.ts";
import { valueCriteria } from "../tree/tree-options.ts";
import type { ForestKind } from "./forest.ts";
import {
  ForestRegressor,
  ForestRegressorModel,
  forestRegressorFields,
  type ForestRegressorState,
} from "./forest-regressor.ts";

/**
 * The mean of decision trees, each split being the best of the features with a threshold drawn for each. Every tree has all
 * samples unless `bootstrap` says otherwise.
 *
 * Source: Geurts, Ernst and Wehenkel 2006; scikit-learn's ExtraTreesRegressor. The random numbers are ours, so single trees differ from scikit-learn's.
 *
 * @example
 * const x = [[0], [1], [2], [7], [8], [9]];
 * const model = await new ExtraTreesRegressor({ nEstimators: 20 }).fit(x, [3, 3, 3, 5, 5, 5]);
 * (await model.predict([[-1], [10]])).shape; // => [2]
 */
export class ExtraTreesRegressor extends ForestRegressor<ExtraTreesRegressorModel> {
  /** @internal */
  protected override readonly forestKind: ForestKind = {
    name: "ExtraTreesRegressor",
    criteria: valueCriteria,
    splitter: "random",
    bootstrap: false,
  };

  /** @internal */
  protected override modelOf(state: ForestRegressorState): ExtraTreesRegressorModel {
    return new ExtraTreesRegressorModel(state);
  }
}

/** What {@link ExtraTreesRegressor} learns. */
export class ExtraTreesRegressorModel extends ForestRegressorModel {
  /** @internal */
  static get schema(): Schema<ForestRegressorState> {
    return {
      name: "ExtraTreesRegressorModel",
      fields: forestRegressorFields,
    };
  }
}
