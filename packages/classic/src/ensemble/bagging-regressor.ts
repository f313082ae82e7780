import type { Tensor } from "@tensorloom/tensor";
import { taken } from "../class-shares.ts";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { RegressorModel } from "../fitted-model.ts";
import {
  resultTensor,
  sampleMatrix,
  targetValues,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { array, list, modelOf, number, optional } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { DecisionTreeRegressor } from "../tree/decision-tree-regressor.ts";
import { bagMembers, type Bag, type BaggingOptions } from "./bag.ts";
import { asRegressor, checkKind, columnsOf } from "./members.ts";
import type { MembersFitOptions } from "./fit-members.ts";
import { determination } from "./forest-regressor.ts";

/** What {@link BaggingRegressor} takes. */
export interface BaggingRegressorOptions extends BaggingOptions {
  /** What is fitted again and again; a decision tree by default. */
  readonly estimator?: Estimator;
}

/**
 * Predicts the mean of copies of one regressor, each fitted to samples of its own, drawn with replacement: what varies from draw to draw
 * averages out.
 *
 * Source: Breiman 1996; with fewer features a member random subspaces, Ho 1998; scikit-learn's BaggingRegressor.
 *
 * @example
 * const x = [[0], [1], [2], [7], [8], [9]];
 * const model = await new BaggingRegressor({ estimator: new KNeighborsRegressor({ nNeighbors: 1 }) }).fit(x, [0, 0, 0, 1, 1, 1]);
 * (await model.predict([[-1], [10]])).round().toString(); // => [0, 1]
 */
export class BaggingRegressor extends Estimator<BaggingRegressorOptions, BaggingRegressorModel> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - what is fitted, how often, what each member draws, seed */
  constructor(options: BaggingRegressorOptions = {}) {
    super(options);
  }

  /**
   * Fits the members.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `workers`, `signal`, `onProgress` (members), `progressBar`
   * @throws `ArgumentError` for options out of their range
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: MembersFitOptions = {},
  ): Promise<BaggingRegressorModel> {
    const name = "BaggingRegressor";
    const { estimator = new DecisionTreeRegressor(), ...params } = this.getParams();
    checkKind(name, "estimator", estimator, "regressor");
    const matrix = await sampleMatrix(`${name}.fit`, x);
    const targets = await targetValues(`${name}.fit`, y, matrix.rows);
    const bag = await bagMembers(name, params, estimator, matrix, targets, options);
    const members = bag.members.map(asRegressor);
    let oobScore: number | undefined;
    if (params.oobScore === true) {
      const sums = new Float64Array(matrix.rows);
      const counts = new Int32Array(matrix.rows);
      for (const [m, member] of members.entries()) {
        const left = bag.leftOut(m);
        const values = await taken(member.predict(columnsOf(matrix, bag.features[m]!, left)));
        left.forEach((row, i) => {
          counts[row]!++;
          sums[row]! += values[i]!;
        });
      }
      const predicted = Int32Array.from(counts.keys()).filter((i) => counts[i]! > 0);
      oobScore = determination(
        predicted,
        targets,
        sums.map((sum, i) => sum / counts[i]!),
      );
    }
    return new BaggingRegressorModel({ ...bagState(bag), members, oobScore });
  }
}

/** What models keep of a bag. */
function bagState({ features, width }: Bag): Pick<BaggingRegressorState, "features" | "subsets"> {
  const each = features[0]!.length;
  const subsets = new Int32Array(features.length * each);
  features.forEach((own, m) => subsets.set(own, m * each));
  return { features: width, subsets: { data: subsets, shape: [features.length, each] } };
}

/** What {@link BaggingRegressorModel} holds. */
interface BaggingRegressorState {
  readonly features: number;
  readonly members: readonly RegressorModel[];
  readonly subsets: ShapedArray<Int32Array>;
  readonly oobScore: number | undefined;
}

/** What {@link BaggingRegressor} learns. */
export class BaggingRegressorModel extends RegressorModel<BaggingRegressorState> {
  /** @internal */
  static get schema(): Schema<BaggingRegressorState> {
    return {
      name: "BaggingRegressorModel",
      fields: {
        features: number,
        members: list(modelOf<RegressorModel>(RegressorModel)),
        subsets: array(Int32Array),
        oobScore: optional(number),
      },
    };
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.features;
  }

  /** The members. */
  get estimators(): readonly RegressorModel[] {
    return this.state.members;
  }

  /** `[members, features]`: which features each member looks at. */
  get estimatorsFeatures(): Tensor {
    return this.attribute("estimatorsFeatures", this.state.subsets);
  }

  /** R² of training samples, predicted by the members that had not drawn them; undefined unless asked for. */
  get oobScore(): number | undefined {
    return this.state.oobScore;
  }

  /** Resolves to the mean of the members' predictions, `[samples]`. */
  override async predict(x: Samples): Promise<Tensor> {
    const { features, members, subsets } = this.state;
    const matrix = await sampleMatrix("BaggingRegressor.predict", x, { features });
    const each = subsets.shape[1]!;
    const mean = new Float64Array(matrix.rows);
    for (const [m, member] of members.entries()) {
      const own = subsets.data.subarray(m * each, (m + 1) * each);
      const values = await taken(member.predict(columnsOf(matrix, own)));
      values.forEach((value, i) => (mean[i]! += value / members.length));
    }
    return resultTensor(mean, [matrix.rows], matrix.dtype);
  }
}
