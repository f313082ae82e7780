import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { sampleMatrix, type SampleMatrix, type Samples, type Targets } from "../inputs.ts";
import { squaredDistance } from "../neighbors/metric.ts";
import { checkNumber, checkOneOf, checkWhole } from "../option-checks.ts";
import { Pacer } from "../parallel/pacer.ts";
import { array, number, oneOf } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { RandomStream } from "../random/random-stream.ts";
import { sampleWeights } from "../weights.ts";
import { inertiaOf } from "./center-sums.ts";
import { CentersModel, type CentersState } from "./centers-model.ts";
import { nearestCenter, NearestCenters } from "./nearest-centers.ts";
import { startingCenters, type KMeansInit } from "./starting-centers.ts";

/** What {@link MiniBatchKMeans} takes. */
export interface MiniBatchKMeansOptions {
  /** How many clusters; 8 by default. */
  readonly nClusters?: number;
  /** Where centers start, as in {@link KMeans}. */
  readonly init?: KMeansInit;
  /** How many starts are tried, on three batches of samples; 3 by default, 1 for given centers. */
  readonly nInit?: number;
  /** How many samples a step looks at; 1024 by default. */
  readonly batchSize?: number;
  /** How often all samples are gone through at most; 100 by default. */
  readonly maxIter?: number;
  /** It ends after so many steps without a smaller (smoothed) inertia; 10 by default, 0 for never. */
  readonly maxNoImprovement?: number;
  /** Centers with fewer than this share of the largest count of samples are moved to drawn ones; 0.01 by default. */
  readonly reassignmentRatio?: number;
  /** Seeds starts and batches; 0 by default. */
  readonly seed?: number;
}

/**
 * Finds clusters around centers as {@link KMeans} does, looking at a batch of drawn samples a step: much less work for many
 * samples, for an inertia that is a little larger.
 *
 * Source: scikit-learn's MiniBatchKMeans; Sculley 2010, "Web-scale k-means clustering".
 *
 * @example
 * const x = Array.from({ length: 200 }, (_, i) => [i % 2 === 0 ? 0 : 9, (i % 7) / 10]);
 * const model = await new MiniBatchKMeans({ nClusters: 2, batchSize: 50 }).fit(x);
 * [...(await model.clusterCenters.round().data())].toSorted(); // => [0,0,0,9]
 */
export class MiniBatchKMeans extends Estimator<MiniBatchKMeansOptions, MiniBatchKMeansModel> {
  override readonly kind: EstimatorKind = "clusterer";

  /** @param options - clusters, starts, batches, when it ends */
  constructor(options: MiniBatchKMeansOptions = {}) {
    super(options);
  }

