import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { sampleMatrix, type Samples } from "../inputs.ts";
import { array } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { quantile } from "../quantiles.ts";
import { Transformer } from "../transformer.ts";
import { presentValues } from "./column-values.ts";
import { ScalerModel, type ScalerState } from "./scaler-model.ts";

/** What {@link RobustScaler} takes. */
export interface RobustScalerOptions {
  /** Whether features get a median of 0; true by default. */
  readonly withCentering?: boolean;
  /** Whether features are divided by the range between the quantiles; true by default. */
  readonly withScaling?: boolean;
  /** The quantiles, in percent; 25 and 75 by default. */
  readonly quantileRange?: readonly [low: number, high: number];
}

/**
 * Shifts every feature by its median, and divides it by its interquartile range: outliers do not matter.
 *
 * Source: scikit-learn's RobustScaler. Missing values are left out, and stay missing.
 *
 * @example
 * (await new RobustScaler().fitTransform([[1], [2], [3], [4], [900]])).toString(); // => [[-1.0], [-0.5], [0.0], [0.5], [448.5]]
 */
export class RobustScaler extends Transformer<RobustScalerOptions, RobustScalerModel> {
  /** @param options - what to do, between which quantiles */
  constructor(options: RobustScalerOptions = {}) {
    super(options);
  }

  /**
   * Finds the features' medians and ranges.
   *
   * @param x - `[samples, features]`
   * @throws `ArgumentError` unless the quantiles lie in [0, 100] and go up
   */
  override async fit(x: Samples): Promise<RobustScalerModel> {
    const { withCentering = true, withScaling = true, quantileRange } = this.getParams();
    const [low, high] = quantileRange ?? [25, 75];
    if (!(low >= 0 && low <= high && high <= 100)) {
      throw new ArgumentError(
        `RobustScaler: quantileRange: expected 0 <= low <= high <= 100, got ${low} and ${high}`,
      );
    }
    const samples = await sampleMatrix("RobustScaler.fit", x, { allowMissing: true });
    const offset = new Float64Array(samples.columns);
    const scale = new Float64Array(samples.columns).fill(1);
    for (let c = 0; c < samples.columns; c++) {
      const sorted = presentValues(samples, c).sort();
      if (sorted.length === 0) continue;
      if (withCentering) offset[c] = quantile(sorted, 0.5);
      const range = quantile(sorted, high / 100) - quantile(sorted, low / 100);
      if (withScaling && range >= 10 * 2 ** -52) scale[c] = range;
    }
    const shape = [samples.columns];
    return new RobustScalerModel({
      offset: { data: offset, shape },
      scale: { data: scale, shape },
    });
  }
}

/** What {@link RobustScaler} learns. */
export class RobustScalerModel extends ScalerModel {
  /** @internal */
  static get schema(): Schema<ScalerState> {
    return {
      name: "RobustScalerModel",
      fields: { offset: array(Float64Array), scale: array(Float64Array) },
    };
  }

  /** Each feature's median, `[features]`; 0 without centering. */
  get center(): Tensor {
    return this.attribute("offset", this.state.offset);
  }
}
