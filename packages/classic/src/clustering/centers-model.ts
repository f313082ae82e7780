import { tensor, type Tensor } from "@tensorloom/tensor";
import { FittedModel, type ScoreOptions } from "../fitted-model.ts";
import {
  resultTensor,
  sampleMatrix,
  type SampleMatrix,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { squaredDistance } from "../neighbors/metric.ts";
import { unitRows } from "../neighbors/unit-sphere.ts";
import { sampleWeights } from "../weights.ts";
import { inertiaOf } from "./center-sums.ts";
import { NearestCenters } from "./nearest-centers.ts";

/** What models with a center a cluster hold. */
export interface CentersState {
  /** `[clusters, features]`. */
  readonly centers: ShapedArray<Float64Array>;
  /** Each training sample's cluster. */
  readonly labels: ShapedArray<Int32Array>;
  /** The sum of squared distances to the nearest centers. */
  readonly inertia: number;
  /** Iterations that ran. */
  readonly nIter: number;
  /** How distances are measured. */
  readonly metric: "euclidean" | "cosine";
}

/** What every model with a center a cluster does. */
export abstract class CentersModel<
  State extends CentersState = CentersState,
> extends FittedModel<State> {
  /** The estimator's name, for errors. */
  protected abstract get operation(): string;

  /** The centers, `[clusters, features]`; of length 1 for the metric cosine. */
  get clusterCenters(): Tensor {
    return this.attribute("centers", this.state.centers);
  }

  /** Each training sample's cluster, `[samples]`, int32. */
  get labels(): Tensor {
    return this.attribute("labels", this.state.labels);
  }

  /** The (weighted) sum of squared distances of training samples to their centers. */
  get inertia(): number {
    return this.state.inertia;
  }

  /** How many iterations it took. */
  get nIter(): number {
    return this.state.nIter;
  }

  /**
   * Resolves to each sample's nearest center.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]`, int32
   */
  async predict(x: Samples): Promise<Tensor> {
    return tensor(await this.#labelsOf(await this.#samples("predict", x)));
  }

  /**
   * Resolves to each sample's distance to every center.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, clusters]`
   */
  async transform(x: Samples): Promise<Tensor> {
    const samples = await this.#samples("transform", x);
    const { data, shape } = this.state.centers;
    const [clusters, columns] = shape as [number, number];
    const distances = new Float64Array(samples.rows * clusters);
    for (let i = 0, at = 0; i < samples.rows; i++) {
      for (let c = 0; c < clusters; c++) {
        distances[at++] = Math.sqrt(squaredDistance(samples.data, i, data, c, columns));
      }
    }
    return resultTensor(distances, [samples.rows, clusters], samples.dtype);
  }

  /**
   * Resolves to the negative of the sum of squared distances to the nearest centers: larger is better.
   *
   * @param x - `[samples, features]`
   * @param _y - not looked at
   * @param options - `sampleWeight`
   */
  async score(x: Samples, _y?: Targets, options: ScoreOptions = {}): Promise<number> {
    const samples = await this.#samples("score", x);
    const weights =
      options.sampleWeight === undefined
        ? undefined
        : await sampleWeights(`${this.operation}.score`, options.sampleWeight, samples.rows);
    const labels = await this.#labelsOf(samples);
    return -inertiaOf(samples, this.state.centers.data, labels, weights);
  }

  async #samples(method: string, x: Samples): Promise<SampleMatrix> {
    const [, features] = this.state.centers.shape as [number, number];
    const samples = await sampleMatrix(`${this.operation}.${method}`, x, { features });
    return this.state.metric === "cosine" ? unitRows(samples) : samples;
  }

  async #labelsOf(samples: SampleMatrix): Promise<Int32Array> {
    const { data, shape } = this.state.centers;
    const nearest = new NearestCenters(samples, shape[0]!);
    const labels = new Int32Array(samples.rows).fill(-1);
    try {
      await nearest.assign(data, labels);
    } finally {
      nearest.dispose();
    }
    return labels;
  }
}
