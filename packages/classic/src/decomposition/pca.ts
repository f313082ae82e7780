import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { centredBy, columnMeans } from "../centred-rows.ts";
import { Estimator, type EstimatorKind } from "../estimator.ts";
import { TransformerModel } from "../fitted-model.ts";
import {
  resultTensor,
  sampleMatrix,
  type SampleMatrix,
  type Samples,
  type ShapedArray,
  type Targets,
} from "../inputs.ts";
import { checkOneOf, checkWhole } from "../option-checks.ts";
import type { LongWork } from "../parallel/pacer.ts";
import { array, boolean, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { RandomStream } from "../random/random-stream.ts";
import { leadingComponents, type SvdSolver } from "./leading-components.ts";
import { rowsTimes, rowsTimesTransposed } from "./row-products.ts";

/** What {@link PCA} takes. */
export interface PCAOptions {
  /** How many components: a number, or in (0, 1) the share of the variance that they must explain; all by default. */
  readonly nComponents?: number;
  /** Whether scores are scaled to variance 1; false by default. */
  readonly whiten?: boolean;
  /**
   * How components are found: `"full"`, a singular value decomposition in float64; `"covariance"`, the eigenvectors of products,
   * much faster for many samples and as precise as float32; `"randomized"`, for few components of many features. `"auto"`
   * (default) takes the first for small problems, the last for fewer than 0.8 min(samples, features) components of more
   * than 500, the second else.
   */
  readonly svdSolver?: "auto" | SvdSolver;
  /** randomized: how many more directions are followed than asked for; 10 by default. */
  readonly nOversamples?: number;
  /** randomized: how often the samples and their transpose are applied; by default 7 for few components, 4 else. */
  readonly iteratedPower?: number | "auto";
  /** Seeds what is random; 0 by default. */
  readonly seed?: number;
}

// Up to so many multiplications the decomposition in float64 takes some ten milliseconds.
const fewMultiplications = 2 ** 22;

/**
 * Finds the orthogonal directions in which samples vary most, and expresses samples in them: principal components.
 *
 * Signs are such that each component's largest score in training is positive, as scikit-learn 1.2 has them.
 *
 * Source: scikit-learn's PCA; Halko, Martinsson and Tropp 2011.
 *
 * @example
 * const model = await new PCA({ nComponents: 1 }).fit([[-1, -1], [-2, -1], [-3, -2], [1, 1], [2, 1], [3, 2]]);
 * (await model.explainedVarianceRatio.data())[0] > 0.99; // => true
 * (await model.transform([[3, 2]])).shape; // => [1,1]
 */
export class PCA extends Estimator<PCAOptions, PCAModel> {
  override readonly kind: EstimatorKind = "transformer";

  /** @param options - how many components, whitening, how they are found */
  constructor(options: PCAOptions = {}) {
    super(options);
  }

  /**
   * Finds the components.
   *
   * @param x - `[samples, features]`
   * @param _y - not looked at
   * @param options - `signal`
   * @throws `ArgumentError` for more components than samples or features
   */
  override async fit(x: Samples, _y?: Targets, { signal }: LongWork = {}): Promise<PCAModel> {
    signal?.throwIfAborted();
    const params = this.getParams();
    const { whiten = false, svdSolver = "auto", nOversamples = 10, seed = 0 } = params;
    checkOneOf("PCA", "svdSolver", svdSolver, ["auto", "full", "covariance", "randomized"]);
    checkWhole("PCA", "nOversamples", nOversamples, 0);
    const samples = await sampleMatrix("PCA.fit", x);
    const { rows, columns } = samples;
    const most = Math.min(rows, columns);
    const { nComponents = most } = params;
    const isShare = nComponents > 0 && nComponents < 1;
    if (!isShare) checkWhole("PCA", "nComponents", nComponents, 1, most);
    const count = isShare ? most : nComponents;
    const solver = svdSolver === "auto" ? solverFor(samples, nComponents) : svdSolver;
    if (isShare && solver === "randomized") {
      throw new ArgumentError(
        `PCA: nComponents: expected a whole number for the randomized solver, got ${nComponents}; try svdSolver "full"`,
      );
    }
    const { iteratedPower = "auto" } = params;
    const powerIterations = iteratedPower === "auto" ? (count < 0.1 * most ? 7 : 4) : iteratedPower;
    checkWhole("PCA", "iteratedPower", powerIterations, 0);
    const mean = columnMeans(samples);
    const found = await leadingComponents(samples, mean, {
      count,
      solver,
      oversamples: nOversamples,
      powerIterations,
      stream: new RandomStream(seed),
    });
    signal?.throwIfAborted();
    const total = totalVariance(samples, mean);
    const variances = found.singularValues.map((s) => (s * s) / Math.max(1, rows - 1));
    const kept = isShare ? countFor(variances, total, nComponents) : count;
    const explained = variances.slice(0, kept);
    const rest = total - explained.reduce((sum, x_) => sum + x_, 0);
    const vector = (data: Float64Array): ShapedArray<Float64Array> => ({ data, shape: [data.length] }); // prettier-ignore
    return new PCAModel({
      components: { data: found.components.slice(0, kept * columns), shape: [kept, columns] },
      mean: vector(mean),
      explainedVariance: vector(explained),
      explainedVarianceRatio: vector(explained.map((x_) => (total === 0 ? 0 : x_ / total))),
      singularValues: vector(found.singularValues.slice(0, kept)),
      noiseVariance: kept < most ? Math.max(0, rest) / (most - kept) : 0,
      nSamples: rows,
      whiten,
    });
  }
}

function solverFor({ rows, columns }: SampleMatrix, nComponents: number): SvdSolver {
  const least = Math.min(rows, columns);
  if (rows * columns * least <= fewMultiplications) return "full";
  const isFew = nComponents >= 1 && nComponents < 0.8 * least;
  return least > 500 && isFew ? "randomized" : "covariance";
}

function totalVariance({ data, rows, columns }: SampleMatrix, mean: Float64Array): number {
  let sum = 0;
  for (let i = 0, at = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++) {
      const difference = data[at++]! - mean[c]!;
      sum += difference * difference;
    }
  }
  return sum / Math.max(1, rows - 1);
}

