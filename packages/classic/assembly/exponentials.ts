// The exponential in float64, to two units in the last place: the host's version (src/wasm/float64-loops.ts) gives the same bits.

/** exp(x) of `count` numbers that are not above 0, in place; below 2 ** -1022 it is 0. `values` has room for an even count. */
export function exponentials(values: u32, count: u32): void {
  for (const end = values + (count << 3); values < end; values += 16) {
    const x = f64x2.max(f64x2.splat(-709.1), v128.load(values));
    // -k: the power of two.
    const k = f64x2.trunc(f64x2.sub(f64x2.splat(0.5), f64x2.mul(x, f64x2.splat(1.4426950408889634))));
    // The logarithm of 2 in two parts, the first of so few bits that its product is exact.
    const high = f64x2.add(x, f64x2.mul(k, f64x2.splat(0.6931471803691238)));
    const r = f64x2.add(high, f64x2.mul(k, f64x2.splat(1.9082149292705877e-10)));
    let value = f64x2.add(f64x2.splat(1.0 / 479001600.0), f64x2.mul(r, f64x2.splat(1.0 / 6227020800.0)));
    value = f64x2.add(f64x2.splat(1.0 / 39916800.0), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(1.0 / 3628800.0), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(1.0 / 362880.0), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(1.0 / 40320.0), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(1.0 / 5040.0), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(1.0 / 720.0), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(1.0 / 120.0), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(1.0 / 24.0), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(1.0 / 6.0), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(0.5), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(1), f64x2.mul(r, value));
    value = f64x2.add(f64x2.splat(1), f64x2.mul(r, value));
    const power = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k));
    v128.store(values, f64x2.mul(i64x2.shl(i64x2.sub(i64x2.splat(1023), power), 52), value));
  }
}
