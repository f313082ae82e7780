import type { Tensor } from "../tensor.ts";
import { ElementwiseOperation } from "./elementwise-operation.ts";
import type { TensorLike } from "./operand.ts";

const equalOperation = new ElementwiseOperation("equal", (x, y) => x.equal(y));
/**
 * Returns whether `a = b`, bool; false for NaN.
 *
 * @param a - any shape
 * @param b - a shape that broadcasts with `a`
 * @returns the broadcast shape
 * @throws {@link ShapeError} if the shapes do not broadcast
 *
 * @example
 * equal(tensor([1, 2]), 2).toString(); // => [false, true]
 */
export function equal(a: TensorLike, b: TensorLike): Tensor<"bool"> {
  return equalOperation.apply([a, b]) as Tensor<"bool">;
}

const notEqualOperation = new ElementwiseOperation("notEqual", (x, y) => x.notEqual(y));
/**
 * Returns whether `a ≠ b`, bool; true for NaN.
 *
 * @param a - any shape
 * @param b - a shape that broadcasts with `a`
 * @returns the broadcast shape
 * @throws {@link ShapeError} if the shapes do not broadcast
 *
 * @example
 * notEqual(tensor([1, 2]), 2).toString(); // => [true, false]
 */
export function notEqual(a: TensorLike, b: TensorLike): Tensor<"bool"> {
  return notEqualOperation.apply([a, b]) as Tensor<"bool">;
}

const lessOperation = new ElementwiseOperation("less", (x, y) => x.less(y));
/**
 * Returns whether `a < b`, bool.
 *
 * @param a - any shape
 * @param b - a shape that broadcasts with `a`
 * @returns the broadcast shape
 * @throws {@link ShapeError} if the shapes do not broadcast
 *
 * @example
 * less(tensor([1, 2]), 2).toString(); // => [true, false]
 */
export function less(a: TensorLike, b: TensorLike): Tensor<"bool"> {
  return lessOperation.apply([a, b]) as Tensor<"bool">;
}

const lessEqualOperation = new ElementwiseOperation("lessEqual", (x, y) => x.lessEqual(y));
/**
 * Returns whether `a ≤ b`, bool.
 *
 * @param a - any shape
 * @param b - a shape that broadcasts with `a`
 * @returns the broadcast shape
 * @throws {@link ShapeError} if the shapes do not broadcast
 *
 * @example
 * lessEqual(tensor([1, 3]), 2).toString(); // => [true, false]
 */
export function lessEqual(a: TensorLike, b: TensorLike): Tensor<"bool"> {
  return lessEqualOperation.apply([a, b]) as Tensor<"bool">;
}

const greaterOperation = new ElementwiseOperation("greater", (x, y) => x.greater(y));
/**
 * Returns whether `a > b`, bool.
 *
 * @param a - any shape
 * @param b - a shape that broadcasts with `a`
 * @returns the broadcast shape
 * @throws {@link ShapeError} if the shapes do not broadcast
 *
 * @example
 * greater(tensor([1, 3]), 2).toString(); // => [false, true]
 */
export function greater(a: TensorLike, b: TensorLike): Tensor<"bool"> {
  return greaterOperation.apply([a, b]) as Tensor<"bool">;
}

const greaterEqualOperation = new ElementwiseOperation("greaterEqual", (x, y) => x.greaterEqual(y));
/**
 * Returns whether `a ≥ b`, bool.
 *
 * @param a - any shape
 * @param b - a shape that broadcasts with `a`
 * @returns the broadcast shape
 * @throws {@link ShapeError} if the shapes do not broadcast
 *
 * @example
 * greaterEqual(tensor([1, 2]), 2).toString(); // => [false, true]
 */
export function greaterEqual(a: TensorLike, b: TensorLike): Tensor<"bool"> {
  return greaterEqualOperation.apply([a, b]) as Tensor<"bool">;
}

const logicalAndOperation = new ElementwiseOperation("logicalAnd", (x, y) =>
  x.cast("bool").and(y.cast("bool")),
);
/**
 * Returns whether both are not zero, bool.
 *
 * @param a - any shape
 * @param b - a shape that broadcasts with `a`
 * @returns the broadcast shape
 * @throws {@link ShapeError} if the shapes do not broadcast
 *
 * @example
 * logicalAnd(tensor([0, 1]), tensor([1, 1])).toString(); // => [false, true]
 */
export function logicalAnd(a: TensorLike, b: TensorLike): Tensor<"bool"> {
  return logicalAndOperation.apply([a, b]) as Tensor<"bool">;
}

const logicalOrOperation = new ElementwiseOperation("logicalOr", (x, y) =>
  x.cast("bool").or(y.cast("bool")),
);
/**
 * Returns whether either is not zero, bool.
 *
 * @param a - any shape
 * @param b - a shape that broadcasts with `a`
 * @returns the broadcast shape
 * @throws {@link ShapeError} if the shapes do not broadcast
 *
 * @example
 * logicalOr(tensor([0, 1]), tensor([0, 1])).toString(); // => [false, true]
 */
export function logicalOr(a: TensorLike, b: TensorLike): Tensor<"bool"> {
  return logicalOrOperation.apply([a, b]) as Tensor<"bool">;
}

const logicalXorOperation = new ElementwiseOperation("logicalXor", (x, y) =>
  x.cast("bool").xor(y.cast("bool")),
);
/**
 * Returns whether exactly one is not zero, bool.
 *
 * @param a - any shape
 * @param b - a shape that broadcasts with `a`
 * @returns the broadcast shape
 * @throws {@link ShapeError} if the shapes do not broadcast
 *
 * @example
 * logicalXor(tensor([1, 1]), tensor([0, 1])).toString(); // => [true, false]
 */
export function logicalXor(a: TensorLike, b: TensorLike): Tensor<"bool"> {
  return logicalXorOperation.apply([a, b]) as Tensor<"bool">;
}
