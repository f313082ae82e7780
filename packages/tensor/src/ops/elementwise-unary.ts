import { Expr } from "../expression/node.ts";
import type { Tensor } from "../tensor.ts";
import { ElementwiseOperation } from "./elementwise-operation.ts";
import type { TensorLike } from "./operand.ts";

const negOperation = new ElementwiseOperation("neg", (x) => x.neg());
/**
 * Returns `-x`.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * neg(tensor([1, -2])).toString(); // => [-1, 2]
 */
export function neg(x: TensorLike): Tensor {
  return negOperation.unary(x);
}

const absOperation = new ElementwiseOperation("abs", (x) => x.abs());
/**
 * Returns the magnitudes of `x`. The gradient at 0 is 0.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * abs(tensor([-1, 2])).toString(); // => [1, 2]
 */
export function abs(x: TensorLike): Tensor {
  return absOperation.unary(x);
}

const signOperation = new ElementwiseOperation("sign", (x) => x.sign());
/**
 * Returns -1, 0 or 1 for each element; NaN for NaN.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * sign(tensor([-3, 0, 2])).toString(); // => [-1, 0, 1]
 */
export function sign(x: TensorLike): Tensor {
  return signOperation.unary(x);
}

const expOperation = new ElementwiseOperation("exp", (x) => x.exp());
/**
 * Returns e to the power `x`.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * exp(tensor([0])).toString(); // => [1]
 */
export function exp(x: TensorLike): Tensor {
  return expOperation.unary(x);
}

const expm1Operation = new ElementwiseOperation("expm1", (x) => x.expm1());
/**
 * Returns `exp(x) - 1`, precise near 0.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * expm1(tensor([0])).toString(); // => [0]
 */
export function expm1(x: TensorLike): Tensor {
  return expm1Operation.unary(x);
}

const logOperation = new ElementwiseOperation("log", (x) => x.log());
/**
 * Returns the natural logarithm; NaN below 0, -Infinity at 0.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * log(tensor([1])).toString(); // => [0]
 */
export function log(x: TensorLike): Tensor {
  return logOperation.unary(x);
}

const log1pOperation = new ElementwiseOperation("log1p", (x) => x.log1p());
/**
 * Returns `log(1 + x)`, precise near 0.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * log1p(tensor([0])).toString(); // => [0]
 */
export function log1p(x: TensorLike): Tensor {
  return log1pOperation.unary(x);
}

const sqrtOperation = new ElementwiseOperation("sqrt", (x) => x.sqrt());
/**
 * Returns the square root; NaN below 0.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * sqrt(tensor([4, 9])).toString(); // => [2, 3]
 */
export function sqrt(x: TensorLike): Tensor {
  return sqrtOperation.unary(x);
}

const rsqrtOperation = new ElementwiseOperation("rsqrt", (x) => Expr.constant(1).div(x.sqrt()));
/**
 * Returns `1 / sqrt(x)`.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * rsqrt(tensor([4])).toString(); // => [0.5]
 */
export function rsqrt(x: TensorLike): Tensor {
  return rsqrtOperation.unary(x);
}

const squareOperation = new ElementwiseOperation("square", (x) => x.mul(x));
/**
 * Returns `x * x`.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * square(tensor([3])).toString(); // => [9]
 */
export function square(x: TensorLike): Tensor {
  return squareOperation.unary(x);
}

const reciprocalOperation = new ElementwiseOperation("reciprocal", (x) => Expr.constant(1).div(x));
/**
 * Returns `1 / x`.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * reciprocal(tensor([4])).toString(); // => [0.25]
 */
export function reciprocal(x: TensorLike): Tensor {
  return reciprocalOperation.unary(x);
}

const sinOperation = new ElementwiseOperation("sin", (x) => x.sin());
/**
 * Returns the sine of radians.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * sin(tensor([0])).toString(); // => [0]
 */
export function sin(x: TensorLike): Tensor {
  return sinOperation.unary(x);
}

const cosOperation = new ElementwiseOperation("cos", (x) => x.cos());
/**
 * Returns the cosine of radians.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * cos(tensor([0])).toString(); // => [1]
 */
export function cos(x: TensorLike): Tensor {
  return cosOperation.unary(x);
}

const tanOperation = new ElementwiseOperation("tan", (x) => x.tan());
/**
 * Returns the tangent of radians.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * tan(tensor([0])).toString(); // => [0]
 */
export function tan(x: TensorLike): Tensor {
  return tanOperation.unary(x);
}

const asinOperation = new ElementwiseOperation("asin", (x) => x.asin());
/**
 * Returns the inverse sine, in [-pi/2, pi/2]; NaN outside [-1, 1].
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * asin(tensor([0])).toString(); // => [0]
 */
export function asin(x: TensorLike): Tensor {
  return asinOperation.unary(x);
}

