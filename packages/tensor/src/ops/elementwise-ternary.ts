import type { DType } from "../dtype.ts";
import { checkDType } from "../dtype.ts";
import { alias, type Tensor } from "../tensor.ts";
import { ElementwiseOperation } from "./elementwise-operation.ts";
import { toTensor, type TensorLike } from "./operand.ts";

const whereOperation = new ElementwiseOperation("where", (condition, x, y) =>
  condition.cast("bool").where(x, y),
);
/**
 * Returns, for each element, that of `a` where `condition` is not zero, else that of `b`.
 *
 * @param condition - any shape
 * @param a - a shape that broadcasts with the others
 * @param b - a shape that broadcasts with the others
 * @returns the broadcast shape, in the dtype to which `a` and `b` promote
 * @throws {@link ShapeError} if the shapes do not broadcast
 *
 * @example
 * where(tensor([true, false]), 1, tensor([7, 8])).toString(); // => [1, 8]
 */
export function where(condition: TensorLike, a: TensorLike, b: TensorLike): Tensor {
  return whereOperation.apply([toTensor("where", condition), a, b]);
}

const clipOperation = new ElementwiseOperation("clip", (x, low, high) => x.clip(low, high));
/**
 * Returns `x` with what lies below `min` raised to it and what lies above `max` lowered to it; NaN stays. Where `min` is
 * above `max`, all become `max`, as in NumPy.
 *
 * @param x - any shape
 * @param min - the lower bound; -Infinity for none
 * @param max - the upper bound; Infinity for none
 * @returns the broadcast shape
 *
 * @example
 * clip(tensor([-1, 0.5, 3]), 0, 1).toString(); // => [0.0, 0.5, 1.0]
 */
export function clip(x: TensorLike, min: TensorLike, max: TensorLike): Tensor {
  return clipOperation.apply([toTensor("clip", x), min, max]);
}

const identityOperation = new ElementwiseOperation("astype", (x) => x);
/**
 * Returns `x` in another dtype; without a copy if it has it already.
 *
 * Floats truncate towards zero and saturate into integers, NaN becoming 0; integers wrap into smaller ones; anything
 * but 0 is true. The gradient passes between floats.
 *
 * @param x - any shape
 * @param dtype - the dtype wanted
 * @returns the shape of `x`
 * @throws {@link DTypeError} for an unknown dtype
 *
 * @example
 * astype(tensor([1.7, -1.7, 300]), "uint8").toString(); // => [ 1, 0, 255]
 */
export function astype<D extends DType>(x: TensorLike, dtype: D): Tensor<D> {
  checkDType("astype", dtype);
  return ownHandle(x, inDType(toTensor("astype", x), dtype)) as Tensor<D>;
}

/** Returns `x` in another dtype: the very handle if it has it already, which the caller then must not give out. */
export function inDType(x: Tensor, dtype: DType): Tensor {
  return x.dtype === dtype ? x : identityOperation.unary(x, dtype);
}

/**
 * Returns what an operation gives out: another handle where the result is the very tensor that came in, so that
 * disposing a result never disposes an operand.
 */
export function ownHandle<D extends DType>(operand: TensorLike, result: Tensor<D>): Tensor<D> {
  return result === operand ? alias(result) : result;
}

/** Returns a contiguous copy of `x`, through which gradients pass. */
export function copyOf<D extends DType>(x: Tensor<D>): Tensor<D> {
  return identityOperation.unary(x, x.dtype) as Tensor<D>;
}
