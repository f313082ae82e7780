/**
 * Returns the value below which a share of others lies, by linear interpolation.
 *
 * @param sorted - ascending, at least one
 * @param share - in [0, 1]
 */
export function quantile(sorted: Float64Array, share: number): number {
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!;
  const high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - Math.floor(place));
}

/**
 * Returns the least value up to which at least a share of the weight lies, without interpolation; weights of 0 do not
 * count.
 *
 * @param values - at least one
 * @param weights - one a value, some above 0
 * @param share - in [0, 1]
 */
export function weightedQuantile(
  values: Float64Array,
  weights: Float64Array,
  share: number,
): number {
  const order = Array.from(values.keys())
    .filter((i) => weights[i]! > 0)
    .toSorted((i, j) => values[i]! - values[j]!);
  const total = order.reduce((sum, i) => sum + weights[i]!, 0);
  let below = 0;
  const found = order.find((i) => (below += weights[i]!) >= share * total);
  return values[found ?? order.at(-1)!]!;
}
