import {
  Expr,
  expression,
  sizeOf,
  type DType,
  type ReduceOperator,
} from "@tensorloom/tensor/backend";
import { expect } from "vitest";
import { arrange, layouts, Placer, stretched, type Arranged } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { Suite, type Pair } from "../registry.ts";
import { pseudoRandom } from "../samples.ts";
import { exact, summed, type Tolerance } from "../tolerances.ts";
import { addGoldenFolds } from "./golden/functions.ts";
import { addRandomFolds } from "./random/folds-and-products.ts";

/** Folds over axes. */
export const reduce: Suite = new Suite("reduce");

const identity = expression((x) => x);

async function check(
  pair: Pair,
  operator: ReduceOperator,
  inputs: readonly Arranged[],
  axes: readonly number[],
  options: {
    readonly tolerance?: Tolerance;
    readonly f?: typeof identity;
    readonly sourceDType?: DType;
  } = {},
): Promise<void> {
  const { shape, dtype } = inputs[0]!;
  const sourceDType = options.sourceDType ?? dtype;
  const isIndex = operator === "argmax" || operator === "argmin";
  await compare(
    pair,
    "reduce",
    (place) => {
      const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      const output = place.output(isIndex ? "int32" : sourceDType, kept);
      const call = {
        operator,
        expression: options.f ?? identity,
        inputs: inputs.map((input) => place.input(input)),
        parameters: [],
        sourceDType,
        axes,
        output,
      };
      return { call, outputs: [output] };
    },
    options.tolerance ?? exact,
    `${operator} [${shape.join()}] over ${axes.join()}`,
  );
}

const shapes: readonly (readonly [number[], number[]])[] = [
  [[5], [0]],
  [[1], [0]],
  [[3, 7], [0]],
  [[3, 7], [1]],
  [
    [3, 7],
    [0, 1],
  ],
  [[4, 5, 6], [1]],
  [
    [4, 5, 6],
    [0, 2],
  ],
  [
    [2, 3, 4, 5],
    [1, 3],
  ],
  [[2, 1500], [1]],
  [[1500, 3], [0]],
  [[2, 700, 3], [1]],
  [[0, 3], [1]],
];

for (const operator of ["sum", "prod", "max", "min"] as const) {
  for (const dtype of ["float32", "float64", "int32"] as const) {
    reduce.test(
      `${operator} ${dtype}`,
      async (pair) => {
        for (const [shape, axes] of shapes) {
          const size = shape.reduce((product, n) => product * n, 1);
          const tolerance =
            operator === "sum" || operator === "prod" ? summed(dtype, size, 1) : exact;
          await check(pair, operator, [arrange(pseudoRandom(size, 1, dtype), shape, dtype)], axes, {
            tolerance,
          });
        }
      },
      { dtypes: [dtype] },
    );
  }
}

for (const operator of ["argmax", "argmin"] as const) {
  reduce.test(`${operator} with ties and NaN`, async (pair) => {
    const ties = [3, 1, 3, 1, 2, 2, 5, 5, 5];
    const withNaN = [1, Number.NaN, 9, Number.NaN, -Infinity, Infinity];
    await check(pair, operator, [arrange(ties, [3, 3], "float32")], [0]);
    await check(pair, operator, [arrange(ties, [3, 3], "float32")], [1]);
    await check(pair, operator, [arrange(withNaN, [6], "float32")], [0]);
    await check(pair, operator, [arrange([-Infinity, -Infinity], [2], "float32")], [0]);
    await check(pair, operator, [arrange(pseudoRandom(2400, 3), [2, 1200], "float32")], [1]);
    await check(pair, operator, [arrange(pseudoRandom(2400, 3), [1200, 2], "float32")], [0]);
  });
}

for (const operator of ["argmax", "argmin", "max", "min"] as const) {
  reduce.test(`${operator} of many, among them NaN and infinities of both signs`, async (pair) => {
    for (const shape of [
      [23, 37],
      [37, 23],
      [9, 1, 50],
      [2, 9, 50],
    ]) {
      const size = sizeOf(shape);
      // Few different values, so that there are ties.
      const values = pseudoRandom(size, 4).map((x) => Math.round(x * 5));
      for (let i = 0; i < size; i += 67) values[i] = i % 2 === 0 ? Infinity : -Infinity;
      const withNaN = values.map((x, i) => (i % 41 === 7 ? Number.NaN : x));
      for (const some of [values, withNaN, values.map(() => -Infinity)]) {
        for (let axis = 0; axis < shape.length; axis++) {
          await check(pair, operator, [arrange(some, shape, "float32")], [axis]);
        }
      }
    }
  });
}

