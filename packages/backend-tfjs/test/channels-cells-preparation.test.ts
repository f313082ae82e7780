// Layers whose channels come first, cells, and preparation: predictions of TensorFlow.js' own layers.
import { cpu } from "@tensorloom/backend-cpu";
import { GRU, type Sequential } from "@tensorloom/nn";
import { tensor, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { fromTfjsLayers, LayersGraph, toTfjsLayers } from "../src/index.ts";
import {
  compare,
  expectSame,
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

describe("channels first", () => {
  const dataFormat = "channelsFirst" as const;
  const inputShape = [3, 6, 7];
  const cases: Record<string, () => Layer[]> = {
    Conv2D: () => [
      L.conv2d({
        filters: 2,
        kernelSize: [2, 3],
        strides: [2, 1],
        dataFormat,
        inputShape,
        activation: "softmax",
      }),
    ],
    Conv2DTranspose: () => [
      L.conv2dTranspose({ filters: 2, kernelSize: 3, strides: 2, padding: "same", dataFormat, inputShape }), // prettier-ignore
    ],
    DepthwiseConv2D: () => [
      L.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, dataFormat, inputShape }),
    ],
    "pooling, global too": () => [
      L.maxPooling2d({ poolSize: 2, strides: 1, padding: "same", dataFormat, inputShape }),
      L.averagePooling2d({ poolSize: [2, 3], dataFormat }),
      L.globalMaxPooling2d({ dataFormat }),
    ],
    "what moves elements": () => [
      L.zeroPadding2d({ padding: [[0, 1], [2, 3]], dataFormat, inputShape }), // prettier-ignore
      L.cropping2D({ cropping: [[2, 1], [1, 0]], dataFormat }), // prettier-ignore
      L.upSampling2d({ size: [2, 3], dataFormat }),
    ],
    "a network with a head": () => [
      L.conv2d({ filters: 4, kernelSize: 3, activation: "relu", dataFormat, inputShape }),
      L.flatten({ dataFormat }),
      L.dense({ units: 2 }),
    ],
  };
  for (const [name, layers] of Object.entries(cases)) {
    test(name, async () => void (await compare(layers(), inputShape)));
  }
});

// Its cpu backend takes the parameters for the last axis's, whatever the axis is: it is given that axis last.
test.each([
  [1, [2, 3, 1], [3, 1, 2]],
  [-2, [1, 3, 2], [1, 3, 2]],
])("BatchNormalization along axis %d", async (axis, there, back) => {
  const inputShape = [3, 4, 5];
  const normalised = (layers: Layer[]): tfl.LayersModel => {
    const model = tfl.sequential({ layers });
    setWeights(model);
    return model;
  };
  const theirs = normalised([
    L.permute({ dims: there, inputShape }),
    L.batchNormalization({ scale: false }),
    L.permute({ dims: back }),
  ]);
  const ours = await read(normalised([L.batchNormalization({ axis, scale: false, inputShape })]));
  const x = inputsFor(inputOf([2, ...inputShape]), [2, ...inputShape]);
  await expectSame(ours.call(x.ours), theirs.predict(x.theirs) as tf.Tensor);
});

describe("recurrent cells", () => {
  const cells = (): InstanceType<typeof L.RNNCell>[] => [
    L.lstmCell({ units: 3, ...recurrent }),
    L.gruCell({ units: 2, recurrentActivation: "sigmoid", ...recurrent } as never),
    L.simpleRNNCell({ units: 4, activation: "relu", useBias: false, ...recurrent }),
  ];
  for (const returnSequences of [false, true]) {
    for (const goBackwards of [false, true]) {
      const how = `${returnSequences ? "all steps" : "last step"}, ${goBackwards ? "backwards" : "forwards"}`;
      test(`several over each other, ${how}`, async () => {
        const layer = L.rnn({ cell: cells(), returnSequences, goBackwards, inputShape: [4, 2] });
        await compare([layer as Layer], [4, 2]);
      });
      test(`one, ${how}`, async () => {
        const [cell] = cells();
        const layer = L.rnn({ cell: cell!, returnSequences, goBackwards, inputShape: [4, 2] });
        await compare([layer as Layer], [4, 2]);
      });
    }
  }
  test("after a mask", async () => {
    const layers = [
      L.embedding({ inputDim: 4, outputDim: 3, maskZero: true, inputLength: 5 }),
      L.rnn({ cell: cells(), returnSequences: true }) as Layer,
      L.lstm({ units: 2, ...recurrent }),
    ];
    expect(await compare(layers, [5], 4)).toBeInstanceOf(LayersGraph);
  });
});

