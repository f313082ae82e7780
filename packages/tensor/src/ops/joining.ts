import { tidy } from "../scope.ts";
import { record } from "../autograd/tape.ts";
import { dispatch } from "../backend/dispatch.ts";
import { promoteTypes, type DType } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { expression } from "../expression/expression.ts";
import {
  contiguousStrides,
  formatShape,
  normalizeAxis,
  sameShape,
  sizeOf,
  type Shape,
} from "../shape.ts";
import { allocateTensor, viewOf, type Tensor } from "../tensor.ts";
import { full } from "./creation.ts";
import { inDType } from "./elementwise-ternary.ts";
import { toTensor, toTensors, type TensorLike } from "./operand.ts";
import { backendOf, createdBeside, placedOn } from "./placement.ts";
import { slice } from "./slicing.ts";
import { expandDims } from "./views.ts";

const identity = expression((x) => x);

/**
 * Returns tensors joined along an axis.
 *
 * @param tensors - at least one; equal shapes but for `axis`
 * @param axis - 0 by default
 * @returns the dtype to which all promote
 * @throws {@link ShapeError} if other sizes differ
 *
 * @example
 * concat([tensor([1, 2]), tensor([3])]).toString(); // => [1, 2, 3]
 */
export function concat(tensors: readonly TensorLike[], axis = 0): Tensor {
  return tidy(() => {
    const inputs = severalTensors("concat", tensors);
    const first = inputs[0]!;
    const along = normalizeAxis("concat", axis, first.rank);
    for (const { shape } of inputs) {
      const fits =
        shape.length === first.rank && shape.every((n, i) => i === along || n === first.shape[i]);
      if (!fits) {
        throw new ShapeError(
          `concat: tensors: expected shapes equal to ${formatShape(first.shape)} but for axis ${along}, ` +
            `got ${formatShape(shape)}`,
        );
      }
    }
    const dtype = inputs.reduce<DType>((all, x) => promoteTypes(all, x.dtype), first.dtype);
    return joinAlong(
      inputs.map((x) => inDType(x, dtype)),
      along,
    );
  });
}

function severalTensors(operation: string, tensors: readonly TensorLike[]): Tensor[] {
  if (Array.isArray(tensors) && tensors.length > 0) return toTensors(operation, tensors);
  const got = Array.isArray(tensors) ? "none" : "what is no array; try [a, b]";
  throw new ArgumentError(`${operation}: tensors: expected at least one tensor, got ${got}`);
}

/**
 * The result is laid out with `axis` outermost, so that each part is one contiguous block that `map` can fill; it is
 * handed out as a view with the axes in their order.
 */
function joinAlong(inputs: readonly Tensor[], axis: number): Tensor {
  const first = inputs[0]!;
  const backend = backendOf("concat", inputs);
  const starts: number[] = [];
  let total = 0;
  for (const { shape } of inputs) {
    starts.push(total);
    total += shape[axis]!;
  }
  const outermost = <T>(list: readonly T[]): T[] => [
    list[axis]!,
    ...list.filter((_, i) => i !== axis),
  ];
  const shape = first.shape.map((size, i) => (i === axis ? total : size));
  const laidOut = allocateTensor(backend, first.dtype, outermost(shape));
  const step = sizeOf(laidOut.shape.slice(1));
  inputs.forEach((input, i) => {
    if (input.size === 0) return;
    const { storage, dtype, offset, strides } = placedOn(backend, input);
    const partShape = outermost(input.shape);
    dispatch(backend, "map", {
      expression: identity,
      inputs: [{ storage, dtype, offset, shape: partShape, strides: outermost(strides) }],
      parameters: [],
      outputs: [
        {
          storage: laidOut.storage,
          dtype,
          offset: starts[i]! * step,
          shape: partShape,
          strides: contiguousStrides(partShape),
        },
      ],
    });
  });
  const [outer, ...inner] = laidOut.strides as [number, ...number[]];
  inner.splice(axis, 0, outer);
  const output = axis === 0 ? laidOut : viewOf(laidOut, shape, inner, 0);
  if (output !== laidOut) laidOut.dispose();
  return record("concat", inputs, output, (gradient, saved) =>
    saved.map((input, i) => {
      const begin = shape.map((_, a) => (a === axis ? starts[i]! : 0));
      return slice(
        gradient,
        begin,
        begin.map((start, a) => start + input.shape[a]!),
      );
    }),
  );
}

/**
 * Returns tensors of one shape joined along a new axis.
 *
 * @param tensors - at least one
 * @param axis - the new axis's place in the result; 0 by default
 * @throws {@link ShapeError} if shapes differ
 *
 * @example
 * stack([tensor([1, 2]), tensor([3, 4])]).shape; // => [2,2]
 */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  return tidy(() => {
    const inputs = severalTensors("stack", tensors);
    const { shape, rank } = inputs[0]!;
    const place = normalizeAxis("stack", axis, rank + 1);
    const other = inputs.find((x) => !sameShape(x.shape, shape));
    if (other !== undefined) {
      throw new ShapeError(
        `stack: tensors: expected equal shapes, got ${formatShape(shape)} and ${formatShape(other.shape)}`,
      );
    }
    return concat(
      inputs.map((x) => expandDims(x, place)),
      place,
    );
  });
}

/**
 * Returns `x` with a constant around it.
 *
 * @param x - any shape
 * @param padding - for each axis, how many elements before and after
 * @param value - 0 by default
 * @throws {@link ShapeError} unless there is one pair an axis
 *
 * @example
 * pad(tensor([1, 2]), [[1, 2]]).toString(); // => [0, 1, 2, 0, 0]
 */
export function pad(
  x: TensorLike,
  padding: readonly (readonly [before: number, after: number])[],
  value = 0,
): Tensor {
  return tidy(() => {
    const input = toTensor("pad", x);
    const isPair = (pair: readonly number[]): boolean =>
      Array.isArray(pair) && pair.length === 2 && pair.every((n) => Number.isInteger(n) && n >= 0);
    if (!Array.isArray(padding) || padding.length !== input.rank || !padding.every(isPair)) {
      throw new ShapeError(
        `pad: padding: expected ${input.rank} pairs of whole numbers of 0 or more for ${formatShape(input.shape)}, ` +
          `got ${JSON.stringify(padding)}`,
      );
    }
    let result = input;
    padding.forEach(([before, after], axis) => {
      if (before === 0 && after === 0) return;
      const border = (width: number): Tensor =>
        constantLike(
          input,
          result.shape.map((size, a) => (a === axis ? width : size)),
          value,
        );
      result = joinAlong([border(before), result, border(after)], axis);
    });
    return result;
  });
}

function constantLike(x: Tensor, shape: Shape, value: number): Tensor {
  return createdBeside(x, () => full(shape, value, x.dtype));
}
