import { sizeOf, type DType } from "@tensorloom/tensor/backend";
import { arrange, layouts, stretched } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { Suite } from "../registry.ts";
import { pseudoRandom } from "../samples.ts";
import { exact, summed } from "../tolerances.ts";
import { addRandomIndexing } from "./random/along-axis.ts";

/** Indexing, and indexed sums. */
export const gather: Suite = new Suite("gather");

const dtypes: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];

for (const dtype of dtypes) {
  gather.test(
    `whole slices ${dtype}`,
    async (pair) => {
      const shape = [4, 5, 3];
      for (const axis of [0, 1, 2]) {
        const list = [0, 2, 2, 1, 0, 2, 1].map((i) => i % shape[axis]!);
        const outShape = shape.map((size, a) => (a === axis ? list.length : size));
        const alongAxis = shape.map((_, a) => (a === axis ? list.length : 1));
        await compare(pair, "gather", (place) => {
          const output = place.output(dtype, outShape);
          const input = place.input(arrange(pseudoRandom(60, 1, dtype), shape, dtype));
          const indices = place.input(stretched(arrange(list, alongAxis, "int32"), outShape));
          return { call: { input, indices, axis, output }, outputs: [output] };
        });
      }
    },
    { dtypes: [dtype] },
  );
}

gather.test("an index an element", async (pair) => {
  const list = pseudoRandom(4 * 6, 5, "uint8").map((i) => i % 5);
  await compare(pair, "gather", (place) => {
    const output = place.output("float32", [4, 6]);
    const input = place.input(arrange(pseudoRandom(20, 1), [4, 5], "float32"));
    const indices = place.input(arrange(list, [4, 6], "int32", "transposed"));
    return { call: { input, indices, axis: 1, output }, outputs: [output] };
  });
});

for (const layout of layouts) {
  gather.test(`layout ${layout}`, async (pair) => {
    await compare(pair, "gather", (place) => {
      const output = place.output("float32", [2, 5, 3]);
      const input = place.input(arrange(pseudoRandom(60, 1), [4, 5, 3], "float32", layout));
      const indices = place.input(stretched(arrange([3, 1], [2, 1, 1], "int32"), [2, 5, 3]));
      return { call: { input, indices, axis: 0, output }, outputs: [output] };
    });
  });
}

gather.test("nothing picked", async (pair) => {
  await compare(pair, "gather", (place) => {
    const output = place.output("float32", [0, 3]);
    const input = place.input(arrange(pseudoRandom(6, 1), [2, 3], "float32"));
    const indices = place.input(arrange([], [0, 3], "int32"));
    return { call: { input, indices, axis: 0, output }, outputs: [output] };
  });
});

for (const dtype of ["float32", "float64", "int32"] as const) {
  gather.test(
    `scatterAdd ${dtype} adds duplicates`,
    async (pair) => {
      for (const axis of [0, 1]) {
        const shape = [4, 5];
        const count = 9;
        const updateShape = shape.map((size, a) => (a === axis ? count : size));
        const along = shape.map((_, a) => (a === axis ? count : 1));
        const list = [0, 3, 3, 1, 0, 3, 1, 1, 0];
        await compare(
          pair,
          "scatterAdd",
          (place) => {
            const base = pseudoRandom(20, 1, dtype);
            const output = place.input(arrange(base, shape, dtype));
            const updates = place.input(
              arrange(
                pseudoRandom(sizeOf(updateShape), 2, dtype),
                updateShape,
                dtype,
                "transposed",
              ),
            );
            const indices = place.input(stretched(arrange(list, along, "int32"), updateShape));
            return { call: { indices, updates, axis, output }, outputs: [output] };
          },
          dtype === "int32" ? exact : summed(dtype, 5, 5),
        );
      }
    },
    { dtypes: [dtype] },
  );
}

addRandomIndexing(gather);
