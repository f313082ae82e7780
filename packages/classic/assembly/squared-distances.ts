// Squared Euclidean distances in float64: even and odd columns are summed apart, as the host version does.

/** Of rows of `x [rows, columns]` to each of `centers [count, columns]`, into `out [count, stride]` from `first` on. Lanes: two columns. */
export function squaredDistances(
  x: u32, centers: u32, out: u32, rows: u32, columns: u32, count: u32, stride: u32,
): void {
  const whole = columns & ~1;
  const bytes = columns << 3;
  for (let row: u32 = 0; row < rows; row++, x += bytes) {
    let center = centers;
    for (let k: u32 = 0; k < count; k++, center += bytes) {
      let sum = f64x2.splat(0);
      let c: u32 = 0;
      for (; c < whole; c += 2) {
        const difference = f64x2.sub(v128.load(x + (c << 3)), v128.load(center + (c << 3)));
        sum = f64x2.add(sum, f64x2.mul(difference, difference));
      }
      let even = f64x2.extract_lane(sum, 0);
      if (c < columns) {
        const difference = load<f64>(x + (c << 3)) - load<f64>(center + (c << 3));
        even += difference * difference;
      }
      store<f64>(out + ((k * stride + row) << 3), even + f64x2.extract_lane(sum, 1));
    }
  }
}
