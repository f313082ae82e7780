// What TensorFlow.js' own layers make of models of nn that are written for them.
import { cpu } from "@tensorloom/backend-cpu";
import * as nn from "@tensorloom/nn";
import {
  leakyRelu,
  memory,
  random,
  softmax,
  tensor,
  tidy,
  use,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { fromTfjsLayers, Input, toTfjsLayers } from "../src/index.ts";
import { expectSame, inputOf, inputsFor, tf, tfl } from "./layers-models.ts";

beforeAll(async () => {
  await use(cpu());
  await tf.setBackend("cpu");
  random.seed(1);
});

/** Compares TensorFlow.js' predictions of a written model with ours, for a batch of two; returns its layers' classes. */
async function compare(
  model: nn.Module,
  sample: readonly number[],
  below?: number,
): Promise<string[]> {
  model.eval();
  const theirs = await tfl.loadLayersModel(
    tf.io.fromMemory(await toTfjsLayers(model, { inputShape: sample })),
  );
  const shape = [2, ...sample];
  const x = inputsFor(inputOf(shape, below), shape);
  const given = below === undefined ? x.ours : x.ours.astype("int32");
  await expectSame(model.call(given), theirs.predict(x.theirs) as tf.Tensor);
  return theirs.layers.map((layer) => layer.getClassName());
}

const cases: [string, () => nn.Module, number[], string[]][] = [
  ["Linear", () => new nn.Linear(3, 2), [3], ["Dense"]],
  [
    "Linear without bias, ReLU",
    () => new nn.Sequential(new nn.Linear(3, 2, { bias: false }), new nn.ReLU()),
    [3],
    ["Dense", "Activation"],
  ],
  ["Conv1d", () => new nn.Conv1d(2, 3, 3, { stride: 2, padding: "same" }), [7, 2], ["Conv1D"]],
  [
    "Conv2d with numbers of padding",
    () =>
      new nn.Conv2d(2, 3, 3, {
        padding: [
          [1, 0],
          [2, 1],
        ],
      }),
    [5, 6, 2],
    ["ZeroPadding2D", "Conv2D"],
  ],
  ["Conv3d", () => new nn.Conv3d(1, 2, 2), [3, 3, 4, 1], ["Conv3D"]],
  [
    "DepthwiseConv2d",
    () => new nn.DepthwiseConv2d(3, 3, { multiplier: 2, padding: 1 }),
    [5, 5, 3],
    ["ZeroPadding2D", "DepthwiseConv2D"],
  ],
  [
    "SeparableConv2d",
    () => new nn.SeparableConv2d(3, 4, 3, { multiplier: 2, padding: "same" }),
    [5, 5, 3],
    ["SeparableConv2D"],
  ],
  [
    "ConvTranspose2d",
    () => new nn.ConvTranspose2d(2, 3, 3, { stride: 2 }),
    [3, 4, 2],
    ["Conv2DTranspose"],
  ],
  [
    "ConvTranspose2d, cut",
    () => new nn.ConvTranspose2d(2, 3, 4, { stride: 2, padding: 1 }),
    [3, 4, 2],
    ["Conv2DTranspose", "Cropping2D"],
  ],
  [
    "ConvTranspose2d, cut less",
    () => new nn.ConvTranspose2d(2, 3, 3, { stride: 2, padding: 1, outputPadding: 1 }),
    [3, 4, 2],
    ["Conv2DTranspose", "Cropping2D"],
  ],
  [
    "MaxPool2d",
    () => new nn.MaxPool2d([2, 3], { padding: "same", stride: 2 }),
    [5, 6, 2],
    ["MaxPooling2D"],
  ],
  [
    "AvgPool1d",
    () => new nn.AvgPool1d(3, { padding: "same", countIncludePad: false }),
    [7, 2],
    ["AveragePooling1D"],
  ],
  ["AvgPool3d", () => new nn.AvgPool3d(2), [4, 4, 4, 2], ["AveragePooling3D"]],
  [
    "GlobalAvgPool, GlobalMaxPool",
    () => new nn.Sequential(new nn.GlobalAvgPool()),
    [4, 4, 2],
    ["GlobalAveragePooling2D"],
  ],
  ["GlobalMaxPool", () => new nn.GlobalMaxPool(), [4, 2], ["GlobalMaxPooling1D"]],
  [
    "BatchNorm without scale",
    () => new nn.BatchNorm(2, { affine: false, epsilon: 1e-2 }),
    [4, 2],
    ["BatchNormalization"],
  ],
  ["LayerNorm over two axes", () => new nn.LayerNorm([4, 2]), [3, 4, 2], ["LayerNormalization"]],
  [
    "Dropout, SpatialDropout",
    () => new nn.Sequential(new nn.Dropout(0.5), new nn.SpatialDropout(0.5)),
    [4, 4, 2],
    ["Dropout", "Dropout"],
  ],
  [
    "activations",
    () =>
      new nn.Sequential(
        ...(
          ["elu", "selu", "gelu", "silu", "softplus", "mish", "tanh", "relu6", "sigmoid"] as const
        ).map((name) => new nn.Activation(name)),
      ),
    [5],
    Array.from({ length: 9 }, () => "Activation"),
  ],
  ["softmax", () => new nn.Activation(softmax as (x: Tensor) => Tensor), [5], ["Activation"]],
  [
    "RNN of relu",
    () => new nn.RNN(2, 3, { activation: "relu", returnSequences: true }),
    [4, 2],
    ["SimpleRNN"],
  ],
  [
    "LSTM, stacked, in both directions",
    () => new nn.LSTM(2, 3, { layers: 2, bidirectional: true, dropout: 0.5 }),
    [4, 2],
    ["Bidirectional", "Dropout", "Bidirectional"],
  ],
  ["LSTM without bias", () => new nn.LSTM(2, 3, { bias: false }), [4, 2], ["LSTM"]],
  [
    "Flatten of what is flat",
    () => new nn.Sequential(new nn.Flatten(), new nn.Linear(6, 2), new nn.Flatten()),
    [3, 2],
    ["Flatten", "Dense"],
  ],
  [
    "Residual",
    () =>
      new nn.Sequential(
        new nn.Residual(new nn.Linear(3, 3)),
        new nn.Residual(new nn.Linear(3, 2), new nn.Linear(3, 2)),
      ),
    [3],
    ["InputLayer", "Dense", "Add", "Dense", "Dense", "Add"],
  ],
];

describe("layers", () => {
  for (const [name, build, sample, classes] of cases) {
    test(name, async () => {
      expect((await compare(build(), sample)).toSorted()).toEqual(classes.toSorted());
    });
  }
  test("Embedding, with a row of zeros", async () => {
    expect(await compare(new nn.Embedding(4, 3, { paddingIndex: 1 }), [5], 4)).toEqual([
      "Embedding",
    ]);
  });
  test("running statistics", async () => {
    const model = new nn.Sequential(new nn.Conv2d(1, 3, 3), new nn.BatchNorm(3));
    tidy(() => model.forward(tensor(inputOf([4, 6, 6, 1]), { shape: [4, 6, 6, 1] })));
    await compare(model, [6, 6, 1]);
  });
});

describe("models of nn", () => {
  test("lenet", async () => {
    await compare(nn.lenet({ inputShape: [28, 28, 1] }), [28, 28, 1]);
  });
  test("mlp", async () => {
    await compare(nn.mlp({ inFeatures: 6, hidden: [5, 4], outFeatures: 3, dropout: 0.5 }), [6]);
  });
  test("blocks with a forward of their own are refused", async () => {
    const model = nn.resnet({ depth: 20 });
    await expect(toTfjsLayers(model, { inputShape: [8, 8, 3] })).rejects.toThrow(
      "the model (ResNet",
    );
  });
});

test("a layer that is used twice is one", async () => {
  const shared = new nn.Linear(3, 3);
  const classes = await compare(new nn.Sequential(shared, new nn.ReLU(), shared), [3]);
  expect(classes.filter((name) => name === "Dense")).toHaveLength(1);
});

test("files: what is written is read back, and nothing is left over", async () => {
  const model = new nn.Sequential(new Input([4]), new nn.Linear(4, 3), new nn.Linear(3, 2)).eval();
  model.layers[2]!.parameters().forEach((parameter) => (parameter.trainable = false));
  const before = memory();
  const { modelJson, weights } = await toTfjsLayers(model);
  expect(memory()).toEqual(before);
  const again = await fromTfjsLayers(JSON.stringify(modelJson), weights);
  expect(again.parameters().map(({ trainable }) => trainable)).toEqual([true, true, false, false]);
  const x = tensor(inputOf([2, 4]), { shape: [2, 4] });
  expect(again.call(x).toString()).toBe(model.call(x).toString());
  expect(modelJson["weightsManifest"]).toMatchObject([{ paths: ["group1-shard1of1.bin"] }]);
});

describe("refused, all of it named", () => {
  class Own extends nn.Module {
    forward(x: Tensor): Tensor {
      return x;
    }
  }
  test("layers and options", async () => {
    const model = new nn.Sequential(
      ...[new nn.Linear(4, 4), new nn.GroupNorm(2, 4), new Own(), new nn.Activation("hardSigmoid")],
      ...[new nn.Activation((x) => leakyRelu(x)), new nn.Residual(new nn.GRU(2, 2))],
      ...[new nn.Conv2d(4, 4, 1, { groups: 2 }), new nn.MaxPool2d(2, { ceilMode: true })],
      new nn.AvgPool2d(2, { padding: "same" }),
    );
    await expect(toTfjsLayers(model)).rejects.toMatchObject({
      code: "UNSUPPORTED",
      message:
        "toTfjsLayers: model: expected layers that TensorFlow.js has, got 1 (GroupNorm: no layer does what it does), " +
        "2 (Own: no layer does what it does), 3 (Activation: hardSigmoid), 4 (Activation: a function of your own), " +
        "5.body (GRU: no layer does what it does), 6 (Conv2d: groups), 7 (MaxPool2d: ceilMode), 8 (AvgPool2d: countIncludePad)",
    });
  });
  test("a class that extends one of nn's", async () => {
    class Doubled extends nn.Linear {
      override forward(x: Tensor): Tensor {
        return super.forward(x).mul(2);
      }
    }
    await expect(toTfjsLayers(new Doubled(2, 2), { inputShape: [2] })).rejects.toThrow(
      "the model (Doubled",
    );
  });
  test("a shape that must be given", async () => {
    const model = new nn.Sequential(new nn.Conv2d(1, 2, 3), new nn.Flatten(), new nn.Linear(32, 2));
    await expect(toTfjsLayers(model)).rejects.toThrow(
      "toTfjsLayers: inputShape: expected the shape of a sample",
    );
    await expect(toTfjsLayers(new nn.ReLU())).rejects.toThrow("try { inputShape: [28, 28, 1] }");
    await expect(toTfjsLayers(new nn.Sequential(), { inputShape: [2] })).rejects.toThrow(
      "expected one layer or more",
    );
    const theirs = await tfl.loadLayersModel(
      tf.io.fromMemory(await toTfjsLayers(model, { inputShape: [6, 6, 1] })),
    );
    await expectSame(
      model.eval().call(zeros([1, 6, 6, 1])),
      theirs.predict(tf.zeros([1, 6, 6, 1])) as tf.Tensor,
    );
  });
});
