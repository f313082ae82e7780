import { readFileSync } from "node:fs";
import { cpu } from "@tensorloom/backend-cpu";
import { memory, Parameter, sin, tensor, tidy, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { Adam, SGD, type Optimizer } from "../src/index.ts";

beforeAll(async () => void (await use(cpu())));

interface Trajectory {
  name: "SGD" | "Adam";
  options: { learningRate: number };
  steps: { data: number[] }[];
}
const { trajectories } = JSON.parse(
  readFileSync(new URL("fixtures/pytorch.json", import.meta.url), "utf8"),
) as { trajectories: Trajectory[] };

const start = (): Parameter => new Parameter(tensor([1, -2, 0.5, 3]), "w");
const valley = (w: Parameter) => (): Tensor => {
  const part = (i: number): Tensor => w.value.slice([i], [i + 1]);
  return w.value
    .square()
    .mul([1, 0.3, 2, 0.1])
    .sum()
    .add(sin(part(0).mul(part(1))).sum());
};

describe("ten steps equal PyTorch's", () => {
  for (const { name, options, steps } of trajectories) {
    test(`${name} ${JSON.stringify(options)}`, () => {
      const w = start();
      const optimizer: Optimizer = new { SGD, Adam }[name]([w], options);
      for (const [i, { data }] of steps.entries()) {
        optimizer.minimize(valley(w)).dispose();
        // Ten float32 steps, each of a few roundings.
        data.forEach((x, k) =>
          expect(Math.abs(w.value.dataSync()[k]! - x), `step ${i}`).toBeLessThan(2e-5),
        );
      }
    });
  }
});

test("state resumes to the bit", () => {
  const run = (w: Parameter, optimizer: Optimizer, count: number): void => {
    for (let i = 0; i < count; i++) optimizer.minimize(valley(w)).dispose();
  };
  const w = start();
  const adam = new Adam([w], { learningRate: 0.05 });
  run(w, adam, 3);
  const copy = new Parameter(w.value.add(0), "w");
  const resumed = new Adam([copy], { learningRate: 0.05 });
  resumed.loadState(adam.state());
  run(w, adam, 3);
  run(copy, resumed, 3);
  expect(copy.value.dataSync()).toEqual(w.value.dataSync());
  expect(() => resumed.loadState({ steps: 1, tensors: {} })).toThrow(
    "loadState: 0.mean: expected a tensor of shape [4]",
  );
});

test("memory is flat, and the learning rate may change", () => {
  const w = start();
  const adam = new Adam([w]);
  adam.minimize(valley(w)).dispose();
  const before = memory();
  for (let i = 0; i < 5; i++) {
    adam.learningRate = 0.01 / (i + 1);
    adam.minimize(valley(w)).dispose();
  }
  expect(memory()).toEqual(before);
});

test("what is not trainable stays", () => {
  const [w, frozen] = [start(), new Parameter(tensor([1]), "frozen", false)];
  const sgd = new SGD([w, frozen], { learningRate: 1 });
  expect(sgd.parameters).toEqual([w]);
});

test("mistakes are named, and move nothing", () => {
  const w = start();
  const sgd = new SGD([w], { learningRate: 1 });
  expect(() => sgd.step([])).toThrow("step: gradients: expected 1, one a parameter, got 0");
  expect(() => tidy(() => sgd.step([tensor([1])]))).toThrow("expected shape [4] for w, got [1]");
  expect(() => new SGD([w], { learningRate: Number.NaN })).toThrow(
    "learningRate: expected a finite number",
  );
  expect(Array.from(w.value.dataSync())).toEqual([1, -2, 0.5, 3]);
});
