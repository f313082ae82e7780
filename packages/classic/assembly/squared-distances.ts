// Squared Euclidean distances in float64: even and odd columns are summed apart, as the host version does.

/**
 * Of rows of `x [rows, columns]` to each of `centers [count, columns]`, into `out [count, stride]` from `first` on. Lanes: two
 * columns; four rows at a time, whose sums do not wait for each other.
 */
export function squaredDistances(
  x: u32, centers: u32, out: u32, rows: u32, columns: u32, count: u32, stride: u32,
): void {
  const bytes = columns << 3;
  let row: u32 = 0;
  for (; row + 4 <= rows; row += 4, x += bytes << 2, out += 32) {
    let center = centers;
    for (let k: u32 = 0; k < count; k++, center += bytes) ofFour(x, center, out + ((k * stride) << 3), columns);
  }
  for (; row < rows; row++, x += bytes, out += 8) {
    let center = centers;
    for (let k: u32 = 0; k < count; k++, center += bytes) ofOne(x, center, out + ((k * stride) << 3), columns);
  }
}

function ofFour(x: u32, center: u32, out: u32, columns: u32): void {
  const bytes = columns << 3;
  const whole = bytes & ~15;
  const second = x + bytes;
  const third = second + bytes;
  const fourth = third + bytes;
  let a = f64x2.splat(0);
  let b = f64x2.splat(0);
  let c = f64x2.splat(0);
  let d = f64x2.splat(0);
  let at: u32 = 0;
  for (; at < whole; at += 16) {
    const to = v128.load(center + at);
    a = f64x2.add(a, square(f64x2.sub(v128.load(x + at), to)));
    b = f64x2.add(b, square(f64x2.sub(v128.load(second + at), to)));
    c = f64x2.add(c, square(f64x2.sub(v128.load(third + at), to)));
    d = f64x2.add(d, square(f64x2.sub(v128.load(fourth + at), to)));
  }
  let evenAB = v128.shuffle<i64>(a, b, 0, 2);
  let evenCD = v128.shuffle<i64>(c, d, 0, 2);
  if (at < bytes) {
    const to = v128.load64_splat(center + at);
    evenAB = f64x2.add(evenAB, square(f64x2.sub(f64x2(load<f64>(x + at), load<f64>(second + at)), to)));
    evenCD = f64x2.add(evenCD, square(f64x2.sub(f64x2(load<f64>(third + at), load<f64>(fourth + at)), to)));
  }
  v128.store(out, f64x2.add(evenAB, v128.shuffle<i64>(a, b, 1, 3)));
  v128.store(out, f64x2.add(evenCD, v128.shuffle<i64>(c, d, 1, 3)), 16);
}

function ofOne(x: u32, center: u32, out: u32, columns: u32): void {
  const bytes = columns << 3;
  const whole = bytes & ~15;
  let sum = f64x2.splat(0);
  let at: u32 = 0;
  for (; at < whole; at += 16) sum = f64x2.add(sum, square(f64x2.sub(v128.load(x + at), v128.load(center + at))));
  let even = f64x2.extract_lane(sum, 0);
  if (at < bytes) {
    const difference = load<f64>(x + at) - load<f64>(center + at);
    even += difference * difference;
  }
  store<f64>(out, even + f64x2.extract_lane(sum, 1));
}

// @ts-ignore: decorator
@inline
function square(x: v128): v128 {
  return f64x2.mul(x, x);
}
