import { tensor, type Tensor } from "@tensorloom/tensor";
import {
  resultTensor,
  sampleMatrix,
  type SampleMatrix,
  type Samples,
  type ShapedArray,
} from "../inputs.ts";
import { checkWhole } from "../option-checks.ts";
import type { LongWork } from "../parallel/pacer.ts";
import { array, number, oneOf, optional, record, type Fields } from "../persistence/fields.ts";
import {
  NeighborSearch,
  type NearestSamples,
  type NeighborSearchOptions,
} from "./neighbor-search.ts";

/** What estimators take that look at a number of neighbours. */
export interface NeighborsOptions extends NeighborSearchOptions {
  /** How many neighbours; 5 by default. */
  readonly nNeighbors?: number;
}

/** The nearest training samples of some queries. */
export interface Neighbors {
  /** `[queries, nNeighbors]`, rising. */
  readonly distances: Tensor;
  /** `[queries, nNeighbors]`, int32: the samples' numbers. */
  readonly indices: Tensor<"int32">;
}

/** What models hold that search among training samples. */
export interface NeighborsState {
  readonly training: ShapedArray<Float64Array>;
  readonly dtype: "float32" | "float64";
  readonly nNeighbors: number;
  readonly search: NeighborSearchOptions;
}

/** How {@link NeighborsState} is written. */
export const neighborsFields: Fields<NeighborsState> = {
  training: array(Float64Array),
  dtype: oneOf("float32", "float64"),
  nNeighbors: number,
  search: record<NeighborSearchOptions>({
    algorithm: optional(oneOf("auto", "brute", "kdTree", "annoy", "hnsw")),
    metric: optional(oneOf("euclidean", "manhattan", "minkowski", "cosine", "jaccard")),
    p: optional(number),
    nTrees: optional(number),
    searchK: optional(number),
    links: optional(number),
    efConstruction: optional(number),
    efSearch: optional(number),
    seed: optional(number),
  }),
};

/** Returns what a model holds of training samples; throws unless options fit them. */
export function neighborsState(
  operation: string,
  { data, rows, columns, dtype }: SampleMatrix,
  { nNeighbors = 5, ...search }: NeighborsOptions,
): NeighborsState {
  checkWhole(operation, "nNeighbors", nNeighbors, 1, rows);
  // The caller's own array may change later.
  return { training: { data: data.slice(), shape: [rows, columns] }, dtype, nNeighbors, search };
}

/** Training samples, and the structure in which they are searched: made when it is first needed. */
export class TrainingNeighbors {
  readonly #operation: string;
  readonly #state: NeighborsState;
  #search: NeighborSearch | undefined;

  /**
   * @param operation - who searches, for errors
   * @param state - what the model holds
   */
  constructor(operation: string, state: NeighborsState) {
    this.#operation = operation;
    this.#state = state;
  }

  /** The training samples. */
  get samples(): SampleMatrix {
    const { data, shape } = this.#state.training;
    return { data, rows: shape[0]!, columns: shape[1]!, dtype: this.#state.dtype };
  }

  /** Resolves to the structure. */
  async search(work: LongWork = {}): Promise<NeighborSearch> {
    this.#search ??= await NeighborSearch.build(
      this.#operation,
      this.samples,
      this.#state.search,
      work,
    );
    return this.#search;
  }

  /** Resolves to samples that are as wide as those of training. */
  queries(method: string, x: Samples): Promise<SampleMatrix> {
    const features = this.samples.columns;
    return sampleMatrix(`${this.#operation}.${method}`, x, { features });
  }

  /** Resolves to the nearest training samples of queries; without queries, of each training sample but itself. */
  async nearest(
    method: string,
    queries: SampleMatrix | undefined,
    k: number = this.#state.nNeighbors,
  ): Promise<NearestSamples> {
    const { rows } = this.samples;
    const isOwn = queries === undefined;
    checkWhole(`${this.#operation}.${method}`, "nNeighbors", k, 1, isOwn ? rows - 1 : rows);
    const search = await this.search();
    return isOwn
      ? withoutSelf(await search.nearest(this.samples, k + 1))
      : search.nearest(queries, k);
  }

  /** Resolves to them as tensors. */
  async neighbors(method: string, x: Samples | undefined, k?: number): Promise<Neighbors> {
    const queries = x === undefined ? undefined : await this.queries(method, x);
    const found = await this.nearest(method, queries, k);
    const shape = [found.indices.length / found.k, found.k];
    return {
      distances: resultTensor(found.distances, shape, (queries ?? this.samples).dtype),
      indices: tensor(found.indices, { shape }) as Tensor<"int32">,
    };
  }

  /** Frees what the search keeps; it is made anew when it is needed. */
  dispose(): void {
    this.#search?.dispose();
    this.#search = undefined;
  }
}

/** Leaves out of each row the sample itself, or the last where it is not among the nearest. */
function withoutSelf({ distances, indices, k }: NearestSamples): NearestSamples {
  const rows = indices.length / k;
  const kept = k - 1;
  const without = {
    distances: new Float64Array(rows * kept),
    indices: new Int32Array(rows * kept),
    k: kept,
  };
  for (let row = 0; row < rows; row++) {
    const own = indices.subarray(row * k, (row + 1) * k).indexOf(row);
    const left = own < 0 ? kept : own;
    for (let i = 0; i < kept; i++) {
      const from = row * k + (i < left ? i : i + 1);
      without.distances[row * kept + i] = distances[from]!;
      without.indices[row * kept + i] = indices[from]!;
    }
  }
  return without;
}
