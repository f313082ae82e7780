// Random models: what we read predicts what TensorFlow.js predicts, and so does what we write of it.
import { cpu } from "@tensorloom/backend-cpu";
import { memory, use } from "@tensorloom/tensor";
import fc from "fast-check";
import { beforeAll, expect, test } from "vitest";
import { fromTfjsLayers, toTfjsLayers } from "../src/index.ts";
import {
  artifactsOf,
  expectSame,
  inputOf,
  inputsFor,
  setWeights,
  tf,
  tfl,
} from "./layers-models.ts";

const { layers: L } = tfl;
type Symbolic = tfl.SymbolicTensor;
type Apply = (x: Symbolic) => Symbolic;

beforeAll(async () => {
  await use(cpu());
  await tf.setBackend("cpu");
});

const activation = fc.constantFrom(
  "linear",
  "relu",
  "elu",
  "tanh",
  "sigmoid",
  "softplus",
  "swish",
  "softmax",
);
const padding = fc.constantFrom("same" as const, "valid" as const);
const size = fc.integer({ min: 1, max: 3 });
const use1 =
  (layer: { apply(x: Symbolic): unknown }): Apply =>
  (x) =>
    layer.apply(x) as Symbolic;

/** Steps that keep four axes; windows fit, since images are padded or larger than they are. */
const onImages = fc.oneof(
  fc
    .record({
      filters: size,
      kernelSize: fc.tuple(size, size),
      strides: size,
      padding,
      useBias: fc.boolean(),
      activation,
    })
    .map((options) => () => use1(L.conv2d(options as never))),
  fc
    .record({ kernelSize: size, depthMultiplier: size, padding, activation })
    .map((options) => () => use1(L.depthwiseConv2d(options as never))),
  fc
    .record({ filters: size, kernelSize: size, strides: fc.constantFrom(1, 2), padding })
    .map((options) => () => use1(L.conv2dTranspose(options as never))),
  fc
    .record({ poolSize: size, strides: size, padding: fc.constant("same" as const) })
    .chain((options) =>
      fc.constantFrom(L.maxPooling2d, L.averagePooling2d).map((make) => () => use1(make(options))),
    ),
  fc
    .record({ scale: fc.boolean(), center: fc.boolean() })
    .map((options) => () => use1(L.batchNormalization(options))),
  fc.tuple(size, size).map((factors) => () => use1(L.upSampling2d({ size: factors }))),
  fc.tuple(size, size).map(
    ([a, b]) =>
      () =>
        use1(
          L.zeroPadding2d({
            padding: [
              [a, b],
              [b, a],
            ],
          }),
        ),
  ),
  fc.constant(() => use1(L.prelu({ sharedAxes: [1, 2] }))),
  // A way past a convolution of as many channels.
  activation.map((name) => () => (x: Symbolic): Symbolic => {
    const body = L.conv2d({
      filters: x.shape[3]!,
      kernelSize: 3,
      padding: "same",
      activation: name as "relu",
    }).apply(x);
    return L.add().apply([x, body as Symbolic]) as Symbolic;
  }),
);

/** Steps of sequences. */
const onSequences = fc.oneof(
  fc
    .record({
      kind: fc.constantFrom("simpleRNN" as const, "lstm" as const, "gru" as const),
      units: size,
      goBackwards: fc.boolean(),
      useBias: fc.boolean(),
      activation: fc.constantFrom("tanh", "relu", "sigmoid"),
      recurrentActivation: fc.constantFrom("sigmoid", "hardSigmoid"),
    })
    .map(
      ({ kind, ...options }) =>
        () =>
          use1(
            L[kind]({
              ...options,
              returnSequences: true,
              recurrentInitializer: "glorotNormal",
            } as never),
          ),
    ),
  fc
    .record({ filters: size, kernelSize: size, padding: fc.constant("same" as const), activation })
    .map((options) => () => use1(L.conv1d(options as never))),
  size.map((units) => () => use1(L.timeDistributed({ layer: L.dense({ units }) }))),
  fc.constant(() => use1(L.layerNormalization())),
);

const onVectors = fc.oneof(
  fc
    .record({ units: size, useBias: fc.boolean(), activation })
    .map((options) => () => use1(L.dense(options as never))),
  fc.constant(() => use1(L.batchNormalization())),
  fc.constant(() => use1(L.dropout({ rate: 0.5 }))),
  size.map((units) => () => (x: Symbolic): Symbolic => {
    const sides = ["tanh", "relu"].map(
      (name) => L.dense({ units, activation: name as "relu" }).apply(x) as Symbolic,
    );
    return L.concatenate().apply([...sides, L.multiply().apply(sides) as Symbolic]) as Symbolic;
  }),
);

/** Compares a model of these steps, ours read of it, and theirs read of ours. */
async function check(sample: readonly number[], steps: readonly (() => Apply)[]): Promise<void> {
  const input = tfl.input({ shape: [...sample] });
  let x: Symbolic = input;
  for (const step of steps) {
    const next = step()(x);
    // Windows that no longer fit.
    if (next.shape.some((n) => n !== null && n <= 0)) break;
    x = next;
  }
  if (x === input) return;
  const model = tfl.model({ inputs: input, outputs: x });
  setWeights(model);
  const artifacts = await artifactsOf(model);
  const before = memory();
  const ours = await fromTfjsLayers(artifacts, artifacts.weightData as ArrayBuffer);
  const given = inputsFor(inputOf([2, ...sample]), [2, ...sample]);
  const [found, expected] = [ours.call(given.ours), model.predict(given.theirs) as tf.Tensor];
  await expectSame(found, expected);
  const again = await tfl.loadLayersModel(tf.io.fromMemory(await toTfjsLayers(ours)));
  await expectSame(again.predict(given.theirs) as tf.Tensor, expected);
  for (const one of [ours, found, given.ours]) one.dispose();
  expect(memory()).toEqual(before);
}

const runs = { numRuns: 25, seed: 4 };

test("images", async () => {
  const head = fc.constantFrom<(() => Apply)[]>(
    [() => use1(L.globalAveragePooling2d({ dataFormat: "channelsLast" }))],
    [() => use1(L.flatten()), () => use1(L.dense({ units: 2 }))],
    [],
  );
  await fc.assert(
    fc.asyncProperty(
      fc.tuple(size, size, size),
      fc.array(onImages, { minLength: 1, maxLength: 4 }),
      head,
      async ([h, w, c], steps, last) => check([h + 4, w + 4, c], [...steps, ...last]),
    ),
    runs,
  );
});

test("sequences", async () => {
  await fc.assert(
    fc.asyncProperty(
      size,
      size,
      fc.array(onSequences, { minLength: 1, maxLength: 3 }),
      async (length, features, steps) => check([length + 1, features], steps),
    ),
    runs,
  );
});

test("vectors", async () => {
  await fc.assert(
    fc.asyncProperty(
      size,
      fc.array(onVectors, { minLength: 1, maxLength: 5 }),
      async (features, steps) => check([features + 1], steps),
    ),
    runs,
  );
});
