import type { CustomKernel } from "@tensorloom/tensor/backend";
import { expect } from "vitest";
import { arrange } from "../arrangement.ts";
import { compare, run } from "../compare.ts";
import { Suite } from "../registry.ts";
import { pseudoRandom } from "../samples.ts";

/** Kernels that packages bring along. */
export const custom: Suite = new Suite("custom");

/** Two inputs of different dtypes, two outputs, one number. */
const scaleAndCount: CustomKernel = {
  name: "scaleAndCount",
  host([x, chosen], [scaled, count], [factor]) {
    let total = 0;
    x!.data.forEach((value, i) => {
      scaled!.data[i] = value * factor!;
      total += chosen!.data[i]!;
    });
    count!.data[0] = total + 100 * x!.shape.length;
  },
};

custom.test(
  "reads inputs and fills outputs where they lie",
  async (pair) => {
    await compare(pair, "custom", (place) => {
      const outputs = [place.output("float32", [3, 4]), place.output("int32", [])];
      const inputs = [
        // Not at the storage's start.
        place.input(arrange(pseudoRandom(12, 1), [3, 4], "float32", "inside")),
        place.input(arrange(pseudoRandom(12, 2, "uint8"), [3, 4], "uint8", "inside")),
      ];
      return { call: { kernel: scaleAndCount, inputs, outputs, parameters: [0.5] }, outputs };
    });
  },
  { host: true },
);

custom.test("a kernel without a version for it is refused", async ({ backend }) => {
  const attempt = run(backend, "custom", (place) => {
    const output = place.output("float32", [2]);
    const kernel = { name: "elsewhere" };
    return { call: { kernel, inputs: [], outputs: [output], parameters: [] }, outputs: [output] };
  });
  await expect(attempt).rejects.toMatchObject({ code: "UNSUPPORTED" });
});
