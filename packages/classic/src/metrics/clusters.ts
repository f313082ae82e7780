import { ArgumentError } from "@tensorloom/tensor";
import {
  classTargets,
  sampleMatrix,
  type SampleMatrix,
  type Samples,
  type Targets,
} from "../inputs.ts";

// Metrics of one clustering by the samples' distances: no truth is needed.

interface Clusters extends SampleMatrix {
  /** Each sample's cluster, from 0. */
  readonly labels: Int32Array;
  /** How many samples each has. */
  readonly sizes: Int32Array;
}

async function clustersOf(operation: string, x: Samples, labels: Targets): Promise<Clusters> {
  const samples = await sampleMatrix(operation, x);
  const { classes, indices } = await classTargets(operation, labels, samples.rows);
  if (classes.length < 2 || classes.length >= samples.rows) {
    throw new ArgumentError(
      `${operation}: labels: expected 2 to ${samples.rows - 1} clusters, fewer than samples, got ${classes.length}`,
    );
  }
  const sizes = new Int32Array(classes.length);
  for (const label of indices) sizes[label]!++;
  return { ...samples, labels: indices, sizes };
}

/** Returns the centre of each cluster, `[clusters, columns]`. */
function centresOf({ data, columns, labels, sizes }: Clusters): Float64Array {
  const centres = new Float64Array(sizes.length * columns);
  labels.forEach((label, i) => {
    for (let c = 0; c < columns; c++) centres[label * columns + c]! += data[i * columns + c]!;
  });
  return centres.map((sum, i) => sum / sizes[Math.trunc(i / columns)]!);
}

type Distance = (a: Float64Array, i: number, b: Float64Array, j: number, columns: number) => number;

const squared: Distance = (a, i, b, j, columns) => {
  let sum = 0;
  for (let c = 0; c < columns; c++) sum += (a[i + c]! - b[j + c]!) ** 2;
  return sum;
};
const distances: Readonly<Record<string, Distance>> = {
  euclidean: (a, i, b, j, columns) => Math.sqrt(squared(a, i, b, j, columns)),
  manhattan(a, i, b, j, columns) {
    let sum = 0;
    for (let c = 0; c < columns; c++) sum += Math.abs(a[i + c]! - b[j + c]!);
    return sum;
  },
  cosine(a, i, b, j, columns) {
    let [product, lengthA, lengthB] = [0, 0, 0];
    for (let c = 0; c < columns; c++) {
      product += a[i + c]! * b[j + c]!;
      lengthA += a[i + c]! ** 2;
      lengthB += b[j + c]! ** 2;
    }
    return 1 - product / Math.sqrt(lengthA * lengthB);
  },
};

/** What {@link silhouette} takes. */
export interface SilhouetteOptions {
  /** How distance is measured; `"euclidean"` by default. */
  readonly metric?: "euclidean" | "manhattan" | "cosine";
}

/**
 * Resolves to each sample's silhouette: how much nearer it is to its own cluster than to the next, from -1 to 1; 0 where
 * it is alone in its cluster.
 *
 * @param x - `[samples, features]`
 * @param labels - each sample's cluster
 * @param options - `metric`
 * @throws `ArgumentError` unless there are from 2 clusters to one fewer than samples
 *
 * Source: Rousseeuw 1987. Cost: O(samples² features) time, O(samples clusters) memory.
 *
 * @example
 * (await metrics.silhouetteSamples([[0], [1], [9], [10]], [0, 0, 1, 1])).length; // => 4
 */
