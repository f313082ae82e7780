// Rows of a kernel matrix, float64: the operations and their order are those of the host's loops (src/svm/host-loops.ts), so
// that both give the same bits.

/** Writes the dot products of `vector [columns]` with `count` rows to `out`. Lanes: two columns; four rows share the vector's loads. */
export function dotProducts(vector: u32, rows: u32, columns: u32, count: u32, out: u32): void {
  const bytes = columns << 3;
  const whole = (columns & ~3) << 3;
  let row: u32 = 0;
  for (; row + 4 <= count; row += 4, rows += bytes << 2) {
    const second = rows + bytes;
    const third = second + bytes;
    const fourth = third + bytes;
    let a0 = f64x2.splat(0);
    let a1 = f64x2.splat(0);
    let b0 = f64x2.splat(0);
    let b1 = f64x2.splat(0);
    let c0 = f64x2.splat(0);
    let c1 = f64x2.splat(0);
    let d0 = f64x2.splat(0);
    let d1 = f64x2.splat(0);
    let at: u32 = 0;
    for (; at < whole; at += 32) {
      const low = v128.load(vector + at);
      const high = v128.load(vector + at, 16);
      a0 = f64x2.add(a0, f64x2.mul(low, v128.load(rows + at)));
      a1 = f64x2.add(a1, f64x2.mul(high, v128.load(rows + at, 16)));
      b0 = f64x2.add(b0, f64x2.mul(low, v128.load(second + at)));
      b1 = f64x2.add(b1, f64x2.mul(high, v128.load(second + at, 16)));
      c0 = f64x2.add(c0, f64x2.mul(low, v128.load(third + at)));
      c1 = f64x2.add(c1, f64x2.mul(high, v128.load(third + at, 16)));
      d0 = f64x2.add(d0, f64x2.mul(low, v128.load(fourth + at)));
      d1 = f64x2.add(d1, f64x2.mul(high, v128.load(fourth + at, 16)));
    }
    // Two rows' sums side by side.
    let ab = v128.shuffle<i64>(a0, b0, 0, 2);
    let cd = v128.shuffle<i64>(c0, d0, 0, 2);
    for (; at < bytes; at += 8) {
      const value = v128.load64_splat(vector + at);
      ab = f64x2.add(ab, f64x2.mul(value, f64x2(load<f64>(rows + at), load<f64>(second + at))));
      cd = f64x2.add(cd, f64x2.mul(value, f64x2(load<f64>(third + at), load<f64>(fourth + at))));
    }
    ab = f64x2.add(f64x2.add(ab, v128.shuffle<i64>(a0, b0, 1, 3)), sumOfLanes(a1, b1));
    cd = f64x2.add(f64x2.add(cd, v128.shuffle<i64>(c0, d0, 1, 3)), sumOfLanes(c1, d1));
    v128.store(out + (row << 3), ab);
    v128.store(out + (row << 3), cd, 16);
  }
  for (; row < count; row++, rows += bytes) {
    let s0: f64 = 0;
    let s1: f64 = 0;
    let s2: f64 = 0;
    let s3: f64 = 0;
    let at: u32 = 0;
    for (; at < whole; at += 32) {
      s0 += load<f64>(vector + at) * load<f64>(rows + at);
      s1 += load<f64>(vector + at, 8) * load<f64>(rows + at, 8);
      s2 += load<f64>(vector + at, 16) * load<f64>(rows + at, 16);
      s3 += load<f64>(vector + at, 24) * load<f64>(rows + at, 24);
    }
    for (; at < bytes; at += 8) s0 += load<f64>(vector + at) * load<f64>(rows + at);
    store<f64>(out + (row << 3), s0 + s1 + (s2 + s3));
  }
}

/** Dot products to exp(-gamma |a - b|²), in place; `square` and `squares` are |a|² and |b|². Here and below `values` has room for an even count. */
export function radialBasis(values: u32, square: f64, squares: u32, gamma: f64, count: u32): void {
  const own = f64x2.splat(square);
  const factor = f64x2.splat(gamma);
  for (let at: u32 = 0; at < count << 3; at += 16) {
    const twice = f64x2.mul(f64x2.splat(2), v128.load(values + at));
    const distance = f64x2.sub(f64x2.add(own, v128.load(squares + at)), twice);
    v128.store(values + at, decay(f64x2.mul(factor, distance)));
  }
}

