import { ArgumentError, ShapeError } from "./errors.ts";

/** Sizes of a tensor's axes, outermost first; `[]` is a scalar. */
export type Shape = readonly number[];

/** One axis or several; negative ones count from the end. */
export type Axis = number | readonly number[];

const maxElements = 2 ** 32;

/** Returns the number of elements of `shape`; 1 for a scalar. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (let i = 0; i < shape.length; i++) size *= shape[i]!;
  return size;
}

/** Returns the row-major strides of `shape`, in elements. */
export function contiguousStrides(shape: Shape): number[] {
  // A copy to write into is made faster than a new array: every operation comes through here.
  const strides = shape.slice();
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** Tells whether `strides` walk `shape` in row-major order without gaps; axes of size 1 do not matter. */
export function isContiguous(shape: Shape, strides: readonly number[]): boolean {
  let expected = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const size = shape[i]!;
    if (size === 0) return true;
    if (size !== 1 && strides[i] !== expected) return false;
    expected *= size;
  }
  return true;
}

/** Tells whether both shapes have the same sizes. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** Returns `[2, 3]` written as messages write it. */
export function formatShape(shape: readonly unknown[]): string {
  return `[${shape.map(String).join(", ")}]`;
}

/** Throws {@link ShapeError} unless `shape` is whole, not negative, and of at most 2^32 elements; returns it. */
export function checkShape(operation: string, shape: readonly unknown[]): Shape {
  if (!Array.isArray(shape)) {
    throw new ShapeError(
      `${operation}: shape: expected an array of whole numbers, got ${String(shape)}; try [${String(shape)}]`,
    );
  }
  let size = 1;
  for (const length of shape) {
    if (typeof length !== "number" || !Number.isInteger(length) || length < 0) {
      throw new ShapeError(
        `${operation}: shape: expected whole numbers of 0 or more, got ${formatShape(shape)}`,
      );
    }
    size *= length;
  }
  if (size > maxElements) {
    throw new ShapeError(
      `${operation}: shape: expected at most 2^32 elements, got ${formatShape(shape)} with ${size}`,
    );
  }
  return shape as Shape;
}

/** Returns `axis` counted from the front; throws {@link ArgumentError} when it is outside `rank`. */
export function normalizeAxis(operation: string, axis: number, rank: number): number {
  const normalized = axis < 0 ? axis + rank : axis;
  if (!Number.isInteger(axis) || normalized < 0 || normalized >= rank) {
    throw new ArgumentError(
      rank === 0
        ? `${operation}: axis: expected none, since a scalar has no axes, got ${String(axis)}`
        : `${operation}: axis: expected a whole number in [${-rank}, ${rank - 1}] for rank ${rank}, got ${JSON.stringify(axis) ?? String(axis)}`,
    );
  }
  return normalized;
}

/** Returns the axes sorted and counted from the front; all of them when `axes` is undefined. */
export function normalizeAxes(operation: string, axes: Axis | undefined, rank: number): number[] {
  if (axes === undefined) return Array.from({ length: rank }, (_, i) => i);
  const list = Array.isArray(axes) ? (axes as readonly number[]) : [axes as number];
  const normalized = list.map((axis) => normalizeAxis(operation, axis, rank));
  normalized.sort((a, b) => a - b);
  for (let i = 1; i < normalized.length; i++) {
    if (normalized[i] === normalized[i - 1]) {
      throw new ArgumentError(
        `${operation}: axis: expected each axis once, got ${formatShape(list)} for rank ${rank}`,
      );
    }
  }
  return normalized;
}

/** Returns `shape` without `axes`, or with size 1 there when `keepDims`. */
export function reducedShape(shape: Shape, axes: readonly number[], keepDims: boolean): number[] {
  return keepDims
    ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size))
    : shape.filter((_, axis) => !axes.includes(axis));
}
