/** Features as the ranks of their values: where splits go depends on the order of values alone, and ranks sort fast. */
export interface RankedFeatures {
  readonly samples: number;
  readonly features: number;
  /** `[features, samples]`: the place of each sample's value among the feature's distinct values, from 0. */
  readonly ranks: Int32Array;
  /** Each feature's distinct values, ascending, one feature after the other. */
  readonly values: Float32Array;
  /** Where each feature's values begin in `values`; one more for the end. */
  readonly offsets: Int32Array;
}

const digit = 11;
const buckets = 2 ** digit;

/**
 * Returns the ranks of all features' values.
 *
 * @param x - `[samples, features]` in row-major order, finite
 * @param make - makes the array of ranks, so that it can be one which threads share
 */
export function rankFeatures(
  x: Float32Array,
  samples: number,
  features: number,
  make: (size: number) => Int32Array = (size) => new Int32Array(size),
): RankedFeatures {
  const ranks = make(features * samples);
  const values: Float32Array[] = [];
  const offsets = new Int32Array(features + 1);
  const column = new Float32Array(samples);
  const order = new Int32Array(samples);
  const spare = new Int32Array(samples);
  for (let f = 0; f < features; f++) {
    // Adding 0 makes -0 and 0 the same bits.
    for (let i = 0; i < samples; i++) column[i] = x[i * features + f]! + 0;
    sortOrder(column, order, spare);
    const distinct = new Float32Array(samples);
    let count = 0;
    for (let i = 0; i < samples; i++) {
      const sample = order[i]!;
      const value = column[sample]!;
      if (count === 0 || value !== distinct[count - 1]) distinct[count++] = value;
      ranks[f * samples + sample] = count - 1;
    }
    values.push(distinct.subarray(0, count));
    offsets[f + 1] = offsets[f]! + count;
  }
  const all = new Float32Array(offsets[features]!);
  values.forEach((own, f) => all.set(own, offsets[f]!));
  return { samples, features, ranks, values: all, offsets };
}

/** Fills `order` with the samples in ascending order of `column`: by radix, three digits of 11 bits. */
function sortOrder(column: Float32Array, order: Int32Array, spare: Int32Array): void {
  const bits = new Uint32Array(column.buffer);
  const keys = Uint32Array.from(bits, (b) => (b >>> 31 === 0 ? b | 0x80000000 : ~b) >>> 0);
  for (let i = 0; i < order.length; i++) order[i] = i;
  let [from, to] = [order, spare];
  for (let shift = 0; shift < 32; shift += digit) {
    const starts = new Int32Array(buckets + 1);
    for (const key of keys) starts[((key >>> shift) & (buckets - 1)) + 1]!++;
    for (let b = 0; b < buckets; b++) starts[b + 1]! += starts[b]!;
    for (const sample of from) to[starts[(keys[sample]! >>> shift) & (buckets - 1)]!++] = sample;
    [from, to] = [to, from];
  }
  if (from !== order) order.set(from);
}