const acosOperation = new ElementwiseOperation("acos", (x) => x.acos());
/**
 * Returns the inverse cosine, in [0, pi]; NaN outside [-1, 1].
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * acos(tensor([1])).toString(); // => [0]
 */
export function acos(x: TensorLike): Tensor {
  return acosOperation.unary(x);
}

const atanOperation = new ElementwiseOperation("atan", (x) => x.atan());
/**
 * Returns the inverse tangent, in [-pi/2, pi/2].
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * atan(tensor([0])).toString(); // => [0]
 */
export function atan(x: TensorLike): Tensor {
  return atanOperation.unary(x);
}

const sinhOperation = new ElementwiseOperation("sinh", (x) => x.sinh());
/**
 * Returns the hyperbolic sine.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * sinh(tensor([0])).toString(); // => [0]
 */
export function sinh(x: TensorLike): Tensor {
  return sinhOperation.unary(x);
}

const coshOperation = new ElementwiseOperation("cosh", (x) => x.cosh());
/**
 * Returns the hyperbolic cosine.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * cosh(tensor([0])).toString(); // => [1]
 */
export function cosh(x: TensorLike): Tensor {
  return coshOperation.unary(x);
}

const tanhOperation = new ElementwiseOperation("tanh", (x) => x.tanh());
/**
 * Returns the hyperbolic tangent.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * tanh(tensor([0])).toString(); // => [0]
 */
export function tanh(x: TensorLike): Tensor {
  return tanhOperation.unary(x);
}

const erfOperation = new ElementwiseOperation("erf", (x) => x.erf());
/**
 * Returns the error function, `2/sqrt(pi)` times the integral of `exp(-t²)` from 0 to `x`.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * erf(tensor([0])).toString(); // => [0]
 */
export function erf(x: TensorLike): Tensor {
  return erfOperation.unary(x);
}

const floorOperation = new ElementwiseOperation("floor", (x) => x.floor());
/**
 * Returns `x` rounded down; integers stay. The gradient is 0.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * floor(tensor([1.5, -1.5])).toString(); // => [1, -2]
 */
export function floor(x: TensorLike): Tensor {
  return floorOperation.unary(x);
}

const ceilOperation = new ElementwiseOperation("ceil", (x) => x.ceil());
/**
 * Returns `x` rounded up; integers stay. The gradient is 0.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * ceil(tensor([1.5, 2.5])).toString(); // => [2, 3]
 */
export function ceil(x: TensorLike): Tensor {
  return ceilOperation.unary(x);
}

const roundOperation = new ElementwiseOperation("round", (x) => x.round());
/**
 * Returns `x` rounded to the nearest, halves to even as in NumPy. The gradient is 0.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * round(tensor([0.6, 1.5, 2.5])).toString(); // => [1, 2, 2]
 */
export function round(x: TensorLike): Tensor {
  return roundOperation.unary(x);
}

const truncOperation = new ElementwiseOperation("trunc", (x) => x.trunc());
/**
 * Returns `x` rounded towards zero. The gradient is 0.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * trunc(tensor([1.7, 2.2])).toString(); // => [1, 2]
 */
export function trunc(x: TensorLike): Tensor {
  return truncOperation.unary(x);
}

const logicalNotOperation = new ElementwiseOperation("logicalNot", (x) => x.cast("bool").not());
/**
 * Returns whether each element is zero, bool.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * logicalNot(tensor([0, 2])).toString(); // => [true, false]
 */
export function logicalNot(x: TensorLike): Tensor<"bool"> {
  return logicalNotOperation.unary(x) as Tensor<"bool">;
}

const isnanOperation = new ElementwiseOperation("isnan", (x) => x.notEqual(x));
/**
 * Returns whether each element is NaN, bool.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * isnan(tensor([1, NaN])).toString(); // => [false, true]
 */
export function isnan(x: TensorLike): Tensor<"bool"> {
  return isnanOperation.unary(x) as Tensor<"bool">;
}

const isfiniteOperation = new ElementwiseOperation("isfinite", (x) => x.abs().less(Infinity));
/**
 * Returns whether each element is neither infinite nor NaN, bool.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * isfinite(tensor([1, Infinity])).toString(); // => [true, false]
 */
export function isfinite(x: TensorLike): Tensor<"bool"> {
  return isfiniteOperation.unary(x) as Tensor<"bool">;
}

const isinfOperation = new ElementwiseOperation("isinf", (x) => x.abs().equal(Infinity));
/**
 * Returns whether each element is infinite, bool.
 *
 * @param x - any shape
 * @returns the shape of `x`
 *
 * @example
 * isinf(tensor([1, -Infinity])).toString(); // => [false, true]
 */
export function isinf(x: TensorLike): Tensor<"bool"> {
  return isinfOperation.unary(x) as Tensor<"bool">;
}
