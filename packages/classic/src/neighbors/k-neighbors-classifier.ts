import {
  ArgumentError,
  gemm,
  keep,
  ShapeError,
  tensor,
  tidy,
  topk,
  type Tensor,
} from "@tensorloom/tensor";
import { Estimator } from "../estimator.ts";
import { distinct, samplesTensor, targetNumbers, type Samples, type Targets } from "../inputs.ts";
import { accuracy } from "../metrics/classification.ts";

/** What {@link KNeighborsClassifier} takes. */
export interface KNeighborsClassifierOptions {
  /** How many neighbours vote; 5 by default. */
  readonly nNeighbors?: number;
  /** Whether votes count alike (default), or by the inverse of the distance. */
  readonly weights?: "uniform" | "distance";
}

// Distances are made for so many pairs at a time, so that memory stays bounded whatever the number of queries.
const pairsAtOnce = 2 ** 22;

/**
 * Predicts the class that most of the nearest training samples have, by Euclidean distance: brute force, as one matrix
 * product. Of equally frequent classes the smallest wins.
 *
 * Source: scikit-learn's KNeighborsClassifier; Cover and Hart 1967.
 *
 * @example
 * const model = await new KNeighborsClassifier({ nNeighbors: 1 }).fit([[0], [10]], [3, 4]);
 * (await model.predict([[1], [9]])).toString(); // => [3, 4]
 */
export class KNeighborsClassifier extends Estimator<KNeighborsClassifierOptions> {
  /** @param options - how many neighbours, and how they vote */
  constructor(options: KNeighborsClassifierOptions = {}) {
    super(options);
  }

  /**
   * Keeps a copy of the training samples.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @throws `ArgumentError` if there are fewer samples than neighbours
   */
  async fit(x: Samples, y: Targets): Promise<KNeighborsClassifierModel> {
    const { nNeighbors = 5, weights = "uniform" } = this.getParams();
    if (weights !== "uniform" && weights !== "distance") {
      throw new ArgumentError(
        `KNeighborsClassifier: weights: expected "uniform" or "distance", got "${String(weights)}"`,
      );
    }
    const samples = await samplesTensor("KNeighborsClassifier.fit", x);
    const count = samples.tensor.shape[0]!;
    try {
      if (!Number.isInteger(nNeighbors) || nNeighbors < 1 || nNeighbors > count) {
        throw new ArgumentError(
          `KNeighborsClassifier: nNeighbors: expected a whole number in [1, ${count}], the samples, got ${nNeighbors}`,
        );
      }
      const labels = await targetNumbers("KNeighborsClassifier.fit", y, count);
      const training = keep(samples.tensor.add(0));
      return new KNeighborsClassifierModel(training, labels, nNeighbors, weights);
    } finally {
      samples.release();
    }
  }
}

/** The nearest training samples of some queries. */
export interface Neighbors {
  /** `[queries, nNeighbors]` in row-major order, ascending. */
  readonly distances: Float32Array;
  /** `[queries, nNeighbors]`: their numbers. */
  readonly indices: Int32Array;
  /** How many queries there are. */
  readonly queries: number;
}

/** What {@link KNeighborsClassifier} learns. */
export class KNeighborsClassifierModel {
  /** The classes, ascending. */
  readonly classes: readonly number[];
  readonly #training: Tensor;
  readonly #squares: Tensor;
  readonly #labels: readonly number[];
  readonly #nNeighbors: number;
  readonly #weights: "uniform" | "distance";

  /** @internal Use {@link KNeighborsClassifier.fit}. */
  constructor(
    training: Tensor,
    labels: readonly number[],
    nNeighbors: number,
    weights: "uniform" | "distance",
  ) {
    this.#training = training;
    this.#squares = keep(tidy(() => training.square().sum(1)));
    this.#labels = labels;
    this.classes = distinct(labels);
    this.#nNeighbors = nNeighbors;
    this.#weights = weights;
  }

