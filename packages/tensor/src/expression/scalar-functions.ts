import { erf } from "./error-function.ts";
import type { BinaryOperator, ExprType, UnaryOperator } from "./node.ts";

export { erf };

/** Rounds to the nearest whole number, halves to even, as IEEE 754 and NumPy do. */
export function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  // Math.round takes halves up; an odd result of an exact half belongs one lower.
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

/** The remainder that has the divisor's sign, as Python's and NumPy's do. */
export function remainder(x: number, y: number): number {
  const r = x % y;
  // An exact multiple gives a zero of the divisor's sign.
  if (r === 0) return y < 0 || Object.is(y, -0) ? -0 : 0;
  return r < 0 !== y < 0 ? r + y : r;
}

/** The quotient rounded down, by NumPy's algorithm, so that it fits the remainder: `floorDivide(1, 0.1)` is 9. */
export function floorDivide(x: number, y: number): number {
  if (y === 0) return x / y;
  const rest = x % y;
  const towardsZero = (x - rest) / y;
  const quotient = rest !== 0 && rest < 0 !== y < 0 ? towardsZero - 1 : towardsZero;
  // A zero has the sign of the true quotient.
  if (quotient === 0) return x / y < 0 || Object.is(x / y, -0) ? -0 : 0;
  // Whole but for the rounding of the division.
  const floor = Math.floor(quotient);
  return quotient - floor > 0.5 ? floor + 1 : floor;
}

/** C's and NumPy's pow: unlike JavaScript's, 1 to any power, and anything (NaN too) to the power 0, are 1. */
export function pow(x: number, y: number): number {
  if (x === 1) return 1;
  if (x === -1 && (y === Infinity || y === -Infinity)) return 1;
  return x ** y;
}

/** Each unary operator on float64 numbers, as the reference defines it. */
export const unaryFunctions: Readonly<
  Record<Exclude<UnaryOperator, "not">, (x: number) => number>
> = {
  neg: (x) => -x,
  abs: Math.abs,
  // A zero of either sign gives 0, as in NumPy.
  sign: (x) => Math.sign(x) + 0,
  exp: Math.exp,
  expm1: Math.expm1,
  log: Math.log,
  log1p: Math.log1p,
  sqrt: Math.sqrt,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  sinh: Math.sinh,
  cosh: Math.cosh,
  tanh: Math.tanh,
  sigmoid: (x) => 1 / (1 + Math.exp(-x)),
  erf,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundHalfEven,
  trunc: Math.trunc,
};

/** Each binary operator on float64 numbers, as the reference defines it; comparisons give 0 or 1. */
export const binaryFunctions: Readonly<
  Record<
    Exclude<BinaryOperator, "and" | "or" | "xor" | "shiftLeft" | "shiftRight">,
    (x: number, y: number) => number
  >
> = {
  add: (x, y) => x + y,
  sub: (x, y) => x - y,
  mul: (x, y) => x * y,
  div: (x, y) => x / y,
  floorDivide,
  remainder,
  pow,
  atan2: Math.atan2,
  minimum: Math.min,
  maximum: Math.max,
  equal: (x, y) => Number(x === y),
  less: (x, y) => Number(x < y),
  lessEqual: (x, y) => Number(x <= y),
};

/**
 * Returns a binary operator on values of `type`, before its result is stored in that type: integers divided by zero are
 * 0, as in NumPy, and integer powers wrap.
 */
export function binaryOn(
  operator: BinaryOperator,
  type: ExprType,
): ((x: number, y: number) => number) | undefined {
  if (operator in binaryFunctions) {
    const f = binaryFunctions[operator as keyof typeof binaryFunctions];
    if (type === "float32" || type === "float64") return f;
    if (operator === "pow") return integerPow;
    const divides = operator === "floorDivide" || operator === "remainder";
    return divides ? (x, y) => (y === 0 ? 0 : f(x, y)) : f;
  }
  return undefined;
}

/** Integer powers by squaring, modulo 2^32; a negative exponent gives the truncated reciprocal. */
function integerPow(base: number, exponent: number): number {
  if (exponent < 0) return base === 1 ? 1 : base === -1 ? (exponent % 2 === 0 ? 1 : -1) : 0;
  let result = 1;
  let square = base;
  for (let n = exponent; n > 0; n >>>= 1) {
    if (n & 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}
