import { columnMeans } from "../centred-rows.ts";
import { Estimator, type EstimatorKind, type WeightedFitOptions } from "../estimator.ts";
import { sampleMatrix, type SampleMatrix, type Samples, type Targets } from "../inputs.ts";
import { unitRows } from "../neighbors/unit-sphere.ts";
import { checkNumber, checkOneOf, checkWhole } from "../option-checks.ts";
import { Pacer } from "../parallel/pacer.ts";
import { array, number, oneOf } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { RandomStream } from "../random/random-stream.ts";
import { sampleWeights } from "../weights.ts";
import { CentersModel, type CentersState } from "./centers-model.ts";
import { lloyd, type KMeansRun } from "./lloyd.ts";
import { NearestCenters } from "./nearest-centers.ts";
import { startingCenters, type KMeansInit } from "./starting-centers.ts";

/** What {@link KMeans} takes. */
export interface KMeansOptions {
  /** How many clusters; 8 by default. */
  readonly nClusters?: number;
  /**
   * Where centers start: `"k-means++"` (default) draws samples far from each other, `"random"` any samples; or the centers
   * themselves, `[clusters, features]`.
   */
  readonly init?: KMeansInit;
  /** How often it starts anew, the best result being kept; 10 by default, 1 for given centers. */
  readonly nInit?: number;
  /** How many iterations a run has at most; 300 by default. */
  readonly maxIter?: number;
  /** A run ends when the squared shifts of its centers sum to less than this share of the features' mean variance; 1e-4 by default. */
  readonly tol?: number;
  /** `"lloyd"` (default) measures all distances, as products of matrices; `"elkan"` measures few, by bounds. Results are the same. */
  readonly algorithm?: "lloyd" | "elkan";
  /** `"cosine"` scales samples to length 1 first, and centers at the end; `"euclidean"` by default. */
  readonly metric?: "euclidean" | "cosine";
  /** Seeds the starts; 0 by default. */
  readonly seed?: number;
}

/**
 * Finds clusters around centers, such that the squared distances of samples to their centers sum to little.
 *
 * Distances are products of matrices in float32, checked in float64 where they decide: the result is the same on every
 * backend. A cluster that loses all samples gets the sample that is farthest from its center. Cost: O(samples · clusters · features)
 * an iteration.
 *
 * Source: scikit-learn's KMeans; Lloyd 1982; Arthur and Vassilvitskii 2007; Elkan 2003.
 *
 * @example
 * const x = [[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]];
 * const model = await new KMeans({ nClusters: 2 }).fit(x);
 * model.inertia; // => 16
 * const [a, b] = await (await model.predict([[0, 0], [12, 3]])).data();
 * a !== b; // => true
 */
export class KMeans extends Estimator<KMeansOptions, KMeansModel> {
  override readonly kind: EstimatorKind = "clusterer";

  /** @param options - clusters, starts, when it ends */
  constructor(options: KMeansOptions = {}) {
    super(options);
  }

  /**
   * Finds the clusters.
   *
   * @param x - `[samples, features]`
   * @param _y - not looked at
   * @param options - `sampleWeight`, `signal`, `onProgress` (told after each iteration)
   * @throws `ArgumentError` for more clusters than samples; `ShapeError` for given centers of another shape
   */
  override async fit(
    x: Samples,
    _y?: Targets,
    options: WeightedFitOptions = {},
  ): Promise<KMeansModel> {
    const params = this.getParams();
    const { algorithm = "lloyd", metric = "euclidean", init = "k-means++" } = params;
    const { nClusters = 8, maxIter = 300, tol = 1e-4, seed = 0 } = params;
    const isGiven = typeof init !== "string";
    const { nInit = isGiven ? 1 : 10 } = params;
    checkWhole("KMeans", "nInit", nInit, 1);
    checkWhole("KMeans", "maxIter", maxIter, 1);
    checkNumber("KMeans", "tol", tol, 0);
    checkOneOf("KMeans", "algorithm", algorithm, ["lloyd", "elkan"]);
    checkOneOf("KMeans", "metric", metric, ["euclidean", "cosine"]);
    if (!isGiven) checkOneOf("KMeans", "init", init, ["k-means++", "random"]);
    const given = await sampleMatrix("KMeans.fit", x);
    checkWhole("KMeans", "nClusters", nClusters, 1, given.rows);
    const samples = metric === "cosine" ? unitRows(given) : given;
    const sampleWeight =
      options.sampleWeight === undefined
        ? undefined
        : await sampleWeights("KMeans.fit", options.sampleWeight, samples.rows);
    const runs = isGiven ? 1 : nInit;
    const pacer = new Pacer(runs * maxIter, options);
    const nearest = new NearestCenters(samples, nClusters);
    let best: KMeansRun | undefined;
    try {
      const tolerance = tol === 0 ? 0 : tol * meanVariance(samples);
      for (let run = 0; run < runs; run++) {
        const stream = new RandomStream(seed, run);
        const starts = await startingCenters("KMeans", samples, { init, nClusters, stream, sampleWeight }); // prettier-ignore
        const found = await lloyd(samples, starts, nearest, {
          algorithm,
          maxIter,
          tolerance,
          sampleWeight,
          step: (iteration) => pacer.done(run * maxIter + iteration),
        });
        if (best === undefined || found.inertia < best.inertia) best = found;
      }
    } finally {
      nearest.dispose();
    }
    return kMeansModel(samples, metric, best!);
  }
}

/** Returns the model of a run. */
function kMeansModel(
  { rows, columns }: SampleMatrix,
  metric: "euclidean" | "cosine",
  { centers, labels, inertia, iterations }: KMeansRun,
): KMeansModel {
  const clusters = centers.length / columns;
  const centerRows = { data: centers, rows: clusters, columns, dtype: "float64" } as const;
  return new KMeansModel({
    centers: {
      data: metric === "cosine" ? unitRows(centerRows).data : centers,
      shape: [clusters, columns],
    },
    labels: { data: labels, shape: [rows] },
    inertia,
    nIter: iterations,
    metric,
  });
}

/** Returns the mean of the features' variances. */
export function meanVariance(samples: SampleMatrix): number {
  const { data, rows, columns } = samples;
  const mean = columnMeans(samples);
  let sum = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++) sum += (data[at++]! - mean[c]!) ** 2;
  }
  return sum / data.length;
}

/** What {@link KMeans} learns. */
export class KMeansModel extends CentersModel<CentersState> {
  /** @internal */
  static get schema(): Schema<CentersState> {
    return {
      name: "KMeansModel",
      fields: {
        centers: array(Float64Array),
        labels: array(Int32Array),
        inertia: number,
        nIter: number,
        metric: oneOf("euclidean", "cosine"),
      },
    };
  }

  protected override get operation(): string {
    return "KMeans";
  }
}
