import { sizeOf, type Backend, type CustomKernel } from "@tensorloom/tensor/backend";
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

/** Sums pairs twice over: the second shader reads what the first wrote. */
const sumInSteps: CustomKernel = {
  name: "sumInSteps",
  host([x], [sum, pairs]) {
    for (let i = 0; i < 4; i++) pairs!.data[i] = x!.data[2 * i]! + x!.data[2 * i + 1]!;
    sum!.data[0] = Array.from(pairs!.data).reduce((a, b) => a + b);
  },
  wgsl() {
    const operands = `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> sum: array<f32>;
@group(0) @binding(2) var<storage, read_write> pairs: array<f32>;`;
    return [
      {
        source: `${operands}
@compute @workgroup_size(1)
fn main(@builtin(workgroup_id) id: vec3u) { pairs[id.x] = x[2u * id.x] + x[2u * id.x + 1u]; }`,
        workgroups: [4],
      },
      {
        source: `${operands}
@compute @workgroup_size(1)
fn main() { sum[0] = pairs[0] + pairs[1] + pairs[2] + pairs[3]; }`,
        workgroups: [1],
      },
    ];
  },
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
  await orRefused(pair, attempt);
});

custom.test("several shaders run one after another", async (pair) => {
  const attempt = compare(pair, "custom", (place) => {
    const outputs = [place.output("float32", []), place.output("float32", [4])];
    const inputs = [place.input(arrange([1, 2, 3, 4, 5, 6, 7, 8], [8], "float32"))];
    return { call: { kernel: sumInSteps, inputs, outputs, parameters: [] }, outputs };
  });
  await orRefused(pair, attempt);
});

/** A device that runs neither host functions nor WGSL may say so. */
async function orRefused(
  { backend }: { readonly backend: Backend },
  attempt: Promise<void>,
): Promise<void> {
  await attempt.catch((error: { readonly code?: unknown }) => {
    if (backend.readSync !== undefined || error.code !== "UNSUPPORTED") throw error;
  });
}

custom.test("a kernel without a version for it is refused", async ({ backend }) => {
  const attempt = run(backend, "custom", (place) => {
    const output = place.output("float32", [2]);
    const kernel = { name: "elsewhere" };
    return { call: { kernel, inputs: [], outputs: [output], parameters: [] }, outputs: [output] };
  });
  await expect(attempt).rejects.toMatchObject({ code: "UNSUPPORTED" });
});
