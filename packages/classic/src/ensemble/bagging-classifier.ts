import type { Tensor } from "@tensorloom/tensor";
import { sharesOf } from "../class-shares.ts";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { bestClasses, ClassifierModel } from "../fitted-model.ts";
import {
  classTargets,
  resultTensor,
  sampleMatrix,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { array, list, modelOf, number, optional } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { DecisionTreeClassifier } from "../tree/decision-tree-classifier.ts";
import { bagMembers, type Bag, type BaggingOptions } from "./bag.ts";
import { asClassifier, bestPlaces, checkKind, columnsOf } from "./members.ts";
import type { MembersFitOptions } from "./fit-members.ts";

/** What {@link BaggingClassifier} takes. */
export interface BaggingClassifierOptions extends BaggingOptions {
  /** What is fitted again and again; a decision tree by default. */
  readonly estimator?: Estimator;
}

/**
 * Lets copies of one classifier vote, each fitted to samples of its own, drawn with replacement: what varies from draw to draw
 * averages out.
 *
 * Source: Breiman 1996; with fewer features a member random subspaces, Ho 1998; scikit-learn's BaggingClassifier.
 *
 * @example
 * const x = [[0], [1], [2], [7], [8], [9]];
 * const model = await new BaggingClassifier({ estimator: new KNeighborsClassifier({ nNeighbors: 1 }) }).fit(x, [0, 0, 0, 1, 1, 1]);
 * (await model.predict([[-1], [10]])).toString(); // => [0, 1]
 */
export class BaggingClassifier extends Estimator<BaggingClassifierOptions, BaggingClassifierModel> {
  override readonly kind: EstimatorKind = "classifier";

  /** @param options - what is fitted, how often, what each member draws, seed */
  constructor(options: BaggingClassifierOptions = {}) {
    super(options);
  }

  /**
   * Fits the members.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`, `workers`, `signal`, `onProgress` (members), `progressBar`
   * @throws `ArgumentError` for options out of their range
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: MembersFitOptions = {},
  ): Promise<BaggingClassifierModel> {
    const name = "BaggingClassifier";
    const { estimator = new DecisionTreeClassifier(), ...params } = this.getParams();
    checkKind(name, "estimator", estimator, "classifier");
    const matrix = await sampleMatrix(`${name}.fit`, x);
    const { classes, indices } = await classTargets(`${name}.fit`, y, matrix.rows);
    const targets = Float64Array.from(indices, (index) => classes[index]!);
    const bag = await bagMembers(name, params, estimator, matrix, targets, options);
    const members = bag.members.map(asClassifier);
    let oobScore: number | undefined;
    if (params.oobScore === true) {
      const width = classes.length;
      const sums = new Float64Array(matrix.rows * width);
      const counts = new Int32Array(matrix.rows);
      for (const [m, member] of members.entries()) {
        const left = bag.leftOut(m);
        const shares = await sharesOf(member, columnsOf(matrix, bag.features[m]!, left), classes);
        left.forEach((row, i) => {
          counts[row]!++;
          for (let c = 0; c < width; c++) sums[row * width + c]! += shares[i * width + c]!;
        });
      }
      const places = bestPlaces(sums, width);
      const predicted = Int32Array.from(counts.keys()).filter((i) => counts[i]! > 0);
      oobScore = predicted.filter((i) => places[i] === indices[i]).length / predicted.length;
    }
    return new BaggingClassifierModel({ classes, ...bagState(bag), members, oobScore });
  }
}

/** What models keep of a bag. */
function bagState({ features, width }: Bag): Pick<BaggingClassifierState, "features" | "subsets"> {
  const each = features[0]!.length;
  const subsets = new Int32Array(features.length * each);
  features.forEach((own, m) => subsets.set(own, m * each));
  return { features: width, subsets: { data: subsets, shape: [features.length, each] } };
}

/** What {@link BaggingClassifierModel} holds. */
interface BaggingClassifierState {
  readonly classes: readonly number[];
  readonly features: number;
  readonly members: readonly ClassifierModel[];
  readonly subsets: ShapedArray<Int32Array>;
  readonly oobScore: number | undefined;
}

/** What {@link BaggingClassifier} learns. */
export class BaggingClassifierModel extends ClassifierModel<BaggingClassifierState> {
  /** @internal */
  static get schema(): Schema<BaggingClassifierState> {
    return {
      name: "BaggingClassifierModel",
      fields: {
        classes: list(number),
        features: number,
        members: list(modelOf<ClassifierModel>(ClassifierModel)),
        subsets: array(Int32Array),
        oobScore: optional(number),
      },
    };
  }

  /** The classes, ascending. */
  get classes(): readonly number[] {
    return this.state.classes;
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.features;
  }

  /** The members. */
  get estimators(): readonly ClassifierModel[] {
    return this.state.members;
  }

  /** `[members, features]`: which features each member looks at. */
  get estimatorsFeatures(): Tensor {
    return this.attribute("estimatorsFeatures", this.state.subsets);
  }

  /** The share of training samples that members which had not drawn them predict rightly; undefined unless asked for. */
  get oobScore(): number | undefined {
    return this.state.oobScore;
  }

  /** Resolves to the mean of the members' probabilities, `[samples, classes]`. */
  async predictProba(x: Samples): Promise<Tensor> {
    const { shares, rows, dtype } = await this.#shares("predictProba", x);
    return resultTensor(shares, [rows, this.classes.length], dtype);
  }

  /** Resolves to the class with the largest mean, `[samples]`, int32. */
  override async predict(x: Samples): Promise<Tensor> {
    return bestClasses((await this.#shares("predict", x)).shares, this.classes);
  }

  async #shares(
    operation: string,
    x: Samples,
  ): Promise<{ shares: Float64Array; rows: number; dtype: "float32" | "float64" }> {
    const { features, members, subsets, classes } = this.state;
    const matrix = await sampleMatrix(`BaggingClassifier.${operation}`, x, { features });
    const each = subsets.shape[1]!;
    const mean = new Float64Array(matrix.rows * classes.length);
    for (const [m, member] of members.entries()) {
      const own = subsets.data.subarray(m * each, (m + 1) * each);
      const shares = await sharesOf(member, columnsOf(matrix, own), classes);
      shares.forEach((share, at) => (mean[at]! += share / members.length));
    }
    return { shares: mean, rows: matrix.rows, dtype: matrix.dtype };
  }
}
