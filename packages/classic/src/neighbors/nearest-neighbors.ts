import { Estimator, type EstimatorKind } from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import { sampleMatrix, type Samples, type Targets } from "../inputs.ts";
import { checkNumber } from "../option-checks.ts";
import type { LongWork } from "../parallel/pacer.ts";
import { number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { NeighborSearch } from "./neighbor-search.ts";
import {
  neighborsFields,
  neighborsState,
  TrainingNeighbors,
  type Neighbors,
  type NeighborsOptions,
  type NeighborsState,
} from "./training-neighbors.ts";

/** What {@link NearestNeighbors} takes. */
export interface NearestNeighborsOptions extends NeighborsOptions {
  /** The distance within which `radiusNeighbors` looks; 1 by default. */
  readonly radius?: number;
}

/**
 * Finds the training samples that are nearest to others: exactly, by products of matrices or a k-d tree, or approximately,
 * by a forest of random planes or a graph of several levels. `recall` says how much an approximate search finds.
 *
 * Source: scikit-learn's NearestNeighbors; Spotify's Annoy; Malkov and Yashunin 2018.
 *
 * @example
 * const model = await new NearestNeighbors({ nNeighbors: 2 }).fit([[0], [1], [5], [6]]);
 * const { distances, indices } = await model.kneighbors([[0.9]]);
 * indices.toString(); // => [[1, 0]]
 */
export class NearestNeighbors extends Estimator<NearestNeighborsOptions, NearestNeighborsModel> {
  override readonly kind: EstimatorKind = "transformer";

  /** @param options - how many neighbours, and how they are searched */
  constructor(options: NearestNeighborsOptions = {}) {
    super(options);
  }

  /**
   * Keeps a copy of the samples, and builds what they are searched in.
   *
   * @param x - `[samples, features]`
   * @param _y - not looked at
   * @param options - `signal`, `onProgress`
   * @throws `ArgumentError` for fewer samples than neighbours, or a metric that the algorithm cannot search
   */
  override async fit(
    x: Samples,
    _y?: Targets,
    options: LongWork = {},
  ): Promise<NearestNeighborsModel> {
    const { radius = 1, ...rest } = this.getParams();
    checkNumber("NearestNeighbors", "radius", radius, 0);
    const samples = await sampleMatrix("NearestNeighbors.fit", x);
    const nNeighbors = rest.nNeighbors ?? Math.min(5, samples.rows);
    const state = neighborsState("NearestNeighbors", samples, { ...rest, nNeighbors });
    const model = new NearestNeighborsModel({ ...state, radius });
    await model.prepare(options);
    return model;
  }
}

/** What {@link NearestNeighborsModel} holds. */
interface NearestNeighborsState extends NeighborsState {
  readonly radius: number;
}

/** The neighbours within a radius of some queries. */
export interface RadiusNeighbors {
  /** For each query the distances of what lies within, rising. */
  readonly distances: readonly Float64Array[];
  /** For each query the samples' numbers. */
  readonly indices: readonly Int32Array[];
}

/** What {@link NearestNeighbors} gives. */
export class NearestNeighborsModel extends FittedModel<NearestNeighborsState> {
  /** @internal */
  static get schema(): Schema<NearestNeighborsState> {
    return {
      name: "NearestNeighborsModel",
      fields: { ...neighborsFields, radius: number },
    };
  }
  readonly #training: TrainingNeighbors = new TrainingNeighbors("NearestNeighbors", this.state);

  /** @internal Builds what the samples are searched in. */
  async prepare(work: LongWork): Promise<void> {
    await this.#training.search(work);
  }

  /**
   * Resolves to each query's nearest training samples, nearest first.
   *
   * @param x - `[queries, features]`; without, the training samples, each without itself
   * @param options - `nNeighbors`: how many; by default as many as the estimator was asked for
   * @returns `distances` and `indices`, each `[queries, nNeighbors]`. Where an approximate search found fewer, the number is
   * -1 and the distance Infinity
   */
  kneighbors(x?: Samples, options: { readonly nNeighbors?: number } = {}): Promise<Neighbors> {
    return this.#training.neighbors("kneighbors", x, options.nNeighbors);
  }

  /**
   * Resolves to the training samples within a radius of each query, nearest first; as many as there are, so arrays, not
   * tensors.
   *
   * @param x - `[queries, features]`
   * @param options - `radius`: by default as the estimator was asked
   * @throws `ArgumentError` for an approximate algorithm
   */
  async radiusNeighbors(
    x: Samples,
    options: { readonly radius?: number } = {},
  ): Promise<RadiusNeighbors> {
    const { radius = this.state.radius } = options;
    const operation = "NearestNeighbors.radiusNeighbors";
    checkNumber(operation, "radius", radius, 0);
    const queries = await this.#training.queries("radiusNeighbors", x);
    const search = await this.#training.search();
    const found = Array.from({ length: queries.rows }, (): [number, number][] => []);
    await search.within(operation, queries, radius, (query, sample, distance) => {
      found[query]!.push([distance, sample]);
    });
    for (const own of found) own.sort(([a, i], [b, j]) => a - b || i - j);
    return {
      distances: found.map((own) => Float64Array.from(own, ([distance]) => distance)),
      indices: found.map((own) => Int32Array.from(own, ([, sample]) => sample)),
    };
  }

  /**
   * Resolves to the share of the nearest training samples that the search finds: 1 for exact ones.
   *
   * @param x - `[queries, features]`
   * @param options - `nNeighbors`, as in {@link kneighbors}
   */
  async recall(x: Samples, options: { readonly nNeighbors?: number } = {}): Promise<number> {
    const queries = await this.#training.queries("recall", x);
    const { nNeighbors: k = this.state.nNeighbors } = options;
    const found = await this.#training.nearest("recall", queries, k);
    const { metric, p } = this.state.search;
    const exact = await NeighborSearch.build("NearestNeighbors.recall", this.#training.samples, {
      algorithm: "brute",
      ...(metric !== undefined && { metric }),
      ...(p !== undefined && { p }),
    });
    const truth = await exact.nearest(queries, k);
    exact.dispose();
    let right = 0;
    for (let begin = 0; begin < truth.indices.length; begin += k) {
      const own = new Set(truth.indices.subarray(begin, begin + k));
      for (let i = begin; i < begin + k; i++) if (own.has(found.indices[i]!)) right++;
    }
    return right / truth.indices.length;
  }

  /** Frees the tensors that the model made. */
  override dispose(): void {
    super.dispose();
    this.#training.dispose();
  }
}
