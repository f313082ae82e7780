import { ShapeError, tensor, type Tensor } from "@tensorloom/tensor";
import { choleskyFactor, matrixOf } from "@tensorloom/tensor/linalg";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import {
  resultTensor,
  sampleMatrix,
  targetValues,
  type SampleMatrix,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { checkNumber, checkOneOf, checkWhole } from "../option-checks.ts";
import { Pacer, type LongWork } from "../parallel/pacer.ts";
import { array, boolean, number, oneOf } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { RandomStream } from "../random/random-stream.ts";
import { ComponentShares } from "./component-shares.ts";
import {
  covarianceShape,
  freeParameters,
  type CovarianceType,
  type Gaussians,
} from "./gaussians.ts";
import { KMeans } from "./k-means.ts";

/** What {@link GaussianMixture} takes. */
export interface GaussianMixtureOptions {
  /** How many components; 1 by default. */
  readonly nComponents?: number;
  /** What covariances are: `"full"` (default) a matrix each, `"tied"` one matrix, `"diag"` variances each, `"spherical"` one variance each. */
  readonly covarianceType?: CovarianceType;
  /** It ends when the mean log-density grows by less; 1e-3 by default. */
  readonly tol?: number;
  /** Added to variances, so that none vanishes; 1e-6 by default. */
  readonly regCovar?: number;
  /** How many iterations at most; 100 by default. */
  readonly maxIter?: number;
  /** How often it starts anew, the best result being kept; 1 by default. */
  readonly nInit?: number;
  /** Whether it starts from k-means' clusters (default) or from random shares. */
  readonly initParams?: "kmeans" | "random";
  /** Instead: the means to start from, `[components, features]`. */
  readonly meansInit?: Samples;
  /** The weights to start from, `[components]`. */
  readonly weightsInit?: Targets;
  /** Seeds the starts; 0 by default. */
  readonly seed?: number;
}

/**
 * Fits a mixture of Gaussians by expectation and maximization: soft clusters, and a density. In float64.
 *
 * Cost: O(samples · components · features²) an iteration, features instead of features² for diag and spherical.
 *
 * Source: scikit-learn's GaussianMixture; Dempster, Laird and Rubin 1977.
 *
 * @example
 * const x = [[1, 2], [1, 4], [1, 0], [10, 2], [10, 4], [10, 0]];
 * const model = await new GaussianMixture({ nComponents: 2 }).fit(x);
 * const [a, b] = await (await model.predict([[0, 0], [12, 3]])).data();
 * a !== b; // => true
 */
export class GaussianMixture extends Estimator<GaussianMixtureOptions, GaussianMixtureModel> {
  override readonly kind: EstimatorKind = "density";

  /** @param options - components, covariances, starts, when it ends */
  constructor(options: GaussianMixtureOptions = {}) {
    super(options);
  }

  /**
   * Fits the mixture.
   *
   * @param x - `[samples, features]`
   * @param _y - not looked at
   * @param options - `signal`, `onProgress` (told after each iteration, with the mean log-density)
   * @throws `ArgumentError` for more components than samples, or when a component loses its spread
   */
  override async fit(
    x: Samples,
    _y?: Targets,
    options: LongWork = {},
  ): Promise<GaussianMixtureModel> {
    const params = this.getParams();
    const { covarianceType = "full", tol = 1e-3, regCovar = 1e-6, maxIter = 100 } = params;
    const { nComponents = 1, nInit = 1, initParams = "kmeans", seed = 0 } = params;
    checkOneOf("GaussianMixture", "covarianceType", covarianceType, ["full", "tied", "diag", "spherical"]); // prettier-ignore
    checkOneOf("GaussianMixture", "initParams", initParams, ["kmeans", "random"]);
    checkNumber("GaussianMixture", "tol", tol, 0);
    checkNumber("GaussianMixture", "regCovar", regCovar, 0);
    checkWhole("GaussianMixture", "maxIter", maxIter, 1);
    checkWhole("GaussianMixture", "nInit", nInit, 1);
    const samples = await sampleMatrix("GaussianMixture.fit", x, { atLeast: 2 });
    checkWhole("GaussianMixture", "nComponents", nComponents, 1, samples.rows);
    const pacer = new Pacer(nInit * maxIter, options);
    const shares = new ComponentShares(samples, nComponents);
    let best: Fit | undefined;
    for (let run = 0; run < nInit; run++) {
      const start = await this.#start(samples, shares, seed + run);
      const found = await maximized(shares, start, { tol, regCovar, maxIter }, (iteration, value) =>
        pacer.done(run * maxIter + iteration, value),
      );
      if (best === undefined || found.lowerBound > best.lowerBound) best = found;
    }
    const { gaussians, iterations, lowerBound, hasConverged } = best!;
    const { columns } = samples;
    return new GaussianMixtureModel({
      covarianceType,
      weights: { data: gaussians.weights, shape: [nComponents] },
      means: { data: gaussians.means, shape: [nComponents, columns] },
      covariances: {
        data: gaussians.covariances,
        shape: covarianceShape(covarianceType, nComponents, columns),
      },
      nIter: iterations,
      lowerBound,
      converged: hasConverged,
    });
  }

  /** Resolves to the Gaussians to start from. */
  async #start(samples: SampleMatrix, work: ComponentShares, seed: number): Promise<Gaussians> {
    const { nComponents = 1, regCovar = 1e-6, initParams = "kmeans" } = this.getParams();
    const { covarianceType = "full" } = this.getParams();
    const { meansInit, weightsInit } = this.getParams();
    const { data, rows, columns } = samples;
    const { shares } = work;
    if (initParams === "kmeans") {
      const given = { data, shape: [rows, columns] };
      using clusters = await new KMeans({ nClusters: nComponents, nInit: 1, seed }).fit(given);
      const labels = await clusters.labels.data();
      shares.fill(0);
      for (let i = 0; i < rows; i++) shares[labels[i]! * rows + i] = 1;
    } else {
      const stream = new RandomStream(seed);
      for (let i = 0; i < rows; i++) {
        let sum = 0;
        for (let at = i; at < shares.length; at += rows) sum += shares[at] = stream.uniform();
        for (let at = i; at < shares.length; at += rows) shares[at]! /= sum;
      }
    }
    let start = work.estimate(covarianceType, regCovar);
    if (meansInit !== undefined) {
      const means = await sampleMatrix("GaussianMixture: meansInit", meansInit);
      if (means.rows !== nComponents || means.columns !== columns) {
        throw new ShapeError(
          `GaussianMixture: meansInit: expected [${nComponents}, ${columns}], got [${means.rows}, ${means.columns}]`,
        );
      }
      start = { ...start, means: means.data };
    }
    if (weightsInit !== undefined) {
      const weights = await targetValues("GaussianMixture: weightsInit", weightsInit, nComponents);
      start = { ...start, weights };
    }
    return start;
  }
}