/** How many variances it takes to have more than a share of the total. */
function countFor(variances: Float64Array, total: number, share: number): number {
  let sum = 0;
  const at = variances.findIndex((variance) => (sum += variance) > share * total);
  return at < 0 ? variances.length : at + 1;
}

/** What {@link PCAModel} holds. */
interface PCAState {
  readonly components: ShapedArray<Float64Array>;
  readonly mean: ShapedArray<Float64Array>;
  readonly explainedVariance: ShapedArray<Float64Array>;
  readonly explainedVarianceRatio: ShapedArray<Float64Array>;
  readonly singularValues: ShapedArray<Float64Array>;
  readonly noiseVariance: number;
  readonly nSamples: number;
  readonly whiten: boolean;
}

/** What {@link PCA} learns. */
export class PCAModel extends TransformerModel<PCAState> {
  /** @internal */
  static get schema(): Schema<PCAState> {
    return {
      name: "PCAModel",
      fields: {
        components: array(Float64Array),
        mean: array(Float64Array),
        explainedVariance: array(Float64Array),
        explainedVarianceRatio: array(Float64Array),
        singularValues: array(Float64Array),
        noiseVariance: number,
        nSamples: number,
        whiten: boolean,
      },
    };
  }

  /** The directions, `[components, features]`, rows of length 1, by falling variance. */
  get components(): Tensor {
    return this.attribute("components", this.state.components);
  }

  /** The features' means, `[features]`. */
  get mean(): Tensor {
    return this.attribute("mean", this.state.mean);
  }

  /** The variance along each component, `[components]`. */
  get explainedVariance(): Tensor {
    return this.attribute("explainedVariance", this.state.explainedVariance);
  }

  /** Its share of the whole variance, `[components]`. */
  get explainedVarianceRatio(): Tensor {
    return this.attribute("explainedVarianceRatio", this.state.explainedVarianceRatio);
  }

  /** The singular values of the samples without their mean, `[components]`. */
  get singularValues(): Tensor {
    return this.attribute("singularValues", this.state.singularValues);
  }

  /** The mean variance along the directions that were left out. */
  get noiseVariance(): number {
    return this.state.noiseVariance;
  }

  /** How many components there are. */
  get nComponents(): number {
    return this.state.components.shape[0]!;
  }

  /**
   * Resolves to samples expressed in the components.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, components]`
   */
  override async transform(x: Samples): Promise<Tensor> {
    const { components, mean, explainedVariance, whiten } = this.state;
    const samples = await sampleMatrix("PCA.transform", x, { features: mean.data.length });
    const scores = await rowsTimesTransposed(centredBy(samples, mean.data), components);
    if (whiten) {
      // A direction without variance stays without.
      const scales = explainedVariance.data.map((v) => (v > 0 ? 1 / Math.sqrt(v) : 1));
      scores.forEach((score, i) => (scores[i] = score * scales[i % scales.length]!));
    }
    return resultTensor(scores, [samples.rows, this.nComponents], samples.dtype);
  }

  /**
   * Resolves to samples of which these are the components: near to those that were transformed, as near as the components
   * explain them.
   *
   * @param x - `[samples, components]`
   * @returns `[samples, features]`
   */
  async inverseTransform(x: Samples): Promise<Tensor> {
    const { components, mean, explainedVariance, whiten } = this.state;
    const given = await sampleMatrix("PCA.inverseTransform", x, { features: this.nComponents });
    const scales = explainedVariance.data.map(Math.sqrt);
    const data = whiten ? given.data.map((v, i) => v * scales[i % scales.length]!) : given.data;
    const restored = await rowsTimes({ ...given, data }, components);
    const features = mean.data.length;
    restored.forEach((value, i) => (restored[i] = value + mean.data[i % features]!));
    return resultTensor(restored, [given.rows, features], given.dtype);
  }
}
