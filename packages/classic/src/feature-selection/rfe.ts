import type { Estimator, WeightedFitOptions } from "../estimator.ts";
import { FittedModel } from "../fitted-model.ts";
import { sampleMatrix, type Samples, type Targets } from "../inputs.ts";
import { numberOption, shareOption } from "../options.ts";
import { Pacer } from "../parallel/pacer.ts";
import { list, modelOf, number } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { selectColumns } from "../table.ts";
import { Transformer } from "../transformer.ts";
import { importancesOf } from "./importances.ts";
import { selectorFields, SelectorModel, type SelectorState } from "./selector-model.ts";

/** What {@link RFE} takes. */
export interface RFEOptions {
  /** What is fitted; its model has coefficients or importances. */
  readonly estimator: Estimator;
  /** How many features are kept, or which share; half by default. */
  readonly nFeaturesToSelect?: number;
  /** How many features are dropped at a time, or which share of all; 1 by default. */
  readonly step?: number;
}

/**
 * Recursive feature elimination: fits a model, drops the features that count least, and begins again.
 *
 * Source: Guyon, Weston, Barnhill and Vapnik 2002; scikit-learn's RFE.
 *
 * @example
 * const selector = new RFE({ estimator: new LinearRegression(), nFeaturesToSelect: 1 });
 * (await selector.fit([[1, 1], [2, 0], [3, 1], [4, 0]], [2, 4, 6, 8])).kept; // => [0]
 */
export class RFE extends Transformer<RFEOptions, RFEModel> {
  /**
   * Eliminates features.
   *
   * @param x - `[samples, features]`
   * @param y - the targets
   * @param options - `sampleWeight`, `signal`, `onProgress`: features dropped of those to be
   * @throws `UnsupportedError` for an estimator without coefficients or importances
   */
  override async fit(x: Samples, y: Targets, options: WeightedFitOptions = {}): Promise<RFEModel> {
    const { estimator, nFeaturesToSelect, step = 1 } = this.getParams();
    const { data, rows, columns } = await sampleMatrix("RFE.fit", x);
    const count =
      nFeaturesToSelect === undefined
        ? Math.max(1, columns >> 1)
        : shareOption("RFE", "nFeaturesToSelect", nFeaturesToSelect, columns, {
            round: Math.floor,
          });
    numberOption("RFE", "step", step, { above: 0 });
    const atOnce = step < 1 ? Math.max(1, Math.floor(step * columns)) : Math.floor(step);
    const { onProgress: _, ...inner } = options;
    const pacer = new Pacer(columns - count, options);
    const fitted = async (kept: readonly number[]): Promise<FittedModel> =>
      estimator.fit(
        (await selectColumns({ data, shape: [rows, columns] }, kept)) as Samples,
        y,
        inner,
      );
    let kept = Array.from({ length: columns }, (__, c) => c);
    const ranking = kept.map(() => 1);
    while (kept.length > count) {
      using model = await fitted(kept);
      const worth = await importancesOf("RFE", model, (c) => c * c);
      const order = [...kept.keys()].toSorted((a, b) => worth[a]! - worth[b]!);
      const dropped = new Set(order.slice(0, Math.min(atOnce, kept.length - count)));
      kept = kept.filter((__, place) => !dropped.has(place));
      ranking.forEach((rank, c) => {
        if (!kept.includes(c)) ranking[c] = rank + 1;
      });
      await pacer.done(columns - kept.length);
    }
    const estimatorModel = await fitted(kept);
    return new RFEModel({ kept, features: columns, ranking, estimator: estimatorModel });
  }
}

/** What {@link RFEModel} holds. */
interface RFEState extends SelectorState {
  readonly ranking: readonly number[];
  readonly estimator: FittedModel;
}

/** What {@link RFE} learns. */
export class RFEModel extends SelectorModel<RFEState> {
  /** @internal */
  static get schema(): Schema<RFEState> {
    return {
      name: "RFEModel",
      fields: { ...selectorFields, ranking: list(number), estimator: modelOf(FittedModel) },
    };
  }

  /** For each feature 1 if it is kept; else the larger, the sooner it was dropped. */
  get ranking(): readonly number[] {
    return this.state.ranking;
  }

  /** The model of the kept features. */
  get estimator(): FittedModel {
    return this.state.estimator;
  }
}
