import { sizeOf, type CustomKernel } from "@tensorloom/tensor/backend";
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
  // One invocation does it all: what is tested is how a shader finds its operands.
  wgsl: ([x]) => ({
    source: `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> chosen: array<u32>;
@group(0) @binding(2) var<storage, read_write> scaled: array<f32>;
@group(0) @binding(3) var<storage, read_write> count: array<i32>;
@group(0) @binding(4) var<uniform> parameters: array<vec4f, 1>;
@compute @workgroup_size(1)
fn main() {
  var total = 0i;
  for (var i = 0u; i < ${sizeOf(x!.shape)}u; i++) {
    scaled[i] = x[i] * parameters[0][0];
    total += i32((chosen[i / 4u] >> (8u * (i % 4u))) & 255u);
  }
  count[0] = total + ${100 * x!.shape.length}i;
}`,
    workgroups: [1],
  }),
};

custom.test("reads inputs and fills outputs where they lie", async (pair) => {
  const attempt = compare(pair, "custom", (place) => {
    const outputs = [place.output("float32", [3, 4]), place.output("int32", [])];
    const inputs = [
      // Not at the storage's start.
      place.input(arrange(pseudoRandom(12, 1), [3, 4], "float32", "inside")),
      place.input(arrange(pseudoRandom(12, 2, "uint8"), [3, 4], "uint8", "inside")),
    ];
    return { call: { kernel: scaleAndCount, inputs, outputs, parameters: [0.5] }, outputs };
  });
  await attempt.catch((error: { readonly code?: unknown }) => {
    // A device that runs neither host functions nor WGSL may say so.
    if (pair.backend.readSync !== undefined || error.code !== "UNSUPPORTED") throw error;
  });
});

custom.test("a kernel without a version for it is refused", async ({ backend }) => {
  const attempt = run(backend, "custom", (place) => {
    const output = place.output("float32", [2]);
    const kernel = { name: "elsewhere" };
    return { call: { kernel, inputs: [], outputs: [output], parameters: [] }, outputs: [output] };
  });
  await expect(attempt).rejects.toMatchObject({ code: "UNSUPPORTED" });
});
