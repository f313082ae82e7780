import { wasmType, type FunctionCode, type Local, type MathFunction } from "./function-code.ts";

/** Adding it to a double rounds to a whole number, which then stands in the low bits: 1.5 · 2^52. */
const magic = 6755399441055744;
const signBit = 0x80000000;
/** Up to here whole multiples of the first part of pi/2 are exact. */
const mostReduced = 2 ** 20;
// pi/2: 33 bits, and the rest.
const quarterTurn = { high: 1.5707963267341256, low: 6.077100506506192e-11 };

// Taylor's series on |r| <= pi/4, the highest coefficient first: relative errors of 2^-33 and 2^-32.
const sineSeries = [-1 / 39916800, 1 / 362880, -1 / 5040, 1 / 120, -1 / 6, 1];
const cosineSeries = [-1 / 3628800, 1 / 40320, -1 / 720, 1 / 24, -1 / 2, 1];
// log2((1 + s) / (1 - s)) = 2 / ln 2 · s (1 + s²/3 + s⁴/5 + ...), |s| <= 0.172: to 2e-12.
const logSeries = [13, 11, 9, 7, 5, 3, 1].map((n) => 2 / (n * Math.LN2));
// 2^r on |r| <= 1/2: to 2e-10.
const powerSeries = [8, 7, 6, 5, 4, 3, 2, 1, 0].map((n) => Math.LN2 ** n / factorial(n));

/**
 * Functions of four floats that are computed as twice two doubles: what is lost in the reduction of the argument, or
 * magnified by the exponent, then stays far below a float's last digit. What lies beyond their reach (infinities, NaN,
 * angles above 2^20) goes to JavaScript's functions.
 */
export class DoubleFunctions {
  readonly #code: FunctionCode;

  constructor(code: FunctionCode) {
    this.#code = code;
  }

  /** The sine. */
  sin(x: Local): Local {
    return this.#turning("sin", x);
  }

  /** The cosine. */
  cos(x: Local): Local {
    return this.#turning("cos", x);
  }

  /** The tangent. */
  tan(x: Local): Local {
    return this.#turning("tan", x);
  }

