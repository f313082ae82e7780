import { ArgumentError } from "@tensorloom/tensor";
import type { SampleMatrix } from "../inputs.ts";
import { checkOneOf, checkWhole } from "../option-checks.ts";
import { Pacer, type LongWork } from "../parallel/pacer.ts";
import { RandomStream } from "../random/random-stream.ts";
import { EuclideanSearch } from "./euclidean-search.ts";
import { KDTree } from "./k-d-tree.ts";
import { metricNamed, squaredDistance, type Metric, type DistanceMetric } from "./metric.ts";
import { NearestHeaps } from "./nearest-heaps.ts";
import { RandomProjectionForest } from "./random-projection-forest.ts";
import { SmallWorldGraph } from "./small-world-graph.ts";
import { onUnitSphere } from "./unit-sphere.ts";

/** How neighbours are searched. */
export type NeighborAlgorithm = "auto" | "brute" | "kdTree" | "annoy" | "hnsw";

/** What every estimator that searches neighbours takes. */
export interface NeighborSearchOptions {
  /**
   * How neighbours are searched. Exact: `"brute"`, all distances, as products of matrices where the metric allows it; `"kdTree"`,
   * a tree that pays with few features; `"auto"` (default), the one of these that is likely to be faster. Approximate, for
   * many samples with many features: `"annoy"`, a forest of random planes; `"hnsw"`, a graph of several levels.
   */
  readonly algorithm?: NeighborAlgorithm;
  /** How distances are measured; `"minkowski"` by default, which with `p: 2` is Euclidean. */
  readonly metric?: DistanceMetric;
  /** Minkowski's power; 2 by default. */
  readonly p?: number;
  /** annoy: how many trees; 10 by default. More find more, and take more memory. */
  readonly nTrees?: number;
  /** annoy: how many samples are measured a query; by default `nTrees` times the neighbours asked for, at least 100. */
  readonly searchK?: number;
  /** hnsw: how many samples each is linked to; 16 by default. */
  readonly links?: number;
  /** hnsw: how many near samples are looked for when one is added to the graph; 100 by default. */
  readonly efConstruction?: number;
  /** hnsw: how many near samples are looked for by a query; by default twice the neighbours asked for, at least 64. */
  readonly efSearch?: number;
  /** Seeds what is random in annoy and hnsw; 0 by default. */
  readonly seed?: number;
}

/** The nearest training samples of some queries, nearest first. */
export interface NearestSamples {
  /** `[queries, k]`. */
  readonly distances: Float64Array;
  /** `[queries, k]`: the samples' numbers. */
  readonly indices: Int32Array;
  /** How many a query. */
  readonly k: number;
}

// A k-d tree visits a share of the samples that grows with every feature: measured, it beats the products of matrices from
// this many samples times 2 to the power of the features.
const treeSamples = 100;
// annoy: how many samples a leaf holds at most.
const leafSize = 32;
// hnsw: how many samples are added between two reports.
const samplesAtOnce = 64;

/** A search structure over training samples. */
export class NeighborSearch {
  /** What was chosen. */
  readonly algorithm: Exclude<NeighborAlgorithm, "auto">;
  /** The training samples; on the unit sphere for cosine. */
  readonly #samples: SampleMatrix;
  readonly #metric: Metric;
  readonly #options: NeighborSearchOptions;
  #brute: EuclideanSearch | undefined;
  #tree: KDTree | undefined;
  #forest: RandomProjectionForest | undefined;
  #graph: SmallWorldGraph | undefined;

  private constructor(operation: string, samples: SampleMatrix, options: NeighborSearchOptions) {
    const metric = metricNamed(operation, options.metric, options.p);
    checkOptions(operation, options, metric);
    this.#metric = metric;
    this.#options = options;
    this.#samples = metric.name === "cosine" ? onUnitSphere(samples, "samples") : samples;
    const { algorithm = "auto" } = options;
    const isTreePaying =
      metric.power !== undefined && samples.rows >= treeSamples * 2 ** samples.columns;
    this.algorithm = algorithm === "auto" ? (isTreePaying ? "kdTree" : "brute") : algorithm;
  }

  /**
   * Resolves to a search structure.
   *
   * @param operation - who searches, for errors
   * @param samples - the training samples; kept, not copied
   * @param options - how
   * @param work - progress is told, and the signal heard, while an approximate structure is built
   */
  static async build(
    operation: string,
    samples: SampleMatrix,
    options: NeighborSearchOptions,
    work: LongWork = {},
  ): Promise<NeighborSearch> {
    const search = new NeighborSearch(operation, samples, options);
    const metric = search.#metric;
    const { data, rows, columns } = search.#samples;
    const { seed = 0, nTrees = 10, links = 16, efConstruction = 100 } = options;
    if (search.algorithm === "brute") {
      if (metric.between === squaredDistance) search.#brute = new EuclideanSearch(search.#samples);
    } else if (search.algorithm === "kdTree") {
      search.#tree = new KDTree(data, columns, metric);
    } else if (search.algorithm === "annoy") {
      const forest = new RandomProjectionForest(data, columns, leafSize);
      const pacer = new Pacer(nTrees, work);
      for (let tree = 0; tree < nTrees; tree++) {
        forest.grow(new RandomStream(seed, tree));
        await pacer.done(tree + 1);
      }
      search.#forest = forest;
    } else {
      const stream = new RandomStream(seed);
      const graph = new SmallWorldGraph(data, columns, metric, { links, efConstruction, stream });
      const pacer = new Pacer(rows, work);
      for (let sample = 1; sample < rows; sample++) {
        graph.add(sample);
        if (sample % samplesAtOnce === 0 || sample === rows - 1) await pacer.done(sample + 1);
      }
      search.#graph = graph;
    }
    return search;
  }

