import type { SampleMatrix } from "../inputs.ts";
import { CenterSums, inertiaOf } from "./center-sums.ts";
import { ElkanBounds } from "./elkan-bounds.ts";
import { NearestCenters, type OnChange } from "./nearest-centers.ts";

/** One run of k-means from given starts. */
export interface KMeansRun {
  /** `[clusters, features]`. */
  readonly centers: Float64Array;
  readonly labels: Int32Array;
  readonly inertia: number;
  readonly iterations: number;
}

/** What {@link lloyd} takes. */
export interface LloydOptions {
  readonly algorithm: "lloyd" | "elkan";
  readonly maxIter: number;
  /** Ends it when the centers move by less: the sum of their squared shifts. */
  readonly tolerance: number;
  readonly sampleWeight: Float64Array | undefined;
  /** Called after each iteration. */
  readonly step: (iteration: number) => Promise<void>;
}

/** Finds nearest centers. */
interface Assigner {
  assign(centers: Float64Array, labels: Int32Array, onChange?: OnChange): Promise<void> | void;
}

/**
 * Resolves to where k-means goes from given starts: samples go to their nearest centers, centers to their samples' mean,
 * until nothing changes (Lloyd 1982). Elkan's bounds find the same with fewer distances.
 *
 * @param samples - the samples
 * @param starts - `[clusters, features]`
 * @param nearest - shared between runs
 * @param options - how, and when it ends
 */
export async function lloyd(
  samples: SampleMatrix,
  starts: Float64Array,
  nearest: NearestCenters,
  { algorithm, maxIter, tolerance, sampleWeight, step }: LloydOptions,
): Promise<KMeansRun> {
  const clusters = starts.length / samples.columns;
  const sums = new CenterSums(samples, clusters, sampleWeight);
  const labels = new Int32Array(samples.rows).fill(-1);
  const assigner: Assigner = algorithm === "elkan" ? new ElkanBounds(samples, clusters) : nearest;
  let changes = 0;
  const onChange: OnChange = (sample, from, to) => {
    changes++;
    sums.move(sample, from, to);
  };
  let centers = starts;
  let iterations = 0;
  while (iterations < maxIter) {
    iterations++;
    changes = 0;
    await assigner.assign(centers, labels, onChange);
    const next = sums.centers(centers, labels);
    const shift = centers.reduce((sum, x, i) => sum + (x - next[i]!) ** 2, 0);
    centers = next;
    await step(iterations);
    if (changes === 0) break;
    if (shift <= tolerance) break;
  }
  // Unless nothing changed, the centers have moved since the labels were given.
  if (changes > 0) await assigner.assign(centers, labels);
  return {
    centers,
    labels,
    inertia: inertiaOf(samples, centers, labels, sampleWeight),
    iterations,
  };
}
