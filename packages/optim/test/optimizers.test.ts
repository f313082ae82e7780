// Trajectories of PyTorch: fixtures/optimizers.py.
import { readFileSync } from "node:fs";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import {
  loadSafetensors,
  memory,
  Parameter,
  saveSafetensors,
  sin,
  tensor,
  tidy,
  use,
  type Tensor,
} from "@tensorloom/tensor";
import { reference } from "@tensorloom/tensor/reference";
import { observeKernels, type Expression } from "@tensorloom/tensor/backend";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import * as optim from "../src/index.ts";

const { Adam, AdamW, RAdam, SGD } = optim;
type Name =
  "SGD" | "Adagrad" | "Adadelta" | "RMSprop" | "Adam" | "AdamW" | "NAdam" | "RAdam" | "Lion";
const build = (name: Name, w: Parameter, options: object): optim.Optimizer =>
  new (optim[name] as new (parameters: Parameter[], options: object) => optim.Optimizer)(
    [w],
    options,
  );

beforeAll(async () => void (await use(cpu())));
afterEach(() => void observeKernels(undefined));

const { trajectories } = JSON.parse(
  readFileSync(new URL("fixtures/pytorch.json", import.meta.url), "utf8"),
) as { trajectories: { name: Name; options: object; steps: number[][] }[] };

const start = (): Parameter => new Parameter(tensor([1, -2, 0.5, 3]), "w");
const valley = (w: Parameter) => (): Tensor => {
  const part = (i: number): Tensor => w.value.slice([i], [i + 1]);
  return w.value
    .square()
    .mul([1, 0.3, 2, 0.1])
    .sum()
    .add(sin(part(0).mul(part(1))).sum());
};
const run = (w: Parameter, optimizer: optim.Optimizer, count: number): void => {
  for (let i = 0; i < count; i++) optimizer.minimize(valley(w)).dispose();
};

describe("ten steps equal PyTorch's", () => {
  for (const backend of [cpu, wasm]) {
    for (const { name, options, steps } of trajectories) {
      test(`${name} ${JSON.stringify(options)} on ${backend.name}`, async () => {
        await use(backend());
        const w = start();
        const optimizer = build(name, w, options);
        for (const [i, values] of steps.entries()) {
          run(w, optimizer, 1);
          // Ten float32 steps, each of a few roundings.
          values.forEach((x, k) =>
            expect(Math.abs(w.value.dataSync()[k]! - x), `step ${i}`).toBeLessThan(2e-5),
          );
        }
        await use(cpu());
      });
    }
  }
});

describe("every optimizer", () => {
  const names = [...new Set(trajectories.map(({ name }) => name))];
  for (const name of names) {
    test(`${name}: state resumes to the bit, through a file`, async () => {
      const options = trajectories.filter((one) => one.name === name).at(-1)!.options;
      const w = start();
      const first = build(name, w, options);
      run(w, first, 3);
      const { steps, tensors } = first.state();
      let bytes: Uint8Array = new Uint8Array();
      await saveSafetensors((written) => void (bytes = written), tensors);
      const copy = new Parameter(w.value.add(0), "w");
      const resumed = build(name, copy, options);
      resumed.loadState({ steps, tensors: (await loadSafetensors(bytes)).tensors });
      run(w, first, 7);
      run(copy, resumed, 7);
      expect(copy.value.dataSync()).toEqual(w.value.dataSync());
    });
    test(`${name}: one kernel a step, whatever the rate; memory is flat`, () => {
      const w = start();
      const gradient = tensor([1, 2, 3, 4]);
      const optimizer = build(name, w, { learningRate: optim.exponential(0.1, { factor: 0.7 }) });
      optimizer.step([gradient]);
      const before = memory();
      const kernels: Expression[] = [];
      observeKernels({
        observe(kernel, call, _, go) {
          expect(kernel).toBe("map");
          kernels.push((call as { expression: Expression }).expression);
          go();
        },
      });
      for (let i = 0; i < 5; i++) optimizer.step([gradient]);
      expect(kernels).toHaveLength(5);
      expect(new Set(kernels).size).toBe(1);
      expect(memory()).toEqual(before);
      optimizer.dispose();
    });
  }
});

