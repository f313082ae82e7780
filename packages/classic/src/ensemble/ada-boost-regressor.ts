import type { Tensor } from "@tensorloom/tensor";
import { taken } from "../class-shares.ts";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { RegressorModel } from "../fitted-model.ts";
import {
  resultTensor,
  sampleMatrix,
  targetValues,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { choiceOption, numberOption, wholeOption } from "../options.ts";
import { Pacer } from "../parallel/pacer.ts";
import { array, list, modelOf, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { RandomStream } from "../random/random-stream.ts";
import { DecisionTreeRegressor } from "../tree/decision-tree-regressor.ts";
import { sampleWeights } from "../weights.ts";
import { allOf, asRegressor, checkKind, rowsOf } from "./members.ts";
import { weightedImportances } from "./weighted-importances.ts";

/** What {@link AdaBoostRegressor} takes. */
export interface AdaBoostRegressorOptions {
  /** What is boosted, a regressor; a tree of three levels by default. */
  readonly estimator?: Estimator;
  /** How many are fitted at most; 50 by default. */
  readonly nEstimators?: number;
  /** By how much each one's weight is shrunk; 1 by default. */
  readonly learningRate?: number;
  /** How a sample's weight grows with its error, as a share of the largest: `"linear"` (default), `"square"` or `"exponential"`. */
  readonly loss?: "linear" | "square" | "exponential";
  /** For the samples that each member draws; 0 by default. */
  readonly seed?: number;
}

/**
 * Fits one weak regressor after another, each to samples drawn the more often the worse those before it predict them; predicts
 * their weighted median.
 *
 * Source: AdaBoost.R2, Drucker 1997; scikit-learn's AdaBoostRegressor.
 *
 * @example
 * const x = Array.from({ length: 40 }, (_, i) => [i / 10]);
 * const y = x.map(([value]) => Math.sin(value));
 * const model = await new AdaBoostRegressor().fit(x, y);
 * (await model.score(x, y)) > 0.95; // => true
 */
export class AdaBoostRegressor extends Estimator<AdaBoostRegressorOptions, AdaBoostRegressorModel> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - what is boosted, how often, loss, seed */
  constructor(options: AdaBoostRegressorOptions = {}) {
    super(options);
  }

  /**
   * Fits the members one after the other.
   *
   * @param x - `[samples, features]`
   * @param y - the targets, one a sample
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for options out of their range
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<AdaBoostRegressorModel> {
    const name = "AdaBoostRegressor";
    const {
      estimator = new DecisionTreeRegressor({ maxDepth: 3 }),
      seed = 0,
      ...rest
    } = this.getParams();
    checkKind(name, "estimator", estimator, "regressor");
    const rounds = wholeOption(name, "nEstimators", rest.nEstimators ?? 50);
    const learningRate = numberOption(name, "learningRate", rest.learningRate ?? 1, { above: 0 });
    const losses = ["linear", "square", "exponential"] as const;
    const loss = choiceOption(name, "loss", rest.loss ?? "linear", losses);
    const matrix = await sampleMatrix(`${name}.fit`, x);
    const targets = await targetValues(`${name}.fit`, y, matrix.rows);
    const given = await sampleWeights(`${name}.fit`, options.sampleWeight, matrix.rows);
    const total = given.reduce((sum, weight) => sum + weight, 0);
    const weights = given.map((weight) => weight / total);
    const random = new RandomStream(seed);
    const estimators: RegressorModel[] = [];
    const memberWeights: number[] = [];
    const errors: number[] = [];
    const pacer = new Pacer(rounds, options);
    for (let round = 0; round < rounds; round++) {
      const drawn = drawByWeight(weights, random);
      const own = Float64Array.from(drawn, (i) => targets[i]!);
      const member = asRegressor(
        await estimator.withParams({ seed: seed + round }).fit(rowsOf(matrix, drawn), own),
      );
      const predicted = await taken(member.predict(allOf(matrix)));
      const losses01 = relativeLosses(predicted, targets, weights, loss);
      const error = losses01.reduce((sum, value, i) => sum + value * weights[i]!, 0);
      const isPerfect = error <= 0;
      // No better than guessing: it is kept only if it is all there is.
      if (error >= 0.5 && estimators.length > 0) break;
      const beta = error / (1 - error);
      estimators.push(member);
      memberWeights.push(isPerfect || error >= 0.5 ? 1 : learningRate * Math.log(1 / beta));
      errors.push(error);
      await pacer.done(round + 1, error);
      if (isPerfect || error >= 0.5) break;
      let sum = 0;
      weights.forEach((weight, i) => {
        weights[i] = weight * beta ** ((1 - losses01[i]!) * learningRate);
        sum += weights[i]!;
      });
      weights.forEach((weight, i) => (weights[i] = weight / sum));
    }
    return new AdaBoostRegressorModel({
      ...{ estimators, features: matrix.columns },
      weights: { data: Float64Array.from(memberWeights), shape: [estimators.length] },
      errors: { data: Float64Array.from(errors), shape: [estimators.length] },
    });
  }
}

/** As many samples as there are, with replacement, each as likely as its weight. */
function drawByWeight(weights: Float64Array, random: RandomStream): Int32Array {
  const sums = Float64Array.from(weights);
  for (let i = 1; i < sums.length; i++) sums[i]! += sums[i - 1]!;
  return Int32Array.from(weights, () => {
    const wanted = random.uniform() * sums.at(-1)!;
    let low = 0;
    let high = sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sums[middle]! > wanted) high = middle;
      else low = middle + 1;
    }
    return low;
  });
}

