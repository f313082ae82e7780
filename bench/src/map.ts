import * as tf from "@tensorflow/tfjs-core";
import { wasm } from "@tensorloom/backend-cpu";
import * as tl from "@tensorloom/tensor";
import { functional } from "@tensorloom/nn";
import { checkEqual } from "./check.ts";
import { compare, type Row, type Settings } from "./measure.ts";
import { useTfjs } from "./peers/tfjs.ts";

type Ours = (x: tl.Tensor, y: tl.Tensor) => tl.Tensor;
type Theirs = (x: tf.Tensor, y: tf.Tensor) => tf.Tensor;

const chain = tl.elementwise((x, y) => x.mul(y).add(1).sub(y).mul(0.5).maximum(0));
const theirChain: Theirs = (x, y) =>
  tf.tidy(() => tf.relu(tf.mul(tf.sub(tf.add(tf.mul(x, y), 1), y), 0.5)));

const elementwise: Readonly<Record<string, readonly [Ours, Theirs]>> = {
  "add of 10^6": [(x, y) => x.add(y), (x, y) => tf.add(x, y)],
  "a chain of five, 10^6": [(x, y) => chain(x, y), theirChain],
  "exp of 10^6": [(x) => x.exp(), (x) => tf.exp(x)],
  "tanh of 10^6": [(x) => x.tanh(), (x) => tf.tanh(x)],
  "gelu of 10^6": [
    (x) => tl.gelu(x),
    (x) => tf.tidy(() => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1))),
  ],
  "sin of 10^6": [(x) => x.sin(), (x) => tf.sin(x)],
};

const matrix: Readonly<Record<string, readonly [Ours, Theirs]>> = {
  "sum of 1000 x 1000 over rows": [(x) => x.sum(1), (x) => tf.sum(x, 1)],
  "sum over columns": [(x) => x.sum(0), (x) => tf.sum(x, 0)],
  "sum over all": [(x) => x.sum(), (x) => tf.sum(x)],
  "mean over rows": [(x) => x.mean(1), (x) => tf.mean(x, 1)],
  "max over rows": [(x) => x.max(1), (x) => tf.max(x, 1)],
  "argmax over rows": [(x) => x.argmax(1), (x) => tf.argMax(x, 1)],
  "argmax over columns": [(x) => x.argmax(0), (x) => tf.argMax(x, 0)],
  softmax: [(x) => x.softmax(), (x) => tf.softmax(x as tf.Tensor2D)],
  "log-softmax": [(x) => tl.logSoftmax(x), (x) => tf.logSoftmax(x as tf.Tensor2D)],
  "RMS normalisation": [
    (x) => functional.rmsNorm(x),
    (x) =>
      tf.tidy(() => tf.div(x, tf.sqrt(tf.add(tf.mean(tf.square(x), 1, true), 1e-5)))), // prettier-ignore
  ],
  transpose: [(x) => x.transpose().reshape([1_000_000]), (x) => tf.transpose(x)],
  "layer normalisation": [
    (x) => functional.layerNorm(x),
    (x) =>
      tf.tidy(() => {
        const { mean, variance } = tf.moments(x, 1, true);
        return tf.div(tf.sub(x, mean), tf.sqrt(tf.add(variance, 1e-5)));
      }),
  ],
  "batch normalisation": [
    (x) => functional.batchNorm(x),
    (x) =>
      tf.tidy(() => {
        const { mean, variance } = tf.moments(x, 0);
        return tf.batchNorm(x, mean as tf.Tensor1D, variance as tf.Tensor1D, undefined, undefined, 1e-5); // prettier-ignore
      }),
  ],
};

/** What classifiers have: rows of a few elements. */
const short = Object.fromEntries(
  ["softmax", "log-softmax", "layer normalisation", "argmax over rows"].map(
    (name) => [name, matrix[name]!] as const,
  ),
);

const images: Readonly<Record<string, readonly [Ours, Theirs]>> = {
  "max pooling 2x2 of 8 x 56 x 56 x 64": [
    (x) => tl.maxPool2d(x, 2),
    (x) => tf.maxPool(x as tf.Tensor4D, 2, 2, "valid"),
  ],
  "average pooling 3x3": [
    (x) => tl.avgPool2d(x, 3, { stride: 2 }),
    (x) => tf.avgPool(x as tf.Tensor4D, 3, 2, "valid"),
  ],
};

/** Elementwise operations, folds, normalisations, transposes and pooling, beside tfjs's WASM backend. */
export async function map(settings: Settings): Promise<Row[]> {
  await tl.use(wasm({ threads: settings.threads }));
  await useTfjs("wasm");
  return [
    ...(await measure([1_000_000], elementwise, settings)),
    ...(await measure([1000, 1000], matrix, settings)),
    ...(await measure([4096, 10], short, settings, " of 4096 x 10")),
    ...(await measure([4096, 50], short, settings, " of 4096 x 50")),
    ...(await measure([64, 1000], short, settings, " of 64 x 1000")),
    ...(await measure([8192, 64], short, settings, " of 8192 x 64")),
    ...(await measure([8, 56, 56, 64], images, settings)),
  ];
}

async function measure(
  shape: readonly number[],
  cases: Readonly<Record<string, readonly [Ours, Theirs]>>,
  settings: Settings,
  suffix = "",
): Promise<Row[]> {
  const [x, y] = [1, 2].map((seed) => tl.random.uniform(shape, { seed, low: -2, high: 2 })) as [tl.Tensor, tl.Tensor]; // prettier-ignore
  const [tx, ty] = [x, y].map((one) => tf.tensor(one.dataSync() as Float32Array, [...shape])) as [tf.Tensor, tf.Tensor]; // prettier-ignore
  const rows: Row[] = [];
  for (const [name, [ours, theirs]] of Object.entries(cases)) {
    const [mine, other] = [ours(x, y), theirs(tx, ty)];
    checkEqual(name, mine.dataSync(), other.dataSync(), name.startsWith("sum") ? 100_000 : 20);
    mine.dispose();
    other.dispose();
    const contender = { name: "wasm", run: () => ours(x, y).dispose() };
    const peer = { name: "tfjs wasm", run: () => theirs(tx, ty).dispose() };
    rows.push(...(await compare("map", name + suffix, settings, contender, [peer])));
  }
  for (const one of [x, y, tx, ty]) one.dispose();
  return rows;
}