describe("states of recurrent layers", () => {
  const kinds = { simpleRNN: L.simpleRNN, lstm: L.lstm, gru: L.gru } as Record<
    string,
    typeof L.lstm
  >;
  type S = tfl.SymbolicTensor;

  async function compareCalls(model: tfl.LayersModel, shapes: readonly number[][]): Promise<void> {
    setWeights(model);
    const ours = (await read(model)) as LayersGraph<Tensor | Tensor[]>;
    const given = shapes.map((shape, i) => inputsFor(inputOf(shape, undefined, i), shape));
    const expected = [model.predict(given.map(({ theirs }) => theirs))].flat() as tf.Tensor[];
    const [first, ...others] = given.map((one) => one.ours) as [Tensor, ...Tensor[]];
    const found = [ours.forward(first, ...others)].flat() as Tensor[];
    expect(found).toHaveLength(expected.length);
    for (const [i, one] of found.entries()) await expectSame(one, expected[i]!);
  }

  for (const [name, make] of Object.entries(kinds)) {
    for (const recurrentActivation of ["sigmoid", "hardSigmoid"] as const) {
      test(`${name}, from an encoder to a decoder, ${recurrentActivation}`, async () => {
        const options = { units: 3, recurrentActivation, ...recurrent } as const;
        const [text, words] = [tfl.input({ shape: [4, 2] }), tfl.input({ shape: [3, 2] })];
        const [last, ...state] = make({ ...options, returnState: true }).apply(text) as S[];
        const decoder = make({ ...options, returnSequences: true });
        const all = decoder.apply(words, { initialState: state } as never) as S;
        const head = L.dense({ units: 2 }).apply(state[0]!) as S;
        const model = tfl.model({ inputs: [text, words], outputs: [all, last!, head] });
        await compareCalls(model, [[2, 4, 2], [2, 3, 2]]); // prettier-ignore
      });
    }
    test(`${name}, whose state is computed`, async () => {
      const [x, given] = [tfl.input({ shape: [4, 2] }), tfl.input({ shape: [5] })];
      const states = name === "lstm" ? 2 : 1;
      const initialState = Array.from(
        { length: states },
        () => L.dense({ units: 3 }).apply(given) as S,
      );
      const layer = make({ units: 3, recurrentActivation: "sigmoid", ...recurrent });
      const outputs = layer.apply(x, { initialState } as never) as S;
      await compareCalls(tfl.model({ inputs: [x, given], outputs }), [[2, 4, 2], [2, 5]]); // prettier-ignore
    });
  }
});

describe("ConvLSTM2D", () => {
  const cases: Record<string, object> = {
    "as it is": {},
    "all steps": { returnSequences: true, useBias: false },
    "strided, backwards, other activations": {
      strides: [2, 1],
      padding: "same",
      goBackwards: true,
      returnSequences: true,
      activation: "relu",
      recurrentActivation: "sigmoid",
    },
  };
  for (const [name, options] of Object.entries(cases)) {
    test(name, async () => {
      const given = { filters: 2, kernelSize: [3, 2], inputShape: [3, 5, 6, 2], ...recurrent };
      await compare([L.convLstm2d({ ...given, ...options } as never) as Layer], [3, 5, 6, 2]);
    });
  }
  test.each([false, true])("channels first, all steps %s", async (returnSequences) => {
    const given = { filters: 3, kernelSize: 2, dataFormat: "channelsFirst", ...recurrent };
    const inputShape = [3, 2, 5, 6];
    const layer = L.convLstm2d({ ...given, returnSequences, inputShape } as never) as Layer;
    await compare([layer], inputShape);
  });
});

/** A layer's options as files have them. */
function pythonic(layer: Layer): Record<string, unknown> {
  const snake = (text: string): string => text.replace(/[A-Z]/g, (c) => `_${c.toLowerCase()}`);
  return Object.fromEntries(
    Object.entries(layer.getConfig()).map(([key, value]) => [
      snake(key),
      key === "outputMode" ? snake(value as string) : value,
    ]),
  );
}

