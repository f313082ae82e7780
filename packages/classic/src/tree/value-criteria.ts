import { Criterion, type SplitLimits } from "./criterion.ts";

/** What the criteria for values share. */
abstract class ValueCriterion extends Criterion {
  readonly outputs = 1;
  protected readonly targets: Float64Array;
  protected readonly weights: Float64Array;

  constructor(samples: number) {
    super();
    this.targets = new Float64Array(samples);
    this.weights = new Float64Array(samples);
  }

  load(
    targets: Float64Array,
    weights: Float64Array,
    order: Int32Array,
    start: number,
    count: number,
  ): void {
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const sample = order[start + i]!;
      const weight = weights[sample]!;
      this.targets[i] = targets[sample]!;
      this.weights[i] = weight;
      sum += weight;
    }
    this.total = sum;
    this.bestGain = Number.NEGATIVE_INFINITY;
  }
}

/** The variance. Gain: Σ over both sides of sum² / weight. */
export class SquaredError extends ValueCriterion {
  protected sum = 0;
  #squares = 0;

  begin(count: number): number {
    const { targets, weights, total } = this;
    let sum = 0;
    let squares = 0;
    for (let i = 0; i < count; i++) {
      const weight = weights[i]!;
      const weighted = weight * targets[i]!;
      sum += weighted;
      squares += weighted * targets[i]!;
    }
    this.sum = sum;
    this.#squares = squares;
    return Math.max(0, squares / total - (sum / total) ** 2);
  }

  writeValue(value: Float64Array, at: number): void {
    value[at] = this.sum / this.total;
  }

  decrease(impurity: number): number {
    return this.total * impurity - (this.#squares - this.bestGain);
  }

  /** The gain of a split, of the sums and weights on its sides. */
  protected gain(sumLeft: number, left: number, sumRight: number, right: number): number {
    return (sumLeft * sumLeft) / left + (sumRight * sumRight) / right;
  }

  scan(
    count: number,
    ranks: Int32Array,
    positions: Int32Array,
    values: Float32Array,
    offset: number,
    { minSamplesLeaf, minWeightLeaf }: SplitLimits,
  ): boolean {
    const { targets, weights, total, sum } = this;
    let sumLeft = 0;
    let weightLeft = 0;
    let best = this.bestGain;
    let place = -1;
    const last = count - minSamplesLeaf;
    let rank = ranks[0]!;
    for (let i = 0; i < last;) {
      const position = positions[i]!;
      const weight = weights[position]!;
      sumLeft += weight * targets[position]!;
      weightLeft += weight;
      i++;
      const next = ranks[i]!;
      if (next === rank) continue;
      const low = rank;
      rank = next;
      if (i < minSamplesLeaf) continue;
      const weightRight = total - weightLeft;
      const gain = this.gain(sumLeft, weightLeft, sum - sumLeft, weightRight);
      if (gain > best) {
        if (weightLeft < minWeightLeaf || weightRight < minWeightLeaf) continue;
        if (this.isSame(values, offset, low, next)) continue;
        best = gain;
        place = i;
      }
    }
    if (place < 0) return false;
    this.bestGain = best;
    this.bestPlace = place;
    return true;
  }
}

/** The variance, with splits compared by Friedman's gain: the squared difference of means by harmonic weight (2001, equation 35). */
export class FriedmanSquaredError extends SquaredError {
  protected override gain(sumLeft: number, left: number, sumRight: number, right: number): number {
    const difference = right * sumLeft - left * sumRight;
    return (difference * difference) / (left * right);
  }

  override decrease(): number {
    return this.bestGain / this.total;
  }
}

/**
 * The mean distance from the median. Gain: minus both sides' summed distances. Sides are kept in trees of partial sums over the
 * targets' ranks (Fenwick 1994), so that a sample moves, and a median is found, in O(log n).
 */
export class AbsoluteError extends ValueCriterion {
  readonly #distinct: Float64Array;
  readonly #place: ReadonlyMap<number, number>;
  readonly #left: PartialSums;
  readonly #right: PartialSums;
  readonly #places: Int32Array;

