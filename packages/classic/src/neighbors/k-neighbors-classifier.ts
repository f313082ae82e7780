import type { Tensor } from "@tensorloom/tensor";
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
import { checkOneOf } from "../option-checks.ts";
import type { LongWork } from "../parallel/pacer.ts";
import { array, list, number, oneOf } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { neighborWeights, type NeighborWeights } from "./neighbor-weights.ts";
import {
  neighborsFields,
  neighborsState,
  TrainingNeighbors,
  type Neighbors,
  type NeighborsOptions,
  type NeighborsState,
} from "./training-neighbors.ts";

/** What {@link KNeighborsClassifier} takes. */
export interface KNeighborsClassifierOptions extends NeighborsOptions {
  /** Whether votes count alike (default), or by the inverse of the distance. */
  readonly weights?: NeighborWeights;
}

/**
 * Predicts the class that most of the nearest training samples have. Of equally frequent classes the smallest wins, of
 * equally near samples the first.
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

  /** @param options - how many neighbours, how they are searched, and how they vote */
  constructor(options: KNeighborsClassifierOptions = {}) {
    super(options);
  }

  /**
   * Keeps a copy of the training samples, and builds what they are searched in.
   *
   * @param x - `[samples, features]`
   * @param y - class numbers, one a sample
   * @param options - `signal`, `onProgress`
   * @throws `ArgumentError` if there are fewer samples than neighbours, or for a metric that the algorithm cannot search
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: LongWork = {},
  ): Promise<KNeighborsClassifierModel> {
    const { weights = "uniform", ...search } = this.getParams();
    checkOneOf("KNeighborsClassifier", "weights", weights, ["uniform", "distance"]);
    const samples = await sampleMatrix("KNeighborsClassifier.fit", x);
    const { classes, indices } = await classTargets("KNeighborsClassifier.fit", y, samples.rows);
    const model = new KNeighborsClassifierModel({
      ...neighborsState("KNeighborsClassifier", samples, search),
      labels: { data: indices, shape: [samples.rows] },
      classes,
      weights,
    });
    await model.prepare(options);
    return model;
  }
}

/** What {@link KNeighborsClassifierModel} holds. */
interface KNeighborsClassifierState extends NeighborsState {
  /** Places among the classes. */
  readonly labels: ShapedArray<Int32Array>;
  readonly classes: readonly number[];
  readonly weights: NeighborWeights;
}

/** What {@link KNeighborsClassifier} learns. */
export class KNeighborsClassifierModel extends ClassifierModel<KNeighborsClassifierState> {
  /** @internal */
  static get schema(): Schema<KNeighborsClassifierState> {
    return {
      name: "KNeighborsClassifierModel",
      fields: {
        ...neighborsFields,
        labels: array(Int32Array),
        classes: list(number),
        weights: oneOf("uniform", "distance"),
      },
    };
  }
  readonly #training: TrainingNeighbors = new TrainingNeighbors("KNeighborsClassifier", this.state);

  /** @internal Builds what the samples are searched in. */
  async prepare(work: LongWork): Promise<void> {
    await this.#training.search(work);
  }

  /** The classes, ascending. */
  override get classes(): readonly number[] {
    return this.state.classes;
  }

  /**
   * Resolves to each query's nearest training samples, nearest first.
   *
   * @param x - `[queries, features]`; without, the training samples, each without itself
   * @param options - `nNeighbors`: how many; by default as many as the estimator was asked for
   * @returns `distances` and `indices`, each `[queries, nNeighbors]`
   */
  kneighbors(x?: Samples, options: { readonly nNeighbors?: number } = {}): Promise<Neighbors> {
    return this.#training.neighbors("kneighbors", x, options.nNeighbors);
  }

  /**
   * Resolves to each class's share of the votes.
   *
   * @param x - `[queries, features]`
   * @returns `[queries, classes]`, classes ascending
   */
  async predictProba(x: Samples): Promise<Tensor> {
    const votes = await this.#votes("predictProba", x);
    const width = this.classes.length;
    for (let begin = 0; begin < votes.length; begin += width) {
      const own = votes.subarray(begin, begin + width);
      const total = own.reduce((sum, vote) => sum + vote, 0);
      own.forEach((vote, c) => (own[c] = vote / total));
    }
    return resultTensor(votes, [votes.length / width, width], this.state.dtype);
  }

  /**
   * Resolves to the class that most neighbours have.
   *
   * @param x - `[queries, features]`
   * @returns `[queries]`, int32
   */
  override async predict(x: Samples): Promise<Tensor> {
    return bestClasses(await this.#votes("predict", x), this.classes);
  }

  /** Frees the tensors that the model made. */
  override dispose(): void {
    super.dispose();
    this.#training.dispose();
  }

  async #votes(method: string, x: Samples): Promise<Float64Array> {
    const { labels, weights } = this.state;
    const queries = await this.#training.queries(method, x);
    const { distances, indices, k } = await this.#training.nearest(method, queries);
    const width = this.classes.length;
    const votes = new Float64Array(queries.rows * width);
    for (let query = 0; query < queries.rows; query++) {
      const counts = neighborWeights(distances.subarray(query * k, (query + 1) * k), weights);
      for (let n = 0; n < k; n++) {
        const sample = indices[query * k + n]!;
        if (sample >= 0) votes[query * width + labels.data[sample]!]! += counts[n]!;
      }
    }
    return votes;
  }
}
