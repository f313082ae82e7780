import type { Tensor } from "@tensorloom/tensor";
import { RegressorModel } from "../fitted-model.ts";
import {
  resultTensor,
  sampleMatrix,
  type SampleMatrix,
  type Samples,
  type ShapedArray,
} from "../inputs.ts";
import { array, number, type Fields } from "../persistence/fields.ts";

/** What every linear regressor learns. */
export interface LinearState {
  /** The features' coefficients, `[features]`. */
  readonly coef: ShapedArray<Float64Array>;
  /** What is predicted where all features are 0. */
  readonly intercept: number;
}

/** How it is saved. */
export const linearFields: Fields<LinearState> = {
  coef: array(Float64Array),
  intercept: number,
};

/** What all linear regressors predict: a weighted sum of the features. */
export abstract class LinearPredictor<
  State extends LinearState = LinearState,
> extends RegressorModel<State> {
  /** The features' coefficients, `[features]`. */
  get coef(): Tensor {
    return this.attribute("coef", this.state.coef);
  }

  /** What is predicted where all features are 0. */
  get intercept(): number {
    return this.state.intercept;
  }

  /**
   * Resolves to the predicted values.
   *
   * @param x - `[samples, features]`
   * @returns `[samples]`, float64 for float64 samples and float32 else
   */
  override async predict(x: Samples): Promise<Tensor> {
    const { coef, intercept } = this.state;
    const features = coef.data.length;
    const samples = await sampleMatrix(`${this.schema.name}.predict`, x, { features });
    const values = linearScores(samples, coef.data, [intercept]);
    return resultTensor(values, [samples.rows], samples.dtype);
  }
}

/**
 * Returns weighted sums of the features.
 *
 * @param samples - the samples
 * @param coef - `[outputs, features]` row-major
 * @param intercepts - one an output
 * @returns `[samples, outputs]` row-major
 */
export function linearScores(
  { data, rows, columns }: Pick<SampleMatrix, "data" | "rows" | "columns">,
  coef: Float64Array,
  intercepts: ArrayLike<number>,
): Float64Array {
  const outputs = intercepts.length;
  const result = new Float64Array(rows * outputs);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < outputs; k++) {
      let sum = intercepts[k]!;
      for (let c = 0; c < columns; c++) sum += data[i * columns + c]! * coef[k * columns + c]!;
      result[i * outputs + k] = sum;
    }
  }
  return result;
}
