import type { Samples } from "../inputs.ts";
import { silhouette } from "../metrics/clusters.ts";
import { checkWhole } from "../option-checks.ts";
import type { LongWork } from "../parallel/pacer.ts";
import { Pacer } from "../parallel/pacer.ts";
import { KMeans, type KMeansOptions } from "./k-means.ts";

/** What {@link clusterCounts} takes. */
export interface ClusterCountsOptions extends Omit<KMeansOptions, "nClusters" | "init">, LongWork {
  /** The smallest number of clusters; 1 by default. */
  readonly min?: number;
  /** The largest; 10 by default. */
  readonly max?: number;
}

/** How good each number of clusters is. */
export interface ClusterCounts {
  /** The numbers of clusters. */
  readonly nClusters: readonly number[];
  /** For each the sum of squared distances to centers, which falls with every cluster. */
  readonly inertia: readonly number[];
  /** For each the mean silhouette, from -1 to 1, larger is better; not a number for one cluster. */
  readonly silhouette: readonly number[];
  /** Where the curve of inertia bends most: farthest below the straight line from its begin to its end. */
  readonly elbow: number;
  /** Where the mean silhouette is largest. */
  readonly best: number;
}

/**
 * Resolves to how good k-means is with each number of clusters: the elbow of the inertia, and the silhouette, to choose by.
 *
 * @param x - `[samples, features]`
 * @param options - the range, k-means' options, `signal`, `onProgress`
 * @throws `ArgumentError` for more clusters than samples
 *
 * Cost: a fit, and all pairs of samples, for each number. Source: Rousseeuw 1987; Satopaa and others 2011 (the elbow).
 *
 * @example
 * const x = Array.from({ length: 30 }, (_, i) => [10 * (i % 3), i / 100]);
 * const { best, elbow } = await clusterCounts(x, { max: 6 });
 * [best, elbow]; // => [3,3]
 */
export async function clusterCounts(
  x: Samples,
  options: ClusterCountsOptions = {},
): Promise<ClusterCounts> {
  const { min = 1, max = 10, signal, onProgress, ...kMeans } = options;
  checkWhole("clusterCounts", "min", min, 1);
  checkWhole("clusterCounts", "max", max, min + 1);
  const pacer = new Pacer(max - min + 1, { ...(signal && { signal }), ...(onProgress && { onProgress }) }); // prettier-ignore
  const counts = Array.from({ length: max - min + 1 }, (_, i) => min + i);
  const inertia: number[] = [];
  const scores: number[] = [];
  for (const [i, nClusters] of counts.entries()) {
    using model = await new KMeans({ ...kMeans, nClusters }).fit(
      x,
      undefined,
      signal && { signal },
    );
    inertia.push(model.inertia);
    scores.push(nClusters === 1 ? Number.NaN : await silhouette(x, model.labels));
    await pacer.done(i + 1, model.inertia);
  }
  const [first, last] = [inertia[0]!, inertia.at(-1)!];
  const below = inertia.map(
    (value, i) => first + ((last - first) * i) / (counts.length - 1) - value,
  );
  return {
    nClusters: counts,
    inertia,
    silhouette: scores,
    elbow: counts[placeOfLargest(below)]!,
    best: counts[placeOfLargest(scores)]!,
  };
}

function placeOfLargest(values: readonly number[]): number {
  let place = values.findIndex((value) => !Number.isNaN(value));
  values.forEach((value, i) => {
    if (value > values[place]!) place = i;
  });
  return place;
}
