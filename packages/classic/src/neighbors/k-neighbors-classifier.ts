import { ArgumentError, gemm, tensor, tidy, topk, type Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import {
  classTargets,
  sampleMatrix,
  samplesTensor,
  type ShapedArray,
  type Samples,
  type Targets,
} from "../inputs.ts";
import { bestClasses, ClassifierModel } from "../fitted-model.ts";
import { array, list, number, oneOf } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";

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
export class KNeighborsClassifier extends Estimator<
  KNeighborsClassifierOptions,
  KNeighborsClassifierModel
> {
  override readonly kind: EstimatorKind = "classifier";

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
    const { data, rows, columns } = await sampleMatrix("KNeighborsClassifier.fit", x);
    if (!Number.isInteger(nNeighbors) || nNeighbors < 1 || nNeighbors > rows) {
      throw new ArgumentError(
        `KNeighborsClassifier: nNeighbors: expected a whole number in [1, ${rows}], the samples, got ${nNeighbors}`,
      );
    }
    const { classes, indices } = await classTargets("KNeighborsClassifier.fit", y, rows);
    const training = { data: Float32Array.from(data), shape: [rows, columns] };
    const labels = { data: indices, shape: [rows] };
    return new KNeighborsClassifierModel({ training, labels, classes, nNeighbors, weights });
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

/** What {@link KNeighborsClassifierModel} holds. */
interface KNeighborsClassifierState {
  readonly training: ShapedArray<Float32Array>;
  /** Places among the classes. */
  readonly labels: ShapedArray<Int32Array>;
  readonly classes: readonly number[];
  readonly nNeighbors: number;
  readonly weights: "uniform" | "distance";
}

/** What {@link KNeighborsClassifier} learns. */
export class KNeighborsClassifierModel extends ClassifierModel<KNeighborsClassifierState> {
  /** @internal */
  static readonly schema: Schema<KNeighborsClassifierState> = {
    name: "KNeighborsClassifierModel",
    fields: {
      training: array(Float32Array),
      labels: array(Int32Array),
      classes: list(number),
      nNeighbors: number,
      weights: oneOf("uniform", "distance"),
    },
  };

  /** The classes, ascending. */
  get classes(): readonly number[] {
    return this.state.classes;
  }

  /**
   * Resolves to each query's nearest training samples, nearest first.
   *
   * @param x - `[queries, features]`
   * @returns `distances` and `indices`, each `[queries, nNeighbors]` in row-major order
   */
  async kneighbors(x: Samples): Promise<Neighbors> {
    const [count, features] = this.state.training.shape as readonly [number, number];
    const samples = await samplesTensor("KNeighborsClassifier.predict", x, { features });
    const queries = samples.tensor.shape[0]!;
    const k = this.state.nNeighbors;
    const distances = new Float32Array(queries * k);
    const indices = new Int32Array(queries * k);
    try {
      const atOnce = Math.max(1, Math.trunc(pairsAtOnce / count));
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
    const training = this.attribute("training", this.state.training);
    const distances = gemm(queries, training, {
      transposeB: true,
      alpha: -2,
      c: training.square().sum(1),
    })
      .add(squares)
      .maximum(0)
      .sqrt();
    return topk(distances, this.state.nNeighbors, { smallest: true });
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
    const { votes } = await this.#vote(x);
    return bestClasses(votes, this.classes);
  }

  async #vote(x: Samples): Promise<{ votes: Float32Array; queries: number }> {
    const { distances, indices, queries } = await this.kneighbors(x);
    const { nNeighbors: k, labels } = this.state;
    const votes = new Float32Array(queries * this.classes.length);
    for (let q = 0; q < queries; q++) {
      const own = distances.subarray(q * k, (q + 1) * k);
      const weights = this.state.weights === "uniform" ? own.map(() => 1) : inverse(own);
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      for (let n = 0; n < k; n++) {
        const label = labels.data[indices[q * k + n]!]!;
        votes[q * this.classes.length + label]! += weights[n]! / total;
      }
    }
    return { votes, queries };
  }
}

/** Weights by distance; where some distances are 0, those alone count. */
function inverse(distances: Float32Array): Float32Array {
  return distances.includes(0)
    ? distances.map((d) => Number(d === 0))
    : distances.map((d) => 1 / d);
}
