import { wasm } from "@tensorloom/backend-cpu";
import { Adam } from "@tensorloom/optim";
import {
  loadSafetensors,
  memory,
  ones,
  random,
  saveSafetensors,
  tensor,
  tidy,
  use,
  type Tensor,
} from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  crossEntropy,
  fromPyTorch,
  lenet,
  mlp,
  mobileNetV1,
  mseLoss,
  resnet,
  sequenceClassifier,
  type Module,
} from "../src/index.ts";
import { readFixture } from "./golden.ts";

beforeAll(async () => void (await use(wasm())));

function count(model: Module): number {
  const size = model.parameters().reduce((sum, { value }) => sum + value.size, 0);
  model.dispose();
  return size;
}

describe("sizes are those published", () => {
  test("residual networks", () => {
    random.seed(1);
    // torchvision's, and He et al. 2016, table 6: 0.27, 0.46 and 0.85 million.
    const sizes = [
      [count(resnet({ depth: 18 })), 11_689_512],
      [count(resnet({ depth: 20 })), 269_722],
      [count(resnet({ depth: 20, shortcut: "B" })), 272_474],
      [count(resnet({ depth: 32 })), 464_154],
      [count(resnet({ depth: 56 })), 853_018],
    ];
    for (const [ours, published] of sizes) expect(ours).toBe(published);
  });
  test("MobileNet: 4.2 and 0.5 million", () => {
    expect(count(mobileNetV1())).toBe(4_231_976);
    expect(count(mobileNetV1({ alpha: 0.25 }))).toBe(470_072);
  });
  test("LeNet-5", () => {
    expect(count(lenet())).toBe(61_706);
    expect(count(lenet({ inputShape: [32, 32, 1] }))).toBe(61_706);
    expect(lenet({ inputShape: [14, 20, 3], classes: 4 }).forward(ones([1, 14, 20, 3])).shape).toEqual([1, 4]); // prettier-ignore
  });
});

describe("PyTorch's weights", () => {
  /** Numbers in [-1, 1): a multiplicative hash of the index, as in the fixture's script. */
  function drawn(size: number, seed: number): Float32Array {
    return Float32Array.from({ length: size }, (_, i) => {
      const hash = Math.imul(i + seed * 7919, 2654435761 | 0) >>> 0;
      return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 31 - 1;
    });
  }
  /** The weights that the fixture's script makes, with torchvision's names and layouts. */
  function published(shapes: Record<string, number[]>): Record<string, Tensor> {
    return Object.fromEntries(
      Object.entries(shapes).map(([name, shape], seed) => {
        const size = shape.reduce((a, b) => a * b, 1);
        const isScale = name.endsWith("running_var") || (shape.length === 1 && name.endsWith("weight")); // prettier-ignore
        const fan = shape.slice(1).reduce((a, b) => a * b, 1);
        const by = isScale ? 0.25 : shape.length > 1 ? Math.sqrt(2 / fan) : 0.1;
        const u = drawn(size, seed).map((x) => (isScale ? 1 + by * x : by * x));
        return [name, tensor(u, { shape })];
      }),
    );
  }
  const golden = readFixture<Record<"resnet18" | "resnet50", { shapes: Record<string, number[]>; outputs: number[] }>>("torchvision"); // prettier-ignore
  for (const depth of [18, 50] as const) {
    test(`resnet${depth} from safetensors gives torchvision's outputs`, async () => {
      const { shapes, outputs } = golden[`resnet${depth}`];
      const weights = published(shapes);
      let bytes: Uint8Array = new Uint8Array();
      await saveSafetensors((written) => void (bytes = written), weights);
      const { tensors } = await loadSafetensors(bytes);
      const model = resnet({ depth, classes: 5 });
      model.loadStateDict(fromPyTorch(model, tensors));
      const x = tensor(drawn(2 * 3 * 40 * 32, 999), { shape: [2, 3, 40, 32] }).transpose([0, 2, 3, 1]); // prettier-ignore
      const y = model.eval().call(x).dataSync();
      const largest = Math.max(...outputs.map(Math.abs));
      // float32 sums of thousands of products through 18 or 50 layers: a thousand roundings of 6e-8.
      outputs.forEach((value, i) => expect(Math.abs(y[i]! - value) / largest).toBeLessThan(1e-4));
      for (const one of [...Object.values(weights), ...Object.values(tensors)]) one.dispose();
      model.dispose();
    });
  }
  test("what does not fit is named", () => {
    const model = mlp({ inFeatures: 2, hidden: [], outFeatures: 1 });
    expect(() => fromPyTorch(model, { "0.weight": ones([1, 2]), extra: ones([1]) })).toThrow(
      "fromPyTorch: expected exactly this model's weights; missing: 0.bias; unknown: extra",
    );
  });
});

