// Outputs and gradients of PyTorch: fixtures/layers.py.
import { cpu } from "@tensorloom/backend-cpu";
import { memory, ones, random, tensor, tidy, use, vjp, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import * as nn from "../src/index.ts";
import { expectClose, readFixture, tensorOf, type Values } from "./golden.ts";

beforeAll(async () => void (await use(cpu())));

interface Case {
  layer: string;
  arguments: unknown[];
  training: boolean;
  state: Record<string, Values>;
  x: Values;
  y: Values;
  gradient: Values;
  xGradient?: Values;
  gradients: Record<string, Values>;
  buffers?: Record<string, Values>;
}
const { cases } = readFixture<{ cases: Case[] }>("layers");
const build = (name: string, ...args: unknown[]): nn.Module =>
  new (nn as unknown as Record<string, new (...args: unknown[]) => nn.Module>)[name]!(...args);

describe("equal PyTorch's, with gradients", () => {
  for (const [i, one] of cases.entries()) {
    test(`${i}: ${one.layer} ${JSON.stringify(one.arguments)}${one.training ? "" : ", evaluation"}`, () => {
      const layer = build(one.layer, ...one.arguments);
      const state = Object.entries(one.state).map(([name, v]) => [name, tensorOf(v)] as const);
      // Parameters are float32; the golden values are float64.
      for (const [name, held] of [...layer.namedParameters(), ...layer.namedBuffers()]) {
        held.assign(Object.fromEntries(state)[name]!);
      }
      if (!one.training) layer.eval();
      const isInteger = one.xGradient === undefined;
      const x = isInteger ? tensorOf(one.x).astype("int32") : tensorOf(one.x);
      const named = layer.namedParameters();
      const values = named.map(([, { value }]) => value);
      const run = (): Tensor => layer.forward(x);
      const { value, pullback } = vjp(run, ...(isInteger ? values : [x, ...values]));
      expectClose(value, one.y, "y");
      const gradients = pullback(tensorOf(one.gradient));
      if (!isInteger) expectClose(gradients.shift()!, one.xGradient!, "x");
      named.forEach(([name], k) => expectClose(gradients[k]!, one.gradients[name]!, name));
      for (const [name, buffer] of layer.namedBuffers()) {
        expectClose(buffer.value, one.buffers![name]!, name);
      }
    });
  }
});

describe("state", () => {
  test("buffers are saved, not learnt", () => {
    const model = new nn.Sequential(new nn.BatchNorm(2), new nn.Linear(2, 1));
    expect(model.parameters()).toHaveLength(4);
    expect(model.namedBuffers().map(([name]) => name)).toEqual(["0.runningMean", "0.runningVariance"]); // prettier-ignore
    model.call(random.normal([8, 2], { mean: 3 })).dispose();
    const copy = new nn.Sequential(new nn.BatchNorm(2), new nn.Linear(2, 1));
    copy.loadStateDict(model.stateDict());
    const x = random.normal([4, 2]);
    expect(copy.eval().forward(x).dataSync()).toEqual(model.eval().forward(x).dataSync());
  });
  test("strict or not", () => {
    const linear = new nn.Linear(2, 2);
    const bias = tensor([5, 6]);
    expect(() => linear.loadStateDict({ bias })).toThrow("missing: weight; unknown: none");
    linear.loadStateDict({ bias, head: ones([1]) }, { strict: false });
    expect(linear.bias!.value.toString()).toBe("[5, 6]");
  });
  test("training of BatchNorm leaks nothing", () => {
    const norm = new nn.BatchNorm(3);
    const x = random.normal([4, 2, 3]);
    const before = memory();
    tidy(() => vjp(() => norm.forward(x), x).dispose());
    expect(memory()).toEqual(before);
  });
});

describe("chance", () => {
  const share = (x: Tensor, value: number): number =>
    x.equal(value).astype("float32").mean().item();
  test("the same seed drops the same; evaluation drops nothing", () => {
    for (const layer of [
      new nn.Dropout(0.5),
      new nn.SpatialDropout(0.5),
      new nn.DropConnect(new nn.Linear(16, 4), 0.5),
    ]) {
      const x = ones([8, 4, 16]);
      const run = (): string => layer.forward(x).toString();
      random.seed(3);
      const first = run();
      expect(run()).not.toBe(first);
      random.seed(3);
      expect(run()).toBe(first);
      layer.eval();
      expect(run()).toBe(run());
    }
  });
  test("SpatialDropout drops whole channels of samples", () => {
    random.seed(1);
    const y = new nn.SpatialDropout(0.25).forward(ones([50, 3, 3, 40]));
    expect(
      y
        .mean([1, 2])
        .equal(y.max([1, 2]))
        .all()
        .item(),
    ).toBe(1);
    // 2000 channels: three standard deviations of the share are 0.029.
    expect(Math.abs(share(y, 0) - 0.25)).toBeLessThan(0.03);
  });
  test("DropConnect drops weights, not biases, and puts them back", () => {
    random.seed(1);
    const linear = new nn.Linear(1000, 1);
    const weight = linear.weight.value;
    linear.weight.assign(ones([1, 1000]));
    linear.bias!.assign(tensor([7]));
    const layer = new nn.DropConnect(linear, 0.5);
    const kept =
      layer
        .forward(ones([1, 1000]))
        .sub(7)
        .item() / 2;
    // 1000 weights: four standard deviations are 63.
    expect(Math.abs(kept - 500)).toBeLessThan(63);
    expect(linear.weight.value.sum().item()).toBe(1000);
    expect(weight.isDisposed).toBe(true);
    const { pullback } = vjp(() => layer.forward(ones([1, 1000])), linear.weight.value);
    const gradient = pullback(ones([1, 1]))[0]!;
    expect(share(gradient, 0) + share(gradient, 2)).toBeCloseTo(1, 6);
  });
});

describe("mistakes name the layer and its place", () => {
  class Net extends nn.Module {
    readonly stem = new nn.Conv2d(3, 4, 3);
    readonly blocks = [
      new nn.Residual(new nn.Sequential(new nn.BatchNorm(4), new nn.Linear(4, 5))),
    ];
    forward(x: Tensor): Tensor {
      return this.blocks[0]!.forward(this.stem.forward(x));
    }
  }
  test("in a model of one's own", () => {
    expect(() => new Net().forward(ones([1, 8, 8, 1]))).toThrow(
      "Net.stem (Conv2d): x: expected shape [batch, height, width, 3], got [1, 8, 8, 1]",
    );
    expect(() => new Net().forward(ones([1, 8, 8, 3]))).toThrow(
      "Net.blocks.0 (Residual): body: expected a result of the shortcut's shape [1, 6, 6, 4], got [1, 6, 6, 5]",
    );
  });
  test("in a Sequential, and alone", () => {
    const model = new nn.Sequential(new nn.ReLU(), new nn.Sequential(new nn.MaxPool2d(2)));
    expect(() => model.forward(ones([2, 2]))).toThrow("Sequential.1.0 (MaxPool2d): x: expected");
    expect(() => new nn.BatchNorm(3).forward(ones([1, 3]))).toThrow(
      "BatchNorm: x: expected more than one value a channel in training, got [1, 3]",
    );
    expect(() => new nn.GroupNorm(3, 4).forward(ones([1, 4]))).toThrow(
      "GroupNorm: groups: expected a divisor of 4 channels, got 3",
    );
    expect(() => new nn.LayerNorm([2, 3]).forward(ones([3]))).toThrow(
      "LayerNorm: x: expected shape [..., 2, 3], got [3]",
    );
    expect(() => new nn.Conv2d(3, 4, 3, { groups: 2 })).toThrow(
      "Conv2d: groups: expected a divisor of 3",
    );
    expect(() => new nn.Conv1d(3, 4, [3, 3])).toThrow("Conv1d: kernelSize: expected");
    expect(() => new nn.Activation("rellu" as "relu")).toThrow("Activation: activation: expected");
    expect(() => new nn.Dropout(1)).toThrow("Dropout: rate: expected a number in [0, 1), got 1");
  });
});

test("layers tell how they were made", () => {
  const convolution = new nn.Conv2d(2, 4, 3, { stride: 2, padding: "same", bias: false });
  expect(convolution.window).toEqual({ stride: 2, padding: "same" });
  expect(new nn.DepthwiseConv2d(2, 3, { multiplier: 3 }).multiplier).toBe(3);
  expect(new nn.ConvTranspose2d(2, 4, 3, { stride: 2 }).window).toEqual({ stride: 2 });
  const pool = new nn.AvgPool2d([2, 3], { countIncludePad: false });
  expect([pool.window, pool.options]).toEqual([[2, 3], { countIncludePad: false }]);
  expect(new nn.Activation("gelu").activation).toBe("gelu");
  expect(new nn.ReLU().activation).toBe("relu");
  expect(new nn.Dropout(0.25).rate).toBe(0.25);
  const norm = new nn.BatchNorm(3, { epsilon: 1e-3 });
  expect([norm.epsilon, norm.momentum]).toEqual([1e-3, 0.1]);
  expect(new nn.LayerNorm([2, 3]).shape).toEqual([2, 3]);
  expect(new nn.RNN(2, 3, { activation: "relu" }).activation).toBe("relu");
  expect(new nn.LSTM(2, 3, { returnSequences: true }).options).toEqual({ returnSequences: true });
  expect(new nn.Embedding(4, 2, { paddingIndex: 0 }).paddingIndex).toBe(0);
});
