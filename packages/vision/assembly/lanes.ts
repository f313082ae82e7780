// Four elements as float32 lanes, from bytes or from floats.

/** Four elements from `at`. */
// @ts-ignore: decorator
@inline
export function load4<T>(at: u32): v128 {
  if (isFloat<T>()) return v128.load(at);
  const words = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(at)));
  return f32x4.convert_i32x4_u(words);
}

/** One element from `at`. */
// @ts-ignore: decorator
@inline
export function load1<T>(at: u32): f32 {
  return <f32>load<T>(at);
}

/** Writes `elements` floats as whole numbers from 0 to 255, halves to even. Lanes: 16 elements; `to` has room for whole vectors. */
export function storeBytes(from: u32, to: u32, elements: u32): void {
  for (let e: u32 = 0; e < elements; e += 16) {
    const at = from + (e << 2);
    v128.store(to + e, i8x16.narrow_i16x8_u(
      i16x8.narrow_i32x4_s(rounded(at), rounded(at + 16)),
      i16x8.narrow_i32x4_s(rounded(at + 32), rounded(at + 48)),
    ));
  }
}

// @ts-ignore: decorator
@inline
function rounded(at: u32): v128 {
  return i32x4.trunc_sat_f32x4_s(f32x4.nearest(v128.load(at)));
}

/** The smaller of each lane: 16 bytes, or four floats. */
// @ts-ignore: decorator
@inline
export function min4<T>(a: v128, b: v128): v128 {
  return isFloat<T>() ? f32x4.pmin(a, b) : i8x16.min_u(a, b);
}

/** The larger of each lane: 16 bytes, or four floats. */
// @ts-ignore: decorator
@inline
export function max4<T>(a: v128, b: v128): v128 {
  return isFloat<T>() ? f32x4.pmax(a, b) : i8x16.max_u(a, b);
}
