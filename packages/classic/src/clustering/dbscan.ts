import type { Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import {
  sampleMatrix,
  type SampleMatrix,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import type { DistanceMetric } from "../neighbors/metric.ts";
import { NeighborSearch } from "../neighbors/neighbor-search.ts";
import { checkNumber, checkOneOf, checkWhole } from "../option-checks.ts";
import { Pacer } from "../parallel/pacer.ts";
import { array } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { sampleWeights } from "../weights.ts";

/** What {@link DBSCAN} takes. */
export interface DBSCANOptions {
  /** How near samples must be to be neighbours; 0.5 by default. */
  readonly eps?: number;
  /** How many neighbours, itself included, make a sample a core one; 5 by default. */
  readonly minSamples?: number;
  /** How distances are measured; Euclidean by default. */
  readonly metric?: DistanceMetric;
  /** Minkowski's power; 2 by default. */
  readonly p?: number;
  /** How neighbours are searched, as in {@link NearestNeighbors}; `"auto"` by default. */
  readonly algorithm?: "auto" | "brute" | "kdTree";
}

/**
 * Finds clusters of any form: samples with many near neighbours, and what is near to them. The rest is noise, labelled -1.
 *
 * Clusters are numbered by their first core sample; a sample on the border of two goes to the first. Memory: the neighbours of
 * all samples.
 *
 * Source: scikit-learn's DBSCAN; Ester and others 1996.
 *
 * @example
 * const x = [[1, 2], [2, 2], [2, 3], [8, 7], [8, 8], [25, 80]];
 * const model = await new DBSCAN({ eps: 3, minSamples: 2 }).fit(x);
 * model.labels.toString(); // => [ 0,  0,  0,  1,  1, -1]
 */
export class DBSCAN extends Estimator<DBSCANOptions, DBSCANModel> {
  override readonly kind: EstimatorKind = "clusterer";

  /** @param options - how near, how many, and how distances are measured */
  constructor(options: DBSCANOptions = {}) {
    super(options);
  }

  /**
   * Finds the clusters.
   *
   * @param x - `[samples, features]`
   * @param _y - not looked at
   * @param options - `sampleWeight`: a sample of weight w counts as w neighbours; `signal`, `onProgress`
   */
  override async fit(
    x: Samples,
    _y?: Targets,
    options: WeightedFitOptions = {},
  ): Promise<DBSCANModel> {
    const { eps = 0.5, minSamples = 5, metric = "euclidean", p = 2, algorithm = "auto" } = this.getParams(); // prettier-ignore
    checkNumber("DBSCAN", "eps", eps, 0, { isExclusive: true });
    checkWhole("DBSCAN", "minSamples", minSamples, 1);
    checkOneOf("DBSCAN", "algorithm", algorithm, ["auto", "brute", "kdTree"]);
    const samples = await sampleMatrix("DBSCAN.fit", x);
    const weights = await sampleWeights("DBSCAN.fit", options.sampleWeight, samples.rows);
    const pacer = new Pacer(samples.rows, options);
    const search = await NeighborSearch.build("DBSCAN", samples, { metric, p, algorithm });
    const neighbors = new NeighborLists(samples.rows);
    try {
      for (let begin = 0; begin < samples.rows; begin += queriesAtOnce) {
        const queries = rowsOf(samples, begin, Math.min(samples.rows, begin + queriesAtOnce));
        await search.within("DBSCAN", queries, eps, (query, sample) => {
          neighbors.add(begin + query, sample);
        });
        await pacer.done(begin + queries.rows);
      }
    } finally {
      search.dispose();
    }
    const { starts, members } = neighbors.lists();
    const isCore = Uint8Array.from({ length: samples.rows }, (_, i) => {
      let weight = 0;
      for (let n = starts[i]!; n < starts[i + 1]!; n++) weight += weights[members[n]!]!;
      return Number(weight >= minSamples);
    });
    const labels = connected(isCore, starts, members);
    const core = Int32Array.from(isCore.keys()).filter((i) => isCore[i] === 1);
    const components = new Float64Array(core.length * samples.columns);
    core.forEach((sample, i) => {
      components.set(rowsOf(samples, sample, sample + 1).data, i * samples.columns);
    });
    return new DBSCANModel({
      labels: { data: labels, shape: [samples.rows] },
      coreSampleIndices: { data: core, shape: [core.length] },
      components: { data: components, shape: [core.length, samples.columns] },
    });
  }
}

const queriesAtOnce = 4096;

function rowsOf(samples: SampleMatrix, begin: number, end: number): SampleMatrix {
  const { data, columns } = samples;
  return { ...samples, data: data.subarray(begin * columns, end * columns), rows: end - begin };
}

/** Neighbours of each sample, as they are found, in any order. */
class NeighborLists {
  readonly #counts: Int32Array;
  #pairs: Int32Array = new Int32Array(1 << 16);
  #used = 0;

  constructor(samples: number) {
    this.#counts = new Int32Array(samples);
  }

  add(sample: number, neighbor: number): void {
    if (this.#used === this.#pairs.length) {
      const grown = new Int32Array(2 * this.#pairs.length);
      grown.set(this.#pairs);
      this.#pairs = grown;
    }
    this.#pairs[this.#used++] = sample;
    this.#pairs[this.#used++] = neighbor;
    this.#counts[sample]!++;
  }

  /** Returns them sample after sample: those of sample i are `members` from `starts[i]` to `starts[i + 1]`. */
  lists(): { starts: Int32Array; members: Int32Array } {
    const starts = new Int32Array(this.#counts.length + 1);
    this.#counts.forEach((count, i) => (starts[i + 1] = starts[i]! + count));
    const next = starts.slice();
    const members = new Int32Array(this.#used / 2);
    for (let at = 0; at < this.#used; at += 2) {
      members[next[this.#pairs[at]!]!++] = this.#pairs[at + 1]!;
    }
    return { starts, members };
  }
}

/** Numbers what core samples reach from one to the next; -1 is what none reaches. */
function connected(isCore: Uint8Array, starts: Int32Array, members: Int32Array): Int32Array {
  const labels = new Int32Array(isCore.length).fill(-1);
  let clusters = 0;
  const waiting: number[] = [];
  for (let first = 0; first < isCore.length; first++) {
    if (labels[first] !== -1 || isCore[first] === 0) continue;
    labels[first] = clusters;
    waiting.push(first);
    while (waiting.length > 0) {
      const sample = waiting.pop()!;
      if (isCore[sample] === 0) continue;
      for (let n = starts[sample]!; n < starts[sample + 1]!; n++) {
        const neighbor = members[n]!;
        if (labels[neighbor] !== -1) continue;
        labels[neighbor] = clusters;
        waiting.push(neighbor);
      }
    }
    clusters++;
  }
  return labels;
}

/** What {@link DBSCANModel} holds. */
interface DBSCANState {
  readonly labels: ShapedArray<Int32Array>;
  readonly coreSampleIndices: ShapedArray<Int32Array>;
  readonly components: ShapedArray<Float64Array>;
}

/** What {@link DBSCAN} finds. It has no `predict`: a new sample may join clusters. */
export class DBSCANModel extends FittedModel<DBSCANState> {
  /** @internal */
  static get schema(): Schema<DBSCANState> {
    return {
      name: "DBSCANModel",
      fields: {
        labels: array(Int32Array),
        coreSampleIndices: array(Int32Array),
        components: array(Float64Array),
      },
    };
  }

  /** Each training sample's cluster, `[samples]`, int32; -1 for noise. */
  get labels(): Tensor {
    return this.attribute("labels", this.state.labels);
  }

  /** The core samples' numbers, int32. */
  get coreSampleIndices(): Tensor {
    return this.attribute("coreSampleIndices", this.state.coreSampleIndices);
  }

  /** The core samples themselves, `[core, features]`. */
  get components(): Tensor {
    return this.attribute("components", this.state.components);
  }
}
