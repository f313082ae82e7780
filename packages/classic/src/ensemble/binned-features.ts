/** Features in at most 256 bins each, for histograms. */
export interface BinnedFeatures {
  readonly samples: number;
  readonly features: number;
  /** `[features, samples]`: each value's bin, the number of thresholds that it is above. */
  readonly bins: Uint8Array;
  /** For each feature the thresholds between its bins, ascending: a value belongs to the first that it is not above. */
  readonly thresholds: readonly Float64Array[];
}

/**
 * Returns features in bins: one a distinct value if there are at most `maxBins`, else cut at evenly spaced percentiles.
 *
 * @param x - `[samples, features]` in row-major order, finite
 * @param maxBins - from 2 to 255
 */
export function binFeatures(
  x: Float32Array,
  samples: number,
  features: number,
  maxBins: number,
): BinnedFeatures {
  const bins = new Uint8Array(features * samples);
  const thresholds: Float64Array[] = [];
  const column = new Float32Array(samples);
  for (let f = 0; f < features; f++) {
    for (let i = 0; i < samples; i++) column[i] = x[i * features + f]!;
    const own = thresholdsOf(Float32Array.from(column).sort(), maxBins);
    thresholds.push(own);
    assign(column, own, bins.subarray(f * samples, (f + 1) * samples));
  }
  return { samples, features, bins, thresholds };
}

function thresholdsOf(sorted: Float32Array, maxBins: number): Float64Array {
  const distinct = distinctOf(sorted);
  if (distinct.length <= maxBins) {
    return Float64Array.from({ length: distinct.length - 1 }, (_, i) =>
      middle(distinct[i]!, distinct[i + 1]!),
    );
  }
  const cuts = new Set<number>();
  for (let b = 1; b < maxBins; b++) {
    // Between the two values nearest to the percentile, which rounds as NumPy's does.
    const place = ((b * (100 / maxBins)) / 100) * (sorted.length - 1);
    cuts.add(middle(sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!));
  }
  return Float64Array.from(cuts);
}

function distinctOf(sorted: Float32Array): Float32Array {
  let count = 0;
  const distinct = new Float32Array(sorted.length);
  for (let i = 0; i < sorted.length; i++) {
    if (i === 0 || sorted[i] !== sorted[i - 1]) distinct[count++] = sorted[i]!;
  }
  return distinct.subarray(0, count);
}

function middle(low: number, high: number): number {
  return low / 2 + high / 2;
}

/** By bisection of a table of 256, filled up with infinity, in eight steps without a branch. */
function assign(column: Float32Array, thresholds: Float64Array, bins: Uint8Array): void {
  const table = new Float64Array(256).fill(Infinity);
  table.set(thresholds);
  for (let i = 0; i < column.length; i++) {
    const value = column[i]!;
    let low = 0;
    for (let half = 128; half > 0; half >>= 1) {
      low += half & -(value > table[low + half - 1]!);
    }
    bins[i] = low;
  }
}
