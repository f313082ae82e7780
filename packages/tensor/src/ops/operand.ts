import type { Backend } from "../backend/contract.ts";
import { currentBackend } from "../backend/registry.ts";
import {
  checkDType,
  dtypeOfTypedArray,
  newTypedArray,
  type DType,
  type TypedArray,
  type TypedArrayOf,
} from "../dtype.ts";
import { convert } from "../expression/evaluate.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { checkShape, formatShape, sizeOf, type Shape } from "../shape.ts";
import { fromTypedArray, sharedOf, Tensor, type NestedArray } from "../tensor.ts";

/** What operations take where a tensor is expected: a tensor, a number, nested arrays, or a flat typed array. */
export type TensorLike<D extends DType = DType> = Tensor<D> | NestedArray | TypedArray;

/**
 * Returns `value` itself if it is a tensor, else a new one of it: on the backend of the operand that it stands `beside`, if
 * that is a tensor, so that plain arrays follow the data; else on the current one.
 */
export function toTensor<D extends DType = DType>(
  operation: string,
  value: TensorLike<D>,
  beside?: TensorLike,
): Tensor<D> {
  if (value instanceof Tensor) return value;
  const backend = beside instanceof Tensor ? sharedOf(beside, operation).backend : undefined;
  return makeTensor(operation, value, undefined, undefined, backend) as Tensor<D>;
}

/** Returns the values as tensors; those that are none yet become some beside the first that is. */
export function toTensors(operation: string, values: readonly TensorLike[]): Tensor[] {
  const beside = values.find((value) => value instanceof Tensor);
  return values.map((value) => toTensor(operation, value, beside));
}

/** Makes a tensor of nested arrays or a typed array; see `tensor`. */
export function makeTensor(
  operation: string,
  values: NestedArray | TypedArray,
  shape: Shape | undefined,
  dtype: DType | undefined,
  backend: Backend = currentBackend(),
): Tensor {
  if (dtype !== undefined) checkDType(operation, dtype);
  if (shape !== undefined) checkShape(operation, shape);
  const isTyped = ArrayBuffer.isView(values);
  const ownShape = isTyped ? [values.length] : nestedShape(operation, values);
  const target = shape ?? ownShape;
  if (sizeOf(target) !== sizeOf(ownShape)) {
    throw new ShapeError(
      `${operation}: shape: expected the size of ${formatShape(target)}, ${sizeOf(target)} elements, ` +
        `got ${sizeOf(ownShape)} values`,
    );
  }
  if (isTyped) {
    const own = dtypeOf(operation, values);
    const wanted = dtype ?? own;
    return fromTypedArray(converted(values, own, wanted), wanted, target, backend);
  }
  const wanted = dtype ?? (areBooleans(values) ? "bool" : "float32");
  const data = newTypedArray(wanted, sizeOf(target));
  let next = 0;
  const fill = (value: NestedArray): void => {
    if (Array.isArray(value)) for (const member of value as readonly NestedArray[]) fill(member);
    else data[next++] = convert(Number(value), wanted);
  };
  fill(values);
  return fromTypedArray(data, wanted, target, backend);
}

function dtypeOf(operation: string, values: TypedArray): DType {
  const isKnown =
    values instanceof Float32Array ||
    values instanceof Float64Array ||
    values instanceof Int32Array ||
    values instanceof Uint8Array;
  if (isKnown) return dtypeOfTypedArray(values);
  throw new ArgumentError(
    `${operation}: values: expected a Float32Array, Float64Array, Int32Array or Uint8Array, ` +
      `got ${(values as object).constructor.name}; try Float32Array.from(values)`,
  );
}

function converted(values: TypedArray, own: DType, wanted: DType): TypedArrayOf[DType] {
  if (own === wanted) return values as TypedArrayOf[DType];
  const result = newTypedArray(wanted, values.length);
  for (let i = 0; i < values.length; i++) result[i] = convert(values[i]!, wanted);
  return result;
}

/** Whether there are leaves, and all of them booleans: beside numbers, they are 0 and 1. */
function areBooleans(values: NestedArray): boolean {
  if (!Array.isArray(values)) return typeof values === "boolean";
  return values.length > 0 && (values as readonly NestedArray[]).every(areBooleans);
}

/** The shape of nested arrays, every row of which must have the same length. */
function nestedShape(operation: string, values: unknown): number[] {
  const shape: number[] = [];
  for (let v = values; Array.isArray(v); v = v[0]) shape.push(v.length);
  const check = (value: unknown, axis: number): void => {
    if (axis === shape.length) {
      if (typeof value === "number" || typeof value === "boolean") return;
      throw new ArgumentError(
        `${operation}: values: expected numbers or booleans in nested arrays of equal lengths, got ${describe(value)}`,
      );
    }
    if (!Array.isArray(value) || value.length !== shape[axis]) {
      throw new ShapeError(
        `${operation}: values: expected every array at depth ${axis} to have ${shape[axis]} members, ` +
          `got ${Array.isArray(value) ? `one with ${value.length}` : describe(value)}`,
      );
    }
    for (const member of value) check(member, axis + 1);
  };
  check(values, 0);
  return shape;
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "an array";
  if (typeof value === "string") return `the string "${value}"`;
  return value === null ? "null" : typeof value === "number" ? String(value) : typeof value;
}
