import * as tf from "@tensorflow/tfjs-core";
import { cpu } from "@tensorloom/backend-cpu";
import { memory, tensor, use, withBackend } from "@tensorloom/tensor";
import { describe, expect, test } from "vitest";
import { tfjs } from "../src/index.ts";
import { train } from "./small-network.ts";

describe.each(["cpu", "wasm"] as const)("the %s engine", (engine) => {
  test("trains a convolutional network, as our own backend does, and leaves no tensors", async () => {
    await use(cpu());
    const expected = await train(5, () => 0);
    const backend = await use(tfjs({ engine }));
    expect(backend.name).toBe(`tfjs:${engine}`);
    const before = memory();
    const { losses, alive } = await train(5, () => tf.memory().numTensors);
    losses.forEach((loss, i) => expect(loss).toBeCloseTo(expected.losses[i]!, 4));
    expect(losses.at(-1)).toBeLessThan(losses[0]!);
    // The optimizer's memory comes with the first step.
    expect(new Set(alive.slice(1)).size).toBe(1);
    expect(memory()).toEqual(before);
  });

  test("takes tensors of other backends, and leaves the engine in use as it was", async () => {
    await use(cpu());
    const x = tensor([
      [1, 2],
      [3, 4],
    ]);
    await use(tfjs({ engine }));
    const other = engine === "cpu" ? "wasm" : "cpu";
    await use(tfjs({ engine: other }));
    await tf.setBackend(other);
    const y = await x.to(`tfjs:${engine}`);
    expect(y.matmul(y).toString()).toBe("[[ 7, 10],\n [15, 22]]");
    expect(tf.getBackend()).toBe(other);
    expect(await withBackend("cpu", async () => (await y.to("cpu")).sum().item())).toBe(10);
  });
});

test("an engine of another name is refused", () => {
  expect(() => tfjs({ engine: "webgl" as never })).toThrow(
    "tfjs: engine: expected one of cpu, wasm, webgpu, got webgl",
  );
});

test("an engine that cannot start here is said to be unavailable", async () => {
  await expect(use(tfjs({ engine: "webgpu" }))).rejects.toMatchObject({
    code: "BACKEND_UNAVAILABLE",
    message: expect.stringContaining(
      "try a browser with WebGPU, or in Node `navigator.gpu`",
    ) as string,
  });
});
