import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { sampleMatrix, type Samples, type ShapedArray } from "../inputs.ts";
import { array, boolean, list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { Transformer } from "../transformer.ts";
import { presentValues } from "./column-values.ts";
import { ScalerModel, type ScalerState } from "./scaler-model.ts";

/** What {@link MinMaxScaler} takes. */
export interface MinMaxScalerOptions {
  /** The least and the largest value of every feature; 0 and 1 by default. */
  readonly featureRange?: readonly [low: number, high: number];
  /** Whether values beyond those of training are cut off; false by default. */
  readonly clip?: boolean;
}

/**
 * Shifts and scales every feature into a range.
 *
 * Source: scikit-learn's MinMaxScaler. Missing values are left out, and stay missing.
 *
 * @example
 * (await new MinMaxScaler().fitTransform([[1], [2], [5]])).toString(); // => [[0.00], [0.25], [1.00]]
 */
export class MinMaxScaler extends Transformer<MinMaxScalerOptions, MinMaxScalerModel> {
  /** @param options - the range, whether to clip */
  constructor(options: MinMaxScalerOptions = {}) {
    super(options);
  }

  /**
   * Finds the features' least and largest values.
   *
   * @param x - `[samples, features]`
   * @throws `ArgumentError` unless the range goes up
   */
  override async fit(x: Samples): Promise<MinMaxScalerModel> {
    const { featureRange = [0, 1], clip = false } = this.getParams();
    const [low, high] = featureRange;
    if (!(low < high)) {
      throw new ArgumentError(
        `MinMaxScaler: featureRange: expected the lower bound first, got ${low} and ${high}`,
      );
    }
    const samples = await sampleMatrix("MinMaxScaler.fit", x, { allowMissing: true });
    const values = Array.from({ length: samples.columns }, (_, c) => presentValues(samples, c));
    const least = (own: Float64Array): number => own.reduce((a, b) => Math.min(a, b), Infinity);
    const most = (own: Float64Array): number => own.reduce((a, b) => Math.max(a, b), -Infinity);
    const dataMin = Float64Array.from(values, least);
    const dataMax = Float64Array.from(values, most);
    // A constant is shifted to the lower bound; what has no values stays as it is.
    const scale = dataMin.map((min, c) => {
      const range = dataMax[c]! - min;
      return (range >= 10 * 2 ** -52 ? range : 1) / (high - low);
    });
    const offset = dataMin.map((min, c) => (min === Infinity ? 0 : min - low * scale[c]!));
    const shape = [samples.columns];
    return new MinMaxScalerModel({
      offset: { data: offset, shape },
      scale: { data: scale, shape },
      dataMin: { data: dataMin, shape },
      dataMax: { data: dataMax, shape },
      featureRange: [low, high],
      clip,
    });
  }
}

/** What {@link MinMaxScalerModel} holds. */
interface MinMaxScalerState extends ScalerState {
  readonly dataMin: ShapedArray<Float64Array>;
  readonly dataMax: ShapedArray<Float64Array>;
  readonly featureRange: readonly number[];
  readonly clip: boolean;
}

/** What {@link MinMaxScaler} learns. */
export class MinMaxScalerModel extends ScalerModel<MinMaxScalerState> {
  /** @internal */
  static get schema(): Schema<MinMaxScalerState> {
    return {
      name: "MinMaxScalerModel",
      fields: {
        offset: array(Float64Array),
        scale: array(Float64Array),
        dataMin: array(Float64Array),
        dataMax: array(Float64Array),
        featureRange: list(number),
        clip: boolean,
      },
    };
  }

  /** Each feature's least value, `[features]`. */
  get dataMin(): Tensor {
    return this.attribute("dataMin", this.state.dataMin);
  }

  /** Each feature's largest value, `[features]`. */
  get dataMax(): Tensor {
    return this.attribute("dataMax", this.state.dataMax);
  }

  /** Resolves to the scaled samples; see {@link ScalerModel.transform}. */
  override async transform(x: Samples): Promise<Tensor> {
    const { offset, scale, featureRange, clip } = this.state;
    const [low, high] = featureRange as [number, number];
    return this.mapped("transform", x, (value, c) => {
      const scaled = (value - offset.data[c]!) / scale.data[c]!;
      return clip ? Math.min(Math.max(scaled, low), high) : scaled;
    });
  }
}
