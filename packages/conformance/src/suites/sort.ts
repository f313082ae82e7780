import type { DType } from "@tensorloom/tensor/backend";
import { arrange, layouts, type Arranged } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { Suite, type Pair } from "../registry.ts";
import { pseudoRandom } from "../samples.ts";
import { addRandomSorts } from "./random/along-axis.ts";

/** Sorting: stable, NaN last. */
export const sort: Suite = new Suite("sort");

async function check(pair: Pair, x: Arranged, axis: number): Promise<void> {
  for (const descending of [false, true]) {
    await compare(pair, "sort", (place) => {
      const values = place.output(x.dtype, x.shape);
      const indices = place.output("int32", x.shape);
      const call = { input: place.input(x), axis, descending, values, indices };
      return { call, outputs: [values, indices] };
    });
  }
}

const dtypes: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];
for (const dtype of dtypes) {
  sort.test(
    dtype,
    async (pair) => {
      for (const axis of [0, 1]) {
        await check(pair, arrange(pseudoRandom(77, 1, dtype), [7, 11], dtype), axis);
      }
    },
    { dtypes: [dtype] },
  );
}

sort.test("equal elements keep their order", async (pair) => {
  const values = pseudoRandom(400, 1).map((x) => Math.round(x * 3));
  await check(pair, arrange(values, [400], "float32"), 0);
});

sort.test("NaN and infinities", async (pair) => {
  const values = [3, Number.NaN, -Infinity, 0, Infinity, Number.NaN, 1, -1];
  await check(pair, arrange(values, [8], "float32"), 0);
});

for (const layout of layouts) {
  sort.test(`layout ${layout}`, async (pair) => {
    await check(pair, arrange(pseudoRandom(60, 1), [3, 4, 5], "float32", layout), 1);
  });
}

addRandomSorts(sort);
