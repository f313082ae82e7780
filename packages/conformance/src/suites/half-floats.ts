import { tensor, valueAndGrad, withBackend, type DType } from "@tensorloom/tensor";
import {
  expression,
  RowExpression,
  Expr,
  type CallOf,
  type KernelName,
  type Backend,
  type View,
} from "@tensorloom/tensor/backend";
import { expect } from "vitest";
import { arrange, layouts, type Placer } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { gradientCases, type GradientCase } from "./gradient-cases.ts";
import type { Needs, Pair, Suite } from "../registry.ts";
import { pseudoRandom, uniformSamples } from "../samples.ts";
import { exact, type Tolerance } from "../tolerances.ts";

const needs = { dtypes: ["float16"] } as const;

/**
 * Sums of up to 100 products of size 1 in float32 are off by 2^-18 at most (Higham and Mary 2019); where that crosses the
 * middle between two half floats, these are a unit apart: 2^-10.
 */
const summed: Tolerance = {
  operation: "summed",
  bound: () => ({ relative: 2 ** -10, absolute: 2 ** -17 }),
};

/** Half floats of every kind: subnormals, the largest, what rounds to a tie, what overflows, infinities and NaN. */
const specials = [
  ...[0, -0, 1, -1, 0.1, 65504, -65504, 2 ** -14, 2 ** -24, 3 * 2 ** -24, -(2 ** -15)],
  ...[1 + 2 ** -10, 2048, 0.333, 1000, Infinity, -Infinity, Number.NaN, 300, 5.5],
];

function values(place: Placer, shape: readonly number[], seed: number): View {
  const size = shape.reduce((count, n) => count * n, 1);
  return place.input(arrange(pseudoRandom(size, seed), shape, "float16"));
}

function check<K extends KernelName>(
  pair: Pair,
  kernel: K,
  call: (place: Placer) => CallOf<K>,
  tolerance = summed,
): Promise<void> {
  const build = (place: Placer): { call: CallOf<K>; outputs: readonly View[] } => {
    const made = call(place);
    const {
      output,
      outputs,
      values: sorted,
    } = made as { output?: View; outputs?: readonly View[]; values?: View };
    return { call: made, outputs: outputs ?? [output ?? sorted!] };
  };
  return compare(pair, kernel, build, tolerance, "float16");
}

const identity = expression((x) => x);
const window = {
  strides: [2, 1],
  dilation: [1, 1],
  padding: [
    [1, 1],
    [0, 1],
  ],
} as const;

/** Chains of some twenty roundings, of condition 10, each by half a unit. */
const boundOfChains = 20 * 10 * 2 ** -11;

/** A function's value and gradients, at points that float16 holds. */
async function differentiated(
  backend: Backend,
  { f, shapes, range }: GradientCase,
  dtype: DType,
): Promise<Float64Array[]> {
  const results = withBackend(backend, () => {
    const xs = shapes.map((shape, n) => {
      const size = shape.reduce((count, length) => count * length, 1);
      const points = uniformSamples(size, 40 + n, range).map((x) => Math.round(x * 256) / 256);
      return tensor(points, { shape, dtype });
    });
    const { value, gradients } = valueAndGrad((...args) => f(...args).mean())(...xs);
    for (const x of xs) x.dispose();
    return [value, ...gradients];
  });
  const lists = await Promise.all(results.map((x) => x.data()));
  for (const x of results) x.dispose();
  return lists.map((list) => Float64Array.from(list));
}

