import { runConformance } from "@tensorloom/conformance";
import { cpu } from "@tensorloom/backend-cpu";
import * as tl from "@tensorloom/tensor";
import { deriveBackend, type ScatterAddCall } from "@tensorloom/tensor/backend";
import { describe, expect, test } from "vitest";
import type { Executor } from "../src/device/executor.ts";
import { webgpu } from "../src/index.ts";
import { sortedScatterAdd } from "../src/kernels/sorted-scatter-add.ts";
import { withWords } from "../src/kernels/whole-words.ts";
import { lacksWebGpu, named } from "./with-webgpu.ts";

/** The backend with the way that software adapters do not take. */
async function sorting(): Promise<ReturnType<typeof deriveBackend>> {
  const backend = webgpu();
  await backend.initialize?.();
  const executor = backend as unknown as Executor;
  return deriveBackend(backend, {
    name: "webgpu-sorting",
    scatterAdd: (call: ScatterAddCall) => {
      const { updates, output } = call;
      if (updates.shape.includes(0)) return;
      withWords(executor, { inputs: [updates], outputs: [output], isUpdate: true }, (words) => {
        const [wide, target] = [words.inputs[0]!, words.outputs[0]!];
        sortedScatterAdd(executor, { ...call, updates: wide, output: target });
      });
    },
  });
}

runConformance(sorting, { name: "webgpu, sorting what it scatters", only: ["gather"] });

describe.skipIf(lacksWebGpu)(named("sorted scatterAdd"), () => {
  test("adds in row-major order, to the bit", async () => {
    await tl.use(cpu());
    const backend = await sorting();
    await tl.use(backend);
    // Sums of numbers of different sizes depend on their order.
    const length = 5000;
    const indices = Int32Array.from({ length }, (_, i) => (i * i) % 37);
    const values = Float32Array.from({ length }, (_, i) => Math.sin(i) * 10 ** (i % 7));
    const expected = new Float32Array(40);
    for (let i = 0; i < length; i++) {
      expected[indices[i]!] = Math.fround(expected[indices[i]!]! + values[i]!);
    }
    const found = tl.scatterAdd(tl.zeros([40]), tl.tensor(indices), tl.tensor(values));
    expect(Array.from(await found.data())).toEqual(Array.from(expected));
    // Lines that share their indices: the gradient of an embedding.
    const table = tl.zeros([40, 3]);
    const rows = tl
      .tensor(values)
      .reshape([-1, 1])
      .mul(tl.tensor([1, 2, 4]));
    const added = await tl.scatterAdd(table, tl.tensor(indices), rows).data();
    expect(Array.from(added)).toEqual(Array.from(expected).flatMap((x) => [x, 2 * x, 4 * x]));
    await backend.dispose();
  });
});