  /** @param all - the targets of all samples */
  constructor(samples: number, all: Float64Array) {
    super(samples);
    this.#distinct = Float64Array.from(new Set(all)).sort();
    this.#place = new Map(Array.from(this.#distinct, (value, i) => [value, i]));
    this.#left = new PartialSums(this.#distinct);
    this.#right = new PartialSums(this.#distinct);
    this.#places = new Int32Array(samples);
  }

  begin(count: number): number {
    this.#right.clear();
    for (let i = 0; i < count; i++) {
      this.#places[i] = this.#place.get(this.targets[i]!)!;
      this.#right.add(this.#places[i]!, this.weights[i]!);
    }
    return this.#right.distance() / this.total;
  }

  writeValue(value: Float64Array, at: number, count: number): void {
    value[at] = weightedMedian(this.targets, this.weights, count);
  }

  decrease(impurity: number): number {
    return this.total * impurity + this.bestGain;
  }

  scan(
    count: number,
    ranks: Int32Array,
    positions: Int32Array,
    values: Float32Array,
    offset: number,
    { minSamplesLeaf, minWeightLeaf }: SplitLimits,
  ): boolean {
    const [left, right, places] = [this.#left, this.#right, this.#places];
    left.clear();
    right.clear();
    for (let i = 0; i < count; i++) right.add(places[i]!, this.weights[i]!);
    let place = -1;
    const last = count - minSamplesLeaf;
    for (let i = 0; i < last;) {
      const position = positions[i]!;
      const weight = this.weights[position]!;
      left.add(places[position]!, weight);
      right.add(places[position]!, -weight);
      i++;
      if (ranks[i] === ranks[i - 1] || i < minSamplesLeaf) continue;
      if (left.weight < minWeightLeaf || right.weight < minWeightLeaf) continue;
      const gain = -left.distance() - right.distance();
      if (gain > this.bestGain && !this.isSame(values, offset, ranks[i - 1]!, ranks[i]!)) {
        this.bestGain = gain;
        place = i;
      }
    }
    if (place < 0) return false;
    this.bestPlace = place;
    return true;
  }
}

/** Weights of ascending values, of which partial sums are at hand. */
class PartialSums {
  weight = 0;
  readonly #values: Float64Array;
  readonly #weights: Float64Array;
  readonly #sums: Float64Array;
  readonly #top: number;
  #sum = 0;

  constructor(values: Float64Array) {
    this.#values = values;
    this.#weights = new Float64Array(values.length + 1);
    this.#sums = new Float64Array(values.length + 1);
    this.#top = 2 ** (31 - Math.clz32(values.length));
  }

  clear(): void {
    this.#weights.fill(0);
    this.#sums.fill(0);
    this.weight = 0;
    this.#sum = 0;
  }

  add(place: number, weight: number): void {
    const value = weight * this.#values[place]!;
    this.weight += weight;
    this.#sum += value;
    for (let i = place + 1; i < this.#weights.length; i += i & -i) {
      this.#weights[i]! += weight;
      this.#sums[i]! += value;
    }
  }

  /** The sum of weighted distances from the median. */
  distance(): number {
    let place = 0;
    let below = 0;
    let sumBelow = 0;
    for (let step = this.#top; step > 0; step >>= 1) {
      const next = place + step;
      if (next < this.#weights.length && below + this.#weights[next]! < this.weight / 2) {
        place = next;
        below += this.#weights[next]!;
        sumBelow += this.#sums[next]!;
      }
    }
    const median = this.#values[Math.min(place, this.#values.length - 1)]!;
    const above = this.weight - below;
    return median * below - sumBelow + (this.#sum - sumBelow) - median * above;
  }
}

/** Returns the weighted median of the first `count` values; between two, the middle. */
export function weightedMedian(values: Float64Array, weights: Float64Array, count: number): number {
  const order = Array.from({ length: count }, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i]!;
  let below = 0;
  for (let i = 0; i < count; i++) {
    below += weights[order[i]!]!;
    if (below > total / 2) return values[order[i]!]!;
    if (below === total / 2 && i + 1 < count) {
      return (values[order[i]!]! + values[order[i + 1]!]!) / 2;
    }
  }
  return values[order[count - 1]!]!;
}
