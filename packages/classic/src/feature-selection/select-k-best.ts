import type { Samples, Targets } from "../inputs.ts";
import { choiceOption, wholeOption } from "../options.ts";
import { list, number, optional } from "../persistence/fields.ts";
import type { Schema } from "../persistence/schema.ts";
import { Transformer } from "../transformer.ts";
import { mutualInfoClassif, mutualInfoRegression } from "./mutual-information.ts";
import { chi2, fClassif, fRegression, type ScoreFunction } from "./score-functions.ts";
import { selectorFields, SelectorModel, type SelectorState } from "./selector-model.ts";

/** The score functions that have names. */
export type ScoreName =
  "chi2" | "fClassif" | "fRegression" | "mutualInfoClassif" | "mutualInfoRegression";

const scoreFunctions: Readonly<Record<ScoreName, ScoreFunction>> = {
  chi2,
  fClassif,
  fRegression,
  mutualInfoClassif,
  mutualInfoRegression,
};

/** What {@link SelectKBest} takes. */
export interface SelectKBestOptions {
  /** How features are scored, by name or by a function; `"fClassif"` by default. */
  readonly scoreFunc?: ScoreName | ScoreFunction;
  /** How many features are kept; 10 by default. */
  readonly k?: number | "all";
}

/**
 * Keeps the features that say most about the target, each by itself.
 *
 * Source: scikit-learn's SelectKBest.
 *
 * @example
 * const x = [[1, 5], [2, 5], [8, 6], [9, 5]];
 * (await new SelectKBest({ k: 1 }).fit(x, [0, 0, 1, 1])).kept; // => [0]
 */
export class SelectKBest extends Transformer<SelectKBestOptions, SelectKBestModel> {
  /** @param options - how to score, how many to keep */
  constructor(options: SelectKBestOptions = {}) {
    super(options);
  }

  /**
   * Scores the features. Of equal scores the later feature is kept, as in scikit-learn.
   *
   * @param x - `[samples, features]`
   * @param y - the targets
   * @throws `ArgumentError` if there are fewer features than are to be kept
   */
  override async fit(x: Samples, y: Targets): Promise<SelectKBestModel> {
    const { scoreFunc = "fClassif", k = 10 } = this.getParams();
    if (typeof scoreFunc === "string") {
      const names = Object.keys(scoreFunctions) as ScoreName[];
      choiceOption("SelectKBest", "scoreFunc", scoreFunc, names);
    }
    const score = typeof scoreFunc === "string" ? scoreFunctions[scoreFunc] : scoreFunc;
    const { scores, pValues } = await score(x, y);
    const features = scores.length;
    const count =
      k === "all" ? features : wholeOption("SelectKBest", "k", k, { from: 0, to: features });
    // Features whose score is NaN come last.
    const worth = scores.map((value) => (Number.isNaN(value) ? -Infinity : value));
    const order = [...scores.keys()].toSorted((a, b) => worth[a]! - worth[b]! || a - b);
    const kept = order.slice(features - count).toSorted((a, b) => a - b);
    return new SelectKBestModel({ kept, features, scores, pValues });
  }
}

/** What {@link SelectKBestModel} holds. */
interface SelectKBestState extends SelectorState {
  readonly scores: readonly number[];
  readonly pValues: readonly number[] | undefined;
}

/** What {@link SelectKBest} learns. */
export class SelectKBestModel extends SelectorModel<SelectKBestState> {
  /** @internal */
  static get schema(): Schema<SelectKBestState> {
    return {
      name: "SelectKBestModel",
      fields: { ...selectorFields, scores: list(number), pValues: optional(list(number)) },
    };
  }

  /** The features' scores. */
  get scores(): readonly number[] {
    return this.state.scores;
  }

  /** How likely so large scores are by chance; undefined where no distribution is known. */
  get pValues(): readonly number[] | undefined {
    return this.state.pValues;
  }
}
