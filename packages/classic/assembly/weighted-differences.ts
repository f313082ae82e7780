// Rows of float64 less their mean, each by the root of its weight: what scatter matrices are products of.

/**
 * Writes sqrt(weight) (row - mean) of those of `x [rows, columns]` that weigh at least `least`, one after the other, and returns
 * how many there are. `step`: bytes from weight to weight. Lanes: two columns.
 */
export function weightedDifferences(
  x: u32, mean: u32, weights: u32, step: u32, least: f64, out: u32, rows: u32, columns: u32,
): u32 {
  const whole = (columns & ~1) << 3;
  const bytes = columns << 3;
  const first = out;
  for (let row: u32 = 0; row < rows; row++, x += bytes, weights += step) {
    const weight = load<f64>(weights);
    if (weight < least) continue;
    const root = sqrt<f64>(weight);
    const roots = f64x2.splat(root);
    let at: u32 = 0;
    for (; at < whole; at += 16) {
      v128.store(out + at, f64x2.mul(roots, f64x2.sub(v128.load(x + at), v128.load(mean + at))));
    }
    if (at < bytes) store<f64>(out + at, root * (load<f64>(x + at) - load<f64>(mean + at)));
    out += bytes;
  }
  return (out - first) / bytes;
}
