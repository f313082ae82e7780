import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { TransformerModel } from "../fitted-model.ts";
import {
  resultTensor,
  sampleMatrix,
  type SampleMatrix,
  type Samples,
  type ShapedArray,
} from "../inputs.ts";
import { choiceOption } from "../options.ts";
import { array, boolean, list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { quantile } from "../quantiles.ts";
import { Transformer } from "../transformer.ts";
import { presentValues } from "./column-values.ts";

const strategies = ["mean", "median", "mostFrequent", "constant"] as const;

/** What {@link SimpleImputer} takes. */
export interface SimpleImputerOptions {
  /** What takes the place of missing values: the feature's mean (default), median, most frequent value, or a constant. */
  readonly strategy?: "mean" | "median" | "mostFrequent" | "constant";
  /** The constant; 0 by default. */
  readonly fillValue?: number;
  /** Whether a column of zeros and ones is added for each feature that had missing values in training; false by default. */
  readonly addIndicator?: boolean;
}

/**
 * Fills in missing values (NaN). Features without any value in training are dropped, unless they are filled by a constant.
 *
 * Source: scikit-learn's SimpleImputer.
 *
 * @example
 * (await new SimpleImputer().fitTransform([[1], [NaN], [3]])).toString(); // => [[1], [2], [3]]
 */
export class SimpleImputer extends Transformer<SimpleImputerOptions, SimpleImputerModel> {
  /** @param options - strategy, constant, indicator */
  constructor(options: SimpleImputerOptions = {}) {
    super(options);
  }

  /**
   * Finds what to fill in.
   *
   * @param x - `[samples, features]`
   * @throws `ArgumentError` for an unknown strategy, or if all features are without values
   */
  override async fit(x: Samples): Promise<SimpleImputerModel> {
    const { strategy = "mean", fillValue = 0, addIndicator = false } = this.getParams();
    choiceOption("SimpleImputer", "strategy", strategy, strategies);
    const samples = await sampleMatrix("SimpleImputer.fit", x, { allowMissing: true });
    const statistics = new Float64Array(samples.columns);
    const indicated: number[] = [];
    for (let c = 0; c < samples.columns; c++) {
      const values = presentValues(samples, c);
      if (addIndicator && values.length < samples.rows) indicated.push(c);
      statistics[c] = strategy === "constant" ? fillValue : statisticOf(strategy, values);
    }
    if (statistics.every(Number.isNaN)) {
      throw new ArgumentError(
        'SimpleImputer.fit: x: expected at least one value, got none; try strategy "constant"',
      );
    }
    return new SimpleImputerModel({
      statistics: { data: statistics, shape: [samples.columns] },
      indicated,
      addIndicator,
    });
  }
}

/** NaN of no values. */
function statisticOf(strategy: "mean" | "median" | "mostFrequent", values: Float64Array): number {
  if (values.length === 0) return Number.NaN;
  if (strategy === "mean") return values.reduce((sum, value) => sum + value, 0) / values.length;
  const sorted = values.toSorted();
  if (strategy === "median") return quantile(sorted, 0.5);
  // The least of equally frequent values, as they come in order.
  let [most, best, run] = [0, sorted[0]!, 0];
  sorted.forEach((value, i) => {
    run = value === sorted[i - 1] ? run + 1 : 1;
    if (run > most) [most, best] = [run, value];
  });
  return best;
}

/** What {@link SimpleImputerModel} holds. */
interface SimpleImputerState {
  readonly statistics: ShapedArray<Float64Array>;
  readonly indicated: readonly number[];
  readonly addIndicator: boolean;
}

/** What {@link SimpleImputer} learns. */
export class SimpleImputerModel extends TransformerModel<SimpleImputerState> {
  /** @internal */
  static get schema(): Schema<SimpleImputerState> {
    return {
      name: "SimpleImputerModel",
      fields: { statistics: array(Float64Array), indicated: list(number), addIndicator: boolean },
    };
  }

  /** What is filled in for each feature, `[features]`; NaN for those that are dropped. */
  get statistics(): Tensor {
    return this.attribute("statistics", this.state.statistics);
  }

  /**
   * Resolves to the samples without missing values.
   *
   * @param x - `[samples, features]`
   * @returns `[samples, kept features and indicators]`, float64 for float64 samples and float32 else
   */
  override async transform(x: Samples): Promise<Tensor> {
    const { statistics, indicated } = this.state;
    const features = statistics.data.length;
    const samples = await sampleMatrix("SimpleImputer.transform", x, {
      features,
      allowMissing: true,
    });
    const { data, rows, columns, dtype }: SampleMatrix = samples;
    const kept = Array.from(statistics.data.keys()).filter(
      (c) => !Number.isNaN(statistics.data[c]!),
    );
    const width = kept.length + indicated.length;
    const result = new Float64Array(rows * width);
    for (let i = 0; i < rows; i++) {
      kept.forEach((c, place) => {
        const value = data[i * columns + c]!;
        result[i * width + place] = Number.isNaN(value) ? statistics.data[c]! : value;
      });
      indicated.forEach((c, place) => {
        result[i * width + kept.length + place] = Number(Number.isNaN(data[i * columns + c]));
      });
    }
    return resultTensor(result, [rows, width], dtype);
  }
}
