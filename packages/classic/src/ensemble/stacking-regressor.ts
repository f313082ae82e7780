import type { Tensor } from "@tensorloom/tensor";
import { taken } from "../class-shares.ts";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { RegressorModel } from "../fitted-model.ts";
import { resultTensor, sampleMatrix, targetValues, type Samples, type Targets } from "../inputs.ts";
import { Ridge } from "../linear/ridge.ts";
import { boolean, list, modelOf, number, text } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import type { MembersFitOptions } from "./fit-members.ts";
import { allOf, asRegressor, checkKind, checkNamed } from "./members.ts";
import { joined, stackMembers, type StackingOptions } from "./stack.ts";

/** What {@link StackingRegressor} takes. */
export interface StackingRegressorOptions extends StackingOptions {
  /** Who learns from the members' predictions; ridge regression by default. */
  readonly finalEstimator?: Estimator;
}

/**
 * Learns how to combine regressors: a last one is fitted to what they predict of samples which they have not seen.
 *
 * Source: Wolpert 1992; scikit-learn's StackingRegressor (whose last estimator is RidgeCV by default).
 *
 * @example
 * const x = Array.from({ length: 20 }, (_, i) => [i]);
 * const y = x.map(([i]) => 3 * i);
 * const stack = new StackingRegressor({
 *   estimators: [["tree", new DecisionTreeRegressor()], ["line", new LinearRegression()]],
 * });
 * const model = await stack.fit(x, y);
 * (await model.score(x, y)) > 0.99; // => true
 */
export class StackingRegressor extends Estimator<StackingRegressorOptions, StackingRegressorModel> {
  override readonly kind: EstimatorKind = "regressor";

  /**
   * Fits the members, in parts and to all samples, and then the last estimator.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `workers`, `signal`, `onProgress` (fits), `progressBar`
   * @throws `ArgumentError` for estimators that are not regressors, or names that are not different
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: MembersFitOptions = {},
  ): Promise<StackingRegressorModel> {
    const name = "StackingRegressor";
    const params = this.getParams();
    const { finalEstimator = new Ridge(), passthrough = false } = params;
    checkNamed(name, params.estimators, "regressor");
    checkKind(name, "finalEstimator", finalEstimator, "regressor");
    const matrix = await sampleMatrix(`${name}.fit`, x);
    const targets = await targetValues(`${name}.fit`, y, matrix.rows);
    const stack = await stackMembers(
      {
        ...{ operation: name, options: params, finalEstimator, matrix, targets },
        ...{ groups: new Int32Array(matrix.rows), told: "predictions" },
        columnsOf: (data) => ({ data, width: 1 }),
      },
      options,
    );
    return new StackingRegressorModel({
      ...{ features: matrix.columns, passthrough, final: asRegressor(stack.final) },
      names: params.estimators.map(([own]) => own),
      members: stack.members.map(asRegressor),
    });
  }
}

/** What {@link StackingRegressorModel} holds. */
interface StackingRegressorState {
  readonly features: number;
  readonly names: readonly string[];
  readonly members: readonly RegressorModel[];
  readonly final: RegressorModel;
  readonly passthrough: boolean;
}

/** What {@link StackingRegressor} learns. */
export class StackingRegressorModel extends RegressorModel<StackingRegressorState> {
  /** @internal */
  static get schema(): Schema<StackingRegressorState> {
    return {
      name: "StackingRegressorModel",
      fields: {
        features: number,
        names: list(text),
        members: list(modelOf<RegressorModel>(RegressorModel)),
        final: modelOf<RegressorModel>(RegressorModel),
        passthrough: boolean,
      },
    };
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.features;
  }

  /** The members, fitted to all samples, in the order given. */
  get estimators(): readonly RegressorModel[] {
    return this.state.members;
  }

  /** The members by name. */
  get namedEstimators(): Readonly<Record<string, RegressorModel>> {
    const { names, members } = this.state;
    return Object.fromEntries(names.map((name, m) => [name, members[m]!]));
  }

  /** The model that combines them. */
  get finalEstimator(): RegressorModel {
    return this.state.final;
  }

  /** Resolves to the last estimator's predictions, `[samples]`. */
  override async predict(x: Samples): Promise<Tensor> {
    const { features, members, passthrough, final } = this.state;
    const matrix = await sampleMatrix("StackingRegressor.predict", x, { features });
    const told = [];
    for (const member of members) {
      told.push({ data: await taken(member.predict(allOf(matrix))), width: 1 });
    }
    const columns = joined(told, passthrough ? matrix : undefined, matrix.rows);
    const predicted = await taken(final.predict(columns));
    return resultTensor(predicted, [matrix.rows], matrix.dtype);
  }
}
