import { tidy } from "../scope.ts";
import { ArgumentError, DTypeError, ShapeError } from "../errors.ts";
import { expression } from "../expression/expression.ts";
import { formatShape, normalizeAxis } from "../shape.ts";
import { fromTypedArray, sharedOf, Tensor } from "../tensor.ts";
import { addAlong, gatherAlong } from "./along-axis.ts";
import { equal } from "./comparison.ts";
import { arange } from "./creation.ts";
import { add } from "./elementwise-binary.ts";
import { inDType } from "./elementwise-ternary.ts";
import { mapExpression } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { createdBeside } from "./placement.ts";
import { contiguous, expandDims, reshape } from "./views.ts";
import { promoteTypes, type DType, type TypedArray } from "../dtype.ts";

/**
 * Returns slices of `x` picked along an axis.
 *
 * @param x - `[...before, n, ...after]`
 * @param indices - whole numbers in [-n, n), any shape; negative ones count from the end
 * @param axis - 0 by default
 * @returns `[...before, ...shape of indices, ...after]`
 * @throws {@link ArgumentError} for an index out of range (checked on host backends; a device clamps)
 *
 * Gradient: to `x`; repeated indices add up.
 *
 * @example
 * gather(tensor([10, 20, 30]), tensor([2, 0], { dtype: "int32" })).toString(); // => [30, 10]
 */
export function gather(x: TensorLike, indices: TensorLike, axis = 0): Tensor {
  return tidy(() => {
    const input = toTensor("gather", x);
    const along = normalizeAxis("gather", axis, input.rank);
    const list = checkedIndices("gather", indices, input, along);
    const before = input.shape.slice(0, along);
    const after = input.shape.slice(along + 1);
    const flat = reshape(list, [list.size, ...after.map(() => 1)]);
    const picked = gatherAlong("gather", input, flat, along, [...before, list.size, ...after]);
    return reshape(picked, [...before, ...list.shape, ...after]);
  });
}

/**
 * Returns elements of `x` picked along an axis, each by an index of its own: `out[i, j] = x[indices[i, j], j]` for axis 0.
 *
 * @param x - any shape
 * @param indices - whole numbers; the shape of `x` but for `axis`
 * @param axis - the axis
 * @throws {@link ShapeError} if shapes do not fit; {@link ArgumentError} for an index out of range
 *
 * Source: NumPy's take_along_axis.
 *
 * @example
 * takeAlongAxis(tensor([[1, 2], [3, 4]]), tensor([[1], [0]], { dtype: "int32" }), 1).toString(); // => [[2], [3]]
 */
export function takeAlongAxis(x: TensorLike, indices: TensorLike, axis: number): Tensor {
  return tidy(() => {
    const input = toTensor("takeAlongAxis", x);
    const along = normalizeAxis("takeAlongAxis", axis, input.rank);
    const list = checkedIndices("takeAlongAxis", indices, input, along);
    const shape = input.shape.map((n, a) => (a === along ? (list.shape[a] ?? 0) : n));
    const fits =
      list.rank === input.rank &&
      list.shape.every((n, a) => a === along || n === shape[a] || n === 1);
    if (!fits) {
      throw new ShapeError(
        `takeAlongAxis: indices: expected the shape of x ${formatShape(input.shape)} but for axis ${along}, ` +
          `got ${formatShape(list.shape)}`,
      );
    }
    return gatherAlong("takeAlongAxis", input, list, along, shape);
  });
}

/**
 * Returns `x` with slices added at positions along an axis; positions that repeat add up.
 *
 * @param x - `[...before, n, ...after]`
 * @param indices - `[k]`, whole numbers in [-n, n)
 * @param updates - `[...before, k, ...after]`
 * @param axis - 0 by default
 * @throws {@link ShapeError} if shapes do not fit; {@link ArgumentError} for an index out of range; {@link DTypeError} for
 * updates that the dtype of `x` cannot hold
 *
 * @example
 * scatterAdd(zeros([3]), tensor([0, 0, 2], { dtype: "int32" }), tensor([1, 2, 3])).toString(); // => [3, 0, 3]
 */
