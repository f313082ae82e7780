import type { Tensor } from "@tensorloom/tensor";
import { columnMeans } from "../centred-rows.ts";
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
import { array } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { RandomStream } from "../random/random-stream.ts";
import { leadingComponents } from "./leading-components.ts";
import { rowsTimes, rowsTimesTransposed } from "./row-products.ts";

/** What {@link TruncatedSVD} takes. */
export interface TruncatedSVDOptions {
  /** How many components, fewer than features; 2 by default. */
  readonly nComponents?: number;
  /** `"randomized"` (default) is fast for many features; `"full"` is exact, in float64. */
  readonly algorithm?: "randomized" | "full";
  /** randomized: how often the samples and their transpose are applied; 5 by default. */
  readonly nIter?: number;
  /** randomized: how many more directions are followed than asked for; 10 by default. */
  readonly nOversamples?: number;
  /** Seeds what is random; 0 by default. */
  readonly seed?: number;
}

/**
 * Expresses samples in their leading right singular vectors, without taking the mean off: what PCA is for counts of words,
 * also called latent semantic analysis.
 *
 * Source: scikit-learn's TruncatedSVD; Halko, Martinsson and Tropp 2011.
 *
 * @example
 * const model = await new TruncatedSVD({ nComponents: 1 }).fit([[3, 0], [0, 1], [4, 0]]);
 * (await model.singularValues.data())[0]; // => 5
 */
export class TruncatedSVD extends Estimator<TruncatedSVDOptions, TruncatedSVDModel> {
  override readonly kind: EstimatorKind = "transformer";

  /** @param options - how many components, and how they are found */
  constructor(options: TruncatedSVDOptions = {}) {
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
  override async fit(x: Samples, _y?: Targets, options: LongWork = {}): Promise<TruncatedSVDModel> {
    options.signal?.throwIfAborted();
    const { nComponents = 2, algorithm = "randomized", nIter = 5 } = this.getParams();
    const { nOversamples = 10, seed = 0 } = this.getParams();
    checkOneOf("TruncatedSVD", "algorithm", algorithm, ["randomized", "full"]);
    checkWhole("TruncatedSVD", "nIter", nIter, 0);
    checkWhole("TruncatedSVD", "nOversamples", nOversamples, 0);
    const samples = await sampleMatrix("TruncatedSVD.fit", x);
    const { rows, columns } = samples;
    checkWhole("TruncatedSVD", "nComponents", nComponents, 1, Math.min(rows, columns));
    const { components, singularValues, scores } = await leadingComponents(
      samples,
      new Float64Array(columns),
      {
        count: nComponents,
        solver: algorithm,
        oversamples: nOversamples,
        powerIterations: nIter,
        stream: new RandomStream(seed),
      },
    );
    const variances = columnVariances({ data: scores, rows, columns: nComponents, dtype: "float64" }); // prettier-ignore
    const total = columnVariances(samples).reduce((sum, x_) => sum + x_, 0);
    const vector = (data: Float64Array): ShapedArray<Float64Array> => ({ data, shape: [data.length] }); // prettier-ignore
    return new TruncatedSVDModel({
      components: { data: components, shape: [nComponents, columns] },
      singularValues: vector(singularValues),
      explainedVariance: vector(variances),
      explainedVarianceRatio: vector(variances.map((x_) => (total === 0 ? 0 : x_ / total))),
    });
  }
}

function columnVariances(samples: SampleMatrix): Float64Array {
  const { data, rows, columns } = samples;
  const mean = columnMeans(samples);
  const sums = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++) sums[c]! += (data[at++]! - mean[c]!) ** 2;
  }
  return sums.map((sum) => sum / rows);
}

/** What {@link TruncatedSVDModel} holds. */
interface TruncatedSVDState {
  readonly components: ShapedArray<Float64Array>;
  readonly singularValues: ShapedArray<Float64Array>;
  readonly explainedVariance: ShapedArray<Float64Array>;
  readonly explainedVarianceRatio: ShapedArray<Float64Array>;
}

/** What {@link TruncatedSVD} learns. */
export class TruncatedSVDModel extends TransformerModel<TruncatedSVDState> {
  /** @internal */
  static get schema(): Schema<TruncatedSVDState> {
    return {
      name: "TruncatedSVDModel",
      fields: {
        components: array(Float64Array),
        singularValues: array(Float64Array),
        explainedVariance: array(Float64Array),
        explainedVarianceRatio: array(Float64Array),
      },
    };
  }

  /** The right singular vectors, `[components, features]`. */
  get components(): Tensor {
    return this.attribute("components", this.state.components);
  }

  /** The singular values, `[components]`, falling. */
  get singularValues(): Tensor {
    return this.attribute("singularValues", this.state.singularValues);
  }

  /** The variance of the transformed training samples, `[components]`. */
  get explainedVariance(): Tensor {
    return this.attribute("explainedVariance", this.state.explainedVariance);
  }

  /** Its share of the whole variance, `[components]`. */
  get explainedVarianceRatio(): Tensor {
    return this.attribute("explainedVarianceRatio", this.state.explainedVarianceRatio);
  }

  /**
   * Resolves to samples expressed in the components.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, components]`
   */
  override async transform(x: Samples): Promise<Tensor> {
    const { components } = this.state;
    const [count, features] = components.shape as [number, number];
    const samples = await sampleMatrix("TruncatedSVD.transform", x, { features });
    const scores = await rowsTimesTransposed(samples, components);
    return resultTensor(scores, [samples.rows, count], samples.dtype);
  }

  /**
   * Resolves to samples of which these are the components.
   *
   * @param x - `[samples, components]`
   * @returns `[samples, features]`
   */
  async inverseTransform(x: Samples): Promise<Tensor> {
    const { components } = this.state;
    const [count, features] = components.shape as [number, number];
    const given = await sampleMatrix("TruncatedSVD.inverseTransform", x, { features: count });
    return resultTensor(await rowsTimes(given, components), [given.rows, features], given.dtype);
  }
}