describe("models learn", () => {
  /** Takes some steps of Adam; returns the first loss and the last. */
  function losses(model: Module, loss: () => Tensor, steps: number, rate = 0.01): [number, number] {
    const adam = new Adam(model, { learningRate: rate });
    const values = Array.from({ length: steps }, () => tidy(() => adam.minimize(loss).item()));
    adam.dispose();
    return [values[0]!, values.at(-1)!];
  }
  // Pictures of a bright upper or lower half: a network that works tells them apart within some steps.
  let labels: Tensor;
  beforeAll(() => void (labels = tensor(Int32Array.from({ length: 16 }, (_, i) => i % 2))));
  const pictures = (size: number): Tensor => {
    const noise = random.normal([16, size, size, 1], { seed: 3, std: 0.3 });
    const half = tensor(Float32Array.from({ length: size * size }, (_, i) => (i < (size * size) / 2 ? 1 : -1)), { shape: [size, size, 1] }); // prettier-ignore
    return noise.add(half.mul(labels.mul(2).sub(1).astype("float32").reshape([16, 1, 1, 1])));
  };
  const networks: [string, number, () => Module][] = [
    ["ResNet-20, shortcut A", 8, () => resnet({ depth: 20, width: 4, inChannels: 1, classes: 2 })],
    ["ResNet-20, shortcut B", 8, () => resnet({ depth: 20, width: 4, inChannels: 1, classes: 2, shortcut: "B" })], // prettier-ignore
    ["ResNet-18", 32, () => resnet({ depth: 18, width: 4, inChannels: 1, classes: 2 })],
    ["MobileNet", 32, () => mobileNetV1({ alpha: 0.125, inputShape: [32, 32, 1], classes: 2, dropout: 0.1 })], // prettier-ignore
    ["LeNet-5", 12, () => lenet({ inputShape: [12, 12, 1], classes: 2 })],
  ];
  for (const [name, size, build] of networks) {
    test(name, () => {
      random.seed(5);
      const model = build();
      const x = pictures(size);
      const [first, last] = losses(model, () => crossEntropy(model.forward(x), labels), 12);
      expect(last).toBeLessThan(first / 3);
      const before = memory();
      model.call(x).dispose();
      expect(memory()).toEqual(before);
    });
  }
  for (const cell of ["rnn", "lstm", "gru"] as const) {
    test(`a ${cell} tells which of two words comes first`, () => {
      random.seed(2);
      const model = sequenceClassifier({ cell, inputSize: 4, vocabulary: 10, hiddenSize: 16, classes: 2, bidirectional: cell === "gru" }); // prettier-ignore
      const words = Int32Array.from({ length: 16 * 6 }, (_, i) => 2 + (i % 8));
      for (let i = 0; i < 16; i++) {
        words[6 * i] = i % 2;
        words[6 * i + 3] = 1 - (i % 2);
      }
      const x = tensor(words, { shape: [16, 6] });
      const mask = tensor(Array.from({ length: 16 }, () => [0, 1, 2, 3, 4, 5].map((t) => t < 5)));
      const forward = cell === "rnn" ? () => model.forward(x, { mask }) : () => model.forward(x);
      const [first, last] = losses(model, () => crossEntropy(forward(), labels), 25, 0.02);
      expect(last).toBeLessThan(first / 3);
    });
  }
  test("an MLP fits a curve", () => {
    random.seed(1);
    const model = mlp({ inFeatures: 1, hidden: [32, 32], outFeatures: 1, activation: "tanh", dropout: 0.01 }); // prettier-ignore
    const x = random.uniform([128, 1], { low: -2, high: 2 });
    const [first, last] = losses(model, () => mseLoss(model.forward(x), x.mul(2).sin()), 150);
    expect(last).toBeLessThan(first / 10);
  });
});

test("mistakes are named", () => {
  expect(() => resnet({ depth: 19 as 18 })).toThrow("resnet: depth: expected 18, 34, 50, 20, 32 or 56, got 19"); // prettier-ignore
  expect(() => mobileNetV1({ alpha: 0 })).toThrow("mobileNetV1: alpha: expected a positive number");
  expect(() => lenet({ inputShape: [8, 8, 1] })).toThrow("lenet: inputShape: expected 12x12 pixels or more, got 8x8"); // prettier-ignore
  expect(() => mlp({ inFeatures: 0, hidden: [], outFeatures: 1 })).toThrow("mlp: sizes: expected");
  expect(() => sequenceClassifier({ cell: "elman" as "rnn", inputSize: 1, classes: 2 })).toThrow('cell: expected "rnn", "lstm" or "gru"'); // prettier-ignore
  expect(() => resnet({ depth: 20 }).forward(ones([1, 8, 8, 1]))).toThrow("ResNet.conv1 (Conv2d): x: expected shape [batch, height, width, 3], got [1, 8, 8, 1]"); // prettier-ignore
});
