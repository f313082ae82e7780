import {
  combinationsOf,
  SearchCV,
  type ParamGrid,
  type ParamSetting,
  type SearchOptions,
} from "./search.ts";

/** What {@link GridSearchCV} takes. */
export interface GridSearchCVOptions extends SearchOptions {
  /** For each option, the values to try; several such grids are tried one after another. */
  readonly paramGrid: ParamGrid | readonly ParamGrid[];
}

/**
 * Tries every combination of some options' values by cross-validation, and fits the best on all samples.
 *
 * Source: scikit-learn's GridSearchCV.
 *
 * @example
 * const search = new GridSearchCV({ estimator: new Ridge(), paramGrid: { alpha: [0.01, 100] }, cv: 2 });
 * const model = await search.fit([[1], [2], [3], [4]], [2, 4, 6, 8]);
 * model.bestParams; // => {"alpha":0.01}
 */
export class GridSearchCV extends SearchCV<GridSearchCVOptions> {
  protected override settings(): ParamSetting[] {
    return combinationsOf("GridSearchCV", this.getParams().paramGrid);
  }
}
