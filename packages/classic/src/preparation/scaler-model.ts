import type { Tensor } from "@tensorloom/tensor";
import { TransformerModel } from "../fitted-model.ts";
import { resultTensor, sampleMatrix, type Samples, type ShapedArray } from "../inputs.ts";
import { mapColumns } from "./column-values.ts";

/** What every scaler learns: each feature less its offset is divided by its scale. */
export interface ScalerState {
  /** What is subtracted from each feature. */
  readonly offset: ShapedArray<Float64Array>;
  /** What each feature is divided by then. */
  readonly scale: ShapedArray<Float64Array>;
}

/** What every fitted scaler does. Missing values stay missing. */
export abstract class ScalerModel<
  State extends ScalerState = ScalerState,
> extends TransformerModel<State> {
  /** What each feature is divided by, `[features]`. */
  get scale(): Tensor {
    return this.attribute("scale", this.state.scale);
  }

  /**
   * Resolves to the scaled samples.
   *
   * @param x - `[samples, features]`
   * @returns the same shape, float64 for float64 samples and float32 else
   */
  override async transform(x: Samples): Promise<Tensor> {
    const [offset, scale] = [this.state.offset.data, this.state.scale.data];
    return this.mapped("transform", x, (value, c) => (value - offset[c]!) / scale[c]!);
  }

  /**
   * Resolves to the samples as they were before scaling.
   *
   * @param x - `[samples, features]`, scaled
   * @returns the same shape
   */
  async inverseTransform(x: Samples): Promise<Tensor> {
    const [offset, scale] = [this.state.offset.data, this.state.scale.data];
    return this.mapped("inverseTransform", x, (value, c) => value * scale[c]! + offset[c]!);
  }

  /** Resolves to what `f` makes of each value, told its column. */
  protected async mapped(
    operation: string,
    x: Samples,
    f: (value: number, c: number) => number,
  ): Promise<Tensor> {
    const features = this.state.scale.data.length;
    const samples = await sampleMatrix(`${this.schema.name}.${operation}`, x, {
      features,
      allowMissing: true,
    });
    const { rows, columns, dtype } = samples;
    return resultTensor(mapColumns(samples, f), [rows, columns], dtype);
  }
}
