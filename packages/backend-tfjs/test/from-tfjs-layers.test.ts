// Predictions of TensorFlow.js' own layers.
import { cpu } from "@tensorloom/backend-cpu";
import { LSTM, type Sequential } from "@tensorloom/nn";
import { memory, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { fromTfjsLayers, LayersGraph, toTfjsLayers } from "../src/index.ts";
import {
  artifactsOf,
  compare,
  expectSame,
  filesOf,
  inputOf,
  inputsFor,
  read,
  recurrent,
  setWeights,
  tf,
  tfl,
  type Layer,
} from "./layers-models.ts";

const { layers: L } = tfl;
beforeAll(async () => {
  await use(cpu());
  await tf.setBackend("cpu");
});

const activations = [
  ...["linear", "relu", "relu6", "elu", "selu", "sigmoid", "hardSigmoid", "softplus", "softsign"],
  ...["tanh", "softmax", "logSoftmax", "swish", "mish", "gelu", "gelu_new"],
] as const;

describe("activations", () => {
  for (const activation of activations) {
    test(activation, async () => {
      await compare(
        [
          L.dense({ units: 5, inputShape: [4], activation: activation as "relu" }),
          L.dense({ units: 3, useBias: false }),
          L.activation({ activation: activation as "relu" }),
        ],
        [4],
      );
    });
  }
  const inputShape = [4, 3];
  const advanced: Record<string, () => Layer> = {
    ReLU: () => L.reLU({ inputShape }),
    "ReLU up to 0.5": () => L.reLU({ maxValue: 0.5, inputShape }),
    LeakyReLU: () => L.leakyReLU({ alpha: 0.2, inputShape }),
    PReLU: () => L.prelu({ inputShape }),
    "PReLU, shared": () => L.prelu({ sharedAxes: [1], inputShape }),
    ELU: () => L.elu({ inputShape }),
    ThresholdedReLU: () => L.thresholdedReLU({ theta: 0.3, inputShape }),
    Softmax: () => L.softmax({ axis: -1, inputShape }),
    Rescaling: () => L.rescaling({ scale: 0.5, offset: 2, inputShape }),
  };
  for (const [name, layer] of Object.entries(advanced)) {
    test(name, async () => void (await compare([layer()], inputShape)));
  }
});

describe("convolutions", () => {
  const cases: [string, () => Layer, number[]][] = [
    [
      "Conv1D",
      () =>
        L.conv1d({
          filters: 3,
          kernelSize: 3,
          dilationRate: 2,
          inputShape: [9, 2],
          activation: "relu",
        }),
      [9, 2],
    ],
    [
      "Conv1D, same, of even size",
      () =>
        L.conv1d({ filters: 3, kernelSize: 4, strides: 3, padding: "same", inputShape: [10, 2] }),
      [10, 2],
    ],
    [
      "Conv2D",
      () => L.conv2d({ filters: 3, kernelSize: [2, 3], useBias: false, inputShape: [6, 7, 2] }),
      [6, 7, 2],
    ],
    [
      "Conv2D, same, strided",
      () =>
        L.conv2d({
          filters: 3,
          kernelSize: 3,
          strides: 2,
          padding: "same",
          activation: "tanh",
          inputShape: [6, 7, 2],
        }),
      [6, 7, 2],
    ],
    [
      "Conv2D, same, of even size",
      () =>
        L.conv2d({
          filters: 2,
          kernelSize: [2, 4],
          strides: [1, 2],
          padding: "same",
          inputShape: [5, 8, 1],
        }),
      [5, 8, 1],
    ],
    [
      "Conv2D, dilated",
      () =>
        L.conv2d({
          filters: 2,
          kernelSize: 2,
          dilationRate: 2,
          padding: "same",
          inputShape: [5, 6, 1],
        }),
      [5, 6, 1],
    ],
    [
      "Conv3D",
      () =>
        L.conv3d({
          filters: 2,
          kernelSize: 2,
          strides: 2,
          padding: "same",
          inputShape: [3, 4, 5, 2],
        }),
      [3, 4, 5, 2],
    ],
    [
      "Conv2DTranspose",
      () => L.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, inputShape: [3, 4, 2] }),
      [3, 4, 2],
    ],
    [
      "Conv2DTranspose, same",
      () =>
        L.conv2dTranspose({
          filters: 2,
          kernelSize: 3,
          strides: 2,
          padding: "same",
          activation: "relu",
          inputShape: [3, 4, 2],
        }),
      [3, 4, 2],
    ],
    [
      "Conv2DTranspose, smaller than its step",
      () =>
        L.conv2dTranspose({
          filters: 2,
          kernelSize: 2,
          strides: 3,
          useBias: false,
          inputShape: [3, 4, 2],
        }),
      [3, 4, 2],
    ],
    [
      "DepthwiseConv2D",
      () =>
        L.depthwiseConv2d({
          kernelSize: 3,
          depthMultiplier: 2,
          strides: 2,
          padding: "same",
          activation: "relu6",
          inputShape: [6, 6, 3],
        }),
      [6, 6, 3],
    ],
    [
      "SeparableConv2D",
      () =>
        L.separableConv2d({
          filters: 4,
          kernelSize: 3,
          depthMultiplier: 2,
          padding: "same",
          inputShape: [6, 5, 3],
        }),
      [6, 5, 3],
    ],
    [
      "ZeroPadding2D",
      () =>
        L.zeroPadding2d({
          padding: [
            [0, 1],
            [2, 3],
          ],
          inputShape: [3, 4, 2],
        }),
      [3, 4, 2],
    ],
    [
      "Cropping2D",
      () =>
        L.cropping2D({
          cropping: [
            [0, 1],
            [2, 1],
          ],
          inputShape: [5, 6, 2],
        }),
      [5, 6, 2],
    ],
    ["UpSampling2D", () => L.upSampling2d({ size: [2, 3], inputShape: [3, 4, 2] }), [3, 4, 2]],
    [
      "UpSampling2D, bilinear",
      () => L.upSampling2d({ size: [2, 2], interpolation: "bilinear", inputShape: [3, 4, 2] }),
      [3, 4, 2],
    ],
  ];
  for (const [name, layer, sample] of cases) {
    test(name, async () => void (await compare([layer()], sample)));
  }
});

