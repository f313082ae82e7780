import fc from "fast-check";
import { expect, test } from "vitest";
import { broadcastShapes, broadcastStrides, stretchesTo } from "./broadcast.ts";
import { mergeLoops } from "./backend/loop-nest.ts";
import {
  checkShape,
  contiguousStrides,
  isContiguous,
  normalizeAxes,
  normalizeAxis,
  reducedShape,
  sizeOf,
} from "./shape.ts";

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 });

test("row-major strides are contiguous, and cover the size", () => {
  fc.assert(
    fc.property(shapes, (shape) => {
      const strides = contiguousStrides(shape);
      expect(isContiguous(shape, strides)).toBe(true);
      if (shape.length > 0) expect(strides[0]! * shape[0]!).toBe(sizeOf(shape));
    }),
  );
});

test("a transposed matrix is not contiguous, unless a side is 1", () => {
  expect(isContiguous([3, 2], [1, 3])).toBe(false);
  expect(isContiguous([3, 1], [1, 3])).toBe(true);
});

test("axes count from the end when negative", () => {
  expect(normalizeAxis("sum", -1, 3)).toBe(2);
  expect(normalizeAxes("sum", [-1, 0], 3)).toEqual([0, 2]);
  expect(normalizeAxes("sum", undefined, 2)).toEqual([0, 1]);
  expect(() => normalizeAxis("sum", 3, 3)).toThrow(
    "expected a whole number in [-3, 2] for rank 3, got 3",
  );
  expect(() => normalizeAxes("sum", [0, -3], 3)).toThrow("each axis once");
});

test("reduced shapes keep or drop axes", () => {
  expect(reducedShape([2, 3, 4], [1], false)).toEqual([2, 4]);
  expect(reducedShape([2, 3, 4], [1], true)).toEqual([2, 1, 4]);
});

test("shapes are whole, not negative, and of at most 2^32 elements", () => {
  for (const bad of [[-1], [1.5], [Number.NaN], ["3"], [2 ** 31, 2 ** 31]]) {
    expect(() => checkShape("zeros", bad)).toThrow("zeros: shape: expected");
  }
  expect(() => checkShape("zeros", 3 as unknown as number[])).toThrow("try [3]");
});

test("broadcasting is associative and commutative", () => {
  const sizes = fc.array(fc.constantFrom(1, 3), { maxLength: 4 });
  fc.assert(
    fc.property(sizes, sizes, sizes, (a, b, c) => {
      const left = broadcastShapes("t", broadcastShapes("t", a, b), c);
      const right = broadcastShapes("t", a, broadcastShapes("t", c, b));
      expect(left).toEqual(right);
      expect(stretchesTo(a, left)).toBe(true);
    }),
  );
});

test("shapes that do not broadcast are named, with the axis", () => {
  expect(() => broadcastShapes("add", [2, 3], [4, 3])).toThrow(
    "add: expected shapes that broadcast, got [2, 3] and [4, 3]; axis -2 has sizes 2 and 4",
  );
});

test("stretched axes have stride 0", () => {
  expect(broadcastStrides([3, 1], [1, 1], [2, 3, 4])).toEqual([0, 1, 0]);
});

test("merged loops visit the same offsets in the same order", () => {
  const axis = fc.record({
    size: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: -6, max: 6 }),
  });
  fc.assert(
    fc.property(fc.array(axis, { maxLength: 4 }), (axes) => {
      const shape = axes.map(({ size }) => size);
      const strides = axes.map(({ stride }) => stride);
      const nest = mergeLoops(shape, [{ strides }, { strides: contiguousStrides(shape) }]);
      expect(offsets(nest.shape, nest.strides[0]!)).toEqual(offsets(shape, strides));
    }),
  );
});

function offsets(shape: readonly number[], strides: readonly number[]): number[] {
  return shape.reduce<number[]>(
    (bases, size, axis) =>
      bases.flatMap((base) => Array.from({ length: size }, (_, i) => base + i * strides[axis]!)),
    [0],
  );
}
