import type { Tensor } from "@tensorloom/tensor";
import { taken } from "../class-shares.ts";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { RegressorModel } from "../fitted-model.ts";
import { resultTensor, sampleMatrix, targetValues, type Samples, type Targets } from "../inputs.ts";
import { list, modelOf, number, text } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { fitMembers, wholePart, type MembersFitOptions } from "./fit-members.ts";
import { allOf, asRegressor, checkNamed, memberWeights, type NamedEstimator } from "./members.ts";

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
 * const voters = new VotingRegressor({
 *   estimators: [["tree", new DecisionTreeRegressor()], ["mean", new DummyRegressor()]],
 * });
 * const model = await voters.fit([[0], [1]], [2, 4]);
 * (await model.predict([[0], [1]])).toString(); // => [2.5, 3.5]
 */
export class VotingRegressor extends Estimator<VotingRegressorOptions, VotingRegressorModel> {
  override readonly kind: EstimatorKind = "regressor";

  /**
   * Fits every regressor.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `workers`, `signal`, `onProgress` (members), `progressBar`
   * @throws `ArgumentError` for estimators that are not regressors, or names that are not different
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: MembersFitOptions = {},
  ): Promise<VotingRegressorModel> {
    const { estimators, weights } = this.getParams();
    checkNamed("VotingRegressor", estimators, "regressor");
    const own = memberWeights("VotingRegressor", weights, estimators.length);
    const matrix = await sampleMatrix("VotingRegressor.fit", x);
    const targets = await targetValues("VotingRegressor.fit", y, matrix.rows);
    const fitted = await fitMembers(
      {
        ...{ operation: "VotingRegressor", matrix, targets, parts: [wholePart(matrix.rows)] },
        estimators: estimators.map(([, estimator]) => estimator),
        fits: estimators.map((_, m) => ({ estimator: m, part: 0, isKept: true })),
      },
      options,
    );
    const members = fitted.map(({ model }) => asRegressor(model!));
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