/** Dot products to (gamma dot + coef0) ** degree, in place, by squaring. */
export function powers(values: u32, gamma: f64, coef0: f64, degree: u32, count: u32): void {
  for (let at: u32 = 0; at < count << 3; at += 16) {
    let base = f64x2.add(f64x2.mul(f64x2.splat(gamma), v128.load(values + at)), f64x2.splat(coef0));
    let power = f64x2.splat(1);
    for (let left = degree; left > 0; left >>= 1) {
      if (left & 1) power = f64x2.mul(power, base);
      base = f64x2.mul(base, base);
    }
    v128.store(values + at, power);
  }
}

/** Dot products to tanh(gamma dot + coef0), in place. */
export function tangents(values: u32, gamma: f64, coef0: f64, count: u32): void {
  const one = f64x2.splat(1);
  for (let at: u32 = 0; at < count << 3; at += 16) {
    const x = f64x2.add(f64x2.mul(f64x2.splat(gamma), v128.load(values + at)), f64x2.splat(coef0));
    const e = decay(f64x2.mul(f64x2.splat(2), f64x2.abs(x)));
    const size = f64x2.div(f64x2.sub(one, e), f64x2.add(one, e));
    v128.store(values + at, v128.bitselect(f64x2.neg(size), size, f64x2.lt(x, f64x2.splat(0))));
  }
}

/** Writes `values` as float32. */
export function toFloat32(values: u32, out: u32, count: u32): void {
  const whole = count & ~3;
  let i: u32 = 0;
  for (; i < whole; i += 4) {
    const low = f32x4.demote_f64x2_zero(v128.load(values + (i << 3)));
    const high = f32x4.demote_f64x2_zero(v128.load(values + (i << 3), 16));
    v128.store(out + (i << 2), v128.shuffle<i64>(low, high, 0, 2));
  }
  for (; i < count; i++) store<f32>(out + (i << 2), <f32>load<f64>(values + (i << 3)));
}

/** Writes `row` at `places`, four at a time. */
export function spread(row: u32, places: u32, count: u32, out: u32): void {
  const end = out + (count << 2);
  const whole = out + ((count & ~3) << 2);
  for (; out < whole; out += 16, places += 16) {
    const a = load<f32>(row + (load<u32>(places) << 2));
    const b = load<f32>(row + (load<u32>(places, 4) << 2));
    const c = load<f32>(row + (load<u32>(places, 8) << 2));
    const d = load<f32>(row + (load<u32>(places, 12) << 2));
    store<f32>(out, a);
    store<f32>(out, b, 4);
    store<f32>(out, c, 8);
    store<f32>(out, d, 12);
  }
  for (; out < end; out += 4, places += 4) store<f32>(out, load<f32>(row + (load<u32>(places) << 2)));
}

/** exp(-x) of x from 0, by 2 ** -k times a polynomial of degree 9; below 2 ** -1022, 0. */
// @ts-ignore: decorator
@inline
function decay(given: v128): v128 {
  const x = f64x2.min(f64x2.splat(709.1), f64x2.max(f64x2.splat(0), given));
  const k = f64x2.trunc(f64x2.add(f64x2.mul(x, f64x2.splat(1.4426950408889634)), f64x2.splat(0.5)));
  const r = f64x2.sub(f64x2.mul(k, f64x2.splat(0.6931471805599453)), x);
  let value = f64x2.add(f64x2.splat(1.0 / 40320.0), f64x2.mul(r, f64x2.splat(1.0 / 362880.0)));
  value = f64x2.add(f64x2.splat(1.0 / 5040.0), f64x2.mul(r, value));
  value = f64x2.add(f64x2.splat(1.0 / 720.0), f64x2.mul(r, value));
  value = f64x2.add(f64x2.splat(1.0 / 120.0), f64x2.mul(r, value));
  value = f64x2.add(f64x2.splat(1.0 / 24.0), f64x2.mul(r, value));
  value = f64x2.add(f64x2.splat(1.0 / 6.0), f64x2.mul(r, value));
  value = f64x2.add(f64x2.splat(0.5), f64x2.mul(r, value));
  value = f64x2.add(f64x2.splat(1), f64x2.mul(r, value));
  value = f64x2.add(f64x2.splat(1), f64x2.mul(r, value));
  const whole = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k));
  return f64x2.mul(i64x2.shl(i64x2.sub(i64x2.splat(1023), whole), 52), value);
}

// @ts-ignore: decorator
@inline
function sumOfLanes(a: v128, b: v128): v128 {
  return f64x2.add(v128.shuffle<i64>(a, b, 0, 2), v128.shuffle<i64>(a, b, 1, 3));
}
