import type { SampleMatrix } from "../inputs.ts";
import { squaredDistance } from "../neighbors/metric.ts";

/** Weighted sums of the samples of each cluster, kept up to date sample by sample, in float64. */
export class CenterSums {
  readonly #samples: SampleMatrix;
  readonly #sampleWeight: Float64Array | undefined;
  readonly #sums: Float64Array;
  readonly #weights: Float64Array;

  /**
   * @param samples - kept, not copied
   * @param clusters - how many
   * @param sampleWeight - one a sample; 1 by default
   */
  constructor(samples: SampleMatrix, clusters: number, sampleWeight: Float64Array | undefined) {
    this.#samples = samples;
    this.#sampleWeight = sampleWeight;
    this.#sums = new Float64Array(clusters * samples.columns);
    this.#weights = new Float64Array(clusters);
  }

  /** Moves a sample from one cluster to another; -1 is none. */
  move(sample: number, from: number, to: number): void {
    const weight = this.#sampleWeight === undefined ? 1 : this.#sampleWeight[sample]!;
    if (from < 0) {
      this.#add(this.#sums, this.#weights, to, sample, weight);
      return;
    }
    const { data, columns } = this.#samples;
    const sums = this.#sums;
    this.#weights[from]! -= weight;
    this.#weights[to]! += weight;
    let at = sample * columns;
    let source = from * columns;
    let target = to * columns;
    for (const end = at + columns; at < end; at++) {
      const value = weight * data[at]!;
      sums[source++]! -= value;
      sums[target++]! += value;
    }
  }

  /**
   * Returns the means. A cluster that has no sample gets one of those that are farthest from their centers, which their
   * clusters lose, as in scikit-learn.
   *
   * @param before - the centers before
   * @param labels - each sample's cluster
   */
  centers(before: Float64Array, labels: Int32Array): Float64Array {
    const { columns } = this.#samples;
    const sums = this.#sums.slice();
    const weights = this.#weights.slice();
    const empty = Array.from(weights.keys()).filter((c) => weights[c] === 0);
    if (empty.length > 0) {
      const far = farthest(this.#samples, before, labels, empty.length);
      empty.forEach((cluster, i) => {
        const sample = far[i]!;
        const weight = this.#sampleWeight?.[sample] ?? 1;
        this.#add(sums, weights, labels[sample]!, sample, -weight);
        sums.fill(0, cluster * columns, (cluster + 1) * columns);
        this.#add(sums, weights, cluster, sample, weight);
      });
    }
    // A cluster that still weighs nothing keeps its center.
    return sums.map((sum, i) => {
      const weight = weights[Math.trunc(i / columns)]!;
      return weight > 0 ? sum / weight : before[i]!;
    });
  }

  #add(
    sums: Float64Array,
    weights: Float64Array,
    cluster: number,
    sample: number,
    weight: number,
  ): void {
    const { data, columns } = this.#samples;
    weights[cluster]! += weight;
    const [from, to] = [sample * columns, cluster * columns];
    for (let c = 0; c < columns; c++) sums[to + c]! += weight * data[from + c]!;
  }
}

/** Returns the `count` samples that are farthest from their centers, farthest first. */
function farthest(
  { data, rows, columns }: SampleMatrix,
  centers: Float64Array,
  labels: Int32Array,
  count: number,
): number[] {
  const distances = Float64Array.from({ length: rows }, (_, i) =>
    squaredDistance(data, i, centers, labels[i]!, columns),
  );
  return Array.from(distances.keys())
    .sort((i, j) => distances[j]! - distances[i]!)
    .slice(0, count);
}

/** Returns the weighted sum of squared distances of samples to their centers. */
export function inertiaOf(
  { data, rows, columns }: SampleMatrix,
  centers: Float64Array,
  labels: Int32Array,
  sampleWeight: Float64Array | undefined,
): number {
  let sum = 0;
  for (let i = 0; i < rows; i++) {
    const squared = squaredDistance(data, i, centers, labels[i]!, columns);
    sum += sampleWeight === undefined ? squared : squared * sampleWeight[i]!;
  }
  return sum;
}
