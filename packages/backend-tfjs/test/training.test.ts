import * as tf from "@tensorflow/tfjs-core";
import { cpu } from "@tensorloom/backend-cpu";
import { Conv2d, crossEntropy, Flatten, Linear, MaxPool2d, ReLU, Sequential } from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import { memory, random, tensor, tidy, use, withBackend, type Tensor } from "@tensorloom/tensor";
import { describe, expect, test } from "vitest";
import { tfjs } from "../src/index.ts";

/** Losses of the first steps of a small convolutional network, and the tensors that are alive after each. */
async function train(
  steps: number,
  countAlive: () => number,
): Promise<{ losses: number[]; alive: number[] }> {
  random.seed(7);
  const model = new Sequential(
    ...[new Conv2d(1, 4, 3), new ReLU(), new MaxPool2d(2), new Flatten(), new Linear(36, 3)],
  );
  const optimizer = new Adam(model, { learningRate: 0.01 });
  const x = random.uniform([12, 8, 8, 1]);
  const labels = random.randint(0, 3, [12]);
  const losses: number[] = [];
  const alive: number[] = [];
  for (let step = 0; step < steps; step++) {
    const loss = tidy(() =>
      optimizer.minimize(() => crossEntropy(model.forward(x) as Tensor, labels)),
    );
    losses.push(await loss.itemAsync());
    loss.dispose();
    alive.push(countAlive());
  }
  model.dispose();
  optimizer.dispose();
  x.dispose();
  labels.dispose();
  return { losses, alive };
}

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