  /** x to the power y, as C defines it: 2^(y log2 |x|), and the sign of an odd power. */
  pow(x: Local, y: Local): Local {
    const code = this.#code;
    const magnitude = code.vector("f32x4.abs", x);
    const infinity = code.bits(0x7f800000);
    // As whole numbers: infinities and NaN are not below infinity.
    const isFinite = code.vector(
      "v128.and",
      code.vector("i32x4.lt_s", magnitude, infinity),
      code.vector("i32x4.lt_s", code.vector("f32x4.abs", y), infinity),
    );
    return this.#either(
      code.vector("v128.not", isFinite),
      () => this.#powerAtInfinity(x, y),
      () => {
        const power = this.#inHalves([magnitude, y], (base, exponent) =>
          this.#power(base!, exponent!),
        );
        const half = code.vector("f32x4.mul", y, code.float(0.5));
        const isWhole = code.vector("f32x4.eq", y, code.vector("f32x4.trunc", y));
        const isOdd = code.vector("f32x4.ne", half, code.vector("f32x4.trunc", half));
        const sign = code.vector("v128.and", x, code.bits(signBit));
        const flip = code.vector("v128.and", sign, code.vector("v128.and", isWhole, isOdd));
        const signed = code.vector("v128.xor", power, flip);
        // A negative number has no power that is not whole.
        const isNegative = code.vector("f32x4.lt", x, code.float(0));
        const isUndefined = code.vector("v128.andnot", isNegative, isWhole);
        return code.vector("v128.bitselect", code.float(NaN), signed, isUndefined);
      },
    );
  }

  /** JavaScript's power, and where C says 1: 1 to any power, -1 to an infinite one. */
  #powerAtInfinity(x: Local, y: Local): Local {
    const code = this.#code;
    const [one, infinity] = [code.float(1), code.float(Infinity)];
    const isInfinite = code.vector("f32x4.eq", code.vector("f32x4.abs", y), infinity);
    const isMinusOne = code.vector("f32x4.eq", x, code.float(-1));
    const isOne = code.vector(
      "v128.or",
      code.vector("f32x4.eq", x, one),
      code.vector("v128.and", isMinusOne, isInfinite),
    );
    return code.vector("v128.bitselect", one, code.math("pow", x, y), isOne);
  }

  /** 2^(y log2 x) of two doubles, x not negative. */
  #power(x: Local, y: Local): Local {
    const code = this.#code;
    // x = m 2^e with m in [sqrt(1/2), sqrt(2)).
    const offset = code.vector("i64x2.sub", x, code.double(Math.SQRT1_2));
    const exponent = code.shift("i64x2.shr_s", offset, 52);
    const m = code.vector("i64x2.sub", x, code.shift("i64x2.shl", exponent, 52));
    const e = this.#sub(code.vector("i64x2.add", exponent, code.double(magic)), code.double(magic));
    const one = code.double(1);
    const s = code.vector("f64x2.div", this.#sub(m, one), this.#add(m, one));
    const log = this.#add(e, this.#mul(s, this.#polynomial(this.#mul(s, s), logSeries)));
    // The logarithm of 0 lies beyond any exponent, and its product with 0 is 0.
    const isZero = code.vector("f64x2.eq", x, code.double(0));
    const bounded = code.vector("v128.bitselect", code.double(-1e300), log, isZero);
    const product = this.#mul(y, bounded);
    // Floats end at 2^128 and 2^-149.
    const low = code.vector("f64x2.pmin", product, code.double(200));
    const t = code.vector("f64x2.pmax", low, code.double(-200));
    const shifted = this.#add(t, code.double(magic));
    const fraction = this.#sub(t, this.#sub(shifted, code.double(magic)));
    const power = this.#polynomial(fraction, powerSeries);
    return code.vector("i64x2.add", power, code.shift("i64x2.shl", shifted, 52));
  }

  #turning(name: "sin" | "cos" | ("tan" & MathFunction), x: Local): Local {
    const code = this.#code;
    const magnitude = code.vector("v128.and", x, code.bits(0x7fffffff));
    // As whole numbers the bits of NaN stand above those of all magnitudes.
    const isFar = code.vector("i32x4.gt_s", magnitude, code.float(mostReduced));
    return this.#either(
      isFar,
      () => code.math(name, x),
      () => this.#inHalves([x], (angle) => this.#turn(name, angle!)),
    );
  }

  /** Of two doubles: x = n pi/2 + r, and the series that n's last two bits choose. */
  #turn(name: "sin" | "cos" | "tan", x: Local): Local {
    const code = this.#code;
    const shifted = this.#add(this.#mul(x, code.double(2 / Math.PI)), code.double(magic));
    const n = this.#sub(shifted, code.double(magic));
    const first = this.#sub(x, this.#mul(n, code.double(quarterTurn.high)));
    const r = this.#sub(first, this.#mul(n, code.double(quarterTurn.low)));
    const z = this.#mul(r, r);
    const sine = this.#mul(r, this.#polynomial(z, sineSeries));
    const cosine = this.#polynomial(z, cosineSeries);
    // A cosine is the sine of a quarter turn more.
    const quarter = name === "cos" ? code.vector("i64x2.add", shifted, code.long(1n)) : shifted;
    const isOdd = code.shift("i64x2.shr_s", code.shift("i64x2.shl", quarter, 63), 63);
    const top = code.vector("v128.bitselect", cosine, sine, isOdd);
    if (name === "tan") {
      const bottom = code.vector("v128.bitselect", sine, cosine, isOdd);
      const sign = code.vector("v128.and", isOdd, code.long(1n << 63n));
      return code.vector("v128.xor", code.vector("f64x2.div", top, bottom), sign);
    }
    const half = code.vector("v128.and", quarter, code.long(2n));
    return code.vector("v128.xor", top, code.shift("i64x2.shl", half, 62));
  }

  /** Computes four floats as twice two doubles. */
  #inHalves(operands: readonly Local[], f: (...halves: Local[]) => Local): Local {
    const code = this.#code;
    const promoted = (x: Local): Local => code.vector("f64x2.promote_low_f32x4", x);
    const bytes = (words: readonly number[]): number[] =>
      words.flatMap((word) => [4 * word, 4 * word + 1, 4 * word + 2, 4 * word + 3]);
    const upper = (x: Local): Local => code.vectorWith("i8x16.shuffle", bytes([2, 3, 2, 3]), x, x);
    const low = f(...operands.map(promoted));
    const high = f(...operands.map((x) => promoted(upper(x))));
    const [a, b] = [low, high].map((x) => code.vector("f32x4.demote_f64x2_zero", x));
    return code.vectorWith("i8x16.shuffle", bytes([0, 1, 4, 5]), a!, b!);
  }

  /** One way where any lane of the mask is set, the other where none is. */
  #either(mask: Local, ifAny: () => Local, ifNone: () => Local): Local {
    const code = this.#code;
    const result = code.local(wasmType.v128);
    const copy = (value: Local): Local => code.set(result, () => code.get(value));
    code.push("v128.any_true", [mask]);
    code.branch(
      () => void copy(ifAny()),
      () => void copy(ifNone()),
    );
    return result;
  }

  /** A polynomial by Horner's rule, the highest coefficient first. */
  #polynomial(x: Local, [first, ...rest]: readonly number[]): Local {
    return rest.reduce(
      (sum, coefficient) => this.#add(this.#mul(sum, x), this.#code.double(coefficient)),
      this.#code.double(first!),
    );
  }

  #add(a: Local, b: Local): Local {
    return this.#code.vector("f64x2.add", a, b);
  }

  #sub(a: Local, b: Local): Local {
    return this.#code.vector("f64x2.sub", a, b);
  }

  #mul(a: Local, b: Local): Local {
    return this.#code.vector("f64x2.mul", a, b);
  }
}

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}