/** Adds to each family tests of float16: stored in two bytes, computed in float32. */
export function addHalfFloats(suites: Readonly<Record<string, Suite>>): void {
  const add = (
    family: string,
    name: string,
    run: (pair: Pair) => Promise<void>,
    extra: Needs = {},
  ): void => suites[family]!.test(`float16 ${name}`, run, { ...needs, ...extra });

  add("map", "values of every kind, in all layouts", async (pair) => {
    const f = expression((x, y) => [x.mul(y), x.add(y), x.square()]);
    for (const layout of layouts) {
      await check(
        pair,
        "map",
        (place) => ({
          expression: f,
          inputs: [
            place.input(arrange(specials, [4, 5], "float16", layout)),
            place.input(
              arrange([...specials.slice(7), ...specials.slice(0, 7)], [4, 5], "float16"),
            ),
          ],
          parameters: [],
          outputs: [0, 1, 2].map(() => place.output("float16", [4, 5])),
        }),
        exact,
      );
    }
  });
  add("map", "conversions, and ends that share a word", async (pair) => {
    const numbers = [65519, 65520, 1e-8, 2 ** -25, 2049, 2051, -0.1, 7, 3e38, -Infinity, 255.5];
    for (const length of [1, 2, 3, 5, 11]) {
      for (const [from, to] of [
        ["float32", "float16"],
        ["float16", "float32"],
        ["float16", "int32"],
        ["int32", "float16"],
      ] as const) {
        await check(
          pair,
          "map",
          (place) => ({
            expression: identity,
            inputs: [place.input(arrange(numbers.slice(0, length), [length], from))],
            parameters: [],
            outputs: [place.output(to, [length])],
          }),
          exact,
        );
      }
    }
  });
  for (const operator of ["sum", "max", "min", "argmax"] as const) {
    add("reduce", operator, async (pair) => {
      for (const [shape, axis] of [
        [[7, 9], 1],
        [[8, 12], 0],
        [[3, 100], 1],
      ] as const) {
        await check(pair, "reduce", (place) => ({
          operator,
          expression: identity,
          inputs: [values(place, shape, 1)],
          parameters: [],
          sourceDType: "float16",
          axes: [axis],
          output: place.output(
            operator === "argmax" ? "int32" : "float16",
            shape.map((n, a) => (a === axis ? 1 : n)),
          ),
        }));
      }
    });
  }
  add(
    "rows",
    "softmax",
    async (pair) => {
      const [x, largest, total] = [Expr.input(0), Expr.input(1), Expr.input(3)];
      const powers = x.sub(largest).exp();
      const softmax = new RowExpression(
        [
          { operator: "max", root: x },
          { operator: "sum", root: powers },
        ],
        [powers.div(total), total],
        1,
      );
      for (const shape of [
        [5, 8],
        [3, 7],
      ]) {
        await check(pair, "rows", (place) => ({
          rows: softmax,
          inputs: [values(place, shape, 2)],
          parameters: [],
          dtype: "float16",
          axes: [1],
          outputs: [place.output("float16", shape), place.output("float16", [shape[0]!, 1])],
        }));
      }
    },
    { rows: true },
  );
  add("gemm", "with an epilogue", async (pair) => {
    for (const [m, k, n] of [
      [5, 7, 9],
      [8, 64, 16],
      [33, 20, 4],
      [1, 640, 40],
      [40, 321, 1],
      [4, 64, 64],
    ] as const) {
      await check(pair, "gemm", (place) => ({
        a: values(place, [m, k], 1),
        b: values(place, [k, n], 2),
        output: place.output("float16", [m, n]),
        epilogue: {
          expression: expression((x, bias) => x.add(bias).relu()),
          inputs: [values(place, [m, n], 3)],
          parameters: [],
        },
      }));
    }
  });
  for (const groups of [1, 4]) {
    const shapes = { input: [2, 6, 5, 4], filter: [3, 2, 4 / groups, 4], output: [2, 3, 5, 4] };
    const name = groups === 1 ? "and gradients" : "depthwise, and gradients";
    add("conv", name, async (pair) => {
      const common = { ...window, groups };
      await check(pair, "conv", (place) => ({
        ...common,
        input: values(place, shapes.input, 1),
        filter: values(place, shapes.filter, 2),
        output: place.output("float16", shapes.output),
      }));
      await check(pair, "convInputGradient", (place) => ({
        ...common,
        gradient: values(place, shapes.output, 1),
        filter: values(place, shapes.filter, 2),
        output: place.output("float16", shapes.input),
      }));
      await check(pair, "convFilterGradient", (place) => ({
        ...common,
        input: values(place, shapes.input, 1),
        gradient: values(place, shapes.output, 2),
        output: place.output("float16", shapes.filter),
      }));
    });
  }
  for (const mode of ["max", "average"] as const) {
    add("pool", mode, async (pair) => {
      const common = { ...window, mode, window: [3, 2], countPadding: false };
      await check(pair, "pool", (place) => ({
        ...common,
        input: values(place, [2, 6, 5, 3], 1),
        output: place.output("float16", [2, 3, 5, 3]),
      }));
      await check(pair, "poolGradient", (place) => ({
        ...common,
        input: values(place, [2, 6, 5, 3], 1),
        gradient: values(place, [2, 3, 5, 3], 2),
        output: place.output("float16", [2, 6, 5, 3]),
      }));
    });
  }
  add("gather", "and sums by index", async (pair) => {
    for (const width of [3, 4]) {
      const indices = arrange(
        [2, 0, 2, 1, 2].flatMap((i) => Array.from({ length: width }, () => i)),
        [5, width],
        "int32",
      );
      await check(
        pair,
        "gather",
        (place) => ({
          input: values(place, [3, width], 1),
          indices: place.input(indices),
          axis: 0,
          output: place.output("float16", [5, width]),
        }),
        exact,
      );
      await check(pair, "scatterAdd", (place) => ({
        updates: values(place, [5, width], 1),
        indices: place.input(indices),
        axis: 0,
        output: values(place, [3, width], 2),
      }));
    }
  });
  add("scan", "sums", (pair) =>
    check(pair, "scan", (place) => ({
      operator: "sum",
      input: values(place, [3, 70], 1),
      axis: 1,
      exclusive: false,
      reverse: true,
      output: place.output("float16", [3, 70]),
    })),
  );
  add("sort", "values", async (pair) => {
    const input = arrange([...specials, 4, 4, 9], [23], "float16");
    await check(
      pair,
      "sort",
      (place) => ({
        input: place.input(input),
        axis: 0,
        descending: true,
        values: place.output("float16", [23]),
      }),
      exact,
    );
  });
  for (const one of gradientCases) {
    add(
      "gradients",
      one.name,
      async ({ backend, reference }) => {
        const expected = await differentiated(reference, one, "float32");
        const actual = await differentiated(backend, one, "float16");
        expected.forEach((list, n) => {
          const allowed = boundOfChains * list.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
          list.forEach((x, i) => {
            const found = actual[n]![i]!;
            if (Math.abs(found - x) <= allowed) return;
            const what = n === 0 ? "value" : `gradient by argument ${n - 1}, element ${i}`;
            expect.fail(
              `${one.name} in float16: ${what}: expected ${x} within ${allowed}, got ${found}`,
            );
          });
        });
      },
      { host: one.host },
    );
  }
}