  /**
   * Resolves to each query's nearest training samples, nearest first.
   *
   * @param x - `[queries, features]`
   * @returns `distances` and `indices`, each `[queries, nNeighbors]` in row-major order
   */
  async kneighbors(x: Samples): Promise<Neighbors> {
    const samples = await samplesTensor("KNeighborsClassifier", x);
    const [queries, features] = samples.tensor.shape as readonly [number, number];
    const k = this.#nNeighbors;
    const distances = new Float32Array(queries * k);
    const indices = new Int32Array(queries * k);
    try {
      this.#checkFeatures(features);
      const atOnce = Math.max(1, Math.trunc(pairsAtOnce / this.#labels.length));
      for (let begin = 0; begin < queries; begin += atOnce) {
        const end = Math.min(queries, begin + atOnce);
        const nearest = tidy(() => this.#nearest(samples.tensor.slice([begin], [end])));
        distances.set(await nearest.values.data(), begin * k);
        indices.set(await nearest.indices.data(), begin * k);
        nearest.values.dispose();
        nearest.indices.dispose();
      }
    } finally {
      samples.release();
    }
    return { distances, indices, queries };
  }

  /** |q - t|² = |q|² - 2 q·t + |t|², the products being one gemm. */
  #nearest(queries: Tensor): { values: Tensor; indices: Tensor } {
    const squares = queries.square().sum(1, { keepDims: true });
    const distances = gemm(queries, this.#training, {
      transposeB: true,
      alpha: -2,
      c: this.#squares,
    })
      .add(squares)
      .maximum(0)
      .sqrt();
    return topk(distances, this.#nNeighbors, { smallest: true });
  }

  /**
   * Resolves to each class's share of the votes.
   *
   * @param x - `[queries, features]`
   * @returns `[queries, classes]`, classes ascending
   */
  async predictProba(x: Samples): Promise<Tensor> {
    const { votes, queries } = await this.#vote(x);
    return tensor(votes, { shape: [queries, this.classes.length] });
  }

  /**
   * Resolves to the class that most neighbours have.
   *
   * @param x - `[queries, features]`
   * @returns `[queries]`, int32
   */
  async predict(x: Samples): Promise<Tensor> {
    const { votes, queries } = await this.#vote(x);
    const count = this.classes.length;
    const predicted = Int32Array.from({ length: queries }, (_, q) => {
      const own = votes.subarray(q * count, (q + 1) * count);
      return this.classes[own.indexOf(Math.max(...own))]!;
    });
    return tensor(predicted);
  }

  /** Resolves to the share of samples predicted rightly. */
  async score(x: Samples, y: Targets): Promise<number> {
    const predicted = await this.predict(x);
    const score = await accuracy(y, predicted);
    predicted.dispose();
    return score;
  }

  /** Frees the training samples. */
  dispose(): void {
    this.#training.dispose();
    this.#squares.dispose();
  }

  async #vote(x: Samples): Promise<{ votes: Float32Array; queries: number }> {
    const { distances, indices, queries } = await this.kneighbors(x);
    const k = this.#nNeighbors;
    const place = new Map(this.classes.map((label, i) => [label, i]));
    const votes = new Float32Array(queries * this.classes.length);
    for (let q = 0; q < queries; q++) {
      const own = distances.subarray(q * k, (q + 1) * k);
      const weights = this.#weights === "uniform" ? own.map(() => 1) : inverse(own);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let n = 0; n < k; n++) {
        const label = this.#labels[indices[q * k + n]!]!;
        votes[q * this.classes.length + place.get(label)!]! += weights[n]! / total;
      }
    }
    return { votes, queries };
  }

  #checkFeatures(features: number): void {
    const expected = this.#training.shape[1]!;
    if (features === expected) return;
    throw new ShapeError(
      `KNeighborsClassifier: x: expected ${expected} features, as in training, got ${features}`,
    );
  }
}

/** Weights by distance; where some distances are 0, those alone count. */
function inverse(distances: Float32Array): Float32Array {
  return distances.includes(0)
    ? distances.map((d) => Number(d === 0))
    : distances.map((d) => 1 / d);
}
