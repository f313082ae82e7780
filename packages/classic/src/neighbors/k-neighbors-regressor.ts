import type { Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { RegressorModel } from "../fitted-model.ts";
import {
  resultTensor,
  sampleMatrix,
  targetValues,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { checkOneOf } from "../option-checks.ts";
import type { LongWork } from "../parallel/pacer.ts";
import { array, oneOf } from "../persistence/fields.ts";
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

/** What {@link KNeighborsRegressor} takes. */
export interface KNeighborsRegressorOptions extends NeighborsOptions {
  /** Whether neighbours count alike (default), or by the inverse of the distance. */
  readonly weights?: NeighborWeights;
}

/**
 * Predicts the mean of the nearest training samples' values.
 *
 * Source: scikit-learn's KNeighborsRegressor.
 *
 * @example
 * const model = await new KNeighborsRegressor({ nNeighbors: 2 }).fit([[0], [1], [9]], [1, 2, 6]);
 * (await model.predict([[0.4], [7]])).toString(); // => [1.5, 4.0]
 */
export class KNeighborsRegressor extends Estimator<
  KNeighborsRegressorOptions,
  KNeighborsRegressorModel
> {
  override readonly kind: EstimatorKind = "regressor";

  /** @param options - how many neighbours, how they are searched, and how they count */
  constructor(options: KNeighborsRegressorOptions = {}) {
    super(options);
  }

  /**
   * Keeps a copy of the training samples, and builds what they are searched in.
   *
   * @param x - `[samples, features]`
   * @param y - the values, one a sample
   * @param options - `signal`, `onProgress`
   * @throws `ArgumentError` if there are fewer samples than neighbours, or for a metric that the algorithm cannot search
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: LongWork = {},
  ): Promise<KNeighborsRegressorModel> {
    const { weights = "uniform", ...search } = this.getParams();
    checkOneOf("KNeighborsRegressor", "weights", weights, ["uniform", "distance"]);
    const samples = await sampleMatrix("KNeighborsRegressor.fit", x);
    const values = await targetValues("KNeighborsRegressor.fit", y, samples.rows);
    const model = new KNeighborsRegressorModel({
      ...neighborsState("KNeighborsRegressor", samples, search),
      values: { data: values.slice(), shape: [samples.rows] },
      weights,
    });
    await model.prepare(options);
    return model;
  }
}

/** What {@link KNeighborsRegressorModel} holds. */
interface KNeighborsRegressorState extends NeighborsState {
  readonly values: ShapedArray<Float64Array>;
  readonly weights: NeighborWeights;
}

/** What {@link KNeighborsRegressor} learns. */
export class KNeighborsRegressorModel extends RegressorModel<KNeighborsRegressorState> {
  /** @internal */
  static get schema(): Schema<KNeighborsRegressorState> {
    return {
      name: "KNeighborsRegressorModel",
      fields: {
        ...neighborsFields,
        values: array(Float64Array),
        weights: oneOf("uniform", "distance"),
      },
    };
  }
  readonly #training: TrainingNeighbors = new TrainingNeighbors("KNeighborsRegressor", this.state);

  /** @internal Builds what the samples are searched in. */
  async prepare(work: LongWork): Promise<void> {
    await this.#training.search(work);
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
   * Resolves to the (weighted) mean of the nearest training samples' values.
   *
   * @param x - `[queries, features]`
   * @returns `[queries]`
   */
  override async predict(x: Samples): Promise<Tensor> {
    const { values, weights } = this.state;
    const queries = await this.#training.queries("predict", x);
    const { distances, indices, k } = await this.#training.nearest("predict", queries);
    const means = new Float64Array(queries.rows);
    for (let query = 0; query < queries.rows; query++) {
      const counts = neighborWeights(distances.subarray(query * k, (query + 1) * k), weights);
      let [sum, total] = [0, 0];
      for (let n = 0; n < k; n++) {
        const sample = indices[query * k + n]!;
        if (sample < 0) continue;
        sum += counts[n]! * values.data[sample]!;
        total += counts[n]!;
      }
      means[query] = sum / total;
    }
    return resultTensor(means, [queries.rows], queries.dtype);
  }

  /** Frees the tensors that the model made. */
  override dispose(): void {
    super.dispose();
    this.#training.dispose();
  }
}