export async function silhouetteSamples(
  x: Samples,
  labels: Targets,
  options: SilhouetteOptions = {},
): Promise<number[]> {
  const { metric = "euclidean" } = options;
  if (!Object.hasOwn(distances, metric)) {
    throw new ArgumentError(
      `silhouette: metric: expected ${Object.keys(distances).join(", ")}, got "${String(metric)}"`,
    );
  }
  const distance = distances[metric]!;
  const clusters = await clustersOf("silhouette", x, labels);
  const { data, rows, columns, labels: own, sizes } = clusters;
  const k = sizes.length;
  // Sums of distances from each sample to each cluster.
  const sums = new Float64Array(rows * k);
  for (let i = 0; i < rows; i++) {
    for (let j = i + 1; j < rows; j++) {
      const d = distance(data, i * columns, data, j * columns, columns);
      sums[i * k + own[j]!]! += d;
      sums[j * k + own[i]!]! += d;
    }
  }
  return Array.from(own, (label, i) => {
    if (sizes[label] === 1) return 0;
    const inside = sums[i * k + label]! / (sizes[label]! - 1);
    let nearest = Infinity;
    for (let c = 0; c < k; c++) {
      if (c !== label) nearest = Math.min(nearest, sums[i * k + c]! / sizes[c]!);
    }
    const scale = Math.max(inside, nearest);
    return scale === 0 ? 0 : (nearest - inside) / scale;
  });
}

/**
 * Resolves to the mean silhouette: 1 for tight, distant clusters, about 0 for overlapping ones.
 *
 * @param x - `[samples, features]`
 * @param labels - each sample's cluster
 * @param options - `metric`
 * @throws `ArgumentError` unless there are from 2 clusters to one fewer than samples
 *
 * Source: Rousseeuw 1987. Cost: O(samples² features) time, O(samples clusters) memory.
 *
 * @example
 * (await metrics.silhouette([[0], [1], [9], [10]], [0, 0, 1, 1])).toFixed(3); // => 0.889
 */
export async function silhouette(
  x: Samples,
  labels: Targets,
  options: SilhouetteOptions = {},
): Promise<number> {
  const values = await silhouetteSamples(x, labels, options);
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Resolves to the Calinski-Harabasz index: the spread between clusters by that within; higher is better.
 *
 * @param x - `[samples, features]`
 * @param labels - each sample's cluster
 * @throws `ArgumentError` unless there are from 2 clusters to one fewer than samples
 *
 * Source: Caliński and Harabasz 1974.
 *
 * @example
 * await metrics.calinskiHarabasz([[0], [2], [9], [11]], [0, 0, 1, 1]); // => 40.5
 */
export async function calinskiHarabasz(x: Samples, labels: Targets): Promise<number> {
  const clusters = await clustersOf("calinskiHarabasz", x, labels);
  const { data, rows, columns, labels: own, sizes } = clusters;
  const centres = centresOf(clusters);
  const mean = new Float64Array(columns);
  data.forEach((value, i) => (mean[i % columns]! += value / rows));
  let [between, within] = [0, 0];
  for (const [c, size] of sizes.entries()) {
    between += size * squared(centres, c * columns, mean, 0, columns);
  }
  own.forEach((label, i) => {
    within += squared(data, i * columns, centres, label * columns, columns);
  });
  const k = sizes.length;
  return within === 0 ? 1 : (between * (rows - k)) / (within * (k - 1));
}

/**
 * Resolves to the Davies-Bouldin index: how wide clusters are by how far apart, at worst for each; lower is better.
 *
 * @param x - `[samples, features]`
 * @param labels - each sample's cluster
 * @throws `ArgumentError` unless there are from 2 clusters to one fewer than samples
 *
 * Source: Davies and Bouldin 1979.
 *
 * @example
 * (await metrics.daviesBouldin([[0], [2], [9], [11]], [0, 0, 1, 1])).toFixed(3); // => 0.222
 */
export async function daviesBouldin(x: Samples, labels: Targets): Promise<number> {
  const clusters = await clustersOf("daviesBouldin", x, labels);
  const { data, columns, labels: own, sizes } = clusters;
  const centres = centresOf(clusters);
  const euclidean = distances["euclidean"]!;
  const widths = new Float64Array(sizes.length);
  own.forEach((label, i) => {
    widths[label]! +=
      euclidean(data, i * columns, centres, label * columns, columns) / sizes[label]!;
  });
  const apart = (a: number, b: number): number =>
    euclidean(centres, a * columns, centres, b * columns, columns);
  const worst = Array.from(widths, (width, a) =>
    widths.reduce((most, other, b) => {
      const distance = a === b ? 0 : apart(a, b);
      return distance === 0 ? most : Math.max(most, (width + other) / distance);
    }, 0),
  );
  return worst.reduce((sum, value) => sum + value, 0) / worst.length;
}
