import { ArgumentError } from "@tensorloom/tensor";
import type { Estimator, WeightedFitOptions } from "../estimator.ts";
import { sampleMatrix, type Samples, type Targets } from "../inputs.ts";
import { Lasso } from "../linear/elastic-net.ts";
import { wholeOption } from "../options.ts";
import { list, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { quantile } from "../quantiles.ts";
import { Transformer } from "../transformer.ts";
import { importancesOf } from "./importances.ts";
import { selectorFields, SelectorModel, type SelectorState } from "./selector-model.ts";

/** What {@link SelectFromModel} takes. */
export interface SelectFromModelOptions {
  /** What is fitted; its model has coefficients or importances. */
  readonly estimator: Estimator;
  /**
   * What a feature must count at least: a number, the `"mean"` or `"median"`, or a multiple of them such as `"1.5*mean"`. By
   * default the mean; 1e-5 for {@link Lasso} and penalties `"l1"`, which make coefficients 0.
   */
  readonly threshold?: number | string;
  /** How many features are kept at most. */
  readonly maxFeatures?: number;
}

/**
 * Keeps the features that count in a fitted model.
 *
 * Source: scikit-learn's SelectFromModel.
 *
 * @example
 * const selector = new SelectFromModel({ estimator: new LinearRegression() });
 * (await selector.fit([[1, 1], [2, 0], [3, 1], [4, 0]], [2, 4, 6, 8])).kept; // => [0]
 */
export class SelectFromModel extends Transformer<SelectFromModelOptions, SelectFromModelModel> {
  /**
   * Fits the model, and finds how much its features count.
   *
   * @param x - `[samples, features]`
   * @param y - the targets
   * @param options - `sampleWeight`, `signal`, `onProgress`
   * @throws `ArgumentError` for a threshold that is none; `UnsupportedError` for a model without coefficients or importances
   */
  override async fit(
    x: Samples,
    y: Targets,
    options: WeightedFitOptions = {},
  ): Promise<SelectFromModelModel> {
    const { estimator, maxFeatures } = this.getParams();
    const { columns } = await sampleMatrix("SelectFromModel.fit", x);
    if (maxFeatures !== undefined) {
      wholeOption("SelectFromModel", "maxFeatures", maxFeatures, { from: 0, to: columns });
    }
    using model = await estimator.fit(x, y, options);
    const importances = await importancesOf("SelectFromModel", model, Math.abs);
    const threshold = this.#threshold(importances);
    const order = [...importances.keys()].toSorted(
      (a, b) => importances[b]! - importances[a]! || a - b,
    );
    const kept = order
      .slice(0, maxFeatures)
      .filter((c) => importances[c]! >= threshold)
      .toSorted((a, b) => a - b);
    return new SelectFromModelModel({ kept, features: columns, importances, threshold });
  }

  #threshold(importances: readonly number[]): number {
    const { threshold, estimator } = this.getParams();
    const given = threshold ?? (isSparse(estimator) ? 1e-5 : "mean");
    if (typeof given === "number") return given;
    const match = /^(?:([\d.]+)\s*\*\s*)?(mean|median)$/.exec(given);
    if (match === null) {
      throw new ArgumentError(
        `SelectFromModel: threshold: expected a number, "mean", "median" or a multiple such as "1.5*mean", got "${given}"`,
      );
    }
    const sorted = Float64Array.from(importances).sort();
    const mean = sorted.reduce((sum, value) => sum + value, 0) / sorted.length;
    return Number(match[1] ?? 1) * (match[2] === "mean" ? mean : quantile(sorted, 0.5));
  }
}

/** Whether an estimator's penalty makes coefficients exactly 0: no sum of them is needed to tell which count. */
function isSparse(estimator: Estimator): boolean {
  const params = estimator.getParams() as { penalty?: unknown; l1Ratio?: unknown };
  return estimator instanceof Lasso || params.penalty === "l1" || params.l1Ratio === 1;
}

/** What {@link SelectFromModelModel} holds. */
interface SelectFromModelState extends SelectorState {
  readonly importances: readonly number[];
  readonly threshold: number;
}

/** What {@link SelectFromModel} learns. */
export class SelectFromModelModel extends SelectorModel<SelectFromModelState> {
  /** @internal */
  static get schema(): Schema<SelectFromModelState> {
    return {
      name: "SelectFromModelModel",
      fields: { ...selectorFields, importances: list(number), threshold: number },
    };
  }

  /** How much each feature counts. */
  get importances(): readonly number[] {
    return this.state.importances;
  }

  /** What a feature must count at least. */
  get threshold(): number {
    return this.state.threshold;
  }
}