for (const operator of ["any", "all"] as const) {
  reduce.test(operator, async (pair) => {
    for (const values of [
      [0, 0, 0, 0],
      [1, 1, 1, 1],
      [0, 1, 1, 0],
      [1, 0, 0, 0],
    ]) {
      await check(pair, operator, [arrange(values, [2, 2], "bool")], [0]);
      await check(pair, operator, [arrange(values, [2, 2], "bool")], [1]);
      await check(pair, operator, [arrange(values, [4], "bool")], [0]);
    }
  });
}

reduce.test("NaN wins in max and min", async (pair) => {
  for (const operator of ["max", "min"] as const) {
    const values = [1, Number.NaN, 3, 4, 5, 6, -Infinity, Infinity];
    await check(pair, operator, [arrange(values, [2, 4], "float32")], [1]);
    await check(pair, operator, [arrange(values, [2, 4], "float32")], [0]);
  }
});

reduce.test("empty", async (pair) => {
  for (const operator of ["sum", "prod"] as const) {
    await check(pair, operator, [arrange([], [2, 0], "float32")], [1]);
  }
  await check(pair, "any", [arrange([], [0], "bool")], [0]);
  await check(pair, "all", [arrange([], [0], "bool")], [0]);
});

for (const layout of layouts) {
  reduce.test(`layout ${layout}`, async (pair) => {
    for (const axes of [[0], [1], [2], [0, 2]]) {
      const x = arrange(pseudoRandom(60, 1), [3, 4, 5], "float32", layout);
      await check(pair, "sum", [x], axes, { tolerance: summed("float32", 60, 1) });
      await check(pair, "max", [x], axes);
    }
  });
}

reduce.test("expression on the way in", async (pair) => {
  const f = expression((x, mean) => x.sub(mean).square());
  const x = arrange(pseudoRandom(300, 1), [10, 30], "float32");
  const mean = stretched(arrange(pseudoRandom(10, 2), [10, 1], "float32"), [10, 30]);
  await check(pair, "sum", [x, mean], [1], { f, tolerance: summed("float32", 30, 4) });
});

reduce.test("small integers and bools", async (pair) => {
  for (const dtype of ["uint8", "bool"] as const) {
    const x = arrange(pseudoRandom(600, 1, dtype), [20, 30], dtype, "transposed");
    for (const axes of [[0], [1], [0, 1]]) {
      await check(pair, "sum", [x], axes, { sourceDType: "int32" });
      await check(pair, "prod", [x], axes, { sourceDType: "int32" });
      await check(pair, "max", [x], axes);
      await check(pair, "min", [x], axes);
    }
    await check(pair, "argmax", [x], [1]);
  }
});

reduce.test("any and all take NaN for true, and zeros of both signs for false", async (pair) => {
  const f = expression((x) => x.cast("bool"));
  const values = [0, -0, Number.NaN, 0, 1e-30, -1, Infinity, 2];
  for (const operator of ["any", "all"] as const) {
    const x = arrange(values, [4, 2], "float32");
    await check(pair, operator, [x], [1], { f, sourceDType: "bool" });
  }
});

reduce.test("the index on the way in", async (pair) => {
  const f = expression((x) => x.mul(0).add(Expr.index().cast("float32")));
  const x = arrange(pseudoRandom(105, 1), [3, 5, 7], "float32", "transposed");
  await check(pair, "sum", [x], [1], { f });
  await check(pair, "max", [x], [0, 2], { f });
});

reduce.test("counts as int32", async (pair) => {
  const f = expression((x) => x.greater(0).cast("int32"));
  const x = arrange(pseudoRandom(300, 1), [10, 30], "float32");
  await check(pair, "sum", [x], [1], { f, sourceDType: "int32" });
});

reduce.test("a million equal values keep their precision", async ({ backend }) => {
  const place = new Placer(backend);
  const count = 1_000_000;
  const x = place.input(arrange(new Float32Array(count).fill(0.1), [count], "float32"));
  const output = place.output("float32", [1]);
  const call = {
    operator: "sum",
    expression: identity,
    inputs: [x],
    parameters: [],
    axes: [0],
  } as const;
  backend.reduce({ ...call, sourceDType: "float32", output });
  const [total] = await place.read(output);
  const expected = Math.fround(0.1) * count;
  expect(Math.abs(total! - expected) / expected).toBeLessThan(1e-6);
});

addRandomFolds(reduce);
addGoldenFolds(reduce);
