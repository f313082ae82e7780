import { wholeOption } from "../options.ts";
import { RandomStream } from "../random/random-stream.ts";
import {
  combinationsOf,
  SearchCV,
  type ParamGrid,
  type ParamSetting,
  type SearchOptions,
} from "./search.ts";

/** Returns a value to try, given numbers evenly spread over [0, 1). */
export type ParamDistribution = (uniform: () => number) => unknown;

/** What {@link RandomizedSearchCV} takes. */
export interface RandomizedSearchCVOptions extends SearchOptions {
  /** For each option, the values to choose from, or a function that draws one. */
  readonly paramDistributions: Readonly<Record<string, readonly unknown[] | ParamDistribution>>;
  /** How many settings are tried; 10 by default. */
  readonly nIter?: number;
  /** The seed of the draws; 0 by default. */
  readonly seed?: number;
}

/**
 * Tries randomly drawn settings of options by cross-validation, and fits the best on all samples: for many options it
 * finds good settings sooner than a grid (Bergstra and Bengio 2012).
 *
 * Where all options have arrays of values, no combination is drawn twice, as in scikit-learn's RandomizedSearchCV.
 *
 * @example
 * const search = new RandomizedSearchCV({
 *   estimator: new Ridge(), paramDistributions: { alpha: (uniform) => 10 ** (4 * uniform() - 2) }, nIter: 3, cv: 2,
 * });
 * (await search.fit([[1], [2], [3], [4]], [2, 4, 6, 8])).cvResults.length; // => 3
 */
export class RandomizedSearchCV extends SearchCV<RandomizedSearchCVOptions> {
  protected override settings(): ParamSetting[] {
    const { paramDistributions, nIter = 10, seed = 0 } = this.getParams();
    wholeOption("RandomizedSearchCV", "nIter", nIter);
    const random = new RandomStream(seed);
    const names = Object.keys(paramDistributions).toSorted();
    if (names.every((name) => Array.isArray(paramDistributions[name]))) {
      const all = combinationsOf("RandomizedSearchCV", paramDistributions as ParamGrid);
      const order = Int32Array.from(all.keys());
      random.shuffle(order);
      return Array.from(order.subarray(0, nIter), (place) => all[place]!);
    }
    return Array.from({ length: nIter }, () =>
      Object.fromEntries(
        names.map((name) => {
          const given = paramDistributions[name]!;
          if (typeof given === "function") return [name, given(() => random.uniform())];
          return [name, given[random.below(given.length)]];
        }),
      ),
    );
  }
}
