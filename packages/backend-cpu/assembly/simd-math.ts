// Functions of four floats. Each lane is independent; relative errors were measured over all exponents (see the tests).

// @ts-ignore: decorator
@inline
export function madd(a: v128, b: v128, c: v128): v128 {
  // One rounding where the engine has fused multiply-add, two elsewhere.
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(f32x4.mul(a, b), c);
}

// @ts-ignore: decorator
@inline
function scaleByPowerOfTwo(x: v128, n: v128): v128 {
  // In two steps, since 2^n itself overflows at the ends where the product does not.
  const half = i32x4.shr_s(n, 1);
  const rest = i32x4.sub(n, half);
  const bias = i32x4.splat(127);
  const first = i32x4.shl(i32x4.add(half, bias), 23);
  const second = i32x4.shl(i32x4.add(rest, bias), 23);
  return f32x4.mul(f32x4.mul(x, first), second);
}

/** e^x: x = n ln 2 + r with |r| <= ln(2)/2, and a polynomial of degree 6 in r. */
// @ts-ignore: decorator
@inline
export function exp4(x: v128): v128 {
  // These two let NaN through, and are one instruction each.
  const clamped = f32x4.pmax(f32x4.pmin(x, f32x4.splat(89)), f32x4.splat(-104));
  // Adding 1.5 · 2^23 rounds to a whole number, which then stands in the low bits.
  const shifted = madd(clamped, f32x4.splat(1.44269504), f32x4.splat(12582912));
  const n = f32x4.sub(shifted, f32x4.splat(12582912));
  // ln 2 in two parts, the first with trailing zeros so that its product with n is exact.
  let r = madd(n, f32x4.splat(-0.693359375), clamped);
  r = madd(n, f32x4.splat(2.12194440e-4), r);
  let p = f32x4.splat(1.9875691500e-4);
  p = madd(p, r, f32x4.splat(1.3981999507e-3));
  p = madd(p, r, f32x4.splat(8.3334519073e-3));
  p = madd(p, r, f32x4.splat(4.1665795894e-2));
  p = madd(p, r, f32x4.splat(1.6666665459e-1));
  p = madd(p, r, f32x4.splat(5.0000001201e-1));
  p = f32x4.add(madd(p, f32x4.mul(r, r), r), f32x4.splat(1));
  return scaleByPowerOfTwo(p, i32x4.sub(shifted, i32x4.splat(0x4b400000)));
}

/** The natural logarithm: x = m 2^e with m in [sqrt(1/2), sqrt(2)), and a polynomial in m - 1. */
// @ts-ignore: decorator
@inline
export function log4(x: v128): v128 {
  // Subnormals are scaled up by 2^25 first.
  const isSmall = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(33554432)), x, isSmall);
  let e = i32x4.sub(i32x4.shr_u(scaled, 23), i32x4.splat(126));
  e = i32x4.sub(e, v128.and(isSmall, i32x4.splat(25)));
  let m = v128.or(v128.and(scaled, i32x4.splat(0x007fffff)), i32x4.splat(0x3f000000));
  const isLow = f32x4.lt(m, f32x4.splat(0.707106781));
  e = i32x4.add(e, isLow);
  m = f32x4.sub(f32x4.add(m, v128.and(m, isLow)), f32x4.splat(1));
  const z = f32x4.mul(m, m);
  let p = f32x4.splat(7.0376836292e-2);
  p = madd(p, m, f32x4.splat(-1.1514610310e-1));
  p = madd(p, m, f32x4.splat(1.1676998740e-1));
  p = madd(p, m, f32x4.splat(-1.2420140846e-1));
  p = madd(p, m, f32x4.splat(1.4249322787e-1));
  p = madd(p, m, f32x4.splat(-1.6668057665e-1));
  p = madd(p, m, f32x4.splat(2.0000714765e-1));
  p = madd(p, m, f32x4.splat(-2.4999993993e-1));
  p = madd(p, m, f32x4.splat(3.3333331174e-1));
  p = f32x4.mul(f32x4.mul(p, m), z);
  const n = f32x4.convert_i32x4_s(e);
  p = madd(n, f32x4.splat(-2.12194440e-4), p);
  p = f32x4.sub(p, f32x4.mul(z, f32x4.splat(0.5)));
  let result = f32x4.add(madd(n, f32x4.splat(0.693359375), m), p);
  result = v128.bitselect(f32x4.splat(-Infinity), result, f32x4.eq(x, f32x4.splat(0)));
  result = v128.bitselect(f32x4.splat(Infinity), result, f32x4.eq(x, f32x4.splat(Infinity)));
  // Negative numbers and NaN.
  const isValid = f32x4.ge(x, f32x4.splat(0));
  return v128.bitselect(result, f32x4.splat(NaN), isValid);
}