/** Errors as shares of the largest, and their losses. */
function relativeLosses(
  predicted: Float64Array,
  targets: Float64Array,
  weights: Float64Array,
  loss: "linear" | "square" | "exponential",
): Float64Array {
  const errors = predicted.map((value, i) => (weights[i]! > 0 ? Math.abs(value - targets[i]!) : 0));
  const most = errors.reduce((largest, error) => Math.max(largest, error), 0) || 1;
  return errors.map((error) => {
    const share = error / most;
    if (loss === "linear") return share;
    return loss === "square" ? share * share : 1 - Math.exp(-share);
  });
}

/** What {@link AdaBoostRegressorModel} holds. */
interface AdaBoostRegressorState {
  readonly features: number;
  readonly estimators: readonly RegressorModel[];
  readonly weights: ShapedArray<Float64Array>;
  readonly errors: ShapedArray<Float64Array>;
}

/** What {@link AdaBoostRegressor} learns. */
export class AdaBoostRegressorModel extends RegressorModel<AdaBoostRegressorState> {
  /** @internal */
  static get schema(): Schema<AdaBoostRegressorState> {
    return {
      name: "AdaBoostRegressorModel",
      fields: {
        features: number,
        estimators: list(modelOf<RegressorModel>(RegressorModel)),
        weights: array(Float64Array),
        errors: array(Float64Array),
      },
    };
  }

  /** How many features there are. */
  get nFeaturesIn(): number {
    return this.state.features;
  }

  /** The members, in the order in which they were fitted. */
  get estimators(): readonly RegressorModel[] {
    return this.state.estimators;
  }

  /** `[members]`: how much each one weighs in the median. */
  get estimatorWeights(): Tensor {
    return this.attribute("estimatorWeights", this.state.weights);
  }

  /** `[members]`: each one's weighted loss. */
  get estimatorErrors(): Tensor {
    return this.attribute("estimatorErrors", this.state.errors);
  }

  /** `[features]`: the members' weighted mean importances; undefined for members without. */
  get featureImportances(): Tensor | undefined {
    const { estimators, weights, features } = this.state;
    const data = weightedImportances(estimators, weights.data, features);
    return data && this.attribute("featureImportances", { data, shape: [features] });
  }

  /** Resolves to the weighted median of the members' predictions, `[samples]`. */
  override async predict(x: Samples): Promise<Tensor> {
    const { features, estimators, weights } = this.state;
    const matrix = await sampleMatrix("AdaBoostRegressor.predict", x, { features });
    const all: Float64Array[] = [];
    for (const member of estimators) all.push(await taken(member.predict(allOf(matrix))));
    const total = weights.data.reduce((sum, weight) => sum + weight, 0);
    const order = estimators.map((_, m) => m);
    const medians = Float64Array.from({ length: matrix.rows }, (_, i) => {
      order.sort((a, b) => all[a]![i]! - all[b]![i]! || a - b);
      let sum = 0;
      const member = order.find((m) => (sum += weights.data[m]!) >= total / 2)!;
      return all[member]![i]!;
    });
    return resultTensor(medians, [matrix.rows], matrix.dtype);
  }
}
