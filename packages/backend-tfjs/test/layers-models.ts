// Models of TensorFlow.js' layers, and what they predict: what ours are compared with.
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import * as tfl from "@tensorflow/tfjs-layers";
import type { Module } from "@tensorloom/nn";
import { tensor, type Tensor } from "@tensorloom/tensor";
import { expect } from "vitest";
import { fromTfjsLayers, toTfjsLayers } from "../src/index.ts";

export { tf, tfl };

export type Layer = InstanceType<typeof tfl.layers.Layer>;

/** TensorFlow.js draws orthogonal matrices with methods that its core alone does not have. */
export const recurrent = { recurrentInitializer: "glorotNormal" } as const;

/** Returns what TensorFlow.js gives a save handler. */
export async function artifactsOf(model: tfl.LayersModel): Promise<tf.io.ModelArtifacts> {
  let found: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      found = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  return found!;
}

/** Returns the files that TensorFlow.js' own handlers write: a model.json, and shards of `shardSize` bytes. */
export async function filesOf(
  model: tfl.LayersModel,
  shardSize = 4 * 2 ** 20,
): Promise<{ modelJson: object; shards: Map<string, ArrayBuffer> }> {
  const { weightSpecs, weightData, ...rest } = await artifactsOf(model);
  const data = weightData as ArrayBuffer;
  const count = Math.max(1, Math.ceil(data.byteLength / shardSize));
  const shards = new Map(
    Array.from({ length: count }, (_, i) => [
      `group1-shard${i + 1}of${count}.bin`,
      data.slice(i * shardSize, (i + 1) * shardSize),
    ]),
  );
  const weightsManifest = [{ paths: [...shards.keys()], weights: weightSpecs }];
  return { modelJson: { ...rest, weightsManifest }, shards };
}

/** Sets all weights to numbers that tell layers' mistakes apart: of both signs, variances positive. */
export function setWeights(model: tfl.LayersModel, seed = 1): void {
  let state = seed;
  const next = (): number => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
  const values = model.weights.map(({ name, shape }) => {
    const size = shape.reduce((product: number, n) => product * n!, 1);
    const isVariance = name.includes("variance");
    const flat = Float32Array.from({ length: size }, () => (isVariance ? 1 + next() : next()));
    return tf.tensor(flat, shape as number[]);
  });
  model.setWeights(values);
}

/** Returns elements between -1 and 1, or whole numbers below `below`. */
export function inputOf(shape: readonly number[], below?: number, seed = 7): Float32Array {
  const size = shape.reduce((product, n) => product * n, 1);
  return Float32Array.from({ length: size }, (_, i) => {
    const x = Math.sin((i + 1) * 12.9898 + seed) * 43758.5453;
    const unit = x - Math.floor(x);
    return below === undefined ? 2 * unit - 1 : Math.floor(unit * below);
  });
}

/** Returns the same input for both. */
export function inputsFor(
  values: Float32Array,
  shape: readonly number[],
): { theirs: tf.Tensor; ours: Tensor } {
  return { theirs: tf.tensor(values, [...shape]), ours: tensor(values, { shape: [...shape] }) };
}

/** Returns how far two outputs are apart, relative to the largest number where that is above 1. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  const scale = Math.max(1, ...Array.from(b, Math.abs));
  return Math.max(0, ...Array.from(a, (x, i) => Math.abs(x - b[i]!) / scale));
}

/** Expects an output to be theirs to 1e-5. */
export async function expectSame(ours: Tensor | tf.Tensor, theirs: tf.Tensor): Promise<void> {
  expect(ours.shape).toEqual(theirs.shape);
  expect(largestDifference(await ours.data(), await theirs.data())).toBeLessThan(1e-5);
}

/** Reads a model of theirs. */
export async function read(model: tfl.LayersModel): Promise<Module> {
  const artifacts = await artifactsOf(model);
  return fromTfjsLayers(artifacts, artifacts.weightData as ArrayBuffer);
}

/** Compares predictions of a list of layers, for a batch of three. */
export async function compare(
  layers: Layer[],
  sample: readonly number[],
  below?: number,
): Promise<Module> {
  const model = tfl.sequential({ layers });
  setWeights(model);
  const ours = await read(model);
  const shape = [3, ...sample];
  const x = inputsFor(inputOf(shape, below), shape);
  const expected = model.predict(x.theirs) as tf.Tensor;
  await expectSame(ours.call(x.ours), expected);
  // And the way back, but for what TensorFlow.js cannot read itself.
  if (JSON.stringify(model.getConfig()).includes("gelu_new")) return ours;
  const again = await tfl.loadLayersModel(tf.io.fromMemory(await toTfjsLayers(ours)));
  await expectSame(again.predict(x.theirs) as tf.Tensor, expected);
  return ours;
}
