import { Criterion, type SplitLimits } from "./criterion.ts";

/** What the criteria for classes share: the weight of each class in the node and on either side. */
abstract class ClassCriterion extends Criterion {
  readonly outputs: number;
  protected readonly classes: Int32Array;
  protected readonly weights: Float64Array;
  protected readonly counts: Float64Array;
  protected readonly left: Float64Array;
  protected readonly right: Float64Array;

  constructor(samples: number, classes: number) {
    super();
    this.outputs = classes;
    this.classes = new Int32Array(samples);
    this.weights = new Float64Array(samples);
    this.counts = new Float64Array(classes);
    this.left = new Float64Array(classes);
    this.right = new Float64Array(classes);
  }

  load(
    targets: Float64Array,
    weights: Float64Array,
    order: Int32Array,
    start: number,
    count: number,
  ): void {
    const { classes, counts } = this;
    const own = this.weights;
    counts.fill(0);
    let sum = 0;
    for (let i = 0; i < count; i++) {
      const sample = order[start + i]!;
      const c = targets[sample]! | 0;
      const weight = weights[sample]!;
      classes[i] = c;
      own[i] = weight;
      counts[c]! += weight;
      sum += weight;
    }
    this.total = sum;
    this.bestGain = Number.NEGATIVE_INFINITY;
  }

  writeValue(value: Float64Array, at: number): void {
    value.set(this.counts, at);
  }
}

/** Gini's impurity, 1 - Σ p². Gain: Σ over both sides of Σ count² / weight. */
export class Gini extends ClassCriterion {
  #squares = 0;

  begin(): number {
    let squares = 0;
    for (const c of this.counts) squares += c * c;
    this.#squares = squares;
    return 1 - squares / (this.total * this.total);
  }

  decrease(impurity: number): number {
    return this.total * impurity - (this.total - this.bestGain);
  }

  scan(
    count: number,
    ranks: Int32Array,
    positions: Int32Array,
    values: Float32Array,
    offset: number,
    { minSamplesLeaf, minWeightLeaf }: SplitLimits,
  ): boolean {
    const { classes, weights, left, right, total } = this;
    left.fill(0);
    right.set(this.counts);
    let squaresLeft = 0;
    let squaresRight = this.#squares;
    let weightLeft = 0;
    let best = this.bestGain;
    let place = -1;
    const last = count - minSamplesLeaf;
    let rank = ranks[0]!;
    for (let i = 0; i < last;) {
      const position = positions[i]!;
      const c = classes[position]!;
      const weight = weights[position]!;
      const l = left[c]!;
      const r = right[c]!;
      squaresLeft += weight * (2 * l + weight);
      squaresRight += weight * (weight - 2 * r);
      left[c] = l + weight;
      right[c] = r - weight;
      weightLeft += weight;
      i++;
      const next = ranks[i]!;
      if (next === rank) continue;
      const low = rank;
      rank = next;
      if (i < minSamplesLeaf) continue;
      const weightRight = total - weightLeft;
      const gain = squaresLeft / weightLeft + squaresRight / weightRight;
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

/** Shannon's entropy in bits, -Σ p log p. Gain: minus both sides' entropies, weighted. */
export class Entropy extends ClassCriterion {
  readonly #termsLeft: Float64Array;
  readonly #termsRight: Float64Array;

  constructor(samples: number, classes: number) {
    super(samples, classes);
    this.#termsLeft = new Float64Array(classes);
    this.#termsRight = new Float64Array(classes);
  }

  begin(): number {
    let terms = 0;
    for (const c of this.counts) terms += xLogX(c);
    return Math.max(0, (xLogX(this.total) - terms) / this.total);
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
    const { classes, weights, left, right, total } = this;
    const [termsLeft, termsRight] = [this.#termsLeft, this.#termsRight];
    left.fill(0);
    termsLeft.fill(0);
    right.set(this.counts);
    let sumLeft = 0;
    let sumRight = 0;
    for (let c = 0; c < right.length; c++) {
      termsRight[c] = xLogX(right[c]!);
      sumRight += termsRight[c]!;
    }
    let weightLeft = 0;
    let best = this.bestGain;
    let place = -1;
    const last = count - minSamplesLeaf;
    for (let i = 0; i < last;) {
      const position = positions[i]!;
      const c = classes[position]!;
      const weight = weights[position]!;
      left[c]! += weight;
      right[c]! -= weight;
      weightLeft += weight;
      // Only one class changed on either side.
      const termLeft = xLogX(left[c]!);
      const termRight = xLogX(right[c]!);
      sumLeft += termLeft - termsLeft[c]!;
      sumRight += termRight - termsRight[c]!;
      termsLeft[c] = termLeft;
      termsRight[c] = termRight;
      i++;
      if (ranks[i] === ranks[i - 1] || i < minSamplesLeaf) continue;
      const weightRight = total - weightLeft;
      const gain = sumLeft - xLogX(weightLeft) + sumRight - xLogX(weightRight);
      if (gain > best) {
        if (weightLeft < minWeightLeaf || weightRight < minWeightLeaf) continue;
        if (this.isSame(values, offset, ranks[i - 1]!, ranks[i]!)) continue;
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

function xLogX(x: number): number {
  return x > 0 ? x * Math.log2(x) : 0;
}
