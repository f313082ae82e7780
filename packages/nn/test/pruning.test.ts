import { cpu, wasm } from "@tensorloom/backend-cpu";
import { Adam } from "@tensorloom/optim";
import {
  loadSafetensors,
  memory,
  random,
  saveSafetensors,
  tensor,
  use,
  type Tensor,
} from "@tensorloom/tensor";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  Activation,
  BatchNorm,
  Conv2d,
  crossEntropy,
  DepthwiseConv2d,
  Dropout,
  fit,
  Flatten,
  GlobalAvgPool,
  iterativePruning,
  Linear,
  loadCheckpoint,
  loadPrunedState,
  MaxPool2d,
  modelCheckpoint,
  Module,
  pruneWeights,
  ReLU,
  removePrunedChannels,
  Residual,
  Sequential,
  sparsity,
} from "../src/index.ts";

beforeAll(async () => {
  await use(cpu());
  await use(wasm());
});
beforeEach(() => random.seed(6));

const data = (): { x: Tensor; y: Tensor } => {
  const x = random.uniform([60, 4], { seed: 1, low: -1, high: 1 });
  return { x, y: x.sum(1).greater(0).astype("int32") };
};
const network = (): Sequential =>
  new Sequential(new Linear(4, 10), new ReLU(), new Linear(10, 8), new ReLU(), new Linear(8, 2));
const zerosIn = (t: Tensor): number => t.equal(0).astype("int32").sum().item();
const learn = async (model: Module, options: object = {}): Promise<void> => {
  const optimizer = new Adam(model, { learningRate: 0.05 });
  await fit(model, data(), {
    optimizer,
    loss: crossEntropy,
    epochs: 3,
    progress: false,
    ...options,
  });
};

describe("single weights", () => {
  test("the smallest go, of each layer or of all", async () => {
    const model = new Sequential(new Linear(2, 2), new Linear(2, 2));
    const [first, second] = model.layers as [Linear, Linear];
    first.weight.assign(
      tensor([
        [1, -2],
        [3, 4],
      ]),
    );
    second.weight.assign(
      tensor([
        [10, 20],
        [-30, 40],
      ]),
    );
    expect(await pruneWeights(model, { method: "l1", amount: 0.25 })).toBe(0.25);
    expect([...first.weight.value.dataSync(), ...second.weight.value.dataSync()]).toEqual([
      ...[0, -2, 3, 4],
      ...[0, 20, -30, 40],
    ]);
    expect(await pruneWeights(model, { method: "l2", amount: 0.5, scope: "global" })).toBe(0.5);
    expect(zerosIn(first.weight.value)).toBe(3);
    // What was pruned stays so, also by chance.
    await pruneWeights(model, { method: "random", amount: 0.75, seed: 1 });
    expect([zerosIn(first.weight.value), zerosIn(second.weight.value)]).toEqual([3, 3]);
    const included = network();
    await pruneWeights(included, {
      method: "l1",
      amount: 0.5,
      include: (path) => path === "2.weight",
    });
    expect(await sparsity(included)).toBeCloseTo(40 / (40 + 80 + 16), 6);
  });
  test("masks hold in training, in files and in checkpoints", async () => {
    const model = network();
    await pruneWeights(model, { method: "l1", amount: 0.6 });
    const before = await sparsity(model);
    const weights = model.layers.map((layer) => layer.parameters()[0]?.value.equal(0).toString());
    await learn(model);
    expect(await sparsity(model)).toBe(before);
    expect(model.layers.map((layer) => layer.parameters()[0]?.value.equal(0).toString())).toEqual(
      weights,
    );
    let bytes = new Uint8Array();
    await saveSafetensors((written) => void (bytes = written as typeof bytes), model.stateDict());
    const copy = network();
    loadPrunedState(copy, (await loadSafetensors(bytes)).tensors);
    await learn(copy);
    expect(await sparsity(copy)).toBe(before);
    await learn(model, {
      callbacks: [modelCheckpoint((written) => void (bytes = written as typeof bytes))],
    });
    const resumed = network();
    await learn(resumed, { epochs: 5, resume: bytes });
    expect(await sparsity(resumed)).toBe(before);
    expect(Object.keys((await loadCheckpoint(bytes)).model)).toContain("0.weightMask");
    // Optimizers do not see masks.
    expect(model.parameters()).toHaveLength(6);
  });
  test("a model moves between backends with its masks, and leaks nothing", async () => {
    const model = network();
    const before = memory();
    await pruneWeights(model, { method: "l1", amount: 0.5 });
    const added = memory().tensors - before.tensors;
    expect(added).toBe(3);
    await pruneWeights(model, { method: "l1", amount: 0.7 });
    expect(memory().tensors - before.tensors).toBe(added);
    await (await model.to("cpu")).to("wasm");
    expect(await sparsity(model)).toBeCloseTo(0.7, 1);
    model.dispose();
    expect(memory().tensors).toBe(before.tensors - 6);
  });
  test("what does not fit is named", async () => {
    const model = network();
    await expect(pruneWeights(model, { method: "l1", amount: 1 })).rejects.toThrow(
      "amount: expected a number in [0, 1), got 1",
    );
    await expect(pruneWeights(model, { method: "apoz", amount: 0.5 })).rejects.toThrow(
      "expected structured: true and data",
    );
  });
});