describe("pooling", () => {
  const images = {
    poolSize: [2, 3] as [number, number],
    strides: [2, 2] as [number, number],
    padding: "same" as const,
    inputShape: [5, 7, 2],
  };
  const cases: [string, () => Layer, number[]][] = [
    [
      "MaxPooling1D",
      () => L.maxPooling1d({ poolSize: 3, strides: 2, padding: "same", inputShape: [8, 2] }),
      [8, 2],
    ],
    [
      "AveragePooling1D",
      () => L.averagePooling1d({ poolSize: 3, strides: 2, padding: "same", inputShape: [8, 2] }),
      [8, 2],
    ],
    ["MaxPooling2D", () => L.maxPooling2d(images), [5, 7, 2]],
    ["AveragePooling2D", () => L.averagePooling2d(images), [5, 7, 2]],
    ["MaxPooling3D", () => L.maxPooling3d({ poolSize: 2, inputShape: [4, 4, 5, 2] }), [4, 4, 5, 2]],
    [
      "AveragePooling3D",
      () => L.averagePooling3d({ poolSize: 2, inputShape: [4, 4, 5, 2] }),
      [4, 4, 5, 2],
    ],
    ["GlobalAveragePooling1D", () => L.globalAveragePooling1d({ inputShape: [4, 3] }), [4, 3]],
    [
      "GlobalAveragePooling2D",
      () => L.globalAveragePooling2d({ inputShape: [4, 3, 2], dataFormat: "channelsLast" }),
      [4, 3, 2],
    ],
    ["GlobalMaxPooling1D", () => L.globalMaxPooling1d({ inputShape: [4, 3] }), [4, 3]],
    [
      "GlobalMaxPooling2D",
      () => L.globalMaxPooling2d({ inputShape: [4, 3, 2], dataFormat: "channelsLast" }),
      [4, 3, 2],
    ],
  ];
  for (const [name, layer, sample] of cases) {
    test(name, async () => void (await compare([layer()], sample)));
  }
});

