const mostDigitBits = 11;
const fewerSamples = 28;

/** Sorts a node's samples by their ranks, in buffers of its own. */
export class RankSorter {
  /** The ranks in ascending order, after {@link sort}. */
  readonly ranks: Int32Array;
  /** The samples' positions in the node, in that order. */
  readonly positions: Int32Array;
  readonly #from: Uint32Array;
  readonly #to: Uint32Array;
  readonly #starts = new Int32Array(2 ** mostDigitBits + 1);
  #wide: Float64Array | undefined;

  /** @param samples - the size of the largest node */
  constructor(samples: number) {
    this.ranks = new Int32Array(samples);
    this.positions = new Int32Array(samples);
    this.#from = new Uint32Array(samples);
    this.#to = new Uint32Array(samples);
  }

  /** Sorts `count` ranks; `least` and `most` are the smallest and the largest of them. */
  sort(unsorted: Int32Array, count: number, least: number, most: number): void {
    if (count <= fewerSamples) this.#insert(unsorted, count);
    else {
      // A key is a rank above a position, so that one word is moved instead of two.
      const positionBits = 32 - Math.clz32(count - 1);
      const rankBits = 32 - Math.clz32(most - least);
      if (positionBits + rankBits > 32) this.#sortWide(unsorted, count, least);
      else this.#sortByDigits(unsorted, count, least, positionBits, rankBits);
    }
  }

  #insert(unsorted: Int32Array, count: number): void {
    const { ranks, positions } = this;
    for (let i = 0; i < count; i++) {
      const rank = unsorted[i]!;
      let j = i - 1;
      for (; j >= 0 && ranks[j]! > rank; j--) {
        ranks[j + 1] = ranks[j]!;
        positions[j + 1] = positions[j]!;
      }
      ranks[j + 1] = rank;
      positions[j + 1] = i;
    }
  }

  #sortByDigits(
    unsorted: Int32Array,
    count: number,
    least: number,
    positionBits: number,
    rankBits: number,
  ): void {
    const { ranks, positions } = this;
    let [from, to] = [this.#from, this.#to];
    const starts = this.#starts;
    for (let i = 0; i < count; i++) from[i] = ((unsorted[i]! - least) << positionBits) | i;
    // Fewer buckets than samples, and digits of one size.
    const passes = Math.ceil(rankBits / Math.min(mostDigitBits, positionBits + 1));
    const digit = Math.ceil(rankBits / passes);
    const mask = 2 ** digit - 1;
    for (let pass = 0; pass < passes; pass++) {
      const shift = positionBits + pass * digit;
      starts.fill(0, 0, mask + 2);
      for (let i = 0; i < count; i++) starts[((from[i]! >>> shift) & mask) + 1]!++;
      for (let b = 0; b < mask; b++) starts[b + 1]! += starts[b]!;
      for (let i = 0; i < count; i++) {
        const key = from[i]!;
        to[starts[(key >>> shift) & mask]!++] = key;
      }
      [from, to] = [to, from];
    }
    const positionMask = 2 ** positionBits - 1;
    for (let i = 0; i < count; i++) {
      const key = from[i]!;
      ranks[i] = (key >>> positionBits) + least;
      positions[i] = key & positionMask;
    }
  }

  #sortWide(unsorted: Int32Array, count: number, least: number): void {
    const keys = (this.#wide ??= new Float64Array(this.ranks.length)).subarray(0, count);
    const unit = 2 ** 21 > count ? 2 ** 21 : 2 ** 31;
    for (let i = 0; i < count; i++) keys[i] = (unsorted[i]! - least) * unit + i;
    keys.sort();
    for (let i = 0; i < count; i++) {
      const key = keys[i]!;
      const rank = Math.floor(key / unit);
      this.ranks[i] = rank + least;
      this.positions[i] = key - rank * unit;
    }
  }
}
