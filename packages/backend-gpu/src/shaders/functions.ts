import type { ShaderModule } from "./module.ts";

/** How many elements an invocation computes at a time: WGSL's scalars or its vectors of four. */
export type Width = 1 | 4;

/** Names of the types of a width. */
export interface TypeNames {
  readonly F: string;
  readonly I: string;
  readonly U: string;
  readonly B: string;
}

/** Returns the names of the types of a width. */
export function typeNames(width: Width): TypeNames {
  return width === 1
    ? { F: "f32", I: "i32", U: "u32", B: "bool" }
    : { F: "vec4f", I: "vec4i", U: "vec4u", B: "vec4<bool>" };
}

interface FunctionText {
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
const functions: Readonly<Record<string, FunctionText>> = {
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
  let near = p * z * x + x;
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
  return select(exp_of(x) - ${F}(1.0), p * x * x + x, abs(x) < ${F}(0.5));
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

/** Functions of scalars; a vector's elements are taken one by one. */
const scalarFunctions: Readonly<Record<string, FunctionText>> = {
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
      functions["atan_of"]!.text(typeNames(1)).replaceAll(
        /\b(atan_of|with_sign|is_nan)\b/g,
        (name) => (name === "atan_of" ? "atan_scalar" : `${name}_scalar`),
      ),
    needs: ["with_sign_scalar", "is_nan_scalar"],
  },
  with_sign_scalar: {
    text: () => functions["with_sign"]!.text(typeNames(1)).replace("with_sign", "with_sign_scalar"),
  },
  is_nan_scalar: {
    text: () => functions["is_nan"]!.text(typeNames(1)).replace("is_nan", "is_nan_scalar"),
  },
};

/** Makes a function part of a shader, with all that it calls; returns a call of it. */
export function call(
  module: ShaderModule,
  width: Width,
  name: string,
  operands: readonly string[],
): string {
  addFunction(module, width, name);
  if (!(name in scalarFunctions) || width === 1) return `${name}(${operands.join(", ")})`;
  const type = name.endsWith("_ints") ? "vec4i" : "vec4f";
  const elements = Array.from("xyzw", (part) => {
    const parts = operands.map((operand) => `${operand}.${part}`);
    return `${name}(${parts.join(", ")})`;
  });
  return `${type}(${elements.join(", ")})`;
}

function addFunction(module: ShaderModule, width: Width, name: string): void {
  if (module.defines(name)) return;
  const { needs = [], text } = (functions[name] ?? scalarFunctions[name])!;
  for (const other of needs) addFunction(module, width, other);
  module.define(name, text(typeNames(width)));
}
