import { ArgumentError, random, tensor, type Tensor } from "@tensorloom/tensor";
import { Estimator } from "../estimator.ts";
import { distinct, samplesTensor, targetNumbers, type Samples, type Targets } from "../inputs.ts";
import { accuracy } from "../metrics/classification.ts";

/** What {@link DummyClassifier} takes. */
export interface DummyClassifierOptions {
  /**
   * `"mostFrequent"` (default) and `"prior"` predict the class that is most frequent in training; `"stratified"` draws by
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
export class DummyClassifier extends Estimator<DummyClassifierOptions> {
  /** @param options - strategy, seed */
  constructor(options: DummyClassifierOptions = {}) {
    super(options);
  }

  /**
   * Learns how frequent the classes are.
   *
   * @param x - `[samples, features]`; only counted
   * @param y - class numbers, one a sample
   */
  async fit(x: Samples, y: Targets): Promise<DummyClassifierModel> {
    const { strategy = "mostFrequent", seed = 0 } = this.getParams();
    const strategies = ["mostFrequent", "prior", "stratified", "uniform"];
    if (!strategies.includes(strategy)) {
      throw new ArgumentError(
        `DummyClassifier: strategy: expected one of ${strategies.join(", ")}, got "${strategy}"`,
      );
    }
    const samples = await samplesTensor("DummyClassifier.fit", x);
    const count = samples.tensor.shape[0]!;
    samples.release();
    const labels = await targetNumbers("DummyClassifier.fit", y, count);
    const classes = distinct(labels);
    const priors = classes.map((c) => labels.filter((label) => label === c).length / count);
    return new DummyClassifierModel(classes, priors, strategy, seed);
  }
}

/** What {@link DummyClassifier} learns. */
export class DummyClassifierModel {
  /** The classes, ascending. */
  readonly classes: readonly number[];
  /** How frequent each class was, summing to 1. */
  readonly classPrior: readonly number[];
  readonly #strategy: Required<DummyClassifierOptions>["strategy"];
  readonly #seed: number;

  /** @internal Use {@link DummyClassifier.fit}. */
  constructor(
    classes: readonly number[],
    classPrior: readonly number[],
    strategy: Required<DummyClassifierOptions>["strategy"],
    seed: number,
  ) {
    this.classes = classes;
    this.classPrior = classPrior;
    this.#strategy = strategy;
    this.#seed = seed;
  }

  /**
   * Resolves to predicted classes.
   *
   * @param x - `[samples, features]`; only counted
   * @returns `[samples]`, int32
   */
  async predict(x: Samples): Promise<Tensor> {
    const samples = await samplesTensor("DummyClassifier.predict", x);
    const count = samples.tensor.shape[0]!;
    samples.release();
    const draws = this.#strategy === "stratified" || this.#strategy === "uniform";
    if (!draws) {
      const best = this.classes[this.classPrior.indexOf(Math.max(...this.classPrior))]!;
      return tensor(new Int32Array(count).fill(best));
    }
    const numbers = random.uniform([count], { seed: this.#seed });
    const drawn = Array.from(await numbers.data(), (u) => this.#classAt(u));
    numbers.dispose();
    return tensor(Int32Array.from(drawn));
  }

  /** Resolves to the share of samples predicted rightly. */
  async score(x: Samples, y: Targets): Promise<number> {
    const predicted = await this.predict(x);
    const score = await accuracy(y, predicted);
    predicted.dispose();
    return score;
  }

  /** The class whose stretch of [0, 1) holds `u`. */
  #classAt(u: number): number {
    const { classes } = this;
    if (this.#strategy === "uniform") return classes[Math.trunc(u * classes.length)]!;
    let total = 0;
    const place = this.classPrior.findIndex((share) => (total += share) > u);
    return classes[place < 0 ? classes.length - 1 : place]!;
  }
}