  /** Resolves to the `k` nearest training samples of each query; -1, at infinite distance, where an approximate search found fewer. */
  async nearest(queries: SampleMatrix, k: number): Promise<NearestSamples> {
    const heaps = new NearestHeaps(queries.rows, k);
    const rows = this.#placed(queries);
    if (this.#brute === undefined) {
      for (let query = 0; query < rows.rows; query++) this.#nearestOf(rows, query, heaps);
    } else {
      await this.#brute.nearest(rows, heaps);
    }
    heaps.sort();
    return { distances: heaps.keys.map(this.#metric.toDistance), indices: heaps.indices, k };
  }

  #nearestOf(queries: SampleMatrix, query: number, heaps: NearestHeaps): void {
    const { data, rows, columns } = this.#samples;
    const { between } = this.#metric;
    const offer = (sample: number): void => {
      heaps.offer(query, between(queries.data, query, data, sample, columns), sample);
    };
    if (this.#tree !== undefined) {
      this.#tree.nearest(queries.data, query, heaps);
    } else if (this.#graph !== undefined) {
      const { efSearch = Math.max(64, 2 * heaps.k) } = this.#options;
      this.#graph.nearest(queries.data, query, Math.max(heaps.k, efSearch), heaps);
    } else if (this.#forest === undefined) {
      for (let sample = 0; sample < rows; sample++) offer(sample);
    } else {
      const { nTrees = 10, searchK = Math.max(100, nTrees * heaps.k) } = this.#options;
      this.#forest.candidates(queries.data, query, searchK, offer);
    }
  }

  /**
   * Calls `accept` with every training sample within `radius` of each query; exact.
   *
   * @throws `ArgumentError` for an approximate algorithm
   */
  async within(
    operation: string,
    queries: SampleMatrix,
    radius: number,
    accept: (query: number, sample: number, distance: number) => void,
  ): Promise<void> {
    const { between, toDistance, fromDistance } = this.#metric;
    const most = fromDistance(radius);
    const rows = this.#placed(queries);
    if (this.#brute !== undefined) {
      await this.#brute.within(rows, most, (query, sample, key) => {
        accept(query, sample, toDistance(key));
      });
      return;
    }
    if (this.algorithm !== "brute" && this.#tree === undefined) {
      throw new ArgumentError(
        `${operation}: algorithm: expected "brute" or "kdTree" for neighbours within a radius, got "${this.algorithm}"`,
      );
    }
    const { data, rows: count, columns } = this.#samples;
    for (let query = 0; query < rows.rows; query++) {
      if (this.#tree !== undefined) {
        this.#tree.within(rows.data, query, most, (sample, key) => {
          accept(query, sample, toDistance(key));
        });
        continue;
      }
      for (let sample = 0; sample < count; sample++) {
        const key = between(rows.data, query, data, sample, columns);
        if (key <= most) accept(query, sample, toDistance(key));
      }
    }
  }

  /** Frees the tensors that it keeps. */
  dispose(): void {
    this.#brute?.dispose();
  }

  #placed(queries: SampleMatrix): SampleMatrix {
    return this.#metric.name === "cosine" ? onUnitSphere(queries, "queries") : queries;
  }
}

function checkOptions(operation: string, options: NeighborSearchOptions, metric: Metric): void {
  const { algorithm = "auto" } = options;
  checkOneOf(operation, "algorithm", algorithm, ["auto", "brute", "kdTree", "annoy", "hnsw"]);
  if (algorithm === "kdTree" && metric.power === undefined) {
    throw new ArgumentError(
      `${operation}: metric: expected euclidean, manhattan or minkowski for a k-d tree, got ${metric.name}; try algorithm "brute"`,
    );
  }
  if (algorithm === "annoy" && metric.between !== squaredDistance) {
    throw new ArgumentError(
      `${operation}: metric: expected euclidean or cosine for annoy, got ${metric.name}; try algorithm "hnsw"`,
    );
  }
  for (const name of ["nTrees", "searchK", "links", "efConstruction", "efSearch"] as const) {
    const value = options[name];
    if (value !== undefined) checkWhole(operation, name, value, name === "links" ? 2 : 1);
  }
}
