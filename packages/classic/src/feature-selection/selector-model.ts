import type { Tensor } from "@tensorloom/tensor";
import { TransformerModel } from "../fitted-model.ts";
import { resultTensor, sampleMatrix, type Samples } from "../inputs.ts";
import { list, number, type Fields } from "../persistence/fields.ts";

/** What every feature selector learns. */
export interface SelectorState {
  /** The places of the features that are kept, rising. */
  readonly kept: readonly number[];
  /** How many features there were. */
  readonly features: number;
}

/** How it is saved. */
export const selectorFields: Fields<SelectorState> = { kept: list(number), features: number };

/** What every fitted feature selector does. */
export abstract class SelectorModel<
  State extends SelectorState = SelectorState,
> extends TransformerModel<State> {
  /** The places of the features that are kept, rising. */
  get kept(): readonly number[] {
    return this.state.kept;
  }

  /** For each feature, whether it is kept. */
  get support(): readonly boolean[] {
    return Array.from({ length: this.state.features }, (_, c) => this.kept.includes(c));
  }

  /**
   * Returns the kept features' names.
   *
   * @param features - the features' names; `x0`, `x1` and so on by default
   */
  featureNames(features?: readonly string[]): string[] {
    return this.kept.map((c) => features?.[c] ?? `x${c}`);
  }

  /**
   * Resolves to the samples with the kept features alone.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, kept]`, float64 for float64 samples and float32 else
   */
  override async transform(x: Samples): Promise<Tensor> {
    const { kept, features } = this.state;
    const samples = await sampleMatrix(`${this.schema.name}.transform`, x, { features });
    const { data, rows, columns, dtype } = samples;
    const width = kept.length;
    const result = new Float64Array(rows * width);
    for (let i = 0; i < rows; i++) {
      for (let place = 0; place < width; place++) {
        result[i * width + place] = data[i * columns + kept[place]!]!;
      }
    }
    return resultTensor(result, [rows, width], dtype);
  }

  /**
   * Resolves to samples with all features again, 0 where they were not kept.
   *
   * @param x - `[samples, kept]`
   * @returns `[samples, features]`
   */
  async inverseTransform(x: Samples): Promise<Tensor> {
    const { kept, features } = this.state;
    const samples = await sampleMatrix(`${this.schema.name}.inverseTransform`, x, {
      features: kept.length,
    });
    const { data, rows, columns, dtype } = samples;
    const result = new Float64Array(rows * features);
    for (let i = 0; i < rows; i++) {
      kept.forEach((c, place) => (result[i * features + c] = data[i * columns + place]!));
    }
    return resultTensor(result, [rows, features], dtype);
  }
}