describe("whole neurons", () => {
  test("are ranked by weights, by what they give, or by chance; the output layer is left", async () => {
    const model = new Sequential(new Linear(2, 4, { bias: false }), new ReLU(), new Linear(4, 2));
    const weights = [
      [1, 1],
      [0, 1.5],
      [-3, -3],
      [0.1, 5],
    ];
    const hidden = model.layers[0] as Linear;
    const pruned = async (options: object): Promise<number[]> => {
      hidden.weight.constraint = undefined;
      Reflect.deleteProperty(hidden, "weightMask");
      hidden.weight.assign(tensor(weights));
      await pruneWeights(model, { method: "l1", amount: 0.25, structured: true, ...options });
      const left = hidden.weight.value.abs().sum(1).dataSync();
      return Array.from(left).flatMap((sum, i) => (sum === 0 ? [i] : []));
    };
    expect(await pruned({ method: "l1" })).toEqual([1]);
    expect(await pruned({ method: "l2" })).toEqual([0]);
    // On positive inputs neuron 2 never fires.
    const x = tensor([
      [1, 1],
      [2, 1],
    ]);
    expect(await pruned({ method: "apoz", data: x })).toEqual([2]);
    expect(await pruned({ method: "meanActivation", data: [{ x, y: x }] })).toEqual([2]);
    expect(await pruned({ method: "meanActivation", amount: 0.5, data: x })).toEqual([1, 2]);
    expect(await pruned({ method: "random", amount: 0.5, seed: 3 })).toHaveLength(2);
    // One stays.
    expect(await pruned({ amount: 0.99 })).toHaveLength(3);
    expect(zerosIn((model.layers[2] as Linear).weight.value)).toBe(0);
  });

  const image = (): Tensor => random.normal([3, 8, 8, 2], { seed: 9 });
  const convolutional = (): Sequential =>
    new Sequential(
      new Conv2d(2, 8, 3, { padding: "same", bias: false }),
      new BatchNorm(8),
      new ReLU(),
      new DepthwiseConv2d(8, 3, { padding: "same" }),
      new ReLU(),
      new MaxPool2d(2),
      new Conv2d(8, 6, 3),
      new ReLU(),
      new Dropout(0.2),
      new Flatten(),
      new Linear(24, 5),
      new ReLU(),
      new Linear(5, 3),
    );
  test("are removed, so that the model is smaller and gives the same", async () => {
    const model = convolutional();
    // Running statistics that are not their first values.
    model.forward(image());
    await pruneWeights(model, { method: "l2", amount: 0.5, structured: true });
    model.train().forward(image());
    const before = model.eval().forward(image()).dataSync();
    await removePrunedChannels(model);
    expect(model.namedParameters().map(([, { shape }]) => shape)).toEqual([
      ...[[3, 3, 2, 4], [4], [4], [3, 3, 1, 4], [4], [3, 3, 4, 3], [3]],
      ...[[2, 12], [2], [3, 2], [3]],
    ]);
    const after = model.forward(image()).dataSync();
    // Sums of other lengths round otherwise: a few units of float32.
    after.forEach((value, i) => expect(value).toBeCloseTo(before[i]!, 5));
    const optimizer = new Adam(model);
    const y = tensor([0, 1, 2], { dtype: "int32" });
    await fit(
      model,
      { x: image(), y },
      { optimizer, loss: crossEntropy, epochs: 2, progress: false },
    );
    expect((await removePrunedChannels(model)).parameters()[0]!.shape).toEqual([3, 3, 2, 4]);
  });
  test("stay where removing would change what the model gives", async () => {
    const sigmoid = new Sequential(new Linear(4, 6), new Activation("sigmoid"), new Linear(6, 2));
    await pruneWeights(sigmoid, { method: "l1", amount: 0.5, structured: true });
    await removePrunedChannels(sigmoid);
    expect(sigmoid.parameters()[0]!.shape).toEqual([6, 4]);
    // Inside a residual body the first layer can shrink, the second is added to the shortcut.
    const body = new Sequential(new Linear(4, 6), new ReLU(), new Linear(6, 4));
    const residual = new Sequential(
      new Linear(3, 4),
      new ReLU(),
      new Residual(body),
      new Linear(4, 2),
    );
    await pruneWeights(residual, { method: "l1", amount: 0.5, structured: true });
    const x = random.normal([5, 3], { seed: 2 });
    const before = residual.forward(x).dataSync();
    await removePrunedChannels(residual);
    expect(residual.parameters().map(({ shape }) => shape)).toEqual([
      ...[[4, 3], [4], [3, 4], [3], [4, 3], [4]],
      ...[[2, 4], [2]],
    ]);
    residual
      .forward(x)
      .dataSync()
      .forEach((value, i) => expect(value).toBeCloseTo(before[i]!, 6));
  });
  test("global pooling passes channels on", async () => {
    const model = new Sequential(
      new Conv2d(1, 4, 3),
      new ReLU(),
      new GlobalAvgPool(),
      new Linear(4, 2),
    );
    await pruneWeights(model, { method: "l1", amount: 0.75, structured: true });
    await removePrunedChannels(model);
    expect(model.parameters().map(({ shape }) => shape)).toEqual([[3, 3, 1, 1], [1], [2, 1], [2]]);
  });
});

test("iterative pruning grows by its schedule, trains between, and scores", async () => {
  const model = network();
  const seen: number[] = [];
  const steps = await iterativePruning(model, {
    method: "l1",
    amount: 0.8,
    steps: 4,
    train: ({ step }) => {
      seen.push(step);
      return learn(model);
    },
    evaluate: async () => sparsity(model),
  });
  expect(seen).toEqual([1, 2, 3, 4]);
  steps.forEach(({ amount, sparsity: zeros, score }, i) => {
    expect(amount).toBeCloseTo(0.8 * (1 - (1 - (i + 1) / 4) ** 3), 12);
    // Each layer's share is rounded to whole weights.
    expect(zeros).toBeCloseTo(amount, 1);
    expect(score).toBe(zeros);
  });
  await expect(
    iterativePruning(model, { method: "l1", amount: 0.5, steps: 0, train: async () => undefined }),
  ).rejects.toThrow("steps: expected a positive whole number, got 0");
});