export function scatterAdd(
  x: TensorLike,
  indices: TensorLike,
  updates: TensorLike,
  axis = 0,
): Tensor {
  return tidy(() => {
    const input = toTensor("scatterAdd", x);
    const along = normalizeAxis("scatterAdd", axis, input.rank);
    const list = checkedIndices("scatterAdd", indices, input, along);
    const given = toTensor("scatterAdd", updates, input);
    if (updates === given && promoteTypes(input.dtype, given.dtype) !== input.dtype) {
      throw new DTypeError(
        `scatterAdd: updates: expected ${input.dtype}, as x has, got ${given.dtype}; try astype on one of them`,
      );
    }
    const added = inDType(given, input.dtype);
    const shape = input.shape.map((n, a) => (a === along ? list.size : n));
    if (list.rank !== 1 || formatShape(added.shape) !== formatShape(shape)) {
      throw new ShapeError(
        `scatterAdd: updates: expected ${formatShape(shape)} for x ${formatShape(input.shape)} and indices ` +
          `${formatShape(list.shape)} along axis ${along}, got ${formatShape(added.shape)}`,
      );
    }
    const where = reshape(
      list,
      input.shape.map((_, a) => (a === along ? list.size : 1)),
    );
    return add(input, addAlong("scatterAdd", added, where, along, input.shape[along]!));
  });
}

/**
 * Returns ones where an index is, zeros elsewhere, along a new last axis.
 *
 * @param indices - whole numbers, any shape; what is no whole number in [0, depth) gives zeros alone
 * @param depth - the size of the new axis
 * @param dtype - float32 by default
 * @throws {@link ArgumentError} if `depth` is no whole number of 0 or more
 *
 * @example
 * oneHot(tensor([1, 0]), 2).toString(); // => [[0, 1], [1, 0]]
 */
export function oneHot(indices: TensorLike, depth: number, dtype: DType = "float32"): Tensor {
  return tidy(() => {
    if (!Number.isInteger(depth) || depth < 0) {
      throw new ArgumentError(
        `oneHot: depth: expected a whole number of 0 or more, got ${String(depth)}`,
      );
    }
    const list = toTensor("oneHot", indices);
    const steps = createdBeside(list, () => arange(0, depth, { dtype: "int32" }));
    return inDType(equal(expandDims(list, -1), steps), dtype);
  });
}

/** Throws {@link ArgumentError} unless plain indices are whole numbers: as int32 they would be cut to such. */
function checkWhole(operation: string, indices: Exclude<TensorLike, Tensor>): void {
  const check = (one: unknown): void => {
    if (Array.isArray(one)) one.forEach(check);
    else if (typeof one === "object") Array.from(one as TypedArray).forEach(check);
    else if (!Number.isInteger(one)) {
      throw new ArgumentError(
        `${operation}: indices: expected whole numbers, got ${String(one)}; round them`,
      );
    }
  };
  check(indices);
}

/** Counts from the front what counts from the end, and keeps what is beyond either end within the axis. */
const withinAxis = expression(
  (index, size) => index.less(0).where(index.add(size), index).maximum(0).minimum(size.sub(1)),
  1,
);

/** Returns indices into an axis of `x` as int32 counted from the front: checked on a host backend, clamped on a device. */
function checkedIndices(operation: string, indices: TensorLike, x: Tensor, axis: number): Tensor {
  const size = x.shape[axis]!;
  if (!(indices instanceof Tensor)) checkWhole(operation, indices);
  const given = toTensor(operation, indices, x);
  if (given.dtype !== "int32" && given.dtype !== "uint8" && indices === given) {
    throw new DTypeError(
      `${operation}: indices: expected int32 or uint8, got ${given.dtype}; try astype("int32")`,
    );
  }
  const list = contiguous(inDType(given, "int32"));
  if (size === 0 && list.size > 0) {
    throw new ArgumentError(
      `${operation}: indices: expected none, since axis ${axis} of ${formatShape(x.shape)} has no elements, ` +
        `got ${formatShape(list.shape)}`,
    );
  }
  if (sharedOf(list).backend.readSync === undefined) {
    return mapExpression(operation, withinAxis, [list], { parameters: [size], dtype: "int32" });
  }
  const values = (list as Tensor<"int32">).dataSync();
  let hasNegative = false;
  for (const index of values) {
    if (index >= size || index < -size) {
      throw new ArgumentError(
        `${operation}: indices: expected whole numbers in [${-size}, ${size}), got ${index}`,
      );
    }
    hasNegative ||= index < 0;
  }
  if (!hasNegative) return list;
  const counted = values.map((index) => (index < 0 ? index + size : index));
  return fromTypedArray(counted, "int32", list.shape, sharedOf(list).backend);
}
