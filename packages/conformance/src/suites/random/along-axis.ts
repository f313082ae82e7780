import { newTypedArray, type DType } from "@tensorloom/tensor/backend";
import * as fc from "fast-check";
import { checkProperty, contiguous, shapes, views } from "../../arbitraries.ts";
import type { Arranged } from "../../arrangement.ts";
import { compare } from "../../compare.ts";
import type { Suite } from "../../registry.ts";

const withAxis = shapes()
  .filter((shape) => shape.length > 0)
  .chain((shape) => fc.record({ shape: fc.constant(shape), axis: fc.nat(shape.length - 1) }));

/** Shapes with another length along the axis, and indices of that shape into the first. */
const indexed = withAxis
  .filter(({ shape, axis }) => shape[axis]! > 0)
  .chain(({ shape, axis }) =>
    fc
      .record({ count: fc.nat(9), dtype: fc.constantFrom<DType>("float32", "int32") })
      .chain(({ count, dtype }) => {
        const picked = shape.map((size, i) => (i === axis ? count : size));
        return fc.record({
          axis: fc.constant(axis),
          picked: fc.constant(picked),
          input: views(shape, dtype),
          base: contiguous(shape, dtype),
          updates: views(picked, dtype),
          indices: views(picked, "int32", { size: 1000 }).map((view) => within(view, shape[axis]!)),
        });
      }),
  );

function within(view: Arranged, size: number): Arranged {
  const physical = newTypedArray("int32", view.physical.length);
  physical.set(Array.from(view.physical, (i) => Math.abs(i) % size));
  return { ...view, physical };
}

/** Random gathers and sums by index, duplicates included; whole numbers: exact in any order. */
export function addRandomIndexing(gather: Suite): void {
  gather.test("random", async (pair) => {
    await checkProperty(indexed, async ({ axis, picked, input, indices }) => {
      await compare(pair, "gather", (place) => {
        const output = place.output(input.dtype, picked);
        const call = { input: place.input(input), indices: place.input(indices), axis, output };
        return { call, outputs: [output] };
      });
    });
  });

  gather.test("scatterAdd random", async (pair) => {
    await checkProperty(indexed, async ({ axis, base, updates, indices }) => {
      await compare(pair, "scatterAdd", (place) => {
        const output = place.input(base);
        const call = { updates: place.input(updates), indices: place.input(indices), axis, output };
        return { call, outputs: [output] };
      });
    });
  });
}

/** Random scans; whole numbers: exact. */
export function addRandomScans(scan: Suite): void {
  const calls = withAxis.chain(({ shape, axis }) =>
    fc
      .record({
        operator: fc.constantFrom("sum" as const, "prod" as const),
        dtype: fc.constantFrom<DType>("float32", "int32"),
      })
      .chain(({ operator, dtype }) =>
        fc.record({
          operator: fc.constant(operator),
          axis: fc.constant(axis),
          exclusive: fc.boolean(),
          reverse: fc.boolean(),
          // Products of 33 factors of at most 1 and sums of as many of at most 8 are exact.
          input: views(shape, dtype, { size: operator === "sum" ? 8 : 1 }),
        }),
      ),
  );
  scan.test("random", async (pair) => {
    await checkProperty(calls, async ({ input, ...parameters }) => {
      await compare(pair, "scan", (place) => {
        const output = place.output(input.dtype, input.shape);
        return { call: { ...parameters, input: place.input(input), output }, outputs: [output] };
      });
    });
  });
}

/** Random sorts with ties, NaN and infinities. */
export function addRandomSorts(sort: Suite): void {
  const calls = withAxis.chain(({ shape, axis }) =>
    fc.record({
      axis: fc.constant(axis),
      descending: fc.boolean(),
      wants: fc.constantFrom("both", "values", "indices"),
      input: fc.oneof(
        views(shape, "float32", {
          size: 3,
          special: [Number.NaN, Infinity, -Infinity, Number.NaN],
        }),
        views(shape, "int32", { size: 3, special: [2147483647, -2147483648] }),
        views(shape, "uint8", { size: 255 }),
      ),
    }),
  );
  sort.test("random", async (pair) => {
    await checkProperty(calls, async ({ input, wants, ...parameters }) => {
      await compare(pair, "sort", (place) => {
        const values = wants === "indices" ? undefined : place.output(input.dtype, input.shape);
        const indices = wants === "values" ? undefined : place.output("int32", input.shape);
        const call = { ...parameters, input: place.input(input), values, indices };
        return { call, outputs: [values, indices].filter((view) => view !== undefined) };
      });
    });
  });
}
