import { floatFunctions, type FunctionText } from "./float-functions.ts";
import { typeNames } from "./type-names.ts";

/** Functions of scalars; a vector's elements are taken one by one. */
export const scalarFunctions: Readonly<Record<string, FunctionText>> = {
  // Long division of the mantissas, a few bits at a time: exact, however far apart the exponents are.
  divide_whole: {
    needs: [],
    text: () => `struct Division { rest: f32, quotient: f32, exponent: i32, whole: u32 }
fn scale(x: f32, n: i32) -> f32 {
  let bounded = clamp(n, -252, 254);
  let half = bounded / 2;
  return x * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(bounded - half + 127) << 23u);
}
// Of |x| and |y|, both finite and not zero.
fn divide_whole(x: f32, y: f32) -> Division {
  let ex = i32((bitcast<u32>(x) >> 23u) & 255u);
  let ey = i32((bitcast<u32>(y) >> 23u) & 255u);
  let mx = (bitcast<u32>(x) & 0x7fffffu) | 0x800000u;
  let my = (bitcast<u32>(y) & 0x7fffffu) | 0x800000u;
  if (ex < ey) { return Division(abs(x), 0.0, 0, 0u); }
  var quotient = mx / my;
  var r = mx % my;
  var extra = 0;
  var sticky = 0u;
  for (var d = ex - ey; d > 0;) {
    let bits = min(d, 6);
    let shifted = r << u32(bits);
    let digit = shifted / my;
    r = shifted % my;
    if (quotient < (1u << 26u)) {
      quotient = (quotient << u32(bits)) + digit;
    } else {
      extra += bits;
      sticky |= digit;
    }
    d -= bits;
  }
  if (sticky != 0u) { quotient |= 1u; }
  return Division(scale(f32(r), ey - 150), 0.0, extra, quotient);
}
// To nearest, halves to even.
fn float_of(x: u32) -> f32 {
  let zeros = countLeadingZeros(x);
  if (zeros >= 8u) { return f32(x); }
  let drop = 8u - zeros;
  let kept = x >> drop;
  let rest = x & ((1u << drop) - 1u);
  let half = 1u << (drop - 1u);
  let up = rest > half || (rest == half && (kept & 1u) == 1u);
  return scale(f32(kept + select(0u, 1u, up)), i32(drop));
}
fn is_normal(x: f32) -> bool {
  let biased = (bitcast<u32>(x) >> 23u) & 255u;
  return biased != 0u && biased != 255u;
}`,
  },
  remainder_of: {
    needs: ["divide_whole", "is_nan_scalar", "not_a_number"],
    text: () => `fn remainder_of(x: f32, y: f32) -> f32 {
  let sx = bitcast<u32>(x) >> 31u;
  let sy = bitcast<u32>(y) >> 31u;
  let ax = bitcast<u32>(x) & 0x7fffffffu;
  let ay = bitcast<u32>(y) & 0x7fffffffu;
  if (ax >= 0x7f800000u || ay > 0x7f800000u || ay < 0x00800000u) { return not_a_number(); }
  var rest = abs(x);
  if (is_normal(x) && is_normal(y)) { rest = divide_whole(x, y).rest; }
  if (ax < 0x00800000u || rest == 0.0) { return bitcast<f32>(sy << 31u); }
  let signed = select(rest, -rest, sx == 1u);
  return select(signed, signed + y, sx != sy);
}`,
  },
  floor_divide: {
    needs: ["divide_whole", "not_a_number", "infinity"],
    text: () => `fn floor_divide(x: f32, y: f32) -> f32 {
  let sign = (bitcast<u32>(x) ^ bitcast<u32>(y)) & 0x80000000u;
  let ax = bitcast<u32>(x) & 0x7fffffffu;
  let ay = bitcast<u32>(y) & 0x7fffffffu;
  if (ax > 0x7f800000u || ay > 0x7f800000u) { return not_a_number(); }
  if (ay < 0x00800000u) {
    if (ax < 0x00800000u) { return not_a_number(); }
    return select(infinity(), -infinity(), sign != 0u);
  }
  if (ax == 0x7f800000u) { return not_a_number(); }
  let zero = bitcast<f32>(sign);
  if (ax < 0x00800000u) { return zero; }
  if (ay == 0x7f800000u) { return select(zero, -1.0, sign != 0u); }
  let division = divide_whole(x, y);
  var whole = division.whole;
  if (sign != 0u && division.rest != 0.0 && division.exponent == 0) { whole += 1u; }
  if (whole == 0u) { return zero; }
  let magnitude = scale(float_of(whole), division.exponent);
  return select(magnitude, -magnitude, sign != 0u);
}`,
  },
  atan2_of: {
    needs: ["atan_scalar", "not_a_number"],
    text: () => `fn atan2_of(y: f32, x: f32) -> f32 {
  let bx = bitcast<u32>(x) & 0x7fffffffu;
  let by = bitcast<u32>(y) & 0x7fffffffu;
  if (bx > 0x7f800000u || by > 0x7f800000u) { return not_a_number(); }
  // The device may divide by very large numbers badly.
  let shrink = select(1.0, 9.313225746154785e-10, max(bx, by) > 0x71000000u);
  let ax = abs(x) * shrink;
  let ay = abs(y) * shrink;
  var angle = 0.0;
  if (max(bx, by) >= 0x00800000u) { angle = atan_scalar(min(ax, ay) / max(ax, ay)); }
  if (max(bx, by) == 0x7f800000u) { angle = select(0.0, 0.7853981633974483, bx == by); }
  if (by > bx) { angle = 1.5707963267948966 - angle; }
  if ((bitcast<u32>(x) >> 31u) == 1u) { angle = 3.1415926535897932 - angle; }
  return bitcast<f32>(bitcast<u32>(angle) | (bitcast<u32>(y) & 0x80000000u));
}`,
  },
  // 2^(y log2 x), with the logarithm and the product in two parts: digits before the point cost digits behind it.
  pow_of: {
    needs: ["not_a_number", "infinity"],
    text: () => `fn upper(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }
fn pow_of(x: f32, y: f32) -> f32 {
  let bx = bitcast<u32>(x) & 0x7fffffffu;
  let by = bitcast<u32>(y) & 0x7fffffffu;
  if (by < 0x00800000u || bitcast<u32>(x) == 0x3f800000u) { return 1.0; }
  if (bx > 0x7f800000u || by > 0x7f800000u) { return not_a_number(); }
  let is_negative = (bitcast<u32>(x) >> 31u) == 1u;
  let falls = (bitcast<u32>(y) >> 31u) == 1u;
  // From 2^24 on all floats are even.
  let is_whole = by >= 0x4b800000u || (abs(y) == floor(abs(y)));
  let is_odd = by < 0x4b800000u && is_whole && (u32(abs(y)) & 1u) == 1u;
  let sign = select(0u, 0x80000000u, is_negative && is_odd);
  if (by == 0x7f800000u) {
    if (bx == 0x3f800000u) { return 1.0; }
    return select(0.0, infinity(), (bx > 0x3f800000u) != falls);
  }
  if (bx < 0x00800000u || bx == 0x7f800000u) {
    let grows = (bx == 0x7f800000u) != falls;
    return bitcast<f32>(sign | bitcast<u32>(select(0.0, infinity(), grows)));
  }
  if (is_negative && !is_whole) { return not_a_number(); }
  // |x| = m 2^e with m in [sqrt(1/2), sqrt(2)).
  var e = i32(bx >> 23u) - 127;
  var m = bitcast<f32>((bx & 0x7fffffu) | 0x3f800000u);
  if (m > 1.4142135) { m *= 0.5; e += 1; }
  // log2 m = 2 / ln 2 (s + s^3 / 3 + ...) with s = (m - 1) / (m + 1), in two parts.
  let f = m - 1.0;
  let g = m + 1.0;
  let s = upper(f / g);
  let g_high = upper(g);
  let g_low = (m - (g_high - 1.0));
  let s_low = ((f - s * g_high) - s * g_low) / g;
  let whole_s = s + s_low;
  let z = whole_s * whole_s;
  let cubic = whole_s * z * ((((0.1015625 * z + 0.111111) * z + 0.14285715) * z + 0.2) * z + 0.33333334);
  // 2 / ln 2 in parts of 12 bits and the rest.
  let high = s * 2.884765625;
  let low = s * 6.2445678e-4 + (s_low + cubic) * 2.8853901;
  let log_high = upper(f32(e) + high);
  let log_low = ((f32(e) - log_high) + high) + low;
  let y_high = upper(y);
  let y_low = y - y_high;
  let product = y * (log_high + log_low);
  if (product > 160.0) { return bitcast<f32>(sign | bitcast<u32>(infinity())); }
  if (product < -160.0) { return bitcast<f32>(sign); }
  let n = round(product);
  let fraction = ((y_high * log_high - n) + y_low * log_high) + y * log_low;
  let t = fraction * 0.6931471805599453;
  let p = ((((((1.9875691e-4 * t + 1.3981999e-3) * t + 8.3334519e-3) * t + 4.1665796e-2) * t + 0.16666665) * t + 0.5) * (t * t) + t) + 1.0;
  let half = i32(n) / 2;
  let rest = i32(n) - half;
  let result = p * bitcast<f32>(u32(half + 127) << 23u) * bitcast<f32>(u32(rest + 127) << 23u);
  return bitcast<f32>(sign | bitcast<u32>(result));
}`,
  },
  power_of_ints: {
    text: () => `fn power_of_ints(base: i32, exponent: i32) -> i32 {
  if (exponent < 0) {
    if (base == 1) { return 1; }
    if (base == -1) { return select(1, -1, (exponent & 1) != 0); }
    return 0;
  }
  var result = 1;
  var square = base;
  for (var n = exponent; n > 0; n >>= 1u) {
    if ((n & 1) != 0) { result *= square; }
    square *= square;
  }
  return result;
}`,
  },
  floor_divide_ints: {
    text: () => `fn floor_divide_ints(x: i32, y: i32) -> i32 {
  if (y == 0) { return 0; }
  if (y == -1) { return -x; }
  let q = x / y;
  return select(q, q - 1, (x % y != 0) && ((x < 0) != (y < 0)));
}`,
  },
  remainder_of_ints: {
    text: () => `fn remainder_of_ints(x: i32, y: i32) -> i32 {
  if (y == 0 || y == -1) { return 0; }
  let r = x % y;
  return select(r, r + y, r != 0 && ((r < 0) != (y < 0)));
}`,
  },
  atan_scalar: {
    text: () =>
      floatFunctions["atan_of"]!.text(typeNames(1)).replaceAll(
        /\b(atan_of|with_sign|is_nan)\b/g,
        (name) => (name === "atan_of" ? "atan_scalar" : `${name}_scalar`),
      ),
    needs: ["with_sign_scalar", "is_nan_scalar"],
  },
  with_sign_scalar: {
    text: () =>
      floatFunctions["with_sign"]!.text(typeNames(1)).replace("with_sign", "with_sign_scalar"),
  },
  is_nan_scalar: {
    text: () => floatFunctions["is_nan"]!.text(typeNames(1)).replace("is_nan", "is_nan_scalar"),
  },
};
