import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import { sampleMatrix, type Samples, type ShapedArray, type Targets } from "../inputs.ts";
import { metricNamed, type DistanceMetric } from "../neighbors/metric.ts";
import { onUnitSphere } from "../neighbors/unit-sphere.ts";
import { checkNumber, checkOneOf, checkWhole } from "../option-checks.ts";
import { Pacer, type LongWork } from "../parallel/pacer.ts";
import { array, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { cutTree, mergeTree, type Linkage } from "./linkage.ts";

/** What {@link AgglomerativeClustering} takes. */
export interface AgglomerativeClusteringOptions {
  /** How many clusters; 2 by default. */
  readonly nClusters?: number;
  /** Instead: clusters at least this far apart are not merged. */
  readonly distanceThreshold?: number;
  /**
   * Which two clusters are nearest: `"ward"` (default), where merging adds least to the sum of squared distances to centers;
   * `"complete"`, `"average"`, `"single"`, by the largest, mean, smallest distance of their samples.
   */
  readonly linkage?: Linkage;
  /** How distances are measured; Euclidean by default, and for ward always. */
  readonly metric?: DistanceMetric;
  /** Minkowski's power; 2 by default. */
  readonly p?: number;
}

/**
 * Merges samples into clusters, the two nearest at a time, into a tree that is cut at a number of clusters or at a distance.
 *
 * Clusters are numbered by their first sample. Cost: O(samples²) time; memory for samples²/2 numbers, but for single linkage, which
 * needs none.
 *
 * Source: scikit-learn's AgglomerativeClustering; Ward 1963; Müllner 2011.
 *
 * @example
 * const x = [[1, 2], [1, 4], [1, 0], [4, 2], [4, 4], [4, 0]];
 * const model = await new AgglomerativeClustering({ nClusters: 2 }).fit(x);
 * model.labels.toString(); // => [0, 0, 0, 1, 1, 1]
 */
export class AgglomerativeClustering extends Estimator<
  AgglomerativeClusteringOptions,
  AgglomerativeClusteringModel
> {
  override readonly kind: EstimatorKind = "clusterer";

  /** @param options - where to cut, and what is near */
  constructor(options: AgglomerativeClusteringOptions = {}) {
    super(options);
  }

  /**
   * Builds the tree, and cuts it.
   *
   * @param x - `[samples, features]`, at least 2 samples
   * @param _y - not looked at
   * @param options - `signal`, `onProgress` (told after each merge)
   * @throws `ArgumentError` for more clusters than samples, for both or neither of `nClusters` and `distanceThreshold`
   */
  override async fit(
    x: Samples,
    _y?: Targets,
    options: LongWork = {},
  ): Promise<AgglomerativeClusteringModel> {
    const params = this.getParams();
    const { linkage = "ward", metric: name = "euclidean", p, distanceThreshold } = params;
    checkOneOf("AgglomerativeClustering", "linkage", linkage, ["ward", "complete", "average", "single"]); // prettier-ignore
    const metric = metricNamed("AgglomerativeClustering", name, p);
    if (linkage === "ward" && metric.name !== "euclidean") {
      throw new ArgumentError(
        `AgglomerativeClustering: metric: expected euclidean for ward linkage, got ${name}; try linkage "average"`,
      );
    }
    if (distanceThreshold !== undefined) {
      checkNumber("AgglomerativeClustering", "distanceThreshold", distanceThreshold, 0);
      if (params.nClusters !== undefined) {
        throw new ArgumentError(
          "AgglomerativeClustering: nClusters: expected none beside distanceThreshold, got both; leave one out",
        );
      }
    }
    const given = await sampleMatrix("AgglomerativeClustering.fit", x, { atLeast: 2 });
    const { nClusters = 2 } = params;
    checkWhole("AgglomerativeClustering", "nClusters", nClusters, 1, given.rows);
    const samples = name === "cosine" ? onUnitSphere(given, "samples") : given;
    const pacer = new Pacer(given.rows - 1, options);
    const tree = await mergeTree(samples, linkage, metric, pacer);
    const merges =
      distanceThreshold === undefined
        ? given.rows - nClusters
        : tree.distances.filter((distance) => distance < distanceThreshold).length;
    return new AgglomerativeClusteringModel({
      labels: { data: cutTree(tree, given.rows, merges), shape: [given.rows] },
      children: { data: tree.children, shape: [given.rows - 1, 2] },
      distances: { data: tree.distances, shape: [given.rows - 1] },
      nClusters: given.rows - merges,
    });
  }
}

/** What {@link AgglomerativeClusteringModel} holds. */
interface AgglomerativeClusteringState {
  readonly labels: ShapedArray<Int32Array>;
  readonly children: ShapedArray<Int32Array>;
  readonly distances: ShapedArray<Float64Array>;
  readonly nClusters: number;
}

/** What {@link AgglomerativeClustering} finds. */
export class AgglomerativeClusteringModel extends FittedModel<AgglomerativeClusteringState> {
  /** @internal */
  static get schema(): Schema<AgglomerativeClusteringState> {
    return {
      name: "AgglomerativeClusteringModel",
      fields: {
        labels: array(Int32Array),
        children: array(Int32Array),
        distances: array(Float64Array),
        nClusters: number,
      },
    };
  }

  /** Each training sample's cluster, `[samples]`, int32. */
  get labels(): Tensor {
    return this.attribute("labels", this.state.labels);
  }

  /** `[samples - 1, 2]`, int32: row i says which two became cluster `samples + i`; numbers below `samples` are samples. */
  get children(): Tensor {
    return this.attribute("children", this.state.children);
  }

  /** `[samples - 1]`, rising: how far apart they were. */
  get distances(): Tensor {
    return this.attribute("distances", this.state.distances);
  }

  /** How many clusters there are. */
  get nClusters(): number {
    return this.state.nClusters;
  }

  /** How many samples there were: the tree's leaves. */
  get nLeaves(): number {
    return this.state.labels.data.length;
  }
}
