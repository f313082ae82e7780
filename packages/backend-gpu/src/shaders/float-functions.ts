import type { TypeNames } from "./type-names.ts";

/** A WGSL function. */
export interface FunctionText {
  /** Functions that it calls. */
  readonly needs?: readonly string[];
  /** Its text for a width; functions of one width exist as scalars alone and are applied to each element. */
  readonly text: (names: TypeNames) => string;
}

/** A polynomial by Horner's rule, the highest coefficient first. */
function horner(x: string, type: string, [first, ...rest]: readonly number[]): string {
  return rest.reduce((sum, c) => `(${sum} * ${x} + ${type}(${c}))`, `${type}(${first})`);
}

// WGSL leaves functions an error of up to 2^-11 and may take NaN and infinity for absent, so these are written out. They
// tell NaN by its bits, which no compiler may leave out.
export const floatFunctions: Readonly<Record<string, FunctionText>> = {
  // Not constants: WGSL has none that are infinite or NaN.
  infinity: {
    text: () => `fn infinity() -> f32 { var bits = 0x7f800000u; return bitcast<f32>(bits); }`,
  },
  not_a_number: {
    text: () => `fn not_a_number() -> f32 { var bits = 0x7fc00000u; return bitcast<f32>(bits); }`,
  },
  is_nan: {
    text: ({ F, U, B }) =>
      `fn is_nan(x: ${F}) -> ${B} { return (bitcast<${U}>(x) & ${U}(0x7fffffffu)) > ${U}(0x7f800000u); }`,
  },
  is_true: {
    text: ({ F, U, B }) =>
      `fn is_true(x: ${F}) -> ${B} { return (bitcast<${U}>(x) & ${U}(0x7fffffffu)) != ${U}(0u); }`,
  },
  with_sign: {
    text: ({ F, U }) => `fn with_sign(magnitude: ${F}, x: ${F}) -> ${F} {
  return bitcast<${F}>((bitcast<${U}>(magnitude) & ${U}(0x7fffffffu)) | (bitcast<${U}>(x) & ${U}(0x80000000u)));
}`,
  },
  minimum: {
    needs: ["is_nan"],
    // Of two zeros the negative one.
    text: ({ F, U }) => `fn minimum(x: ${F}, y: ${F}) -> ${F} {
  let equal = bitcast<${F}>(bitcast<${U}>(x) | bitcast<${U}>(y));
  let smaller = select(select(equal, y, y < x), x, x < y);
  return select(select(smaller, y, is_nan(y)), x, is_nan(x));
}`,
  },
  maximum: {
    needs: ["is_nan"],
    text: ({ F, U }) => `fn maximum(x: ${F}, y: ${F}) -> ${F} {
  let equal = bitcast<${F}>(bitcast<${U}>(x) & bitcast<${U}>(y));
  let larger = select(select(equal, y, y > x), x, x > y);
  return select(select(larger, y, is_nan(y)), x, is_nan(x));
}`,
  },
  sign_of: {
    needs: ["is_nan"],
    text: ({ F }) => `fn sign_of(x: ${F}) -> ${F} {
  let sign = select(select(${F}(0.0), ${F}(-1.0), x < ${F}(0.0)), ${F}(1.0), x > ${F}(0.0));
  return select(sign, x, is_nan(x));
}`,
  },
  to_int: {
    needs: ["is_nan"],
    // 2147483520 is the largest float below 2^31.
    text: ({ F, I, B }) => `fn to_int(x: ${F}) -> ${I} {
  let whole = ${I}(clamp(select(x, ${F}(0.0), is_nan(x)), ${F}(-2147483648.0), ${F}(2147483520.0)));
  return select(whole, ${I}(2147483647), ${B}(x >= ${F}(2147483648.0)));
}`,
  },
  to_uint: {
    needs: ["is_nan"],
    text: ({ F, U }) => `fn to_uint(x: ${F}) -> ${U} {
  let whole = ${U}(clamp(select(x, ${F}(0.0), is_nan(x)), ${F}(0.0), ${F}(4294967040.0)));
  return select(whole, ${U}(4294967295u), x >= ${F}(4294967296.0));
}`,
  },
  to_byte: {
    needs: ["is_nan"],
    text: ({ F, U }) => `fn to_byte(x: ${F}) -> ${U} {
  return ${U}(clamp(select(x, ${F}(0.0), is_nan(x)), ${F}(0.0), ${F}(255.0)));
}`,
  },
  power_of_two: {
    // In two steps, since 2^n itself overflows at the ends where the product does not.
    text: ({ F, I, U }) => `fn power_of_two(x: ${F}, n: ${I}) -> ${F} {
  let half = n >> ${U}(1u);
  let rest = n - half;
  return x * bitcast<${F}>((half + ${I}(127)) << ${U}(23u)) * bitcast<${F}>((rest + ${I}(127)) << ${U}(23u));
}`,
  },
  // x = n ln 2 + r with |r| <= ln(2)/2, and a polynomial in r, minimax to 3.3e-9, times 2^n. ln 2 in two parts, the
  // first with trailing zeros so that its product with n is exact.
  exp_of: {
    needs: ["is_nan", "power_of_two"],
    text: ({ F, I }) => `fn exp_of(x: ${F}) -> ${F} {
  let bounded = clamp(x, ${F}(-104.0), ${F}(89.0));
  let n = round(bounded * ${F}(1.4426950408889634));
  let r = (bounded - n * ${F}(0.693359375)) + n * ${F}(2.1219444e-4);
  let p = ${horner("r", F, [0.0013813145, 0.008369419, 0.041668456, 0.16666515, 0.49999994])};
  let result = power_of_two((p * (r * r) + r) + ${F}(1.0), ${I}(n));
  return select(result, x, is_nan(x));
}`,
  },
  // log(1 + m) for m between sqrt(1/2) - 1 and sqrt(2) - 1, less m: the part that needs fewer digits.
  log_series: {
    text: ({ F }) => `fn log_series(m: ${F}) -> ${F} {
  return ${horner(
    "m",
    F,
    [
      7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
      -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
    ],
  )} * m * (m * m);
}`,
  },
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)).
  log_of: {
    needs: ["infinity", "not_a_number", "log_series"],
    text: ({ F, I, U }) => `fn log_of(x: ${F}) -> ${F} {
  let is_small = x < ${F}(1.17549435e-38);
  let scaled = bitcast<${U}>(select(x, x * ${F}(33554432.0), is_small));
  let exponent = ${I}(scaled >> ${U}(23u)) - ${I}(126) - select(${I}(0), ${I}(25), is_small);
  let half = bitcast<${F}>((scaled & ${U}(0x7fffffu)) | ${U}(0x3f000000u));
  let is_low = half < ${F}(0.70710677);
  let n = ${F}(exponent - select(${I}(0), ${I}(1), is_low));
  let m = select(half, half + half, is_low) - ${F}(1.0);
  let tail = (log_series(m) + n * ${F}(-2.1219444e-4)) - m * m * ${F}(0.5);
  let finite = (n * ${F}(0.693359375) + m) + tail;
  let upwards = select(finite, ${F}(infinity()), x > ${F}(3.4028234e38));
  let at_zero = select(upwards, ${F}(-infinity()), x == ${F}(0.0));
  return select(${F}(not_a_number()), at_zero, x >= ${F}(0.0));
}`,
  },
  tanh_of: {
    needs: ["exp_of", "with_sign", "is_nan"],
    text: ({ F }) => `fn tanh_of(x: ${F}) -> ${F} {
  let z = x * x;
  let p = ${horner("z", F, [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1])};
  let near = select(p * z * x + x, x, z == ${F}(0.0));
  let e = exp_of(min(abs(x) * ${F}(2.0), ${F}(20.0)));
  let far = with_sign(${F}(1.0) - ${F}(2.0) / (e + ${F}(1.0)), x);
  return select(select(far, near, abs(x) < ${F}(0.625)), x, is_nan(x));
}`,
  },
  sigmoid_of: {
    needs: ["exp_of"],
    text: ({ F }) => `fn sigmoid_of(x: ${F}) -> ${F} {
  let e = exp_of(-abs(x));
  return select(${F}(1.0), e, x < ${F}(0.0)) / (e + ${F}(1.0));
}`,
  },
  // Near 0 the sum 1 + x would lose digits, and compilers may undo what makes them good.
  log1p_of: {
    needs: ["log_of", "log_series"],
    text: ({ F }) => `fn log1p_of(x: ${F}) -> ${F} {
  let near = (log_series(x) - x * x * ${F}(0.5)) + x;
  return select(log_of(x + ${F}(1.0)), near, abs(x) < ${F}(0.29));
}`,
  },
  expm1_of: {
    needs: ["exp_of"],
    text: ({ F }) => `fn expm1_of(x: ${F}) -> ${F} {
  let p = ${horner("x", F, [1.984127e-4, 1.3888889e-3, 8.3333333e-3, 4.1666667e-2, 1.6666667e-1, 0.5])};
  let near = select(p * x * x + x, x, x == ${F}(0.0));
  return select(exp_of(x) - ${F}(1.0), near, abs(x) < ${F}(0.5));
}`,
  },
  // Its series near 0, and beyond approximation 7.1.26 of Abramowitz and Stegun 1964, whose error is below 1.5e-7.
  erf_of: {
    needs: ["exp_of", "with_sign", "is_nan"],
    text: ({ F }) => `fn erf_of(x: ${F}) -> ${F} {
  let z = x * x;
  let s = ${horner("z", F, [-8.5483274e-4, 5.2239776e-3, -2.6866171e-2, 1.1283792e-1, -3.7612638e-1])};
  let near = s * z * x + x * ${F}(1.1283792);
  let t = ${F}(1.0) / (abs(x) * ${F}(0.3275911) + ${F}(1.0));
  let p = ${horner("t", F, [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592])};
  let far = ${F}(1.0) - p * t * exp_of(-min(z, ${F}(36.0)));
  return select(select(with_sign(far, x), near, abs(x) < ${F}(0.5)), x, is_nan(x));
}`,
  },
  // x - n pi/2 and n modulo 4, by pi/2 in three parts: exact products for n below 2^13.
  reduce_angle: {
    needs: ["reduce_large_angle"],
    text: ({ F, I, B }) => `struct Angle { r: ${F}, n: ${I} }
fn reduce_angle(x: ${F}) -> Angle {
  let is_large = abs(x) > ${F}(4000.0);
  let small = select(x, ${F}(0.0), is_large);
  let n = round(small * ${F}(0.6366197723675814));
  let r = ((small - n * ${F}(1.5703125)) - n * ${F}(4.837512969970703e-4)) - n * ${F}(7.549789948768648e-8);
  var result = Angle(r, ${I}(n));
${
  B === "bool"
    ? "  if (is_large) { let far = reduce_large_angle(x); result = Angle(far.r, far.n); }"
    : `  if (any(is_large)) {
    for (var i = 0; i < 4; i++) {
      if (is_large[i]) { let far = reduce_large_angle(x[i]); result.r[i] = far.r; result.n[i] = far.n; }
    }
  }`
}
  return result;
}`,
  },
  // Payne and Hanek 1983: of 2/pi only the bits matter that the exponent brings next to the point.
  reduce_large_angle: {
    needs: ["not_a_number"],
    text: () => `const two_over_pi = array<u32, 9>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u,
  0x3c439041u, 0xfe5163abu, 0xdebbc561u);
struct LargeAngle { r: f32, n: i32 }
fn multiply_wide(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let middle = (a >> 16u) * (b & 0xffffu) + (low >> 16u);
  let other = (a & 0xffffu) * (b >> 16u) + (middle & 0xffffu);
  return vec2u((other << 16u) | (low & 0xffffu), (a >> 16u) * (b >> 16u) + (middle >> 16u) + (other >> 16u));
}
fn reduce_large_angle(x: f32) -> LargeAngle {
  let bits = bitcast<u32>(x);
  let biased = (bits >> 23u) & 255u;
  if (biased == 255u) { return LargeAngle(not_a_number(), 0); }
  let m = (bits & 0x7fffffu) | 0x800000u;
  // x = m 2^(biased - 150); the bits of 2/pi before place biased - 151 give multiples of 4.
  let start = biased - 151u + 31u;
  var table = two_over_pi;
  let word = start >> 5u;
  let shift = start & 31u;
  var w: array<u32, 3>;
  for (var i = 0u; i < 3u; i++) {
    let high = table[word + i] << shift;
    w[i] = select(high | (table[word + i + 1u] >> (32u - shift)), high, shift == 0u);
  }
  let low = multiply_wide(m, w[2]);
  let middle = multiply_wide(m, w[1]);
  let r1 = low.y + middle.x;
  let r2 = m * w[0] + middle.y + select(0u, 1u, r1 < low.y);
  // Two bits of quadrant, then the fraction, taken from -1/2 to 1/2.
  var quadrant = r2 >> 30u;
  var high = (r2 << 2u) | (r1 >> 30u);
  var rest = (r1 << 2u) | (low.x >> 30u);
  let is_negative = (high >> 31u) != 0u;
  if (is_negative) {
    quadrant += 1u;
    rest = ~rest + 1u;
    high = ~high + select(0u, 1u, rest == 0u);
  }
  let zeros = min(countLeadingZeros(high), 31u);
  let top = select((high << zeros) | (rest >> (32u - zeros)), high, zeros == 0u);
  // Converted from 24 bits, which is exact, and 8 more.
  let scaled = f32(top >> 8u) * 256.0 + f32(top & 255u);
  let fraction = scaled * bitcast<f32>((127u - 32u - zeros) << 23u);
  let angle = fraction * 1.5707963267948966;
  let flips = is_negative != ((bits >> 31u) != 0u);
  let n = select(i32(quadrant), -i32(quadrant), (bits >> 31u) != 0u);
  return LargeAngle(select(angle, -angle, flips), n);
}`,
  },
  sine_of_reduced: {
    text: ({ F }) => `fn sine_of_reduced(r: ${F}) -> ${F} {
  let z = r * r;
  return ${horner("z", F, [-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1])} * z * r + r;
}`,
  },
  cosine_of_reduced: {
    text: ({ F }) => `fn cosine_of_reduced(r: ${F}) -> ${F} {
  let z = r * r;
  return ${horner("z", F, [2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2])} * z * z - z * ${F}(0.5) + ${F}(1.0);
}`,
  },
  sin_of: {
    needs: ["reduce_angle", "sine_of_reduced", "cosine_of_reduced"],
    text: ({ F, I }) => `fn sin_of(x: ${F}) -> ${F} {
  let angle = reduce_angle(x);
  let is_odd = (angle.n & ${I}(1)) != ${I}(0);
  let value = select(sine_of_reduced(angle.r), cosine_of_reduced(angle.r), is_odd);
  let result = select(value, -value, (angle.n & ${I}(2)) != ${I}(0));
  return select(result, x, x == ${F}(0.0));
}`,
  },
  cos_of: {
    needs: ["reduce_angle", "sine_of_reduced", "cosine_of_reduced"],
    text: ({ F, I }) => `fn cos_of(x: ${F}) -> ${F} {
  let angle = reduce_angle(x);
  let is_odd = (angle.n & ${I}(1)) != ${I}(0);
  let value = select(cosine_of_reduced(angle.r), sine_of_reduced(angle.r), is_odd);
  return select(value, -value, ((angle.n + ${I}(1)) & ${I}(2)) != ${I}(0));
}`,
  },
  tan_of: {
    needs: ["reduce_angle", "sine_of_reduced", "cosine_of_reduced"],
    text: ({ F, I }) => `fn tan_of(x: ${F}) -> ${F} {
  let angle = reduce_angle(x);
  let s = sine_of_reduced(angle.r);
  let c = cosine_of_reduced(angle.r);
  let is_odd = (angle.n & ${I}(1)) != ${I}(0);
  let result = select(s, -c, is_odd) / select(c, s, is_odd);
  return select(result, x, x == ${F}(0.0));
}`,
  },
  // asin(x) = x + x^3 p(x^2) up to 1/2, and by half angles beyond.
  arcsine_near: {
    text: ({ F }) => `fn arcsine_near(x: ${F}, z: ${F}) -> ${F} {
  return ${horner("z", F, [4.2163199048e-2, 2.4181311049e-2, 4.5470025998e-2, 7.4953002686e-2, 1.6666752422e-1])} * z * x + x;
}`,
  },
  asin_of: {
    needs: ["arcsine_near", "with_sign", "not_a_number"],
    text: ({ F }) => `fn asin_of(x: ${F}) -> ${F} {
  let z = max((${F}(1.0) - abs(x)) * ${F}(0.5), ${F}(0.0));
  let far = with_sign(${F}(1.5707963267948966) - ${F}(2.0) * arcsine_near(sqrt(z), z), x);
  let inside = select(far, arcsine_near(x, x * x), abs(x) < ${F}(0.5));
  return select(${F}(not_a_number()), inside, abs(x) <= ${F}(1.0));
}`,
  },
  acos_of: {
    needs: ["arcsine_near", "not_a_number"],
    text: ({ F }) => `fn acos_of(x: ${F}) -> ${F} {
  let z = max((${F}(1.0) - abs(x)) * ${F}(0.5), ${F}(0.0));
  let half = ${F}(2.0) * arcsine_near(sqrt(z), z);
  let far = select(half, ${F}(3.1415926535897932) - half, x < ${F}(0.0));
  let inside = select(far, ${F}(1.5707963267948966) - arcsine_near(x, x * x), abs(x) < ${F}(0.5));
  return select(${F}(not_a_number()), inside, abs(x) <= ${F}(1.0));
}`,
  },
  atan_of: {
    needs: ["with_sign", "is_nan"],
    text: ({ F }) => `fn atan_of(x: ${F}) -> ${F} {
  let a = abs(x);
  let is_far = a > ${F}(2.414213562373095);
  let is_middle = a > ${F}(0.4142135623730950);
  let bounded = min(a, ${F}(1e30));
  let u = select(select(a, (bounded - ${F}(1.0)) / (bounded + ${F}(1.0)), is_middle), ${F}(-1.0) / max(bounded, ${F}(1.0)), is_far);
  let z = u * u;
  let p = ${horner("z", F, [8.05374449538e-2, -1.38776856032e-1, 1.99777106478e-1, -3.33329491539e-1])} * z * u + u;
  let base = select(select(${F}(0.0), ${F}(0.7853981633974483), is_middle), ${F}(1.5707963267948966), is_far);
  return select(with_sign(base + p, x), x, is_nan(x));
}`,
  },
  sinh_of: {
    needs: ["exp_of", "with_sign"],
    text: ({ F }) => `fn sinh_of(x: ${F}) -> ${F} {
  let z = x * x;
  let near = ${horner("z", F, [2.03721912945e-4, 8.33028376239e-3, 1.66667160211e-1])} * z * x + x;
  // The root of e^|x|, which overflows only where the result does.
  let root = exp_of(abs(x) * ${F}(0.5));
  let far = (root * ${F}(0.5)) * root - ${F}(0.5) / root / root;
  return select(with_sign(far, x), near, abs(x) < ${F}(1.0));
}`,
  },
  cosh_of: {
    needs: ["exp_of"],
    text: ({ F }) => `fn cosh_of(x: ${F}) -> ${F} {
  let root = exp_of(abs(x) * ${F}(0.5));
  return (root * ${F}(0.5)) * root + ${F}(0.5) / root / root;
}`,
  },
};
