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
 * The mean of decision trees, each grown from samples that it draws with replacement. Splits look at all features unless
 * `maxFeatures` says otherwise.
 *
 * Source: Breiman 2001; scikit-learn's RandomForestRegressor. The random numbers are ours, so single trees differ from scikit-learn's.
 *
 * @example
 * const x = [[0], [1], [2], [7], [8], [9]];
 * const model = await new RandomForestRegressor({ nEstimators: 20 }).fit(x, [3, 3, 3, 5, 5, 5]);
 * (await model.predict([[-1], [10]])).shape; // => [2]
 */
export class RandomForestRegressor extends ForestRegressor<RandomForestRegressorModel> {
  /** @internal */
  protected override readonly forestKind: ForestKind = {
    name: "RandomForestRegressor",
    criteria: valueCriteria,
    splitter: "best",
    bootstrap: true,
  };

  /** @internal */
  protected override modelOf(state: ForestRegressorState): RandomForestRegressorModel {
    return new RandomForestRegressorModel(state);
  }
}

/** What {@link RandomForestRegressor} learns. */
export class RandomForestRegressorModel extends ForestRegressorModel {
  /** @internal */
  static get schema(): Schema<ForestRegressorState> {
    return {
      name: "RandomForestRegressorModel",
      fields: forestRegressorFields,
    };
  }
}