  /**
   * Finds the clusters.
   *
   * @param x - `[samples, features]`
   * @param _y - not looked at
   * @param options - `sampleWeight`, `signal`, `onProgress` (told after each step)
   * @throws `ArgumentError` for more clusters than samples; `ShapeError` for given centers of another shape
   */
  override async fit(
    x: Samples,
    _y?: Targets,
    options: WeightedFitOptions = {},
  ): Promise<MiniBatchKMeansModel> {
    const params = this.getParams();
    const { nClusters = 8, init = "k-means++", batchSize = 1024, maxIter = 100, seed = 0 } = params;
    const { maxNoImprovement = 10, reassignmentRatio = 0.01 } = params;
    const { nInit = typeof init === "string" ? 3 : 1 } = params;
    checkWhole("MiniBatchKMeans", "nInit", nInit, 1);
    checkWhole("MiniBatchKMeans", "batchSize", batchSize, 1);
    checkWhole("MiniBatchKMeans", "maxIter", maxIter, 1);
    checkWhole("MiniBatchKMeans", "maxNoImprovement", maxNoImprovement, 0);
    checkNumber("MiniBatchKMeans", "reassignmentRatio", reassignmentRatio, 0);
    if (typeof init === "string") {
      checkOneOf("MiniBatchKMeans", "init", init, ["k-means++", "random"]);
    }
    const samples = await sampleMatrix("MiniBatchKMeans.fit", x);
    checkWhole("MiniBatchKMeans", "nClusters", nClusters, 1, samples.rows);
    const sampleWeight = await sampleWeights("MiniBatchKMeans.fit", options.sampleWeight, samples.rows); // prettier-ignore
    const stream = new RandomStream(seed);
    const trial = part(samples, sampleWeight, Math.min(samples.rows, 3 * batchSize), stream);
    let centers: Float64Array | undefined;
    let least = Infinity;
    for (let run = 0; run < nInit; run++) {
      const starts = await startingCenters("MiniBatchKMeans", trial.samples, {
        init,
        nClusters,
        stream: new RandomStream(seed, run + 1),
        sampleWeight: trial.weights,
      });
      const inertia = assigned(trial, starts).inertia;
      if (centers === undefined || inertia < least) [centers, least] = [starts.slice(), inertia];
    }
    const perPass = Math.ceil(samples.rows / batchSize);
    const most = maxIter * perPass;
    const pacer = new Pacer(most, options);
    const state = new MiniBatches(centers!, nClusters, reassignmentRatio, stream);
    const ending = new Ending(batchSize / samples.rows, maxNoImprovement);
    let steps = 0;
    while (steps < most) {
      steps++;
      const batch = part(samples, sampleWeight, Math.min(batchSize, samples.rows), stream);
      const inertia = state.step(batch);
      await pacer.done(steps, inertia);
      if (ending.isReached(inertia)) break;
    }
    const nearest = new NearestCenters(samples, nClusters);
    const labels = new Int32Array(samples.rows).fill(-1);
    try {
      await nearest.assign(state.centers, labels);
    } finally {
      nearest.dispose();
    }
    return new MiniBatchKMeansModel({
      centers: { data: state.centers, shape: [nClusters, samples.columns] },
      labels: { data: labels, shape: [samples.rows] },
      inertia: inertiaOf(samples, state.centers, labels, sampleWeight),
      nIter: Math.ceil(steps / perPass),
      nSteps: steps,
      metric: "euclidean",
    });
  }
}

/** Some samples with their weights. */
interface Batch {
  readonly samples: SampleMatrix;
  readonly weights: Float64Array;
}

/** Draws samples, with replacement. */
function part(
  samples: SampleMatrix,
  sampleWeight: Float64Array,
  count: number,
  stream: RandomStream,
): Batch {
  const { data, rows, columns } = samples;
  const own = new Float64Array(count * columns);
  const weights = new Float64Array(count);
  for (let i = 0; i < count; i++) {
    const sample = stream.below(rows);
    own.set(data.subarray(sample * columns, (sample + 1) * columns), i * columns);
    weights[i] = sampleWeight[sample]!;
  }
  return { samples: { ...samples, data: own, rows: count }, weights };
}

/** Gives each sample of a batch to its nearest center; the inertia is the mean over weights. */
function assigned(
  { samples, weights }: Batch,
  centers: Float64Array,
): { labels: Int32Array; inertia: number } {
  const { data, rows, columns } = samples;
  const labels = new Int32Array(rows);
  let [inertia, total] = [0, 0];
  for (let i = 0; i < rows; i++) {
    labels[i] = nearestCenter(data, i, centers, columns);
    inertia += weights[i]! * squaredDistance(data, i, centers, labels[i]!, columns);
    total += weights[i]!;
  }
  return { labels, inertia: total === 0 ? 0 : inertia / total };
}

/** Centers that move with each batch, the less the more samples they have seen. */
class MiniBatches {
  readonly centers: Float64Array;
  readonly #counts: Float64Array;
  readonly #reassignmentRatio: number;
  readonly #stream: RandomStream;
  #sinceReassignment = 0;

