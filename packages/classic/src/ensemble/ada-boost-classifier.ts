import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";
import { sharesOf, votesOf } from "../class-shares.ts";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { bestClasses, ClassifierModel } from "../fitted-model.ts";
import {
  classTargets,
  resultTensor,
  sampleMatrix,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { choiceOption, numberOption, wholeOption } from "../options.ts";
import { Pacer } from "../parallel/pacer.ts";
import { array, list, modelOf, number, oneOf } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { DecisionTreeClassifier } from "../tree/decision-tree-classifier.ts";
import { sampleWeights } from "../weights.ts";
import { allOf, asClassifier, bestPlaces, checkKind } from "./members.ts";
import { weightedImportances } from "./weighted-importances.ts";

/** What {@link AdaBoostClassifier} takes. */
export interface AdaBoostClassifierOptions {
  /** What is boosted, a classifier that heeds sample weights; a tree of one split by default. */
  readonly estimator?: Estimator;
  /** How many are fitted at most; 50 by default. */
  readonly nEstimators?: number;
  /** By how much each one's weight is shrunk; 1 by default. */
  readonly learningRate?: number;
  /** Whether members vote by their probabilities, `"SAMME.R"` (default), or by their classes, `"SAMME"`. */
  readonly algorithm?: "SAMME" | "SAMME.R";
  /** For members that draw; 0 by default. */
  readonly seed?: number;
}

/**
 * Fits one weak classifier after another, each to the samples that those before it got wrong, which weigh more and more; they
 * vote by how good they are.
 *
 * Source: Freund and Schapire 1995, for several classes Zhu et al. 2009; scikit-learn's AdaBoostClassifier.
 *
 * @example
 * const x = [[1], [2], [3], [4], [5], [6]];
 * const model = await new AdaBoostClassifier({ nEstimators: 10 }).fit(x, [0, 0, 1, 1, 0, 0]);
 * (await model.predict(x)).toString(); // => [0, 0, 1, 1, 0, 0]
 */
export class AdaBoostClassifier extends Estimator<
  AdaBoostClassifierOptions,
  AdaBoostClassifierModel
> {
  override readonly kind: EstimatorKind = "classifier";

  /** @param options - what is boosted, how often, algorithm */
  constructor(options: AdaBoostClassifierOptions = {}) {
    super(options);
  }

  /**
   * Fits the members one after the other.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for options out of their range, or if the first member is no better than chance
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<AdaBoostClassifierModel> {
    const name = "AdaBoostClassifier";
    const {
      estimator = new DecisionTreeClassifier({ maxDepth: 1 }),
      seed = 0,
      ...rest
    } = this.getParams();
    checkKind(name, "estimator", estimator, "classifier");
    const rounds = wholeOption(name, "nEstimators", rest.nEstimators ?? 50);
    const learningRate = numberOption(name, "learningRate", rest.learningRate ?? 1, { above: 0 });
    const algorithms = ["SAMME", "SAMME.R"] as const;
    const algorithm = choiceOption(name, "algorithm", rest.algorithm ?? "SAMME.R", algorithms);
    const matrix = await sampleMatrix(`${name}.fit`, x);
    const samples = allOf(matrix);
    const { classes, indices } = await classTargets(`${name}.fit`, y, matrix.rows);
    const labels = Float64Array.from(indices, (index) => classes[index]!);
    const given = await sampleWeights(`${name}.fit`, options.sampleWeight, matrix.rows);
    const weights = normalized(given);
    const estimators: ClassifierModel[] = [];
    const memberWeights: number[] = [];
    const errors: number[] = [];
    const width = classes.length;
    const pacer = new Pacer(rounds, options);
    for (let round = 0; round < rounds; round++) {
      // Weights that have all but vanished may return; those given as 0 stay out.
      weights.forEach(
        (weight, i) => (weights[i] = given[i] === 0 ? 0 : Math.max(Number.EPSILON, weight)),
      );
      const weighted: WeightedFitOptions = { sampleWeight: weights.slice() };
      const copy = estimator.withParams({ seed: seed + round });
      const member = asClassifier(await copy.fit(samples, labels, weighted));
      const tell = algorithm === "SAMME.R" ? sharesOf : votesOf;
      const shares = await tell(member, samples, classes);
      const predicted = bestPlaces(shares, width);
      let error = 0;
      let total = 0;
      weights.forEach((weight, i) => {
        total += weight;
        if (predicted[i] !== indices[i]) error += weight;
      });
      error /= total;
      const isPerfect = error <= 0;
      if (!isPerfect && algorithm === "SAMME" && error >= 1 - 1 / width) {
        if (estimators.length > 0) break;
        throw new ArgumentError(
          `${name}: estimator: expected one better than chance, got an error of ${error.toPrecision(3)} in the first round; try a stronger one`,
        );
      }
      const memberWeight =
        isPerfect || algorithm === "SAMME.R"
          ? 1
          : learningRate * (Math.log((1 - error) / error) + Math.log(width - 1));
      estimators.push(member);
      memberWeights.push(memberWeight);
      errors.push(isPerfect ? 0 : error);
      await pacer.done(round + 1, error);
      if (isPerfect) break;
      if (round === rounds - 1) continue;
      if (algorithm === "SAMME.R") reweighByShares(weights, shares, indices, width, learningRate);
      else {
        weights.forEach((weight, i) => {
          if (predicted[i] !== indices[i]) weights[i] = weight * Math.exp(memberWeight);
        });
      }
      const sum = weights.reduce((all, weight) => all + weight, 0);
      if (!Number.isFinite(sum) || sum <= 0) break;
      weights.forEach((weight, i) => (weights[i] = weight / sum));
    }
    return new AdaBoostClassifierModel({
      ...{ classes, estimators, algorithm, features: matrix.columns },
      weights: { data: Float64Array.from(memberWeights), shape: [estimators.length] },
      errors: { data: Float64Array.from(errors), shape: [estimators.length] },
    });
  }
}

/** Weights that sum to 1. */
function normalized(weights: Float64Array): Float64Array {
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

/** Samples weigh more, the less their class's logarithm of the probability lies above the others' (Zhu et al. 2009, equation 4). */
function reweighByShares(
  weights: Float64Array,
  shares: Float64Array,
  indices: Int32Array,
  classes: number,
  learningRate: number,
): void {
  const factor = (-learningRate * (classes - 1)) / classes;
  weights.forEach((weight, i) => {
    let sum = 0;
    for (let c = 0; c < classes; c++) {
      const log = Math.log(Math.max(Number.EPSILON, shares[i * classes + c]!));
      sum += c === indices[i] ? log : -log / (classes - 1);
    }
    const exponent = factor * sum;
    if (weight > 0 || exponent < 0) weights[i] = weight * Math.exp(exponent);
  });
}

/** What {@link AdaBoostClassifierModel} holds. */
interface AdaBoostClassifierState {
  readonly classes: readonly number[];
  readonly features: number;
  readonly algorithm: "SAMME" | "SAMME.R";
  readonly estimators: readonly ClassifierModel[];
  readonly weights: ShapedArray<Float64Array>;
  readonly errors: ShapedArray<Float64Array>;
}

/** What {@link AdaBoostClassifier} learns. */
export class AdaBoostClassifierModel extends ClassifierModel<AdaBoostClassifierState> {
  /** @internal */
  static get schema(): Schema<AdaBoostClassifierState> {
    return {
      name: "AdaBoostClassifierModel",
      fields: {
        classes: list(number),
        features: number,
        algorithm: oneOf("SAMME", "SAMME.R"),
        estimators: list(modelOf<ClassifierModel>(ClassifierModel)),
        weights: array(Float64Array),
        errors: array(Float64Array),
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

  /** The members, in the order in which they were fitted. */
  get estimators(): readonly ClassifierModel[] {
    return this.state.estimators;
  }

  /** `[members]`: how much each one's vote weighs. */
  get estimatorWeights(): Tensor {
    return this.attribute("estimatorWeights", this.state.weights);
  }

  /** `[members]`: the weighted share of samples that each one got wrong. */
  get estimatorErrors(): Tensor {
    return this.attribute("estimatorErrors", this.state.errors);
  }

  /** `[features]`: the members' weighted mean importances; undefined for members without. */
  get featureImportances(): Tensor | undefined {
    const { estimators, weights, features } = this.state;
    const data = weightedImportances(estimators, weights.data, features);
    return data && this.attribute("featureImportances", { data, shape: [features] });
  }

  /**
   * Resolves to the weighted votes: of two classes `[samples]`, positive for the second; of more `[samples, classes]`.
   *
   * @param x - `[samples, features]`
   */
  async decisionFunction(x: Samples): Promise<Tensor> {
    const { votes, rows, dtype } = await this.#votes("decisionFunction", x);
    const width = this.classes.length;
    if (width !== 2) return resultTensor(votes, [rows, width], dtype);
    const odds = Float64Array.from({ length: rows }, (_, i) => votes[2 * i + 1]! - votes[2 * i]!);
    return resultTensor(odds, [rows], dtype);
  }

  /** Resolves to probabilities, the softmax of the votes: `[samples, classes]`. */
  async predictProba(x: Samples): Promise<Tensor> {
    const { votes, rows, dtype } = await this.#votes("predictProba", x);
    const width = this.classes.length;
    const shares = new Float64Array(rows * width);
    for (let i = 0; i < rows; i++) {
      const own = votes.subarray(i * width, (i + 1) * width);
      const odds = width === 2 ? own[1]! - own[0]! : 0;
      const scores =
        width === 2
          ? [-odds / 2, odds / 2]
          : Array.from(own, (vote) => vote / Math.max(1, width - 1));
      const most = Math.max(...scores);
      const powers = scores.map((score) => Math.exp(score - most));
      const sum = powers.reduce((total, power) => total + power, 0);
      powers.forEach((power, c) => (shares[i * width + c] = power / sum));
    }
    return resultTensor(shares, [rows, width], dtype);
  }

  /** Resolves to the classes with most votes, `[samples]`, int32. */
  override async predict(x: Samples): Promise<Tensor> {
    const { votes } = await this.#votes("predict", x);
    return bestClasses(votes, this.classes);
  }

  /**
   * Yields what {@link predict} would say with the first member alone, with two, and so on.
   *
   * @param x - `[samples, features]`
   */
  async *stagedPredict(x: Samples): AsyncGenerator<Tensor> {
    const stages: Int32Array[] = [];
    const width = this.classes.length;
    await this.#votes("stagedPredict", x, (sums) => {
      stages.push(bestPlaces(sums, width).map((place) => this.classes[place]!));
    });
    for (const stage of stages) yield tensor(stage);
  }

  async #votes(
    operation: string,
    x: Samples,
    after?: (sums: Float64Array) => void,
  ): Promise<{ votes: Float64Array; rows: number; dtype: "float32" | "float64" }> {
    const { features, classes, estimators, algorithm, weights } = this.state;
    const matrix = await sampleMatrix(`AdaBoostClassifier.${operation}`, x, { features });
    const width = classes.length;
    const sums = new Float64Array(matrix.rows * width);
    for (const [m, member] of estimators.entries()) {
      const tell = algorithm === "SAMME.R" ? sharesOf : votesOf;
      const shares = await tell(member, allOf(matrix), classes);
      const weight = weights.data[m]!;
      if (algorithm === "SAMME.R") addLogShares(sums, shares, width);
      else bestPlaces(shares, width).forEach((place, i) => (sums[i * width + place]! += weight));
      after?.(sums);
    }
    const total = weights.data.reduce((sum, weight) => sum + weight, 0);
    const votes = sums.map((sum) => sum / total);
    return { votes, rows: matrix.rows, dtype: matrix.dtype };
  }
}

/** Adds each class's logarithm of the probability above the mean of all (Zhu et al. 2009, algorithm 4, step 2c). */
function addLogShares(sums: Float64Array, shares: Float64Array, classes: number): void {
  const logs = new Float64Array(classes);
  for (let at = 0; at < shares.length; at += classes) {
    let mean = 0;
    for (let c = 0; c < classes; c++) {
      logs[c] = Math.log(Math.max(Number.EPSILON, shares[at + c]!));
      mean += logs[c]! / classes;
    }
    for (let c = 0; c < classes; c++) sums[at + c]! += (classes - 1) * (logs[c]! - mean);
  }
}
