import { record } from "../autograd/tape.ts";
import type { DType } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import {
  checkShape,
  contiguousStrides,
  formatShape,
  isContiguous,
  normalizeAxes,
  normalizeAxis,
  sameShape,
  sizeOf,
  type Axis,
  type Shape,
} from "../shape.ts";
import { broadcastStrides, broadcastAxes, broadcastShapes } from "../broadcast.ts";
import { viewOf, type Tensor } from "../tensor.ts";
import { copyOf, ownHandle } from "./elementwise-ternary.ts";
import { expression } from "../expression/expression.ts";
import { reduceExpression } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { tidy } from "../scope.ts";
import { dropUnitAxes, insertUnitAxes } from "./unit-axes.ts";

/**
 * Returns the elements of `x` in row-major order under another shape: a view where strides allow, else a copy.
 *
 * @param x - any shape
 * @param shape - of the same size; one entry may be -1 and is then worked out
 * @throws {@link ShapeError} if the sizes differ
 *
 * @example
 * reshape(tensor([1, 2, 3, 4]), [2, -1]).toString(); // => [[1, 2], [3, 4]]
 */
export function reshape<D extends DType = DType>(x: TensorLike<D>, shape: Shape): Tensor<D> {
  const input = toTensor("reshape", x);
  const target = completeShape(input, shape);
  if (sameShape(input.shape, target)) return ownHandle(x, input);
  if (isContiguous(input.shape, input.strides)) return reshapeInPlace(input, target);
  return tidy(() => reshapeInPlace(copyOf(input), target));
}

function reshapeInPlace<D extends DType>(x: Tensor<D>, target: Shape): Tensor<D> {
  const { shape } = x;
  const view = viewOf(x, target, contiguousStrides(target), x.offset, "reshape");
  return record("reshape", [x], view, (gradient) => [reshape(gradient, shape)]);
}

function completeShape(x: Tensor, shape: Shape): Shape {
  if (!Array.isArray(shape)) return checkShape("reshape", shape);
  const unknown = shape.indexOf(-1);
  if (unknown < 0) checkShape("reshape", shape);
  const known = sizeOf(shape.filter((_, axis) => axis !== unknown));
  if (unknown < 0 ? known === x.size : known > 0 && x.size % known === 0) {
    return unknown < 0
      ? shape
      : checkShape(
          "reshape",
          shape.map((size, axis) => (axis === unknown ? x.size / known : size)),
        );
  }
  throw new ShapeError(
    `reshape: shape: expected ${x.size} elements to match ${formatShape(x.shape)}, got ${formatShape(shape)}`,
  );
}

/**
 * Returns a view of `x` with its axes in another order.
 *
 * @param x - any shape
 * @param permutation - for each axis of the result, the axis of `x`; reversed by default
 * @throws {@link ArgumentError} unless each axis is named once
 *
 * @example
 * transpose(zeros([2, 3, 4])).shape; // => [4,3,2]
 */
export function transpose<D extends DType = DType>(
  x: TensorLike<D>,
  permutation?: readonly number[],
): Tensor<D> {
  const input = toTensor("transpose", x);
  const { rank } = input;
  const order =
    permutation?.map((axis) => normalizeAxis("transpose", axis, rank)) ??
    Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (order.length !== rank || new Set(order).size !== rank) {
    throw new ArgumentError(
      `transpose: permutation: expected each of ${rank} axes once, got ${formatShape(permutation!)}`,
    );
  }
  const view = viewOf(
    input,
    order.map((axis) => input.shape[axis]!),
    order.map((axis) => input.strides[axis]!),
    input.offset,
    "transpose",
  );
  return record("transpose", [input], view, (gradient) => [
    transpose(
      gradient,
      order.map((_, axis) => order.indexOf(axis)),
    ),
  ]);
}

/**
 * Returns a view of `x` with two axes exchanged.
 *
 * @param x - any shape
 * @param a - an axis
 * @param b - an axis
 *
 * @example
 * swapAxes(zeros([2, 3, 4]), -1, -2).shape; // => [2,4,3]
 */
export function swapAxes<D extends DType = DType>(
  x: TensorLike<D>,
  a: number,
  b: number,
): Tensor<D> {
  const input = toTensor("swapAxes", x);
  const order = input.shape.map((_, axis) => axis);
  const first = normalizeAxis("swapAxes", a, input.rank);
  const second = normalizeAxis("swapAxes", b, input.rank);
  order[first] = second;
  order[second] = first;
  return transpose(input, order);
}

