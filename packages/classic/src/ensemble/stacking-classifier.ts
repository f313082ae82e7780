import type { Tensor } from "@tensorloom/tensor";
import { sharesOf } from "../class-shares.ts";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { ClassifierModel } from "../fitted-model.ts";
import {
  classTargets,
  resultTensor,
  sampleMatrix,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { LogisticRegression } from "../linear/logistic-regression.ts";
import { boolean, list, modelOf, number, text } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import type { MembersFitOptions } from "./fit-members.ts";
import { allOf, asClassifier, checkKind, checkNamed } from "./members.ts";
import { joined, stackMembers, type Columns, type StackingOptions } from "./stack.ts";

/** What {@link StackingClassifier} takes. */
export interface StackingClassifierOptions extends StackingOptions {
  /** Who learns from the members' probabilities; logistic regression by default. */
  readonly finalEstimator?: Estimator;
}

/**
 * Learns how to combine classifiers: a last one is fitted to the probabilities that they tell of samples which they have not
 * seen.
 *
 * Source: Wolpert 1992; scikit-learn's StackingClassifier.
 *
 * @example
 * const x = Array.from({ length: 20 }, (_, i) => [i]);
 * const stack = new StackingClassifier({
 *   estimators: [["tree", new DecisionTreeClassifier()], ["machine", new SVC({ probability: true })]],
 * });
 * const model = await stack.fit(x, x.map(([i]) => Number(i > 9)));
 * (await model.predict([[1], [18]])).toString(); // => [0, 1]
 */
export class StackingClassifier extends Estimator<
  StackingClassifierOptions,
  StackingClassifierModel
> {
  override readonly kind: EstimatorKind = "classifier";

  /**
   * Fits the members, in parts and to all samples, and then the last estimator.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`, `workers`, `signal`, `onProgress` (fits), `progressBar`
   * @throws `ArgumentError` for estimators that are not classifiers, or names that are not different
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: MembersFitOptions = {},
  ): Promise<StackingClassifierModel> {
    const name = "StackingClassifier";
    const params = this.getParams();
    const { finalEstimator = new LogisticRegression(), passthrough = false } = params;
    checkNamed(name, params.estimators, "classifier");
    checkKind(name, "finalEstimator", finalEstimator, "classifier");
    const matrix = await sampleMatrix(`${name}.fit`, x);
    const { classes, indices } = await classTargets(`${name}.fit`, y, matrix.rows, 2);
    const labels = Float64Array.from(indices, (index) => classes[index]!);
    const stack = await stackMembers(
      {
        ...{ operation: name, options: params, finalEstimator, matrix, targets: labels },
        ...{ groups: indices, told: { sharesOf: classes } },
        columnsOf: (shares) => columnsOf(shares, classes.length),
      },
      options,
    );
    return new StackingClassifierModel({
      ...{ classes, features: matrix.columns, passthrough, final: asClassifier(stack.final) },
      names: params.estimators.map(([own]) => own),
      members: stack.members.map(asClassifier),
    });
  }
}

/** A member's probabilities; of two classes the second's alone, since the other says the same. */
function columnsOf(shares: Float64Array, classes: number): Columns {
  if (classes > 2) return { data: shares, width: classes };
  return { data: shares.filter((_, at) => at % 2 === 1), width: 1 };
}

/** What {@link StackingClassifierModel} holds. */
interface StackingClassifierState {
  readonly classes: readonly number[];
  readonly features: number;
  readonly names: readonly string[];
  readonly members: readonly ClassifierModel[];
  readonly final: ClassifierModel;
  readonly passthrough: boolean;
}

/** What {@link StackingClassifier} learns. */
export class StackingClassifierModel extends ClassifierModel<StackingClassifierState> {
  /** @internal */
  static get schema(): Schema<StackingClassifierState> {
    return {
      name: "StackingClassifierModel",
      fields: {
        classes: list(number),
        features: number,
        names: list(text),
        members: list(modelOf<ClassifierModel>(ClassifierModel)),
        final: modelOf<ClassifierModel>(ClassifierModel),
        passthrough: boolean,
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

  /** The members, fitted to all samples, in the order given. */
  get estimators(): readonly ClassifierModel[] {
    return this.state.members;
  }

  /** The members by name. */
  get namedEstimators(): Readonly<Record<string, ClassifierModel>> {
    const { names, members } = this.state;
    return Object.fromEntries(names.map((name, m) => [name, members[m]!]));
  }

  /** The model that combines them. */
  get finalEstimator(): ClassifierModel {
    return this.state.final;
  }

  /** Resolves to the last estimator's probabilities, `[samples, classes]`. */
  async predictProba(x: Samples): Promise<Tensor> {
    const { columns, rows, dtype } = await this.#columns("predictProba", x);
    const shares = await sharesOf(this.state.final, columns, this.classes);
    return resultTensor(shares, [rows, this.classes.length], dtype);
  }

  /** Resolves to the last estimator's predictions, `[samples]`, int32. */
  override async predict(x: Samples): Promise<Tensor> {
    return this.state.final.predict((await this.#columns("predict", x)).columns);
  }

  async #columns(
    operation: string,
    x: Samples,
  ): Promise<{ columns: ShapedArray; rows: number; dtype: "float32" | "float64" }> {
    const { features, members, passthrough } = this.state;
    const matrix = await sampleMatrix(`StackingClassifier.${operation}`, x, { features });
    const told: Columns[] = [];
    for (const member of members) {
      const shares = await sharesOf(member, allOf(matrix), this.classes);
      told.push(columnsOf(shares, this.classes.length));
    }
    const columns = joined(told, passthrough ? matrix : undefined, matrix.rows);
    return { columns, rows: matrix.rows, dtype: matrix.dtype };
  }
}
