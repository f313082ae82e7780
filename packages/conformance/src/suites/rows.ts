import { Expr, RowExpression, type DType } from "@tensorloom/tensor/backend";
import { expect } from "vitest";
import { arrange, layouts, Placer, stretched, type Arranged } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { Suite, type Pair } from "../registry.ts";
import { pseudoRandom } from "../samples.ts";
import { approximated, chained, exact, type Tolerance } from "../tolerances.ts";

/** Folds of rows, one after another, and what is computed of them. Calls that a backend leaves to the core are passed over. */
export const rows: Suite = new Suite("rows");

const [x, y] = [Expr.input(0), Expr.input(1)];
const oneInput = { total0: Expr.input(1), total1: Expr.input(3) };

const powers = x.sub(oneInput.total0.abs().equal(Infinity).where(0, oneInput.total0)).exp();
const softmax = new RowExpression(
  [
    { operator: "max", root: x },
    { operator: "sum", root: powers },
  ],
  [powers.mul(Expr.constant(1).div(oneInput.total1))],
  1,
);

const mean = oneInput.total0.div(Expr.parameter(0, true));
const deviation = x.sub(mean);
const variance = oneInput.total1.div(Expr.parameter(0, true));
const moments = new RowExpression(
  [
    { operator: "sum", root: x },
    { operator: "sum", root: deviation.square() },
  ],
  [mean, deviation.div(variance.add(Expr.parameter(1, true)).sqrt()), variance],
  1,
  2,
);

/** Two inputs; what enters the first two folds is used again, and stored nowhere by itself. */
const product = x.mul(y);
const spread = new RowExpression(
  [
    { operator: "min", root: product },
    { operator: "max", root: y },
    { operator: "sum", root: product.sub(Expr.input(2)).mul(y) },
  ],
  [product.sub(Expr.input(2)), Expr.input(4).sub(Expr.input(2)), product.add(Expr.input(6))],
  2,
);

async function check(
  pair: Pair,
  f: RowExpression,
  inputs: readonly Arranged[],
  axes: readonly number[],
  options: { readonly tolerance?: Tolerance; readonly parameters?: readonly number[] } = {},
): Promise<void> {
  const { shape, dtype } = inputs[0]!;
  const common = { rows: f, parameters: options.parameters ?? [], dtype, axes };
  const place = new Placer(pair.backend);
  const views = inputs.map((input) => place.input(input));
  const isLeft = pair.backend.hasRows?.({ ...common, inputs: views }) === false;
  place.free();
  if (isLeft) return;
  const kept = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  await compare(
    pair,
    "rows",
    (at) => {
      const outputs = f.isTotal.map((isTotal) => at.output(dtype, isTotal ? kept : shape));
      const call = { ...common, inputs: inputs.map((input) => at.input(input)), outputs };
      return { call, outputs };
    },
    options.tolerance ?? chained(dtype),
    `[${shape.join()}] over ${axes.join()}`,
  );
}

const shapes: readonly (readonly [number[], number[]])[] = [
  [[5], [0]],
  [[1, 1], [1]],
  [[4, 2], [1]],
  [[7, 3], [1]],
  [[3, 4], [1]],
  [[2, 6], [1]],
  [[3, 16], [1]],
  [[2, 19], [1]],
  [[2, 3, 67], [2]],
  [
    [3, 5, 8],
    [1, 2],
  ],
  [[3, 700], [1]],
  [[5, 6], [0]],
  [[3, 4, 8], [1]],
  [
    [3, 4, 5],
    [0, 2],
  ],
  [[600, 33], [1]],
];

function sample(shape: readonly number[], seed: number, dtype: DType = "float32"): Arranged {
  const size = shape.reduce((count, n) => count * n, 1);
  return arrange(pseudoRandom(size, seed, dtype), shape, dtype);
}

for (const dtype of ["float32", "float64"] as const) {
  const needs = { rows: true, dtypes: [dtype] };
  rows.test(
    `softmax ${dtype}`,
    async (pair) => {
      for (const [shape, axes] of shapes)
        await check(pair, softmax, [sample(shape, 1, dtype)], axes);
    },
    needs,
  );
  rows.test(
    `moments ${dtype}`,
    async (pair) => {
      for (const [shape, axes] of shapes) {
        const count = axes.reduce((size, axis) => size * shape[axis]!, 1);
        const parameters = [count, 0.5];
        await check(pair, moments, [sample(shape, 2, dtype)], axes, { parameters });
      }
    },
    needs,
  );
}