// TensorFlow.js mistakes their shapes when it makes a model of them, but not when it applies them.
describe("preparation", () => {
  const images = [3, 6, 7, 2];
  const cases: [string, Layer, number[], number?][] = [
    ["Resizing", L.resizing({ height: 4, width: 9 }), images],
    ["Resizing, nearest", L.resizing({ height: 9, width: 4, interpolation: "nearest" }), images],
    [
      "Resizing without corners",
      L.resizing({ height: 4, width: 9, cropToAspectRatio: true }),
      images,
    ],
    ["CenterCrop", L.centerCrop({ height: 3, width: 4 }), images],
    ["CenterCrop by one column", L.centerCrop({ height: 6, width: 6 }), images],
    ["CenterCrop to one pixel", L.centerCrop({ height: 1, width: 1 }), images],
    ["CenterCrop of what is too small", L.centerCrop({ height: 9, width: 4 }), images],
    [
      "CategoryEncoding, multiHot",
      L.categoryEncoding({ numTokens: 5, outputMode: "multiHot" }),
      [3, 4],
      5,
    ],
    ["CategoryEncoding, count", L.categoryEncoding({ numTokens: 5, outputMode: "count" }), [3, 4], 5], // prettier-ignore
    ["CategoryEncoding, oneHot", L.categoryEncoding({ numTokens: 5, outputMode: "oneHot" }), [3, 1], 5], // prettier-ignore
  ];
  test.each(cases)("%s", async (_, layer, shape, below) => {
    const x = inputsFor(inputOf(shape, below), shape);
    const expected = layer.apply(x.theirs) as tf.Tensor;
    const config = { ...pythonic(layer), batch_input_shape: [null, ...shape.slice(1)] };
    const file = (own: object): object => ({
      modelTopology: {
        class_name: "Sequential",
        config: { layers: [{ class_name: layer.getClassName(), config: own }] },
      },
      weightsManifest: [],
    });
    const ours = await fromTfjsLayers(file(config), []);
    await expectSame(ours.call(x.ours), expected);
    const again = await fromTfjsLayers((await toTfjsLayers(ours)).modelJson, []);
    await expectSame(again.call(x.ours), expected);
  });
});

// TensorFlow.js cannot read it; Keras writes it by default.
describe("GRU, reset after", () => {
  const [batch, steps, size, units] = [2, 4, 3, 2];
  const [kernel, recurrentKernel, bias] = [
    inputOf([size, 3 * units], undefined, 1),
    inputOf([units, 3 * units], undefined, 2),
    inputOf([2, 3 * units], undefined, 3),
  ];
  const x = inputOf([batch, steps, size], undefined, 4);
  const sigmoid = (a: number): number => 1 / (1 + Math.exp(-a));
  const hardSigmoid = (a: number): number => Math.max(0, Math.min(1, 0.2 * a + 0.5));

  /** By Keras' formula; gates are update, reset, new. */
  function lastOf(sample: number, opened: (a: number) => number): number[] {
    let h = Array.from({ length: units }, () => 0);
    for (let t = 0; t < steps; t++) {
      const gate = (g: number, ofState: boolean): number => {
        const [from, weight, count] = ofState ? [h, recurrentKernel, units] : [x.subarray((sample * steps + t) * size), kernel, size]; // prettier-ignore
        let sum = bias![(ofState ? 3 * units : 0) + g]!;
        for (let i = 0; i < count; i++) sum += from[i]! * weight![i * 3 * units + g]!;
        return sum;
      };
      h = h.map((before, u) => {
        const z = opened(gate(u, false) + gate(u, true));
        const r = opened(gate(units + u, false) + gate(units + u, true));
        const n = Math.tanh(gate(2 * units + u, false) + r * gate(2 * units + u, true));
        return z * before + (1 - z) * n;
      });
    }
    return h;
  }

  test.each([
    ["sigmoid", sigmoid],
    ["hard_sigmoid", hardSigmoid],
  ] as const)("with %s gates", async (recurrent_activation, opened) => {
    const config = {
      ...{ name: "g", units, recurrent_activation, reset_after: true },
      batch_input_shape: [null, steps, size],
    };
    const weights = [kernel, recurrentKernel, bias].map((one) => one!.slice());
    const model = (await fromTfjsLayers(
      {
        modelTopology: {
          class_name: "Sequential",
          config: { layers: [{ class_name: "GRU", config }] },
        },
        weightsManifest: [
          {
            paths: ["a", "b", "c"],
            weights: [
              { name: "g/kernel", shape: [size, 3 * units], dtype: "float32" },
              { name: "g/recurrent_kernel", shape: [units, 3 * units], dtype: "float32" },
              { name: "g/bias", shape: [2, 3 * units], dtype: "float32" },
            ],
          },
        ],
      },
      weights.map((one) => one.buffer as ArrayBuffer),
    )) as Sequential;
    const found = await model.call(tensor(x, { shape: [batch, steps, size] })).data();
    for (let i = 0; i < batch; i++) {
      lastOf(i, opened).forEach((value, u) => {
        // Some twenty float32 roundings of numbers below 4 a step.
        expect(found[i * units + u]).toBeCloseTo(value, 5);
      });
    }
    expect(model.layers[1] instanceof GRU).toBe(recurrent_activation === "sigmoid");
    await expect(toTfjsLayers(model)).rejects.toThrow(/GRU|reset_after/);
  });
});
