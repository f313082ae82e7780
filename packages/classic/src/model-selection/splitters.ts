import { ArgumentError } from "@tensorloom/tensor";
import { classTargets, type Targets } from "../inputs.ts";
import { wholeOption } from "../options.ts";
import { RandomStream } from "../random/random-stream.ts";

/** Places of samples: those to learn from, and those to test on. */
export interface Split {
  /** To learn from. */
  readonly train: Int32Array;
  /** To test on. */
  readonly test: Int32Array;
}

/** What splits samples several times. */
export interface Splitter {
  /**
   * Resolves to the splits.
   *
   * @param count - how many samples there are
   * @param y - the targets, for those that look at them
   * @param groups - numbers of the groups that samples belong to, for those that look at them
   */
  split(count: number, y?: Targets, groups?: Targets): Promise<Split[]>;
}

/** What {@link KFold} and {@link StratifiedKFold} take. */
export interface KFoldOptions {
  /** How many folds; 5 by default. */
  readonly nSplits?: number;
  /** Whether samples are shuffled first; false by default. */
  readonly shuffle?: boolean;
  /** The seed of the shuffle; 0 by default. */
  readonly seed?: number;
}

function foldsOf(operation: string, nSplits: number, count: number): number {
  wholeOption(operation, "nSplits", nSplits, { from: 2 });
  if (nSplits <= count) return nSplits;
  throw new ArgumentError(
    `${operation}: nSplits: expected no more than the ${count} samples, got ${nSplits}`,
  );
}

/** Returns a split for each fold, given each sample's. */
export function splitsBy(foldOf: ArrayLike<number>, folds: number): Split[] {
  const places = Int32Array.from({ length: foldOf.length }, (_, i) => i);
  return Array.from({ length: folds }, (_, fold) => ({
    train: places.filter((i) => foldOf[i] !== fold),
    test: places.filter((i) => foldOf[i] === fold),
  }));
}

/**
 * Cuts samples into folds of like size; each is tested on once.
 *
 * Source: scikit-learn's KFold, whose folds these are unless they are shuffled.
 *
 * @example
 * (await new KFold({ nSplits: 2 }).split(4)).map(({ test }) => [...test]); // => [[0,1],[2,3]]
 */
export class KFold implements Splitter {
  readonly #options: KFoldOptions;

  /** @param options - how many folds, whether shuffled */
  constructor(options: KFoldOptions = {}) {
    this.#options = options;
  }

  /**
   * Resolves to the splits.
   *
   * @param count - how many samples there are
   * @throws `ArgumentError` if there are more folds than samples
   */
  async split(count: number): Promise<Split[]> {
    const { nSplits = 5, shuffle = false, seed = 0 } = this.#options;
    foldsOf("KFold", nSplits, count);
    const order = Int32Array.from({ length: count }, (_, i) => i);
    if (shuffle) new RandomStream(seed).shuffle(order);
    const foldOf = new Int32Array(count);
    const [size, larger] = [Math.floor(count / nSplits), count % nSplits];
    // The first folds have one sample more where they cannot all be alike.
    const edge = larger * (size + 1);
    order.forEach((sample, place) => {
      foldOf[sample] =
        place < edge ? Math.floor(place / (size + 1)) : larger + Math.floor((place - edge) / size);
    });
    return splitsBy(foldOf, nSplits);
  }
}

/**
 * Cuts samples into folds that hold the classes in the same proportions.
 *
 * Source: scikit-learn's StratifiedKFold, whose folds these are unless they are shuffled.
 *
 * @example
 * (await new StratifiedKFold({ nSplits: 2 }).split(4, [0, 0, 1, 1])).map(({ test }) => [...test]); // => [[0,2],[1,3]]
 */
export class StratifiedKFold implements Splitter {
  readonly #options: KFoldOptions;

  /** @param options - how many folds, whether shuffled */
  constructor(options: KFoldOptions = {}) {
    this.#options = options;
  }

  /**
   * Resolves to the splits.
   *
   * @param count - how many samples there are
   * @param y - class numbers
   * @throws `ArgumentError` if no class has as many samples as there are folds
   */
  async split(count: number, y?: Targets): Promise<Split[]> {
    const { nSplits = 5, shuffle = false, seed = 0 } = this.#options;
    foldsOf("StratifiedKFold", nSplits, count);
    const { indices } = await classTargets("StratifiedKFold", y, count);
    // Classes in the order in which they first appear.
    const classes = [...new Set(indices)];
    const counts = classes.map((k) => indices.filter((index) => index === k).length);
    if (counts.every((own) => own < nSplits)) {
      throw new ArgumentError(
        `StratifiedKFold: nSplits: expected no more than the ${Math.max(...counts)} samples of the largest class, got ${nSplits}`,
      );
    }
    const random = new RandomStream(seed);
    const foldOf = new Int32Array(count);
    let begin = 0;
    for (const [k, own] of classes.entries()) {
      // Samples sorted by class are dealt to the folds in turn: so many of this class go to each.
      const dealt = Int32Array.from({ length: counts[k]! }, (_, i) => (begin + i) % nSplits).sort();
      if (shuffle) random.shuffle(dealt);
      let next = 0;
      indices.forEach((index, i) => {
        if (index === own) foldOf[i] = dealt[next++]!;
      });
      begin += counts[k]!;
    }
    return splitsBy(foldOf, nSplits);
  }
}