rows.test(
  "several results of two inputs, one of which broadcasts",
  async (pair) => {
    for (const [shape, axes] of shapes) {
      const last = [shape.at(-1)!];
      const perRow = shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
      for (const other of [shape, last, perRow]) {
        const inputs = [sample(shape, 3), stretched(sample(other, 4), shape)];
        // Sums of products of sizes up to 1.
        const tolerance = chained("float32");
        await check(pair, spread, inputs, axes, { tolerance });
      }
    }
  },
  { rows: true },
);

for (const layout of layouts) {
  rows.test(
    `layout ${layout}`,
    async (pair) => {
      for (const axes of [[2], [1, 2], [0], [0, 2]]) {
        const values = arrange(pseudoRandom(96, 5), [3, 4, 8], "float32", layout);
        await check(pair, softmax, [values], axes);
      }
    },
    { rows: true },
  );
}

rows.test(
  "infinities and NaN",
  async (pair) => {
    const { NaN: nan } = Number;
    const values = [
      ...[-Infinity, -Infinity, -Infinity, -Infinity, -Infinity],
      ...[1, Infinity, 2, 3, 4],
      ...[1, nan, 2, 3, 4],
      ...[-Infinity, 0, 1, -Infinity, 2],
      ...[1, 2, 3, 4, nan],
      ...[3e38, -3e38, 88, -200, 0],
    ];
    await check(pair, softmax, [arrange(values, [6, 5], "float32")], [1], {
      tolerance: approximated("float32"),
    });
  },
  { rows: true },
);

/** Not shifted by the largest: exponents reach as far as the row does. */
const spreadPowers = x.sub(oneInput.total0).exp();
const powersOfSpread = new RowExpression(
  [
    { operator: "min", root: x },
    { operator: "sum", root: spreadPowers },
  ],
  [spreadPowers, oneInput.total1],
  1,
);
rows.test(
  "exponents of any size, in rows of any length",
  async (pair) => {
    for (const length of [4, 7, 16, 21, 100]) {
      const sizes = [1, 43, 44, 60, 1000];
      const values = pseudoRandom(2 * sizes.length * length, 8).map(
        (value, i) => value * sizes[Math.floor(i / length) % sizes.length]!,
      );
      for (let row = 0; row < sizes.length; row++) values[row * length + row] = -Infinity;
      const input = arrange(values, [2 * sizes.length, length], "float32");
      const tolerance = approximated("float32");
      await check(pair, softmax, [input], [1], { tolerance });
      await check(pair, powersOfSpread, [input], [1], { tolerance });
    }
  },
  { rows: true },
);

const extremes = new RowExpression(
  [
    { operator: "max", root: x },
    { operator: "min", root: x },
  ],
  [oneInput.total0, oneInput.total1],
  1,
);
rows.test(
  "extremes, and NaN anywhere in a row",
  async (pair) => {
    for (const length of [5, 16, 37, 64]) {
      const values = pseudoRandom(length * (length + 1), 6);
      for (let row = 0; row < length; row++) values[row * length + row] = Number.NaN;
      const tolerance = exact;
      await check(pair, extremes, [arrange(values, [length + 1, length], "float32")], [1], {
        tolerance,
      });
    }
  },
  { rows: true },
);

const total = new RowExpression([{ operator: "sum", root: x }], [oneInput.total0], 1);
rows.test(
  "long rows of equal values keep their precision",
  async ({ backend }) => {
    const count = 1_000_000;
    const place = new Placer(backend);
    const input = place.input(arrange(new Float32Array(count).fill(0.1), [1, count], "float32"));
    const call = {
      rows: total,
      inputs: [input],
      parameters: [],
      dtype: "float32",
      axes: [1],
    } as const;
    if (backend.hasRows?.(call) !== false) {
      const output = place.output("float32", [1, 1]);
      backend.rows!({ ...call, outputs: [output] });
      const [sum] = await place.read(output);
      const expected = Math.fround(0.1) * count;
      expect(Math.abs(sum! - expected) / expected).toBeLessThan(1e-6);
    }
    place.free();
  },
  { rows: true },
);