describe("normalising, dropping, rearranging", () => {
  const cases: [string, () => Layer[], number[]][] = [
    [
      "BatchNormalization",
      () => [L.batchNormalization({ inputShape: [4, 5, 3], epsilon: 0.01 })],
      [4, 5, 3],
    ],
    [
      "BatchNormalization without scale",
      () => [L.batchNormalization({ inputShape: [3], scale: false, axis: 1 })],
      [3],
    ],
    [
      "BatchNormalization without center",
      () => [L.batchNormalization({ inputShape: [4, 3], center: false })],
      [4, 3],
    ],
    ["LayerNormalization", () => [L.layerNormalization({ inputShape: [4, 3] })], [4, 3]],
    [
      "LayerNormalization over two axes",
      () => [L.layerNormalization({ inputShape: [5, 4, 3], axis: [2, 3], center: false })],
      [5, 4, 3],
    ],
    [
      "what drops",
      () => [
        L.dropout({ rate: 0.5, inputShape: [4, 3] }),
        L.spatialDropout1d({ rate: 0.5 }),
        L.gaussianNoise({ stddev: 1 }),
        L.gaussianDropout({ rate: 0.5 }),
        L.alphaDropout({ rate: 0.5 }),
      ],
      [4, 3],
    ],
    [
      "Flatten, Reshape, Permute, RepeatVector",
      () => [
        L.permute({ dims: [3, 1, 2], inputShape: [2, 3, 4] }),
        L.reshape({ targetShape: [6, 4] }),
        L.flatten(),
        L.repeatVector({ n: 3 }),
      ],
      [2, 3, 4],
    ],
  ];
  for (const [name, layers, sample] of cases) {
    test(name, async () => void (await compare(layers(), sample)));
  }
});

describe("sequences", () => {
  const kinds = { simpleRNN: L.simpleRNN, lstm: L.lstm, gru: L.gru } as Record<
    string,
    typeof L.lstm
  >;
  const variants: Record<string, object> = {
    "as they are": {},
    "all steps": { returnSequences: true },
    backwards: { goBackwards: true, returnSequences: true },
    "sigmoid gates": { recurrentActivation: "sigmoid" },
    "other activations, no bias": { activation: "softsign", useBias: false },
  };
  for (const [name, make] of Object.entries(kinds)) {
    for (const [variant, options] of Object.entries(variants)) {
      test(`${name}, ${variant}`, async () => {
        await compare([make({ units: 3, inputShape: [4, 2], ...recurrent, ...options })], [4, 2]);
      });
    }
    for (const mergeMode of ["concat", "sum", "ave", "mul"] as const) {
      for (const returnSequences of [false, true]) {
        test(`Bidirectional ${name}, ${mergeMode}${returnSequences ? ", all steps" : ""}`, async () => {
          const layer = make({
            units: 3,
            returnSequences,
            recurrentActivation: "sigmoid",
            ...recurrent,
          }) as never;
          await compare([L.bidirectional({ layer, mergeMode, inputShape: [4, 2] })], [4, 2]);
        });
      }
    }
    test(`${name} after a mask`, async () => {
      const layers = [
        L.embedding({ inputDim: 4, outputDim: 3, maskZero: true, inputLength: 5 }),
        make({ units: 3, returnSequences: true, ...recurrent }),
        L.dense({ units: 2 }),
        L.bidirectional({ layer: make({ units: 2, ...recurrent }) as never, mergeMode: "concat" }),
      ];
      expect(await compare(layers, [5], 4)).toBeInstanceOf(LayersGraph);
    });
  }
  test("LSTMs with nn's activations are nn's", async () => {
    const model = await compare(
      [L.lstm({ units: 3, inputShape: [4, 2], recurrentActivation: "sigmoid", ...recurrent })],
      [4, 2],
    );
    expect((model as Sequential).layers[1]).toBeInstanceOf(LSTM);
  });
  test("Masking", async () => {
    const model = tfl.sequential({
      layers: [
        L.masking({ maskValue: 0.5, inputShape: [4, 2] }),
        L.lstm({ units: 3, ...recurrent }),
      ],
    });
    setWeights(model);
    const values = inputOf([3, 4, 2]);
    values.fill(0.5, 2, 6);
    values.fill(0.5, 20, 24);
    const x = inputsFor(values, [3, 4, 2]);
    await expectSame((await read(model)).call(x.ours), model.predict(x.theirs) as tf.Tensor);
  });
  test("Embedding", async () => {
    await compare(
      [
        L.embedding({ inputDim: 5, outputDim: 3, inputLength: 4 }),
        L.flatten(),
        L.dense({ units: 2 }),
      ],
      [4],
      5,
    );
  });
  test("TimeDistributed", async () => {
    await compare(
      [L.timeDistributed({ layer: L.dense({ units: 3, activation: "tanh" }), inputShape: [4, 2] })],
      [4, 2],
    );
    await compare(
      [
        L.timeDistributed({
          layer: L.conv2d({ filters: 2, kernelSize: 2 }),
          inputShape: [3, 4, 4, 1],
        }),
      ],
      [3, 4, 4, 1],
    );
  });
});