interface Fit {
  readonly gaussians: Gaussians;
  readonly iterations: number;
  readonly lowerBound: number;
  readonly hasConverged: boolean;
}

async function maximized(
  shares: ComponentShares,
  start: Gaussians,
  { tol, regCovar, maxIter }: { tol: number; regCovar: number; maxIter: number },
  step: (iteration: number, lowerBound: number) => Promise<void>,
): Promise<Fit> {
  let gaussians = start;
  let lowerBound = -Infinity;
  for (let iteration = 1; ; iteration++) {
    const totals = shares.expect(gaussians);
    const before = lowerBound;
    lowerBound = mean(totals);
    gaussians = shares.estimate(gaussians.type, regCovar);
    await step(iteration, lowerBound);
    const hasConverged = Math.abs(lowerBound - before) < tol;
    if (!hasConverged && iteration < maxIter) continue;
    return { gaussians, iterations: iteration, lowerBound, hasConverged };
  }
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** What {@link GaussianMixtureModel} holds. */
interface GaussianMixtureState {
  readonly covarianceType: CovarianceType;
  readonly weights: ShapedArray<Float64Array>;
  readonly means: ShapedArray<Float64Array>;
  readonly covariances: ShapedArray<Float64Array>;
  readonly nIter: number;
  readonly lowerBound: number;
  readonly converged: boolean;
}

/** What {@link GaussianMixtureModel.sample} draws. */
export interface MixtureSample {
  /** `[count, features]`. */
  readonly samples: Tensor;
  /** The component of each, `[count]`, int32. */
  readonly labels: Tensor;
}

/** What {@link GaussianMixture} learns. */
export class GaussianMixtureModel extends FittedModel<GaussianMixtureState> {
  /** @internal */
  static get schema(): Schema<GaussianMixtureState> {
    return {
      name: "GaussianMixtureModel",
      fields: {
        covarianceType: oneOf("full", "tied", "diag", "spherical"),
        weights: array(Float64Array),
        means: array(Float64Array),
        covariances: array(Float64Array),
        nIter: number,
        lowerBound: number,
        converged: boolean,
      },
    };
  }

  /** The components' weights, `[components]`, summing to 1. */
  get weights(): Tensor {
    return this.attribute("weights", this.state.weights);
  }

  /** The components' means, `[components, features]`. */
  get means(): Tensor {
    return this.attribute("means", this.state.means);
  }

  /** full `[components, features, features]`, tied `[features, features]`, diag `[components, features]`, spherical `[components]`. */
  get covariances(): Tensor {
    return this.attribute("covariances", this.state.covariances);
  }

  /** How many iterations it took. */
  get nIter(): number {
    return this.state.nIter;
  }

  /** The mean log-density of the training samples, as of the last iteration's start. */
  get lowerBound(): number {
    return this.state.lowerBound;
  }

  /** Whether it ended because the log-density grew by less than `tol`. */
  get converged(): boolean {
    return this.state.converged;
  }

  /**
   * Resolves to each sample's likeliest component.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]`, int32
   */
  async predict(x: Samples): Promise<Tensor> {
    const { shares, samples } = await this.#evaluate("predict", x);
    const { rows } = samples;
    const labels = Int32Array.from({ length: rows }, (_, i) => {
      let best = i;
      for (let at = i; at < shares.length; at += rows) if (shares[at]! > shares[best]!) best = at;
      return (best - i) / rows;
    });
    return tensor(labels);
  }

  /**
   * Resolves to each component's share of each sample.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, components]`, rows summing to 1
   */
  async predictProba(x: Samples): Promise<Tensor> {
    const { shares, samples } = await this.#evaluate("predictProba", x);
    const { rows } = samples;
    const count = this.state.weights.data.length;
    const turned = Float64Array.from(shares, (_, at) => shares[(at % count) * rows + Math.trunc(at / count)]!); // prettier-ignore
    return resultTensor(turned, [rows, count], samples.dtype);
  }

  /**
   * Resolves to the logarithm of the density at each sample.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]`
   */
  async scoreSamples(x: Samples): Promise<Tensor> {
    const { totals, samples } = await this.#evaluate("scoreSamples", x);
    return resultTensor(totals, [samples.rows], samples.dtype);
  }

  /** Resolves to the mean of {@link scoreSamples}. */
  async score(x: Samples): Promise<number> {
    const { totals } = await this.#evaluate("score", x);
    return mean(totals);
  }

  /** Resolves to Bayes' information criterion of samples: small is good, parameters cost log(samples). */
  async bic(x: Samples): Promise<number> {
    const { totals } = await this.#evaluate("bic", x);
    return this.#criterion(totals, Math.log(totals.length));
  }

  /** Resolves to Akaike's information criterion of samples: small is good, parameters cost 2. */
  async aic(x: Samples): Promise<number> {
    const { totals } = await this.#evaluate("aic", x);
    return this.#criterion(totals, 2);
  }

  #criterion(totals: Float64Array, price: number): number {
    const { covarianceType, means } = this.state;
    const [count, features] = means.shape as [number, number];
    const logLikelihood = totals.reduce((sum, total) => sum + total, 0);
    return -2 * logLikelihood + freeParameters(covarianceType, count, features) * price;
  }

  /**
   * Draws samples from the mixture.
   *
   * @param count - how many; 1 by default
   * @param options - `seed`, 0 by default
   * @returns `samples [count, features]`, and `labels [count]`, int32: the component of each
   */
  sample(count = 1, options: { readonly seed?: number } = {}): MixtureSample {
    checkWhole("GaussianMixture.sample", "count", count, 1);
    const { covarianceType: type, weights, means, covariances } = this.state;
    const [components, features] = means.shape as [number, number];
    const stream = new RandomStream(options.seed ?? 0);
    const samples = new Float64Array(count * features);
    const labels = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      let left = stream.uniform();
      let k = 0;
      while (k < components - 1 && left >= weights.data[k]!) left -= weights.data[k++]!;
      labels[i] = k;
      const spread = spreads(type, covariances.data, k, features);
      const normals = Float64Array.from({ length: features }, () => stream.normal());
      for (let r = 0; r < features; r++) {
        let value = means.data[k * features + r]!;
        for (let c = 0; c <= r; c++) value += spread[r * features + c]! * normals[c]!;
        samples[i * features + r] = value;
      }
    }
    return {
      samples: resultTensor(samples, [count, features], "float32"),
      labels: tensor(labels),
    };
  }

  async #evaluate(
    method: string,
    x: Samples,
  ): Promise<{ shares: Float64Array; totals: Float64Array; samples: SampleMatrix }> {
    const { covarianceType: type, weights, means, covariances } = this.state;
    const features = means.shape[1]!;
    const samples = await sampleMatrix(`GaussianMixture.${method}`, x, { features });
    const gaussians = { type, weights: weights.data, means: means.data, covariances: covariances.data }; // prettier-ignore
    const work = new ComponentShares(samples, weights.data.length);
    return { totals: work.expect(gaussians), shares: work.shares, samples };
  }
}

/** The lower triangle that turns standard normal numbers into those of component `k`. */
function spreads(
  type: CovarianceType,
  covariances: Float64Array,
  k: number,
  features: number,
): Float64Array {
  if (type === "full" || type === "tied") {
    const size = features * features;
    const from = type === "full" ? k * size : 0;
    const own = matrixOf(features, features, covariances.subarray(from, from + size));
    // It was factorized in the fit.
    return (choleskyFactor(own) as { data: Float64Array }).data;
  }
  const result = new Float64Array(features * features);
  for (let c = 0; c < features; c++) {
    const variance = type === "diag" ? covariances[k * features + c]! : covariances[k]!;
    result[c * features + c] = Math.sqrt(variance);
  }
  return result;
}
