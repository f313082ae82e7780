// Between masks of four lanes and bools of one byte.

/** Turns four masks of four lanes into sixteen bytes of 0 or 1. */
// @ts-ignore: decorator
@inline
export function toBools(a: v128, b: v128, c: v128, d: v128): v128 {
  const low = i16x8.narrow_i32x4_s(a, b);
  const high = i16x8.narrow_i32x4_s(c, d);
  return v128.and(i8x16.narrow_i16x8_s(low, high), i8x16.splat(1));
}

/** Four bytes as four lanes. */
// @ts-ignore: decorator
@inline
export function fourBytes(at: u32): v128 {
  const bytes = v128.load32_zero(at);
  return i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(bytes));
}
