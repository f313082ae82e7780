import type { FunctionCode, Local } from "./function-code.ts";

const signBit = 0x80000000;
/** Exponents up to this one, and down to its negative, give powers of e that are normal numbers. */
export const mostPlain = 87;

/**
 * Functions of four floats, written into a {@link FunctionCode}. Each lane is independent of its neighbours. Relative
 * errors over all exponents are measured in the conformance suite.
 */
export class VectorFunctions {
  readonly #code: FunctionCode;
  readonly #isRelaxed: boolean;

  /** @param isRelaxed - whether the engine has fused multiply-add */
  constructor(code: FunctionCode, isRelaxed: boolean) {
    this.#code = code;
    this.#isRelaxed = isRelaxed;
  }

  /** a b + c: one rounding where the engine has fused multiply-add, two elsewhere. */
  madd(a: Local, b: Local, c: Local): Local {
    if (this.#isRelaxed) return this.#code.vector("f32x4.relaxed_madd", a, b, c);
    return this.#add(this.#mul(a, b), c);
  }

  /** e^x: x = n ln 2 + r with |r| <= ln(2)/2, and a polynomial in r, minimax to 3.3e-9, times 2^n. */
  exp(x: Local): Local {
    const code = this.#code;
    // These two let NaN through.
    const low = code.vector("f32x4.pmin", x, code.float(89));
    const bounded = code.vector("f32x4.pmax", low, code.float(-104));
    // In two steps, since 2^n itself overflows at the ends where the product does not: n is halved with the bias of both.
    const [sum, exponents] = this.#reducedExp(bounded, 254);
    const half = code.shift("i32x4.shr_u", exponents, 1);
    const rest = code.vector("i32x4.sub", exponents, half);
    const once = this.#mul(sum, code.shift("i32x4.shl", half, 23));
    return this.#mul(once, code.shift("i32x4.shl", rest, 23));
  }

  /** e^x for x from -87 to 88, or NaN. Below -87 it is not exact, up to -88; above 88 it overflows early, up to 89. */
  expWithin(x: Local): Local {
    // With its bias the exponent only has to be moved to its place: this is 2^n, and infinity for 128.
    const [sum, exponent] = this.#reducedExp(x, 127);
    return this.#mul(sum, this.#code.shift("i32x4.shl", exponent, 23));
  }

  /** e^r, and a vector with n and a bias in its low bits. */
  #reducedExp(x: Local, bias: number): readonly [Local, Local] {
    const code = this.#code;
    // Adding 1.5 · 2^23 rounds to a whole number, which then stands in the low bits.
    const magic = code.float(12582912 + bias);
    const shifted = this.madd(x, code.float(Math.LOG2E), magic);
    const n = this.#sub(shifted, magic);
    // ln 2 in two parts, the first with trailing zeros so that its product with n is exact.
    const high = this.madd(n, code.float(-0.693359375), x);
    const r = this.madd(n, code.float(2.1219444e-4), high);
    const p = this.#polynomial(r, [0.0013813145, 0.008369419, 0.041668456, 0.16666515, 0.49999994]);
    return [this.#add(this.madd(p, this.#mul(r, r), r), code.float(1)), shifted];
  }

  /** The natural logarithm: x = m 2^e with m in [sqrt(1/2), sqrt(2)), and a polynomial in m - 1. */
  log(x: Local): Local {
    const code = this.#code;
    // Subnormals are scaled up by 2^25 first.
    const isSmall = code.vector("f32x4.lt", x, code.float(1.17549435e-38));
    const scaled = this.#select(this.#mul(x, code.float(33554432)), x, isSmall);
    const biased = code.vector("i32x4.sub", code.shift("i32x4.shr_u", scaled, 23), code.bits(126));
    const exponent = code.vector(
      "i32x4.sub",
      biased,
      code.vector("v128.and", isSmall, code.bits(25)),
    );
    const fraction = code.vector("v128.and", scaled, code.bits(0x007fffff));
    const half = code.vector("v128.or", fraction, code.bits(0x3f000000));
    const isLow = code.vector("f32x4.lt", half, code.float(Math.SQRT1_2));
    const n = code.vector("f32x4.convert_i32x4_s", code.vector("i32x4.add", exponent, isLow));
    const m = this.#sub(this.#add(half, code.vector("v128.and", half, isLow)), code.float(1));
    const z = this.#mul(m, m);
    const series = this.#polynomial(
      m,
      [
        7.0376836292e-2, -1.151461031e-1, 1.167699874e-1, -1.2420140846e-1, 1.4249322787e-1,
        -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
      ],
    );
    const low = this.madd(n, code.float(-2.1219444e-4), this.#mul(this.#mul(series, m), z));
    const tail = this.#sub(low, this.#mul(z, code.float(0.5)));
    const finite = this.#add(this.madd(n, code.float(0.693359375), m), tail);
    const infinity = code.float(Infinity);
    const isInfinite = code.vector("f32x4.eq", x, infinity);
    const isZero = code.vector("f32x4.eq", x, code.float(0));
    const atZero = this.#select(code.float(-Infinity), finite, isZero);
    const result = this.#select(infinity, atZero, isInfinite);
    // Negative numbers and NaN.
    const isValid = code.vector("f32x4.ge", x, code.float(0));
    return this.#select(result, code.float(NaN), isValid);
  }

  /** tanh: an odd polynomial near 0, and 1 - 2 / (e^2|x| + 1) beyond. */
  tanh(x: Local): Local {
    const code = this.#code;
    const magnitude = code.vector("f32x4.abs", x);
    const z = this.#mul(x, x);
    const p = this.#polynomial(
      z,
      [-5.70498872745e-3, 2.06390887954e-2, -5.37397155531e-2, 1.33314422036e-1, -3.33332819422e-1],
    );
    const near = this.madd(this.#mul(p, z), x, x);
    // From 10 on it is 1 to the last digit.
    const bounded = code.vector("f32x4.pmin", magnitude, code.float(10));
    const e = this.expWithin(this.#add(bounded, bounded));
    const one = code.float(1);
    const far = this.#sub(one, this.#div(code.float(2), this.#add(e, one)));
    const isNear = code.vector("f32x4.lt", magnitude, code.float(0.625));
    // The polynomial would give 0 for -0.
    return this.#withSign(this.#select(near, far, isNear), x);
  }

  /** 1 / (1 + e^-x). */
  sigmoid(x: Local): Local {
    const code = this.#code;
    const one = code.float(1);
    // These two let NaN through.
    const low = code.vector("f32x4.pmax", x, code.float(-89));
    const bounded = code.vector("f32x4.pmin", low, code.float(87));
    return this.#div(one, this.#add(one, this.expWithin(code.vector("f32x4.neg", bounded))));
  }

  /** -1, 0 or 1; NaN for NaN. */
  sign(x: Local): Local {
    const code = this.#code;
    const zero = code.float(0);
    const isPositive = code.vector("f32x4.gt", x, zero);
    const isPlain = code.vector("v128.or", code.vector("f32x4.lt", x, zero), isPositive);
    // Neither: a zero of either sign gives 0, and NaN stays.
    const rest = code.vector("v128.and", x, code.vector("f32x4.ne", x, x));
    return this.#select(this.#withSign(code.float(1), x), rest, isPlain);
  }

  /** log(1 + x): the rounding of 1 + x is made good by the quotient (Kahan; Goldberg 1991, theorem 4). */
  log1p(x: Local): Local {
    const code = this.#code;
    const one = code.float(1);
    const u = this.#add(x, one);
    const d = this.#sub(u, one);
    const result = this.#mul(this.log(u), this.#div(x, d));
    // Where 1 + x is 1, and where it is infinite.
    const isTiny = code.vector("f32x4.eq", d, code.float(0));
    const isInfinite = code.vector("f32x4.eq", x, code.float(Infinity));
    return this.#select(x, result, code.vector("v128.or", isTiny, isInfinite));
  }

  /** e^x - 1: by a polynomial near 0, where the difference would lose digits. */
  expm1(x: Local): Local {
    const code = this.#code;
    const p = this.#polynomial(
      x,
      [1.984127e-4, 1.3888889e-3, 8.3333333e-3, 4.1666667e-2, 1.6666667e-1, 0.5],
    );
    const near = this.madd(this.#mul(p, x), x, x);
    const far = this.#sub(this.exp(x), code.float(1));
    const isNear = code.vector("f32x4.lt", code.vector("f32x4.abs", x), code.float(0.5));
    // The polynomial would give 0 for -0.
    return this.#select(this.#withSign(near, x), far, isNear);
  }

  /**
   * The error function: its series near 0, and beyond the approximation 7.1.26 of Abramowitz and Stegun 1964, whose error
   * is below 1.5e-7.
   */
  erf(x: Local): Local {
    const code = this.#code;
    const z = this.#mul(x, x);
    const s = this.#polynomial(
      z,
      [-8.5483274e-4, 5.2239776e-3, -2.6866171e-2, 1.1283792e-1, -3.7612638e-1],
    );
    const near = this.madd(this.#mul(s, z), x, this.#mul(x, code.float(1.1283792)));
    const magnitude = code.vector("f32x4.abs", x);
    const one = code.float(1);
    const t = this.#div(one, this.madd(magnitude, code.float(0.3275911), one));
    const p = this.#polynomial(
      t,
      [1.061405429, -1.453152027, 1.421413741, -0.284496736, 0.254829592],
    );
    // From 6 on it is 1 to the last digit; NaN passes.
    const bounded = code.vector("f32x4.pmin", z, code.float(36));
    const e = this.expWithin(code.vector("f32x4.neg", bounded));
    const far = this.#sub(one, this.#mul(this.#mul(p, t), e));
    const isNear = code.vector("f32x4.lt", magnitude, code.float(0.5));
    // The polynomial would give 0 for -0.
    return this.#withSign(this.#select(near, far, isNear), x);
  }

  /** A polynomial by Horner's rule, the highest coefficient first. */
  #polynomial(x: Local, [first, ...rest]: readonly number[]): Local {
    return rest.reduce(
      (sum, coefficient) => this.madd(sum, x, this.#code.float(coefficient)),
      this.#code.float(first!),
    );
  }

  #withSign(magnitude: Local, x: Local): Local {
    const sign = this.#code.vector("v128.and", x, this.#code.bits(signBit));
    return this.#code.vector("v128.or", magnitude, sign);
  }

  #select(ifTrue: Local, ifFalse: Local, mask: Local): Local {
    return this.#code.vector("v128.bitselect", ifTrue, ifFalse, mask);
  }

  #add(a: Local, b: Local): Local {
    return this.#code.vector("f32x4.add", a, b);
  }

  #sub(a: Local, b: Local): Local {
    return this.#code.vector("f32x4.sub", a, b);
  }

  #mul(a: Local, b: Local): Local {
    return this.#code.vector("f32x4.mul", a, b);
  }

  #div(a: Local, b: Local): Local {
    return this.#code.vector("f32x4.div", a, b);
  }
}
