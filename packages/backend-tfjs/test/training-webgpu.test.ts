import * as tf from "@tensorflow/tfjs-core";
import { cpu } from "@tensorloom/backend-cpu";
import { customKernel, memory, tensor, use } from "@tensorloom/tensor";
import { describe, expect, test } from "vitest";
import { tfjs } from "../src/index.ts";
import { train } from "./small-network.ts";
import { offerWebGpu } from "./with-tfjs-webgpu.ts";

offerWebGpu();
const lacksWebGpu = await tfjs({ engine: "webgpu" }).initialize!().then(
  () => false,
  () => process.env["TENSORLOOM_REQUIRE_BACKENDS"] !== "1",
);

describe.skipIf(lacksWebGpu)("the webgpu engine", () => {
  test("trains a convolutional network, as our own backend does, and leaves no tensors", async () => {
    await use(cpu());
    const expected = await train(4, () => 0);
    await use(tfjs({ engine: "webgpu" }));
    const before = memory();
    const { losses, alive } = await train(4, () => tf.memory().numTensors);
    losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected.losses[i]!, 4));
    expect(new Set(alive.slice(1)).size).toBe(1);
    expect(memory()).toEqual(before);
  }, 60_000);

  test("what is queued sees what was, and what is disposed meanwhile stays until then", async () => {
    await use(tfjs({ engine: "webgpu" }));
    const x = tensor([3, 1, 2]);
    const sorted = x.sort();
    // Sorting waits for the device; all this is behind it.
    const first = sorted.data();
    const twice = sorted.mul(2);
    sorted.dispose();
    x.dispose();
    const counted = tensor([16_777_217, 5], { dtype: "int32" }).add(1);
    expect(Array.from(await first)).toEqual([1, 2, 3]);
    expect(Array.from(await twice.data())).toEqual([2, 4, 6]);
    expect(Array.from(await counted.data())).toEqual([16_777_218, 6]);
    expect(await Promise.all([counted.data(), counted.data()])).toHaveLength(2);
    for (const one of [twice, counted]) one.dispose();
  });

  test("a kernel without a host version is refused, and one that fails is an error of the read", async () => {
    await use(tfjs({ engine: "webgpu" }));
    const sameAs = [{ shape: [1], dtype: "float32" }] as const;
    const shader = customKernel({ name: "onGpu", wgsl: () => ({ source: "", workgroups: [1] }) });
    expect(() => shader([tensor([1])], sameAs)).toThrow(
      "onGpu: expected a kernel with a host version on tfjs:webgpu",
    );
    const failing = customKernel({
      name: "failing",
      wgsl: () => ({ source: "", workgroups: [1] }),
      host: () => {
        throw new Error("out of luck");
      },
    });
    const [result] = failing([tensor([1])], sameAs);
    await expect(result!.data()).rejects.toThrow("out of luck");
    expect(Array.from(await tensor([1]).data())).toEqual([1]);
  });
});
