import { ArgumentError } from "@tensorloom/tensor";
import { sampleMatrix, type Samples } from "../inputs.ts";
import { numberOption } from "../options.ts";
import { list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { Transformer } from "../transformer.ts";
import { selectorFields, SelectorModel, type SelectorState } from "./selector-model.ts";

/** What {@link VarianceThreshold} takes. */
export interface VarianceThresholdOptions {
  /** Features with no more variance are dropped; 0 by default, which drops constant ones. */
  readonly threshold?: number;
}

/**
 * Drops features that hardly vary.
 *
 * Source: scikit-learn's VarianceThreshold.
 *
 * @example
 * (await new VarianceThreshold().fitTransform([[1, 7], [2, 7]])).toString(); // => [[1], [2]]
 */
export class VarianceThreshold extends Transformer<
  VarianceThresholdOptions,
  VarianceThresholdModel
> {
  /** @param options - the threshold */
  constructor(options: VarianceThresholdOptions = {}) {
    super(options);
  }

  /**
   * Finds the features' variances.
   *
   * @param x - `[samples, features]`
   * @throws `ArgumentError` if no feature would be kept
   */
  override async fit(x: Samples): Promise<VarianceThresholdModel> {
    const { threshold = 0 } = this.getParams();
    numberOption("VarianceThreshold", "threshold", threshold, { from: 0 });
    const { data, rows, columns } = await sampleMatrix("VarianceThreshold.fit", x);
    const variances = Array.from({ length: columns }, (_, c) => {
      const values = Float64Array.from({ length: rows }, (__, i) => data[i * columns + c]!);
      const mean = values.reduce((sum, value) => sum + value / rows, 0);
      const variance = values.reduce((sum, value) => sum + (value - mean) ** 2 / rows, 0);
      // Rounding makes some variance of a constant, but no range.
      const range =
        values.reduce((a, b) => Math.max(a, b)) - values.reduce((a, b) => Math.min(a, b));
      return threshold === 0 ? Math.min(variance, range) : variance;
    });
    const kept = [...variances.keys()].filter((c) => variances[c]! > threshold);
    if (kept.length === 0) {
      throw new ArgumentError(
        `VarianceThreshold: threshold: expected a feature with more variance than ${threshold}, got none`,
      );
    }
    return new VarianceThresholdModel({ kept, features: columns, variances });
  }
}

/** What {@link VarianceThresholdModel} holds. */
interface VarianceThresholdState extends SelectorState {
  readonly variances: readonly number[];
}

/** What {@link VarianceThreshold} learns. */
export class VarianceThresholdModel extends SelectorModel<VarianceThresholdState> {
  /** @internal */
  static get schema(): Schema<VarianceThresholdState> {
    return {
      name: "VarianceThresholdModel",
      fields: { ...selectorFields, variances: list(number) },
    };
  }

  /** The features' variances. */
  get variances(): readonly number[] {
    return this.state.variances;
  }
}
