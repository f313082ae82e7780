import { ArgumentError, tensor, type Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { classTargets, sampleMatrix, type Samples, type Targets } from "../inputs.ts";
import { ClassifierModel } from "../fitted-model.ts";
import { list, number, oneOf } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { RandomStream } from "../random/random-stream.ts";
import { sampleWeights } from "../weights.ts";

const strategies = ["mostFrequent", "prior", "stratified", "uniform"] as const;

/** What {@link DummyClassifier} takes. */
export interface DummyClassifierOptions {
  /**
   * `"prior"` (default) and `"mostFrequent"` predict the class that is most frequent in training; `"stratified"` draws by
   * frequency; `"uniform"` draws evenly.
   */
  readonly strategy?: "mostFrequent" | "prior" | "stratified" | "uniform";
  /** For the strategies that draw; 0 by default. */
  readonly seed?: number;
}

/**
 * Predicts without looking at the features: the baseline that every classifier must beat.
 *
 * Source: scikit-learn's DummyClassifier.
 *
 * @example
 * const model = await new DummyClassifier().fit([[1], [2], [3]], [7, 7, 9]);
 * (await model.predict([[0], [5]])).toString(); // => [7, 7]
 */
export class DummyClassifier extends Estimator<DummyClassifierOptions, DummyClassifierModel> {
  override readonly kind: EstimatorKind = "classifier";

  /** @param options - strategy, seed */
  constructor(options: DummyClassifierOptions = {}) {
    super(options);
  }

  /**
   * Learns how frequent the classes are.
   *
   * @param x - `[samples, features]`; only counted
   * @param y - class numbers, one a sample
   * @param options - `sampleWeight`
   * @throws `ArgumentError` for an unknown strategy
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<DummyClassifierModel> {
    const { strategy = "prior", seed = 0 } = this.getParams();
    if (!strategies.includes(strategy)) {
      throw new ArgumentError(
        `DummyClassifier: strategy: expected one of ${strategies.join(", ")}, got "${strategy}"`,
      );
    }
    const { rows } = await sampleMatrix("DummyClassifier.fit", x, { allowMissing: true });
    const { classes, indices } = await classTargets("DummyClassifier.fit", y, rows);
    const weights = await sampleWeights("DummyClassifier.fit", options.sampleWeight, rows);
    const totals = classes.map(() => 0);
    indices.forEach((index, i) => (totals[index]! += weights[i]!));
    const total = totals.reduce((sum, weight) => sum + weight, 0);
    const classPrior = totals.map((weight) => weight / total);
    return new DummyClassifierModel({ classes, classPrior, strategy, seed });
  }
}

/** What {@link DummyClassifierModel} holds. */
interface DummyClassifierState {
  readonly classes: readonly number[];
  readonly classPrior: readonly number[];
  readonly strategy: (typeof strategies)[number];
  readonly seed: number;
}

/** What {@link DummyClassifier} learns. */
export class DummyClassifierModel extends ClassifierModel<DummyClassifierState> {
  /** @internal */
  static get schema(): Schema<DummyClassifierState> {
    return {
      name: "DummyClassifierModel",
      fields: {
        classes: list(number),
        classPrior: list(number),
        strategy: oneOf(...strategies),
        seed: number,
      },
    };
  }

  /** The classes, ascending. */
  get classes(): readonly number[] {
    return this.state.classes;
  }

  /** How frequent each class was, summing to 1. */
  get classPrior(): readonly number[] {
    return this.state.classPrior;
  }

  /**
   * Resolves to predicted classes.
   *
   * @param x - `[samples, features]`; only counted
   * @returns `[samples]`, int32
   */
  override async predict(x: Samples): Promise<Tensor> {
    const { classes } = this;
    const places = await this.#places("predict", x);
    return tensor(places.map((place) => classes[place]!));
  }

  /**
   * Resolves to probabilities: the frequencies in training for `"prior"`, certainty of what `predict` says for the
   * others, evenness for `"uniform"`.
   *
   * @param x - `[samples, features]`; only counted
   * @returns `[samples, classes]`
   */
  async predictProba(x: Samples): Promise<Tensor> {
    const { classes, classPrior } = this;
    const width = classes.length;
    const places = await this.#places("predictProba", x);
    const certain = (row: number, c: number): number => Number(places[row] === c);
    const { strategy } = this.state;
    const shares = Float32Array.from({ length: places.length * width }, (_, i) => {
      if (strategy === "prior") return classPrior[i % width]!;
      return strategy === "uniform" ? 1 / width : certain(Math.trunc(i / width), i % width);
    });
    return tensor(shares, { shape: [places.length, width] });
  }

  /** Each sample's place among the classes. */
  async #places(operation: string, x: Samples): Promise<Int32Array> {
    const { rows } = await sampleMatrix(`DummyClassifier.${operation}`, x, { allowMissing: true });
    const { strategy, seed, classes, classPrior } = this.state;
    const random = new RandomStream(seed);
    const mostFrequent = classPrior.indexOf(Math.max(...classPrior));
    return Int32Array.from({ length: rows }, () => {
      if (strategy === "uniform") return random.below(classes.length);
      return strategy === "stratified" ? placeAt(random.uniform(), classPrior) : mostFrequent;
    });
  }
}

/** The place of the share whose stretch of [0, 1) holds `u`. */
function placeAt(u: number, shares: readonly number[]): number {
  let total = 0;
  const place = shares.findIndex((share) => (total += share) > u);
  return place < 0 ? shares.length - 1 : place;
}
