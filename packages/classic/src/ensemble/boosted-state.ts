import type { ShapedArray } from "../inputs.ts";
import { array, list, number, type Fields } from "../persistence/fields.ts";
import type { TreeData } from "../tree/tree-data.ts";
import { treeField } from "../tree/tree-field.ts";
import type { Boosted } from "./boost.ts";

/** What models of gradient boosting hold. */
export interface BoostedState {
  readonly features: number;
  readonly baseline: readonly number[];
  readonly trees: readonly TreeData[];
  readonly importances: ShapedArray<Float64Array>;
  readonly trainScore: ShapedArray<Float64Array>;
  readonly validationScore: ShapedArray<Float64Array>;
}

/** How that is written. */
export const boostedFields: Fields<BoostedState> = {
  features: number,
  baseline: list(number),
  trees: list(treeField),
  importances: array(Float64Array),
  trainScore: array(Float64Array),
  validationScore: array(Float64Array),
};

/** Returns what boosting learned, as models hold it. */
export function boostedState(boosted: Boosted, features: number): BoostedState {
  const { baseline, trees, importances, trainScore, validationScore } = boosted;
  const shaped = (data: Float64Array): ShapedArray<Float64Array> => ({
    data,
    shape: [data.length],
  });
  return {
    features,
    baseline,
    trees,
    importances: shaped(importances),
    trainScore: shaped(trainScore),
    validationScore: shaped(validationScore),
  };
}
