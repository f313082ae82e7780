import { UnsupportedError, type Tensor } from "@tensorloom/tensor";
import { sharesOf, tellsProbabilities, votesOf } from "../class-shares.ts";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { bestClasses, ClassifierModel } from "../fitted-model.ts";
import { classTargets, resultTensor, sampleMatrix, type Samples, type Targets } from "../inputs.ts";
import { choiceOption } from "../options.ts";
import { list, modelOf, number, oneOf, text } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { fitMembers, wholePart, type MembersFitOptions } from "./fit-members.ts";
import { allOf, asClassifier, checkNamed, memberWeights, type NamedEstimator } from "./members.ts";

/** What {@link VotingClassifier} takes. */
export interface VotingClassifierOptions {
  /** The classifiers that vote, by name. */
  readonly estimators: readonly NamedEstimator[];
  /** Whether they vote for their class, `"hard"` (default), or by their probabilities, `"soft"`. */
  readonly voting?: "hard" | "soft";
  /** How much each one's vote weighs; 1 by default. */
  readonly weights?: readonly number[];
}

/**
 * Lets different classifiers vote.
 *
 * Source: scikit-learn's VotingClassifier.
 *
 * @example
 * const voters = new VotingClassifier({
 *   estimators: [["tree", new DecisionTreeClassifier()], ["machine", new SVC()]],
 * });
 * const model = await voters.fit([[0], [1], [3], [4]], [0, 0, 1, 1]);
 * (await model.predict([[-1], [5]])).toString(); // => [0, 1]
 */
export class VotingClassifier extends Estimator<VotingClassifierOptions, VotingClassifierModel> {
  override readonly kind: EstimatorKind = "classifier";

  /**
   * Fits every classifier.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`, `workers`, `signal`, `onProgress` (members), `progressBar`
   * @throws `ArgumentError` for estimators that are not classifiers, or names that are not different; `UnsupportedError` for soft
   * voting of one that tells no probabilities
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: MembersFitOptions = {},
  ): Promise<VotingClassifierModel> {
    const { estimators, voting = "hard", weights } = this.getParams();
    choiceOption("VotingClassifier", "voting", voting, ["hard", "soft"]);
    checkNamed("VotingClassifier", estimators, "classifier");
    const own = memberWeights("VotingClassifier", weights, estimators.length);
    const matrix = await sampleMatrix("VotingClassifier.fit", x);
    const { classes, indices } = await classTargets("VotingClassifier.fit", y, matrix.rows);
    const labels = Float64Array.from(indices, (index) => classes[index]!);
    const fitted = await fitMembers(
      {
        ...{
          operation: "VotingClassifier",
          matrix,
          targets: labels,
          parts: [wholePart(matrix.rows)],
        },
        estimators: estimators.map(([, estimator]) => estimator),
        fits: estimators.map((_, m) => ({ estimator: m, part: 0, isKept: true })),
      },
      options,
    );
    const members = fitted.map(({ model }) => asClassifier(model!));
    const silent = members.findIndex((member) => !tellsProbabilities(member));
    if (voting === "soft" && silent >= 0) {
      for (const member of members) member.dispose();
      throw new UnsupportedError(
        `VotingClassifier: ${estimators[silent]![0]}: expected a classifier with predictProba for soft voting, got ${members[silent]!.constructor.name} without; try hard voting, or probability: true for SVC`,
      );
    }
    const names = estimators.map(([name]) => name);
    const features = matrix.columns;
    return new VotingClassifierModel({ classes, features, names, members, voting, weights: own });
  }
}

/** What {@link VotingClassifierModel} holds. */
interface VotingClassifierState {
  readonly classes: readonly number[];
  readonly features: number;
  readonly names: readonly string[];
  readonly members: readonly ClassifierModel[];
  readonly voting: "hard" | "soft";
  readonly weights: readonly number[];
}

/** What {@link VotingClassifier} learns. */
export class VotingClassifierModel extends ClassifierModel<VotingClassifierState> {
  /** @internal */
  static get schema(): Schema<VotingClassifierState> {
    return {
      name: "VotingClassifierModel",
      fields: {
        classes: list(number),
        features: number,
        names: list(text),
        members: list(modelOf<ClassifierModel>(ClassifierModel)),
        voting: oneOf("hard", "soft"),
        weights: list(number),
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

  /** The fitted classifiers, in the order given. */
  get estimators(): readonly ClassifierModel[] {
    return this.state.members;
  }

  /** The fitted classifiers by name. */
  get namedEstimators(): Readonly<Record<string, ClassifierModel>> {
    const { names, members } = this.state;
    return Object.fromEntries(names.map((name, m) => [name, members[m]!]));
  }

  /** Resolves to each class's share of the votes, `[samples, classes]`: with `"soft"` the weighted mean of probabilities. */
  async predictProba(x: Samples): Promise<Tensor> {
    const { votes, rows, dtype } = await this.#votes("predictProba", x);
    return resultTensor(votes, [rows, this.classes.length], dtype);
  }

  /** Resolves to the class with most votes, the first of equals, as `[samples]`, int32. */
  override async predict(x: Samples): Promise<Tensor> {
    return bestClasses((await this.#votes("predict", x)).votes, this.classes);
  }

  async #votes(
    operation: string,
    x: Samples,
  ): Promise<{ votes: Float64Array; rows: number; dtype: "float32" | "float64" }> {
    const { features, classes, members, voting, weights } = this.state;
    const matrix = await sampleMatrix(`VotingClassifier.${operation}`, x, { features });
    const width = classes.length;
    const votes = new Float64Array(matrix.rows * width);
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    for (const [m, member] of members.entries()) {
      const tell = voting === "soft" ? sharesOf : votesOf;
      const shares = await tell(member, allOf(matrix), classes);
      const weight = weights[m]! / total;
      shares.forEach((share, at) => (votes[at]! += weight * share));
    }
    return { votes, rows: matrix.rows, dtype: matrix.dtype };
  }
}