/** tanh: an odd polynomial near 0, and 1 - 2 / (e^2|x| + 1) beyond. */
// @ts-ignore: decorator
@inline
export function tanh4(x: v128): v128 {
  const magnitude = f32x4.abs(x);
  const z = f32x4.mul(x, x);
  let p = f32x4.splat(-5.70498872745e-3);
  p = madd(p, z, f32x4.splat(2.06390887954e-2));
  p = madd(p, z, f32x4.splat(-5.37397155531e-2));
  p = madd(p, z, f32x4.splat(1.33314422036e-1));
  p = madd(p, z, f32x4.splat(-3.33332819422e-1));
  const near = madd(f32x4.mul(p, z), x, x);
  const e = exp4(f32x4.add(magnitude, magnitude));
  const far = f32x4.sub(
    f32x4.splat(1),
    f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))),
  );
  const sign = v128.and(x, i32x4.splat(<i32>0x80000000));
  const isNear = f32x4.lt(magnitude, f32x4.splat(0.625));
  return v128.bitselect(near, v128.or(far, sign), isNear);
}

/** 1 / (1 + e^-x). */
// @ts-ignore: decorator
@inline
export function sigmoid4(x: v128): v128 {
  const one = f32x4.splat(1);
  return f32x4.div(one, f32x4.add(one, exp4(f32x4.neg(x))));
}

/** -1, 0 or 1; NaN for NaN. */
// @ts-ignore: decorator
@inline
export function sign4(x: v128): v128 {
  const sign = v128.and(x, i32x4.splat(<i32>0x80000000));
  const unit = v128.or(f32x4.splat(1), sign);
  const isPlain = v128.or(f32x4.lt(x, f32x4.splat(0)), f32x4.gt(x, f32x4.splat(0)));
  // Neither: a zero of either sign gives 0, and NaN stays.
  const rest = v128.and(x, f32x4.ne(x, x));
  return v128.bitselect(unit, rest, isPlain);
}

/** log(1 + x): the rounding of 1 + x is made good by the quotient (Kahan; Goldberg 1991, theorem 4). */
// @ts-ignore: decorator
@inline
export function log1p4(x: v128): v128 {
  const one = f32x4.splat(1);
  const u = f32x4.add(x, one);
  const d = f32x4.sub(u, one);
  const result = f32x4.mul(log4(u), f32x4.div(x, d));
  // Where 1 + x is 1, and where it is infinite.
  const isTiny = f32x4.eq(d, f32x4.splat(0));
  const isInfinite = f32x4.eq(x, f32x4.splat(Infinity));
  return v128.bitselect(x, result, v128.or(isTiny, isInfinite));
}

/** e^x - 1: by a polynomial near 0, where the difference would lose digits. */
// @ts-ignore: decorator
@inline
export function expm14(x: v128): v128 {
  let p = f32x4.splat(1.9841270e-4);
  p = madd(p, x, f32x4.splat(1.3888889e-3));
  p = madd(p, x, f32x4.splat(8.3333333e-3));
  p = madd(p, x, f32x4.splat(4.1666667e-2));
  p = madd(p, x, f32x4.splat(1.6666667e-1));
  p = madd(p, x, f32x4.splat(0.5));
  const near = madd(f32x4.mul(p, x), x, x);
  const far = f32x4.sub(exp4(x), f32x4.splat(1));
  return v128.bitselect(near, far, f32x4.lt(f32x4.abs(x), f32x4.splat(0.5)));
}

/**
 * The error function: its series near 0, and beyond the approximation 7.1.26 of Abramowitz and Stegun 1964, whose error is
 * below 1.5e-7.
 */
// @ts-ignore: decorator
@inline
export function erf4(x: v128): v128 {
  const z = f32x4.mul(x, x);
  let s = f32x4.splat(-8.5483274e-4);
  s = madd(s, z, f32x4.splat(5.2239776e-3));
  s = madd(s, z, f32x4.splat(-2.6866171e-2));
  s = madd(s, z, f32x4.splat(1.1283792e-1));
  s = madd(s, z, f32x4.splat(-3.7612638e-1));
  const near = madd(f32x4.mul(s, z), x, f32x4.mul(x, f32x4.splat(1.1283792)));
  const magnitude = f32x4.abs(x);
  const one = f32x4.splat(1);
  const t = f32x4.div(one, madd(magnitude, f32x4.splat(0.3275911), one));
  let p = f32x4.splat(1.061405429);
  p = madd(p, t, f32x4.splat(-1.453152027));
  p = madd(p, t, f32x4.splat(1.421413741));
  p = madd(p, t, f32x4.splat(-0.284496736));
  p = madd(p, t, f32x4.splat(0.254829592));
  const far = f32x4.sub(one, f32x4.mul(f32x4.mul(p, t), exp4(f32x4.neg(z))));
  const sign = v128.and(x, i32x4.splat(<i32>0x80000000));
  return v128.bitselect(near, v128.or(far, sign), f32x4.lt(magnitude, f32x4.splat(0.5)));
}