describe("learning rates", () => {
  test("a schedule is a function of the steps taken, and goes on after loading", () => {
    const w = start();
    const learningRate = optim.stepDecay(8, { every: 2, factor: 0.5 });
    const sgd = new SGD([w], { learningRate });
    const seen: number[] = [];
    for (let i = 0; i < 5; i++) {
      seen.push(sgd.learningRate);
      tidy(() => sgd.step([tensor([0, 0, 0, 0])]));
    }
    expect(seen).toEqual([8, 8, 4, 4, 2]);
    const resumed = new SGD([start()], { learningRate });
    resumed.loadState(sgd.state());
    expect(resumed.learningRate).toBe(2);
    resumed.learningRate = 0.5;
    expect(resumed.learningRate).toBe(0.5);
  });
  test("groups have rates and decay of their own", () => {
    const [weight, bias] = [
      new Parameter(tensor([1]), "weight"),
      new Parameter(tensor([1]), "bias"),
    ];
    const adamW = new AdamW(
      [{ parameters: [weight] }, { parameters: [bias], learningRateScale: 2, weightDecay: 0 }],
      { learningRate: 0.1, weightDecay: 0.5 },
    );
    adamW.step([tensor([1]), tensor([1])]);
    expect(weight.value.item()).toBeCloseTo(1 - 0.1 * 0.5 - 0.1, 5);
    expect(bias.value.item()).toBeCloseTo(1 - 0.2, 5);
  });
  test("gradients are clipped where asked", () => {
    const w = start();
    const sgd = new SGD([w], { learningRate: 1, clip: (g) => optim.clipByValue(g, 0.5) });
    const gradient = tensor([9, -9, 0.25, 0]);
    const before = memory();
    sgd.step([gradient]);
    expect(memory()).toEqual(before);
    expect(Array.from(w.value.dataSync())).toEqual([0.5, -1.5, 0.25, 3]);
  });
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
    "SGD: learningRate: expected a finite number",
  );
  expect(() => new Adam([w], { weightDecay: -1 })).toThrow("Adam: weightDecay: expected");
  expect(() => new SGD([w], { learningRate: 1, nesterov: true })).toThrow(
    "SGD: nesterov: expected momentum above 0",
  );
  expect(() => new RAdam([w], { learningRate: () => Number.NaN }).step([w.value])).toThrow(
    "RAdam: learningRate: expected a finite number of 0 or more, got NaN",
  );
  expect(() => new Adam([w]).loadState({ steps: 1, tensors: {} })).toThrow(
    "loadState: 0.mean: expected a tensor of shape [4]",
  );
  expect(Array.from(w.value.dataSync())).toEqual([1, -2, 0.5, 3]);
  expect(sgd.steps).toBe(0);
});

test("a parameter in float16 keeps its dtype, and what is remembered of it does not underflow", async () => {
  await use(reference());
  for (const name of ["Adam", "Adagrad", "RMSprop", "SGD"] as const) {
    const w = new Parameter(tensor([1, 2], { dtype: "float16" }), "w");
    const options = name === "SGD" ? { momentum: 0.9 } : {};
    const optimizer = build(name, w, { learningRate: 0.25, ...options });
    // The square of 2^-13 is below float16.
    for (let i = 0; i < 2; i++) optimizer.step([tensor([2 ** -13, 1], { dtype: "float16" })]);
    expect(w.value.dtype).toBe("float16");
    const remembered = Object.values(optimizer.state().tensors);
    expect(remembered.map((x) => x.dtype)).toEqual(remembered.map(() => "float32"));
    const [small, large] = w.value.dataSync();
    expect(Number.isFinite(small)).toBe(true);
    expect(large).toBeLessThan(2);
    if (name !== "SGD") expect(1 - small!).toBeCloseTo(2 - large!, 1);
  }
  await use(cpu());
});
