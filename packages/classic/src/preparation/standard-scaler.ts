import type { Tensor } from "@tensorloom/tensor";
import type { WeightedFitOptions } from "../estimator.ts";
import { sampleMatrix, type Samples, type ShapedArray, type Targets } from "../inputs.ts";
import { array } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { Transformer } from "../transformer.ts";
import { sampleWeights } from "../weights.ts";
import { ScalerModel, type ScalerState } from "./scaler-model.ts";

/** What {@link StandardScaler} takes. */
export interface StandardScalerOptions {
  /** Whether features get a mean of 0; true by default. */
  readonly withMean?: boolean;
  /** Whether features get a standard deviation of 1; true by default. */
  readonly withStd?: boolean;
}

/**
 * Gives every feature a mean of 0 and a standard deviation of 1. Constant features are only shifted.
 *
 * Source: scikit-learn's StandardScaler. Missing values are left out, and stay missing.
 *
 * @example
 * const scaled = await new StandardScaler().fitTransform([[1], [2], [3]]);
 * scaled.mul(100).round().toString(); // => [[-122], [0], [122]]
 */
export class StandardScaler extends Transformer<StandardScalerOptions, StandardScalerModel> {
  /** @param options - whether to shift, whether to scale */
  constructor(options: StandardScalerOptions = {}) {
    super(options);
  }

  /**
   * Finds the features' means and deviations.
   *
   * @param x - `[samples, features]`
   * @param _y - left alone
   * @param options - `sampleWeight`
   */
  override async fit(
    x: Samples,
    _y?: Targets,
    options: WeightedFitOptions = {},
  ): Promise<StandardScalerModel> {
    const { withMean = true, withStd = true } = this.getParams();
    const samples = await sampleMatrix("StandardScaler.fit", x, { allowMissing: true });
    const { data, rows, columns } = samples;
    const weights = await sampleWeights("StandardScaler.fit", options.sampleWeight, rows);
    const mean = new Float64Array(columns);
    const variance = new Float64Array(columns);
    const scale = new Float64Array(columns).fill(1);
    for (let c = 0; c < columns; c++) {
      const average = (f: (value: number) => number): number => {
        let [sum, total] = [0, 0];
        for (let i = 0; i < rows; i++) {
          const value = data[i * columns + c]!;
          if (Number.isNaN(value)) continue;
          sum += weights[i]! * f(value);
          total += weights[i]!;
        }
        return sum / total;
      };
      const [center, count] = [average((value) => value), rows];
      mean[c] = center;
      variance[c] = average((value) => (value - center) ** 2);
      // What rounding makes of a constant is no spread.
      const noise = count * 2 ** -52 * variance[c]! + (count * center * 2 ** -52) ** 2;
      if (withStd && variance[c]! > noise) scale[c] = Math.sqrt(variance[c]!);
    }
    const shape = [columns];
    return new StandardScalerModel({
      offset: { data: withMean ? mean : new Float64Array(columns), shape },
      scale: { data: scale, shape },
      mean: { data: mean, shape },
      variance: { data: variance, shape },
    });
  }
}

/** What {@link StandardScalerModel} holds. */
interface StandardScalerState extends ScalerState {
  readonly mean: ShapedArray<Float64Array>;
  readonly variance: ShapedArray<Float64Array>;
}

/** What {@link StandardScaler} learns. */
export class StandardScalerModel extends ScalerModel<StandardScalerState> {
  /** @internal */
  static get schema(): Schema<StandardScalerState> {
    return {
      name: "StandardScalerModel",
      fields: {
        offset: array(Float64Array),
        scale: array(Float64Array),
        mean: array(Float64Array),
        variance: array(Float64Array),
      },
    };
  }

  /** Each feature's mean, `[features]`. */
  get mean(): Tensor {
    return this.attribute("mean", this.state.mean);
  }

  /** Each feature's variance, `[features]`. */
  get variance(): Tensor {
    return this.attribute("variance", this.state.variance);
  }
}
