import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { bestClasses, ClassifierModel } from "../fitted-model.ts";
import {
  classTargets,
  resultTensor,
  sampleMatrix,
  type SampleMatrix,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { numberOption } from "../options.ts";
import { array, list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { sampleWeights } from "../weights.ts";

/** What {@link GaussianNB} takes. */
export interface GaussianNBOptions {
  /** How frequent the classes are, ascending, summing to 1; by default as in training. */
  readonly priors?: readonly number[];
  /** The share of the largest feature's variance that is added to all; 1e-9 by default. */
  readonly varSmoothing?: number;
}

/**
 * Naive Bayes: within a class, every feature is taken to be normal and independent of the others.
 *
 * Source: scikit-learn's GaussianNB.
 *
 * @example
 * const model = await new GaussianNB().fit([[0], [1], [5], [6]], [0, 0, 1, 1]);
 * (await model.predict([[2], [4]])).toString(); // => [0, 1]
 */
export class GaussianNB extends Estimator<GaussianNBOptions, GaussianNBModel> {
  override readonly kind: EstimatorKind = "classifier";

  /** @param options - priors, smoothing */
  constructor(options: GaussianNBOptions = {}) {
    super(options);
  }

  /**
   * Finds each class's means and variances.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`
   * @throws `ArgumentError` unless priors are probabilities, one a class
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<GaussianNBModel> {
    const { varSmoothing = 1e-9 } = this.getParams();
    numberOption("GaussianNB", "varSmoothing", varSmoothing, { from: 0 });
    const samples = await sampleMatrix("GaussianNB.fit", x);
    const { rows, columns } = samples;
    const { classes, indices } = await classTargets("GaussianNB.fit", y, rows);
    const weights = await sampleWeights("GaussianNB.fit", options.sampleWeight, rows);
    const { means, variances, counts } = moments(samples, indices, weights, classes.length);
    const spread = moments(samples, new Int32Array(rows), new Float64Array(rows).fill(1), 1);
    const epsilon = varSmoothing * Math.max(...spread.variances);
    const shape = [classes.length, columns];
    const total = counts.reduce((sum, count) => sum + count, 0);
    return new GaussianNBModel({
      classes,
      classPrior: this.#priors(classes.length) ?? Array.from(counts, (count) => count / total),
      theta: { data: means, shape },
      variance: { data: variances.map((variance) => variance + epsilon), shape },
      epsilon,
    });
  }

  #priors(classes: number): readonly number[] | undefined {
    const { priors } = this.getParams();
    if (priors === undefined) return undefined;
    const sum = priors.reduce((part, p) => part + p, 0);
    const isRight = priors.length === classes && priors.every((p) => p >= 0);
    if (isRight && Math.abs(sum - 1) < 1e-8) return priors;
    throw new ArgumentError(
      `GaussianNB: priors: expected ${classes} numbers of 0 or more that sum to 1, got [${priors.join(", ")}]`,
    );
  }
}

/** Means and variances of each feature by group; groups without weight have 0 of both. */
function moments(
  { data, columns }: SampleMatrix,
  groups: Int32Array,
  weights: Float64Array,
  count: number,
): { means: Float64Array; variances: Float64Array; counts: Float64Array } {
  const counts = new Float64Array(count);
  groups.forEach((group, i) => (counts[group]! += weights[i]!));
  const average = (f: (value: number, place: number) => number): Float64Array => {
    const sums = new Float64Array(count * columns);
    groups.forEach((group, i) => {
      for (let c = 0; c < columns; c++) {
        const place = group * columns + c;
        sums[place]! += weights[i]! * f(data[i * columns + c]!, place);
      }
    });
    return sums.map((sum, place) => (sum === 0 ? 0 : sum / counts[Math.trunc(place / columns)]!));
  };
  const means = average((value) => value);
  const variances = average((value, place) => (value - means[place]!) ** 2);
  return { means, variances, counts };
}

/** What {@link GaussianNBModel} holds. */
interface GaussianNBState {
  readonly classes: readonly number[];
  readonly classPrior: readonly number[];
  readonly theta: ShapedArray<Float64Array>;
  readonly variance: ShapedArray<Float64Array>;
  readonly epsilon: number;
}

/** What {@link GaussianNB} learns. */
export class GaussianNBModel extends ClassifierModel<GaussianNBState> {
  /** @internal */
  static get schema(): Schema<GaussianNBState> {
    return {
      name: "GaussianNBModel",
      fields: {
        classes: list(number),
        classPrior: list(number),
        theta: array(Float64Array),
        variance: array(Float64Array),
        epsilon: number,
      },
    };
  }

  /** The classes, ascending. */
  get classes(): readonly number[] {
    return this.state.classes;
  }

  /** How frequent each class is, summing to 1. */
  get classPrior(): readonly number[] {
    return this.state.classPrior;
  }

  /** Each feature's mean in each class, `[classes, features]`. */
  get theta(): Tensor {
    return this.attribute("theta", this.state.theta);
  }

  /** Each feature's variance in each class, `[classes, features]`. */
  get variance(): Tensor {
    return this.attribute("variance", this.state.variance);
  }

  /** What was added to the variances. */
  get epsilon(): number {
    return this.state.epsilon;
  }

  /**
   * Resolves to the classes' probabilities.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, classes]`, classes ascending
   */
  async predictProba(x: Samples): Promise<Tensor> {
    const { logs, samples } = await this.#logProbabilities("predictProba", x);
    return resultTensor(logs.map(Math.exp), [samples.rows, this.classes.length], samples.dtype);
  }

  /**
   * Resolves to the logarithms of the classes' probabilities.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, classes]`, classes ascending
   */
  async predictLogProba(x: Samples): Promise<Tensor> {
    const { logs, samples } = await this.#logProbabilities("predictLogProba", x);
    return resultTensor(logs, [samples.rows, this.classes.length], samples.dtype);
  }

  /**
   * Resolves to the most probable classes.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]`, int32
   */
  override async predict(x: Samples): Promise<Tensor> {
    const { logs } = await this.#logProbabilities("predict", x);
    return bestClasses(logs, this.classes);
  }

  async #logProbabilities(
    operation: string,
    x: Samples,
  ): Promise<{ logs: Float64Array; samples: SampleMatrix }> {
    const { theta, variance, classPrior } = this.state;
    const [width, features] = theta.shape as [number, number];
    const samples = await sampleMatrix(`GaussianNB.${operation}`, x, { features });
    const constants = classPrior.map((prior, k) => {
      const own = variance.data.subarray(k * features, (k + 1) * features);
      return own.reduce((sum, v) => sum - Math.log(2 * Math.PI * v) / 2, Math.log(prior));
    });
    const logs = new Float64Array(samples.rows * width);
    for (let i = 0; i < samples.rows; i++) {
      const own = logs.subarray(i * width, (i + 1) * width);
      for (let k = 0; k < width; k++) {
        let sum = constants[k]!;
        for (let c = 0; c < features; c++) {
          const difference = samples.data[i * features + c]! - theta.data[k * features + c]!;
          sum -= difference ** 2 / (2 * variance.data[k * features + c]!);
        }
        own[k] = sum;
      }
      const largest = own.reduce((most, value) => Math.max(most, value), -Infinity);
      const total = Math.log(own.reduce((sum, value) => sum + Math.exp(value - largest), 0));
      for (let k = 0; k < width; k++) own[k]! -= largest + total;
    }
    return { logs, samples };
  }
}
