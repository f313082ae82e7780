import type { Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { RegressorModel } from "../fitted-model.ts";
import { resultTensor, sampleMatrix, targetValues, type Samples, type Targets } from "../inputs.ts";
import { Pacer } from "../parallel/pacer.ts";
import { list, modelOf, number, text } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import {
  allOf,
  asRegressor,
  checkNamed,
  memberWeights,
  taken,
  type NamedEstimator,
} from "./members.ts";

/** What {@link VotingRegressor} takes. */
export interface VotingRegressorOptions {
  /** The regressors whose mean is predicted, by name. */
  readonly estimators: readonly NamedEstimator[];
  /** How much each one weighs; 1 by default. */
  readonly weights?: readonly number[];
}

/**
 * Predicts the mean of different regressors.
 *
 * Source: scikit-learn's VotingRegressor.
 *
 * @example
 * const estimators = [["tree", new DecisionTreeRegressor()], ["mean", new DummyRegressor()]];
 * const model = await new VotingRegressor({ estimators }).fit([[0], [1]], [2, 4]);
 * (await model.predict([[0], [1]])).toString(); // => [2.5, 3.5]
 */
export class VotingRegressor extends Estimator<VotingRegressorOptions, VotingRegressorModel> {
  override readonly kind: EstimatorKind = "regressor";

  /**
   * Fits every regressor.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for estimators that are not regressors, or names that are not different
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<VotingRegressorModel> {
    const { estimators, weights } = this.getParams();
    checkNamed("VotingRegressor", estimators, "regressor");
    const own = memberWeights("VotingRegressor", weights, estimators.length);
    const matrix = await sampleMatrix("VotingRegressor.fit", x);
    const targets = await targetValues("VotingRegressor.fit", y, matrix.rows);
    const { sampleWeight } = options;
    const pacer = new Pacer(estimators.length, options);
    const members: RegressorModel[] = [];
    for (const [, estimator] of estimators) {
      const weighted: WeightedFitOptions = sampleWeight === undefined ? {} : { sampleWeight };
      members.push(asRegressor(await estimator.fit(allOf(matrix), targets, weighted)));
      await pacer.done(members.length);
    }
    const names = estimators.map(([name]) => name);
    return new VotingRegressorModel({ features: matrix.columns, names, members, weights: own });
  }
}

/** What {@link VotingRegressorModel} holds. */
interface VotingRegressorState {
  readonly features: number;
  readonly names: readonly string[];
  readonly members: readonly RegressorModel[];
  readonly weights: readonly number[];
}

/** What {@link VotingRegressor} learns. */
export class VotingRegressorModel extends RegressorModel<VotingRegressorState> {
  /** @internal */
  static get schema(): Schema<VotingRegressorState> {
    return {
      name: "VotingRegressorModel",
      fields: {
        features: number,
        names: list(text),
        members: list(modelOf<RegressorModel>(RegressorModel)),
        weights: list(number),
      },
    };
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.features;
  }

  /** The fitted regressors, in the order given. */
  get estimators(): readonly RegressorModel[] {
    return this.state.members;
  }

  /** The fitted regressors by name. */
  get namedEstimators(): Readonly<Record<string, RegressorModel>> {
    const { names, members } = this.state;
    return Object.fromEntries(names.map((name, m) => [name, members[m]!]));
  }

  /** Resolves to the weighted mean of their predictions, `[samples]`. */
  override async predict(x: Samples): Promise<Tensor> {
    const { features, members, weights } = this.state;
    const matrix = await sampleMatrix("VotingRegressor.predict", x, { features });
    const mean = new Float64Array(matrix.rows);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [m, member] of members.entries()) {
      const predicted = await taken(member.predict(allOf(matrix)));
      predicted.forEach((value, i) => (mean[i]! += (weights[m]! / total) * value));
    }
    return resultTensor(mean, [matrix.rows], matrix.dtype);
  }
}