/**
 * Returns a view of `x` without axes of size 1.
 *
 * @param x - any shape
 * @param axis - those to drop; all of size 1 by default
 * @throws {@link ShapeError} if one of them has another size
 *
 * @example
 * squeeze(zeros([1, 3, 1])).shape; // => [3]
 */
export function squeeze<D extends DType = DType>(x: TensorLike<D>, axis?: Axis): Tensor<D> {
  const input = toTensor("squeeze", x);
  const axes = normalizeAxes("squeeze", axis, input.rank);
  const dropped = axis === undefined ? axes.filter((a) => input.shape[a] === 1) : axes;
  for (const a of dropped) {
    if (input.shape[a] !== 1) {
      throw new ShapeError(
        `squeeze: axis: expected axes of size 1, got axis ${a} of ${formatShape(input.shape)}`,
      );
    }
  }
  return ownHandle(x, dropUnitAxes(input, dropped));
}

/**
 * Returns a view of `x` with axes of size 1 put in.
 *
 * @param x - any shape
 * @param axis - their places in the result
 *
 * @example
 * expandDims(zeros([3]), 0).shape; // => [1,3]
 */
export function expandDims<D extends DType = DType>(x: TensorLike<D>, axis: Axis): Tensor<D> {
  const input = toTensor("expandDims", x);
  const count = typeof axis === "number" ? 1 : axis.length;
  return ownHandle(x, insertUnitAxes(input, normalizeAxes("expandDims", axis, input.rank + count)));
}

const identity = expression((x) => x);

/**
 * Returns a view of `x` stretched to `shape` by NumPy's rule.
 *
 * @param x - any shape
 * @param shape - a shape to which that of `x` broadcasts
 * @throws {@link ShapeError} if it does not
 *
 * @example
 * broadcastTo(tensor([1, 2]), [2, 2]).toString(); // => [[1, 2], [1, 2]]
 */
export function broadcastTo<D extends DType = DType>(x: TensorLike<D>, shape: Shape): Tensor<D> {
  const input = toTensor("broadcastTo", x);
  checkShape("broadcastTo", shape);
  if (!sameShape(broadcastShapes("broadcastTo", input.shape, shape), shape)) {
    throw new ShapeError(
      `broadcastTo: shape: expected one to which ${formatShape(input.shape)} stretches, got ${formatShape(shape)}`,
    );
  }
  if (sameShape(input.shape, shape)) return ownHandle(x, input);
  const strides = broadcastStrides(input.shape, input.strides, shape);
  const view = viewOf(input, shape, strides, input.offset, "broadcastTo");
  return record("broadcastTo", [input], view, (gradient) => [sumTo(gradient, input.shape)]);
}

/** Returns `x` summed over the axes along which `shape` stretches to its shape: the adjoint of broadcasting. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x;
  return reduceExpression("broadcastTo", "sum", identity, [x], {
    axes: broadcastAxes(shape, x.shape),
    dropAxes: Array.from({ length: x.rank - shape.length }, (_, axis) => axis),
    sourceDType: x.dtype,
  });
}

/**
 * Returns a view of `x` that runs backwards along axes.
 *
 * @param x - any shape
 * @param axis - all axes by default
 *
 * @example
 * flip(tensor([1, 2, 3])).toString(); // => [3, 2, 1]
 */
export function flip<D extends DType = DType>(x: TensorLike<D>, axis?: Axis): Tensor<D> {
  const input = toTensor("flip", x);
  const axes = normalizeAxes("flip", axis, input.rank);
  if (input.size === 0) return ownHandle(x, input);
  const strides = input.strides.map((stride, a) => (axes.includes(a) ? -stride : stride));
  let { offset } = input;
  for (const a of axes) offset += (input.shape[a]! - 1) * input.strides[a]!;
  const view = viewOf(input, input.shape, strides, offset, "flip");
  return record("flip", [input], view, (gradient) => [flip(gradient, axes)]);
}

/** Returns `x` itself if its elements lie in row-major order without gaps, else such a copy. */
export function contiguous<D extends DType>(x: Tensor<D>): Tensor<D> {
  return isContiguous(x.shape, x.strides) ? x : copyOf(x);
}