/**
 * Cuts samples into folds such that no group is in two of them: a patient's, a customer's samples stay together.
 *
 * Source: scikit-learn's GroupKFold: the largest groups first, each to the lightest fold.
 *
 * @example
 * const splits = await new GroupKFold({ nSplits: 2 }).split(4, undefined, [7, 7, 8, 9]);
 * splits.map(({ test }) => [...test]); // => [[0,1],[2,3]]
 */
export class GroupKFold implements Splitter {
  readonly #nSplits: number;

  /** @param options - `nSplits`: how many folds; 5 by default */
  constructor(options: { readonly nSplits?: number } = {}) {
    this.#nSplits = options.nSplits ?? 5;
  }

  /**
   * Resolves to the splits.
   *
   * @param count - how many samples there are
   * @param _y - left alone
   * @param groups - the groups' numbers, one a sample
   * @throws `ArgumentError` without groups, or if there are fewer than folds
   */
  async split(count: number, _y?: Targets, groups?: Targets): Promise<Split[]> {
    if (groups === undefined) {
      throw new ArgumentError("GroupKFold: groups: expected one a sample, got none");
    }
    const { classes, indices } = await classTargets("GroupKFold", groups, count);
    const nSplits = wholeOption("GroupKFold", "nSplits", this.#nSplits, { from: 2 });
    if (nSplits > classes.length) {
      throw new ArgumentError(
        `GroupKFold: nSplits: expected no more than the ${classes.length} groups, got ${nSplits}`,
      );
    }
    const sizes = new Int32Array(classes.length);
    for (const group of indices) sizes[group]!++;
    const order = [...sizes.keys()].toSorted((a, b) => sizes[b]! - sizes[a]! || b - a);
    const weights = new Float64Array(nSplits);
    const foldOfGroup = new Int32Array(classes.length);
    for (const group of order) {
      const lightest = weights.indexOf(Math.min(...weights));
      weights[lightest]! += sizes[group]!;
      foldOfGroup[group] = lightest;
    }
    return splitsBy(
      indices.map((group) => foldOfGroup[group]!),
      nSplits,
    );
  }
}

/** What {@link TimeSeriesSplit} takes. */
export interface TimeSeriesSplitOptions {
  /** How many splits; 5 by default. */
  readonly nSplits?: number;
  /** How many samples are learned from at most; all before the test by default. */
  readonly maxTrainSize?: number;
  /** How many samples are tested on; those there are divided by one more than the splits, by default. */
  readonly testSize?: number;
  /** How many samples are left out between; 0 by default. */
  readonly gap?: number;
}

/**
 * Tests on what comes after: each split learns from samples up to a time, and is tested on those that follow.
 *
 * Source: scikit-learn's TimeSeriesSplit.
 *
 * @example
 * (await new TimeSeriesSplit({ nSplits: 2 }).split(6)).map(({ train, test }) => [[...train], [...test]]); // => [[[0,1],[2,3]],[[0,1,2,3],[4,5]]]
 */
export class TimeSeriesSplit implements Splitter {
  readonly #options: TimeSeriesSplitOptions;

  /** @param options - how many splits, how large */
  constructor(options: TimeSeriesSplitOptions = {}) {
    this.#options = options;
  }

  /**
   * Resolves to the splits.
   *
   * @param count - how many samples there are, in the order of time
   * @throws `ArgumentError` if there are too few samples
   */
  async split(count: number): Promise<Split[]> {
    const { nSplits = 5, maxTrainSize = Infinity, gap = 0 } = this.#options;
    const testSize = this.#options.testSize ?? Math.floor(count / (nSplits + 1));
    wholeOption("TimeSeriesSplit", "nSplits", nSplits, { from: 2 });
    wholeOption("TimeSeriesSplit", "gap", gap, { from: 0 });
    const first = count - nSplits * testSize;
    if (testSize < 1 || first - gap < 1) {
      throw new ArgumentError(
        `TimeSeriesSplit: nSplits: expected samples before the first test, got ${count} samples for ${nSplits} tests of ${testSize} and a gap of ${gap}`,
      );
    }
    const range = (begin: number, end: number): Int32Array =>
      Int32Array.from({ length: end - begin }, (_, i) => begin + i);
    return Array.from({ length: nSplits }, (_, s) => {
      const begin = first + s * testSize;
      const end = begin - gap;
      return {
        train: range(Math.max(0, end - maxTrainSize), end),
        test: range(begin, begin + testSize),
      };
    });
  }
}

/** How samples are split: into so many folds, by a splitter, or as said one by one. */
export type SplitRule = number | Splitter | readonly Split[];

/**
 * Resolves to the splits that a cross-validation option stands for: of a number of folds those of {@link StratifiedKFold} for
 * classes and of {@link KFold} else.
 *
 * @param operation - named in errors
 * @param cv - the option
 * @param count - how many samples there are
 * @param isClassifier - whether targets are classes
 * @param y - the targets
 * @param groups - the groups
 */
export async function splitsFor(
  operation: string,
  cv: SplitRule,
  count: number,
  isClassifier: boolean,
  y: Targets | undefined,
  groups: Targets | undefined,
): Promise<readonly Split[]> {
  if (Array.isArray(cv)) return cv as readonly Split[];
  if (typeof cv === "number") {
    wholeOption(operation, "cv", cv, { from: 2 });
    const splitter = isClassifier
      ? new StratifiedKFold({ nSplits: cv })
      : new KFold({ nSplits: cv });
    return splitter.split(count, y);
  }
  return (cv as Splitter).split(count, y, groups);
}
