import { expression, type ReduceOperator } from "@tensorloom/tensor/backend";
import * as fc from "fast-check";
import { checkProperty, shapes, views } from "../../arbitraries.ts";
import { compare } from "../../compare.ts";
import type { Suite } from "../../registry.ts";

const operators: readonly ReduceOperator[] = [
  "sum",
  "prod",
  "max",
  "min",
  "argmax",
  "argmin",
  "any",
  "all",
];
const identity = expression((x) => x);
const doubled = expression((x) => x.add(x));

/** Random folds of random views. Whole numbers: any order of adding gives the same sum. */
export function addRandomFolds(reduce: Suite): void {
  reduce.test("random", async (pair) => {
    const calls = fc
      .tuple(
        shapes().filter((shape) => shape.length > 0),
        fc.constantFrom(...operators),
        fc.constantFrom("float32" as const, "int32" as const),
      )
      .chain(([shape, operator, dtype]) => {
        const isLogic = operator === "any" || operator === "all";
        const isIndex = operator === "argmax" || operator === "argmin";
        const source = isLogic ? ("bool" as const) : dtype;
        const all = shape.map((_, axis) => axis);
        const axes = isIndex
          ? fc.constantFrom(...all).map((axis) => [axis])
          : fc.subarray(all, { minLength: 1 });
        return fc.record({
          operator: fc.constant(operator),
          source: fc.constant(source),
          output: fc.constant(isIndex ? ("int32" as const) : source),
          f: fc.constantFrom(identity, ...(isLogic ? [] : [doubled])),
          axes,
          // Products of 1 and 2 alone stay exact: 2^240 is beyond float32, and infinite in any order.
          input: views(shape, source, { size: operator === "prod" ? 1 : 8 }),
        });
      });
    await checkProperty(
      calls,
      async ({ operator, source, output, f, axes, input }) => {
        const refuses = ["max", "min", "argmax", "argmin"].includes(operator);
        // The core refuses the extremes of nothing.
        if (refuses && axes.some((axis) => input.shape[axis] === 0)) return;
        const shape = input.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
        await compare(pair, "reduce", (place) => {
          const to = place.output(output, shape);
          const inputs = [place.input(input)];
          const call = { operator, expression: f, inputs, parameters: [], axes, output: to };
          return { call: { ...call, sourceDType: source }, outputs: [to] };
        });
      },
      200,
    );
  });
}

/** Random products of random views, of whole numbers: exact. */
export function addRandomProducts(gemm: Suite): void {
  const size = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constantFrom(16, 17, 33));
  const bias = expression((x, b) => x.add(b).maximum(0));
  gemm.test("random", async (pair) => {
    const calls = fc
      .record({
        batch: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 2 }),
        m: size,
        k: size,
        n: size,
        dtype: fc.constantFrom("float32" as const, "int32" as const),
      })
      .chain(({ batch, m, k, n, dtype }) =>
        fc.record({
          a: views([...batch, m, k], dtype),
          b: views([...batch, k, n], dtype),
          c: fc.option(views([...batch, m, n], dtype)),
        }),
      );
    await checkProperty(
      calls,
      async ({ a, b, c }) => {
        const shape = [...a.shape.slice(0, -1), b.shape.at(-1)!];
        await compare(pair, "gemm", (place) => {
          const output = place.output(a.dtype, shape);
          const epilogue = c && { expression: bias, inputs: [place.input(c)], parameters: [] };
          const call = { a: place.input(a), b: place.input(b), output };
          return { call: epilogue === null ? call : { ...call, epilogue }, outputs: [output] };
        });
      },
      120,
    );
  });
}
