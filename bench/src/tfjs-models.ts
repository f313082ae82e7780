import * as tf from "@tensorflow/tfjs-core";
import * as tfl from "@tensorflow/tfjs-layers";
import { wasm } from "@tensorloom/backend-cpu";
import { fromTfjsLayers } from "@tensorloom/backend-tfjs";
import { tensor, use } from "@tensorloom/tensor";
import { checkEqual } from "./check.ts";
import { compare, type Row, type Settings } from "./measure.ts";
import { useTfjs } from "./peers/tfjs.ts";
import { blocks } from "./tfjs-drop-in.ts";

type Symbolic = tfl.SymbolicTensor;

/** Models of TensorFlow.js' layers: predictions of the model itself on its WASM engine, and of what we read of its files. */
export async function tfjsModels(settings: Settings): Promise<Row[]> {
  await useTfjs("wasm");
  const side = 224;
  const model = mobileNet(side);
  const { modelTopology, weightSpecs, weightData } = await artifactsOf(model);
  await use(wasm({ threads: settings.threads }));
  const before = performance.now();
  const read = await fromTfjsLayers(
    { modelTopology, weightSpecs } as object,
    weightData as ArrayBuffer,
  );
  console.log(
    `reading ${((weightData as ArrayBuffer).byteLength / 1e6).toFixed(1)} MB: ${(performance.now() - before).toFixed(0)} ms`,
  );
  const shape = [1, side, side, 3];
  const image = Float32Array.from({ length: side * side * 3 }, (_, i) => Math.sin(i * 12.9898));
  const [ours, theirs] = [tensor(image, { shape }), tf.tensor(image, shape)];
  const predict = (): tf.Tensor => model.predict(theirs) as tf.Tensor;
  const name = `MobileNet 1, ${side}², batch 1, of tf.layers`;
  checkEqual(name, read.call(ours).dataSync(), predict().dataSync(), 1);
  const run = async (): Promise<void> => {
    const result = read.call(ours);
    await result.data();
    result.dispose();
  };
  const runTheirs = async (): Promise<void> => {
    const result = predict();
    await result.data();
    result.dispose();
  };
  return compare("tfjs-models", name, settings, { name: "tensorloom wasm", run }, [
    { name: "tfjs-layers wasm", run: runTheirs },
  ]);
}

async function artifactsOf(model: tfl.LayersModel): Promise<tf.io.ModelArtifacts> {
  let found: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      found = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  return found!;
}

/** MobileNet v1 as Keras has it: zeros before steps, and normalisations that are not folded (Howard et al. 2017). */
function mobileNet(side: number): tfl.LayersModel {
  const { layers: L } = tfl;
  const on = (x: Symbolic, ...steps: { apply(x: Symbolic): unknown }[]): Symbolic =>
    steps.reduce((at, layer) => layer.apply(at) as Symbolic, x);
  const normalised = (): [{ apply(x: Symbolic): unknown }, { apply(x: Symbolic): unknown }] => [
    L.batchNormalization({ axis: -1 }),
    L.reLU({ maxValue: 6 }),
  ];
  const input = tfl.input({ shape: [side, side, 3] });
  const first = {
    filters: 32,
    kernelSize: 3,
    strides: 2,
    padding: "same",
    useBias: false,
  } as const;
  let x = on(input, L.conv2d(first), ...normalised());
  for (const [filters, strides] of blocks) {
    if (strides === 2)
      x = on(
        x,
        L.zeroPadding2d({
          padding: [
            [0, 1],
            [0, 1],
          ],
        }),
      );
    const padding = strides === 2 ? "valid" : "same";
    x = on(
      x,
      L.depthwiseConv2d({ kernelSize: 3, strides, padding, useBias: false }),
      ...normalised(),
    );
    x = on(x, L.conv2d({ filters, kernelSize: 1, useBias: false }), ...normalised());
  }
  x = on(
    x,
    L.globalAveragePooling2d({ dataFormat: "channelsLast" }),
    L.dense({ units: 1000 }),
    L.activation({ activation: "softmax" }),
  );
  const model = tfl.model({ inputs: input, outputs: x });
  model.setWeights(model.weights.map(({ name, shape }, i) => weights(name, shape as number[], i)));
  return model;
}

/** Weights without a pattern that keep activations near 1. */
function weights(name: string, shape: number[], seed: number): tf.Tensor {
  const size = tf.util.sizeFromShape(shape);
  const isNear1 = name.includes("variance") || name.includes("gamma");
  const taps = name.includes("depthwise") ? 9 : Math.max(1, size / shape.at(-1)!);
  const scale = shape.length === 1 ? 0.1 : Math.sqrt(2 / taps);
  const noise = (i: number): number => scale * Math.sin(i * 12.9898 + seed);
  return tf.tensor(
    Float32Array.from({ length: size }, (_, i) => (isNear1 ? 1 : 0) + noise(i)),
    shape,
  );
}
