/** What a scan through a node's samples, ordered by a feature, is bounded by. */
export interface SplitLimits {
  /** The fewest samples on either side. */
  readonly minSamplesLeaf: number;
  /** The least weight on either side. */
  readonly minWeightLeaf: number;
}

/** Values nearer to each other than this are taken for equal, as in scikit-learn. */
const sameValue = 1e-7;

/**
 * Measures how pure nodes are, and finds the best place to split one along a feature. Holds the samples of one node at a time.
 *
 * Splits are compared by a **gain** that grows with purity and leaves out what all splits of a node share.
 */
export abstract class Criterion {
  /** The node's weight. */
  total = 0;
  /** The best split's gain so far. */
  bestGain: number = Number.NEGATIVE_INFINITY;
  /** After how many samples, in the order of the last feature that improved, the best split is. */
  bestPlace = 0;

  /** How many numbers a node's value has. */
  abstract get outputs(): number;
  /** Takes over the samples `order[start..start + count]` of all samples' targets and weights. */
  abstract load(
    targets: Float64Array,
    weights: Float64Array,
    order: Int32Array,
    start: number,
    count: number,
  ): void;
  /** Begins the node of `count` samples that was loaded; returns its impurity. */
  abstract begin(count: number): number;
  /** Writes the node's value to `value` from `at`. */
  abstract writeValue(value: Float64Array, at: number, count: number): void;
  /** Returns by how much the best split lowers the impurity, weighted by the node's weight. */
  abstract decrease(impurity: number): number;
  /**
   * Looks for a better split than {@link bestGain} along a feature; true if there is one.
   *
   * @param count - how many samples the node has
   * @param ranks - their ranks, ascending
   * @param positions - which samples they are
   * @param values - the feature's values by rank from `offset` on
   */
  abstract scan(
    count: number,
    ranks: Int32Array,
    positions: Int32Array,
    values: Float32Array,
    offset: number,
    limits: SplitLimits,
  ): boolean;

  /** Whether the values of two ranks are too near to be told apart. */
  protected isSame(values: Float32Array, offset: number, low: number, high: number): boolean {
    return values[offset + high]! <= values[offset + low]! + sameValue;
  }
}