describe("functional models", () => {
  test("all merges, shared layers, models inside, several inputs and outputs", async () => {
    const [a, b] = [tfl.input({ shape: [4] }), tfl.input({ shape: [4] })];
    const shared = L.dense({ units: 3, activation: "tanh" });
    const inner = tfl.sequential({ layers: [L.dense({ units: 3, inputShape: [3] }), L.reLU()] });
    const deeper = tfl.input({ shape: [3] });
    const graph = tfl.model({
      inputs: deeper,
      outputs: L.add().apply([
        deeper,
        L.dense({ units: 3 }).apply(deeper) as tfl.SymbolicTensor,
      ]) as tfl.SymbolicTensor,
    });
    type S = tfl.SymbolicTensor;
    const [p, q] = [shared.apply(a) as S, shared.apply(b) as S];
    const r = graph.apply(inner.apply(p)) as S;
    const s = graph.apply(q) as S;
    const merged = [L.add(), L.multiply(), L.average(), L.maximum(), L.minimum()].map(
      (layer) => layer.apply([p, q, r]) as S,
    );
    const whole = L.concatenate().apply([...merged, s]) as S;
    const cosine = L.dot({ axes: -1, normalize: true }).apply([p, q]) as S;
    const model = tfl.model({
      inputs: [a, b],
      outputs: [whole, cosine, L.dense({ units: 1 }).apply(whole) as S],
    });
    setWeights(model);
    const ours = (await read(model)) as unknown as LayersGraph<Tensor[]>;
    const [x, y] = [
      inputsFor(inputOf([3, 4]), [3, 4]),
      inputsFor(inputOf([3, 4], undefined, 9), [3, 4]),
    ];
    const expected = model.predict([x.theirs, y.theirs]) as tf.Tensor[];
    const found = ours.forward(x.ours, y.ours);
    expect(found).toHaveLength(3);
    const again = await tfl.loadLayersModel(tf.io.fromMemory(await toTfjsLayers(ours)));
    const back = again.predict([x.theirs, y.theirs]) as tf.Tensor[];
    for (const [i, one] of found.entries()) {
      await expectSame(one, expected[i]!);
      await expectSame(back[i]!, expected[i]!);
    }
    expect(() => ours.forward(x.ours)).toThrow(
      "LayersGraph: inputs: expected 2 (input1, input2), got 1",
    );
  });

  test("a residual network of images", async () => {
    type S = tfl.SymbolicTensor;
    const image = tfl.input({ shape: [8, 8, 3] });
    let x = L.conv2d({ filters: 4, kernelSize: 3, padding: "same" }).apply(image) as S;
    const body = L.batchNormalization({ axis: 3 }).apply(
      L.conv2d({ filters: 4, kernelSize: 3, padding: "same", activation: "relu" }).apply(x),
    ) as S;
    x = L.activation({ activation: "relu" }).apply(L.add().apply([x, body])) as S;
    x = L.dense({ units: 5, activation: "softmax" }).apply(
      L.globalAveragePooling2d({ dataFormat: "channelsLast" }).apply(x),
    ) as S;
    const model = tfl.model({ inputs: image, outputs: x });
    setWeights(model);
    const ours = await read(model);
    const images = inputsFor(inputOf([2, 8, 8, 3]), [2, 8, 8, 3]);
    await expectSame(ours.call(images.ours), model.predict(images.theirs) as tf.Tensor);
    const names = model.layers.map(({ name }) => name);
    expect(Object.keys(ours.stateDict())).toContain(`${names[1]}.weight`);
    const again = await tfl.loadLayersModel(tf.io.fromMemory(await toTfjsLayers(ours)));
    await expectSame(
      again.predict(images.theirs) as tf.Tensor,
      model.predict(images.theirs) as tf.Tensor,
    );
    // Names stay; an activation becomes a layer of its own.
    expect(again.layers.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
  });

  test("Dot of matrices", async () => {
    type S = tfl.SymbolicTensor;
    for (const [shapes, axes] of [
      [
        [
          [3, 4],
          [5, 4],
        ],
        2,
      ],
      [
        [[3, 4], [4]],
        [2, 1],
      ],
      [
        [
          [3, 4],
          [3, 5],
        ],
        1,
      ],
    ] as const) {
      const inputs = shapes.map((shape) => tfl.input({ shape: [...shape] }));
      const model = tfl.model({
        inputs,
        outputs: L.dot({ axes: axes as number }).apply(inputs) as S,
      });
      const ours = (await read(model)) as LayersGraph;
      const [x, y] = shapes.map((shape, i) =>
        inputsFor(inputOf([2, ...shape], undefined, i), [2, ...shape]),
      ) as [ReturnType<typeof inputsFor>, ReturnType<typeof inputsFor>];
      await expectSame(
        ours.forward(x.ours, y.ours),
        model.predict([x.theirs, y.theirs]) as tf.Tensor,
      );
    }
  });
});

describe("files", () => {
  const build = (): tfl.Sequential => {
    const model = tfl.sequential({
      layers: [L.dense({ units: 7, inputShape: [5] }), L.dense({ units: 3, trainable: false })],
    });
    setWeights(model);
    return model;
  };
  const input = (): ReturnType<typeof inputsFor> => inputsFor(inputOf([2, 5]), [2, 5]);

  test("shards in any way: one, several, loaded; model.json as text", async () => {
    const model = build();
    const x = input();
    const expected = model.predict(x.theirs) as tf.Tensor;
    for (const size of [1000, 40, 13]) {
      const { modelJson, shards } = await filesOf(model, size);
      const list = [...shards.values()];
      const ways = [
        list,
        list.map((one) => new Uint8Array(one)),
        async (path: string) => Buffer.from(shards.get(path)!),
      ];
      for (const way of ways) {
        await expectSame(
          (await fromTfjsLayers(JSON.stringify(modelJson), way)).call(x.ours),
          expected,
        );
      }
    }
  });

  test("quantised weights are what TensorFlow.js makes of them", async () => {
    const x = input();
    for (const dtype of ["uint8", "uint16", "float16"] as const) {
      const artifacts = await artifactsOf(build());
      const specs = artifacts.weightSpecs!.map((spec) =>
        Object.assign({}, spec, { quantization: { dtype, scale: 0.001, min: -0.2 } }),
      );
      const size = specs.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0);
      const stored =
        dtype === "uint8"
          ? Uint8Array.from({ length: size }, (_, i) => i * 7)
          : Uint16Array.from({ length: size }, (_, i) => (i % 3 === 0 ? 0x8000 : 0) + i * 250);
      const quantised = { ...artifacts, weightSpecs: specs, weightData: stored.buffer };
      const theirs = await tfl.loadLayersModel(tf.io.fromMemory(quantised));
      const ours = await fromTfjsLayers(quantised, stored.buffer);
      await expectSame(ours.call(x.ours), theirs.predict(x.theirs) as tf.Tensor);
    }
  });

  test("frozen layers are not learnt, and nothing is left over", async () => {
    const before = memory();
    const model = await read(build());
    expect(model.isTraining).toBe(false);
    expect(model.namedParameters().map(([name, { trainable }]) => `${name} ${trainable}`)).toEqual([
      ...["1.weight true", "1.bias true", "2.weight false", "2.bias false"],
    ]);
    model.dispose();
    expect(memory()).toEqual(before);
  });

  test("Keras' names of recurrent weights, and its wrapping", async () => {
    const model = tfl.sequential({
      layers: [L.lstm({ units: 2, inputShape: [3, 2], ...recurrent })],
    });
    setWeights(model);
    const artifacts = await artifactsOf(model);
    const weightSpecs = artifacts.weightSpecs!.map((spec) =>
      Object.assign({}, spec, { name: spec.name.replace("/", "/lstm_cell/") }),
    );
    const keras = { modelTopology: { model_config: artifacts.modelTopology }, weightSpecs };
    const ours = await fromTfjsLayers(keras, artifacts.weightData as ArrayBuffer);
    const sequence = inputsFor(inputOf([2, 3, 2]), [2, 3, 2]);
    await expectSame(ours.call(sequence.ours), model.predict(sequence.theirs) as tf.Tensor);
  });
});
