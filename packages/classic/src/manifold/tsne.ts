import { ArgumentError, ShapeError, type Tensor } from "@tensorloom/tensor";
import { PCA } from "../decomposition/pca.ts";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import {
  sampleMatrix,
  type SampleMatrix,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import type { DistanceMetric } from "../neighbors/metric.ts";
import { TrainingNeighbors } from "../neighbors/training-neighbors.ts";
import { checkNumber, checkOneOf, checkWhole } from "../option-checks.ts";
import { Pacer, type LongWork } from "../parallel/pacer.ts";
import { array, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { RandomStream } from "../random/random-stream.ts";
import { affinities } from "./affinities.ts";
import { descend } from "./gradient-descent.ts";

/** What {@link TSNE} takes. */
export interface TSNEOptions {
  /** How many dimensions the map has; 2 by default. */
  readonly nComponents?: number;
  /** How many neighbours of a sample count, so to speak: 5 to 50; 30 by default, less than there are samples. */
  readonly perplexity?: number;
  /** How much nearer neighbours are drawn at first, so that clusters form; 12 by default. */
  readonly earlyExaggeration?: number;
  /** The length of steps; `"auto"` (default) is a quarter of samples over `earlyExaggeration`, at least 50. */
  readonly learningRate?: number | "auto";
  /** How many steps; 1000 by default, of which the first 250 exaggerate. */
  readonly nIter?: number;
  /** It ends after so many steps without progress; 300 by default. */
  readonly nIterWithoutProgress?: number;
  /** It ends when the gradient is shorter; 1e-7 by default. */
  readonly minGradNorm?: number;
  /** How distances of samples are measured; Euclidean by default. */
  readonly metric?: DistanceMetric;
  /** Where points start: along the principal components (default), at random, or given, `[samples, nComponents]`. */
  readonly init?: "pca" | "random" | Samples;
  /**
   * `"exact"` computes all pairs of samples; `"barnesHut"` draws only near samples together and takes far ones as groups, for maps
   * of 2 dimensions. `"auto"` (default) draws only near samples together; what pushes apart is exact up to some thousand samples, and
   * taken as groups beyond.
   */
  readonly method?: "auto" | "exact" | "barnesHut";
  /** Barnes-Hut: a square acts as one point if it is narrower than this share of its distance; 0.5 by default. */
  readonly angle?: number;
  /** Seeds random starts; 0 by default. */
  readonly seed?: number;
}

/**
 * Draws a map of samples in which near ones lie near each other: t-distributed stochastic neighbour embedding. Distances
 * between clusters, and their sizes, mean little.
 *
 * Cost: an exact step O(samples²), one of Barnes-Hut O(samples · log samples).
 *
 * Source: scikit-learn's TSNE; van der Maaten and Hinton 2008; van der Maaten 2014, "Accelerating t-SNE using tree-based
 * algorithms".
 *
 * @example
 * const x = Array.from({ length: 12 }, (_, i) => [i < 6 ? i : i + 100, 0]);
 * const model = await new TSNE({ perplexity: 3 }).fit(x);
 * model.embedding.shape; // => [12,2]
 */
export class TSNE extends Estimator<TSNEOptions, TSNEModel> {
  override readonly kind: EstimatorKind = "transformer";

  /** @param options - the map, how near counts, how it is descended to */
  constructor(options: TSNEOptions = {}) {
    super(options);
  }

  /**
   * Draws the map.
   *
   * @param x - `[samples, features]`
   * @param _y - not looked at
   * @param options - `signal`, `onProgress` (told after each step, every 50 with the divergence)
   * @throws `ArgumentError` unless the perplexity is less than the number of samples
   */
  override async fit(x: Samples, _y?: Targets, options: LongWork = {}): Promise<TSNEModel> {
    const params = this.getParams();
    const { nComponents = 2, perplexity = 30, earlyExaggeration = 12, nIter = 1000 } = params;
    const { nIterWithoutProgress = 300, minGradNorm = 1e-7, method = "auto", angle = 0.5 } = params;
    const { learningRate = "auto", metric = "euclidean" } = params;
    checkWhole("TSNE", "nComponents", nComponents, 1);
    checkNumber("TSNE", "perplexity", perplexity, 0, { isExclusive: true });
    checkNumber("TSNE", "earlyExaggeration", earlyExaggeration, 1);
    checkWhole("TSNE", "nIter", nIter, 250);
    checkWhole("TSNE", "nIterWithoutProgress", nIterWithoutProgress, 1);
    checkNumber("TSNE", "minGradNorm", minGradNorm, 0);
    checkNumber("TSNE", "angle", angle, 0);
    checkOneOf("TSNE", "method", method, ["auto", "exact", "barnesHut"]);
    if (learningRate !== "auto") checkNumber("TSNE", "learningRate", learningRate, 0, { isExclusive: true }); // prettier-ignore
    if (method === "barnesHut" && nComponents !== 2) {
      throw new ArgumentError(
        `TSNE: nComponents: expected 2 for Barnes-Hut, got ${nComponents}; try method "exact"`,
      );
    }
    const samples = await sampleMatrix("TSNE.fit", x, { atLeast: 2 });
    if (perplexity >= samples.rows) {
      throw new ArgumentError(
        `TSNE: perplexity: expected less than the ${samples.rows} samples, got ${perplexity}`,
      );
    }
    const pacer = new Pacer(nIter, options);
    const isExact = method === "exact";
    const near = isExact ? samples.rows - 1 : Math.min(samples.rows - 1, Math.trunc(3 * perplexity + 1)); // prettier-ignore
    const training = new TrainingNeighbors("TSNE", {
      training: { data: samples.data, shape: [samples.rows, samples.columns] },
      dtype: samples.dtype,
      nNeighbors: near,
      search: { metric },
    });
    const neighbors = await training.nearest("fit", undefined, near);
    training.dispose();
    const rate = learningRate === "auto" ? Math.max(samples.rows / earlyExaggeration / 4, 50) : learningRate; // prettier-ignore
    const grouped = method === "barnesHut" || (method === "auto" && nComponents === 2 && samples.rows > mostExact); // prettier-ignore
    const { points, divergence, iterations } = await descend(
      await this.#start(samples, nComponents),
      nComponents,
      affinities(neighbors, perplexity),
      {
        angle: grouped ? angle : undefined,
        earlyExaggeration,
        learningRate: rate,
        nIter,
        nIterWithoutProgress,
        minGradNorm,
        step: (iteration, value) => pacer.done(iteration, value),
      },
    );
    return new TSNEModel({
      embedding: { data: points, shape: [samples.rows, nComponents] },
      klDivergence: divergence,
      nIter: iterations,
      learningRate: rate,
    });
  }

  /** Resolves to where points start, `[samples, width]`. */
  async #start(samples: SampleMatrix, width: number): Promise<Float64Array> {
    const { init = "pca", seed = 0 } = this.getParams();
    const { data, rows, columns } = samples;
    if (typeof init !== "string") {
      const given = await sampleMatrix("TSNE: init", init);
      if (given.rows === rows && given.columns === width) return given.data.slice();
      throw new ShapeError(
        `TSNE: init: expected [${rows}, ${width}], got [${given.rows}, ${given.columns}]`,
      );
    }
    checkOneOf("TSNE", "init", init, ["pca", "random"]);
    if (init === "random") {
      const stream = new RandomStream(seed);
      return Float64Array.from({ length: rows * width }, () => 1e-4 * stream.normal());
    }
    const given = { data, shape: [rows, columns] };
    using components = await new PCA({ nComponents: width, seed }).fit(given);
    using scores = await components.transform(given);
    const deviation = Math.sqrt((await components.explainedVariance.data())[0]! * ((rows - 1) / rows)); // prettier-ignore
    return Float64Array.from(await scores.data(), (score) => (score / (deviation || 1)) * 1e-4);
  }
}

// Up to so many samples the exact forces take less time than the tree, measured on WebAssembly.
const mostExact = 4000;

/** What {@link TSNEModel} holds. */
interface TSNEState {
  readonly embedding: ShapedArray<Float64Array>;
  readonly klDivergence: number;
  readonly nIter: number;
  readonly learningRate: number;
}

/** What {@link TSNE} draws. It has no `transform`: other samples have no place in it. */
export class TSNEModel extends FittedModel<TSNEState> {
  /** @internal */
  static get schema(): Schema<TSNEState> {
    return {
      name: "TSNEModel",
      fields: {
        embedding: array(Float64Array),
        klDivergence: number,
        nIter: number,
        learningRate: number,
      },
    };
  }

  /** Where each sample lies, `[samples, nComponents]`. */
  get embedding(): Tensor {
    return this.attribute("embedding", this.state.embedding);
  }

  /** How much the map's neighbourhoods differ from the samples': what was made small. */
  get klDivergence(): number {
    return this.state.klDivergence;
  }

  /** How many steps were taken. */
  get nIter(): number {
    return this.state.nIter;
  }

  /** The length of steps. */
  get learningRate(): number {
    return this.state.learningRate;
  }
}
