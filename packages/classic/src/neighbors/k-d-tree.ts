import type { Metric } from "./metric.ts";
import type { NearestHeaps } from "./nearest-heaps.ts";

// Below so many samples a node is searched one by one.
const leafSize = 32;

/**
 * Samples in a tree that halves them at the median of the feature in which they spread most (Bentley 1975; bounds by
 * Arya and Mount 1993). For metrics of Minkowski's family.
 */
export class KDTree {
  readonly #metric: Metric;
  readonly #features: number;
  /** The samples' numbers, node by node. */
  readonly #order: Int32Array;
  /** The samples in that order, so that a leaf's lie together. */
  readonly #rows: Float64Array;
  /** Node i has children 2i + 1 and 2i + 2; the feature that it splits. */
  readonly #splits: Int32Array;
  /** The largest value of the lower child, and the smallest of the upper. */
  readonly #lower: Float64Array;
  readonly #upper: Float64Array;
  readonly #leaves: number;

  /**
   * @param rows - `[samples, features]`, finite
   * @param features - how many columns
   * @param metric - of Minkowski's family
   */
  constructor(rows: Float64Array, features: number, metric: Metric) {
    const count = rows.length / features;
    this.#metric = metric;
    this.#features = features;
    this.#order = Int32Array.from({ length: count }, (_, i) => i);
    let leaves = 1;
    while (count / leaves > leafSize) leaves *= 2;
    this.#leaves = leaves;
    this.#splits = new Int32Array(leaves - 1);
    this.#lower = new Float64Array(leaves - 1);
    this.#upper = new Float64Array(leaves - 1);
    this.#build(rows, 0, 0, count);
    this.#rows = new Float64Array(rows.length);
    this.#order.forEach((from, to) => {
      this.#rows.set(rows.subarray(from * features, (from + 1) * features), to * features);
    });
  }

  #build(rows: Float64Array, node: number, begin: number, end: number): void {
    if (node >= this.#leaves - 1) return;
    const feature = widest(rows, this.#features, this.#order, begin, end);
    const middle = (begin + end) >> 1;
    const order = this.#order;
    const valueOf = (i: number): number => rows[order[i]! * this.#features + feature]!;
    partition(order, rows, this.#features, feature, begin, end, middle);
    let lower = -Infinity;
    for (let i = begin; i < middle; i++) lower = Math.max(lower, valueOf(i));
    this.#splits[node] = feature;
    this.#lower[node] = lower;
    this.#upper[node] = middle < end ? valueOf(middle) : Infinity;
    this.#build(rows, 2 * node + 1, begin, middle);
    this.#build(rows, 2 * node + 2, middle, end);
  }

  /** Offers the samples that may be among the nearest of row `query` of `queries`. */
  nearest(queries: Float64Array, query: number, heaps: NearestHeaps): void {
    const { between } = this.#metric;
    this.#visit(queries, query, () => heaps.worst(query), (i) => {
      heaps.offer(query, between(queries, query, this.#rows, i, this.#features), this.#order[i]!);
    }); // prettier-ignore
  }

  /** Calls `accept` with each sample whose key for row `query` of `queries` is at most `most`. */
  within(
    queries: Float64Array,
    query: number,
    most: number,
    accept: (sample: number, key: number) => void,
  ): void {
    const { between } = this.#metric;
    this.#visit(queries, query, () => most, (i) => {
      const key = between(queries, query, this.#rows, i, this.#features);
      if (key <= most) accept(this.#order[i]!, key);
    }); // prettier-ignore
  }

  /** Calls `look` with the place of each sample in leaves that are within `limit()`, nearer leaves first. */
  #visit(
    queries: Float64Array,
    query: number,
    limit: () => number,
    look: (place: number) => void,
  ): void {
    const from = query * this.#features;
    const power = this.#metric.power!;
    const term = (x: number): number =>
      power === 2 ? x * x : power === 1 ? Math.abs(x) : Math.abs(x) ** power;
    // How far the query lies outside the node's box, by feature: the terms of the least possible key.
    const outside = new Float64Array(this.#features);
    const descend = (node: number, begin: number, end: number, least: number): void => {
      if (node >= this.#leaves - 1) {
        for (let i = begin; i < end; i++) look(i);
        return;
      }
      const middle = (begin + end) >> 1;
      const feature = this.#splits[node]!;
      const value = queries[from + feature]!;
      const [lower, upper] = [this.#lower[node]!, this.#upper[node]!];
      const isBelow = value - lower < upper - value;
      if (isBelow) descend(2 * node + 1, begin, middle, least);
      else descend(2 * node + 2, middle, end, least);
      // The other side is farther by what the query lacks to its border.
      const gap = isBelow ? Math.max(0, upper - value) : Math.max(0, value - lower);
      const before = outside[feature]!;
      const now = Math.max(before, term(gap));
      const farther = least - before + now;
      // Sums of terms round differently here than in the samples' keys: by less than features + 2 times 2^-53.
      if (farther * (1 - (this.#features + 4) * 2 ** -52) > limit()) return;
      outside[feature] = now;
      if (isBelow) descend(2 * node + 2, middle, end, farther);
      else descend(2 * node + 1, begin, middle, farther);
      outside[feature] = before;
    };
    descend(0, 0, this.#order.length, 0);
  }
}

/** The feature in which some samples spread most. */
function widest(
  rows: Float64Array,
  features: number,
  order: Int32Array,
  begin: number,
  end: number,
): number {
  let best = 0;
  let most = -1;
  for (let f = 0; f < features; f++) {
    let [low, high] = [Infinity, -Infinity];
    for (let i = begin; i < end; i++) {
      const value = rows[order[i]! * features + f]!;
      if (value < low) low = value;
      if (value > high) high = value;
    }
    if (high - low > most) [best, most] = [f, high - low];
  }
  return best;
}

/** Puts the `middle - begin` samples with the smallest values first (Hoare's selection), and the next at `middle`. */
function partition(
  order: Int32Array,
  rows: Float64Array,
  features: number,
  feature: number,
  begin: number,
  end: number,
  middle: number,
): void {
  let low = begin;
  let high = end - 1;
  while (low < high) {
    const pivot = rows[order[(low + high) >> 1]! * features + feature]!;
    let i = low;
    let j = high;
    while (i <= j) {
      while (rows[order[i]! * features + feature]! < pivot) i++;
      while (rows[order[j]! * features + feature]! > pivot) j--;
      if (i > j) break;
      const held = order[i]!;
      order[i++] = order[j]!;
      order[j--] = held;
    }
    if (middle <= j) high = j;
    else if (middle >= i) low = i;
    else return;
  }
}