  constructor(
    centers: Float64Array,
    clusters: number,
    reassignmentRatio: number,
    stream: RandomStream,
  ) {
    this.centers = centers;
    this.#counts = new Float64Array(clusters);
    this.#reassignmentRatio = reassignmentRatio;
    this.#stream = stream;
  }

  /** Moves the centers, and returns the batch's mean inertia before. */
  step(batch: Batch): number {
    const { data, rows, columns } = batch.samples;
    const { labels, inertia } = assigned(batch, this.centers);
    const [counts, centers] = [this.#counts, this.centers];
    for (let i = 0; i < rows; i++) {
      const label = labels[i]!;
      const weight = batch.weights[i]!;
      if (weight === 0) continue;
      counts[label]! += weight;
      const share = weight / counts[label]!;
      for (let c = 0; c < columns; c++) {
        centers[label * columns + c]! += share * (data[i * columns + c]! - centers[label * columns + c]!); // prettier-ignore
      }
    }
    this.#sinceReassignment += rows;
    if (counts.includes(0) || this.#sinceReassignment >= 10 * counts.length) this.#reassign(batch);
    return inertia;
  }

  /** Moves centers that few samples came to, half a batch's number of them at most, to samples of the batch. */
  #reassign({ samples }: Batch): void {
    this.#sinceReassignment = 0;
    const counts = this.#counts;
    const largest = counts.reduce((most, count) => Math.max(most, count), 0);
    const isFew = (count: number): boolean => count < this.#reassignmentRatio * largest;
    const few = Array.from(counts.keys())
      .filter((c) => isFew(counts[c]!))
      .sort((a, b) => counts[a]! - counts[b]!)
      .slice(0, Math.trunc(samples.rows / 2));
    if (few.length === 0) return;
    const order = Int32Array.from({ length: samples.rows }, (_, i) => i);
    this.#stream.shuffle(order);
    const others = counts.filter((_, c) => !few.includes(c));
    const least = others.reduce((low, count) => Math.min(low, count), Infinity);
    few.forEach((center, i) => {
      const from = order[i]! * samples.columns;
      this.centers.set(samples.data.subarray(from, from + samples.columns), center * samples.columns); // prettier-ignore
      // So that it is not moved again at once.
      counts[center] = Number.isFinite(least) ? least : 1;
    });
  }
}

/** Tells when the smoothed inertia has not become smaller for some steps. */
class Ending {
  readonly #share: number;
  readonly #most: number;
  #smoothed: number | undefined;
  #least = Infinity;
  #without = 0;
  #steps = 0;

  constructor(batchShare: number, most: number) {
    this.#share = Math.min(1, 2 * batchShare);
    this.#most = most;
  }

  isReached(inertia: number): boolean {
    this.#steps++;
    // The first step is that of the drawn starts.
    if (this.#steps === 1) return false;
    this.#smoothed =
      this.#smoothed === undefined
        ? inertia
        : this.#smoothed * (1 - this.#share) + inertia * this.#share;
    if (this.#smoothed < this.#least) {
      this.#least = this.#smoothed;
      this.#without = 0;
      return false;
    }
    this.#without++;
    return this.#most > 0 && this.#without >= this.#most;
  }
}

/** What {@link MiniBatchKMeansModel} holds. */
interface MiniBatchKMeansState extends CentersState {
  readonly nSteps: number;
}

/** What {@link MiniBatchKMeans} learns. */
export class MiniBatchKMeansModel extends CentersModel<MiniBatchKMeansState> {
  /** @internal */
  static get schema(): Schema<MiniBatchKMeansState> {
    return {
      name: "MiniBatchKMeansModel",
      fields: {
        centers: array(Float64Array),
        labels: array(Int32Array),
        inertia: number,
        nIter: number,
        nSteps: number,
        metric: oneOf("euclidean", "cosine"),
      },
    };
  }

  /** How many batches were looked at. */
  get nSteps(): number {
    return this.state.nSteps;
  }

  protected override get operation(): string {
    return "MiniBatchKMeans";
  }
}
