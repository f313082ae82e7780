import * as tf from "@tensorflow/tfjs-core";
import { webgpu } from "@tensorloom/backend-gpu";
import { crossEntropy } from "@tensorloom/nn";
import { Adam } from "@tensorloom/optim";
import {
  conv2d,
  depthwiseConv2d,
  elementwise,
  matmul,
  random,
  tensor,
  tidy,
  use,
  vjp,
  type Tensor,
} from "@tensorloom/tensor";
import { checkEqual } from "./check.ts";
import { compare, type Row, type Settings } from "./measure.ts";
import { nodeGpu } from "./peers/node-gpu.ts";
import { tfjsCnnStep, type TfjsWeights } from "./peers/tfjs-cnn.ts";
import { useTfjsOnDevice } from "./peers/tfjs-webgpu.ts";
import { smallCnn } from "./small-cnn.ts";

/**
 * Our WebGPU backend beside that of TensorFlow.js, in Node, on one device that both share: products, convolutions and their
 * gradients, elementwise chains, folds, a training step, and what a dispatch costs in JavaScript. Each run waits until the
 * device has done its work; several operations a run where one is short.
 */
export async function webgpuBeside(settings: Settings): Promise<Row[]> {
  const found = await nodeGpu();
  if (found === undefined) {
    console.info("webgpu: left out, since there is no adapter");
    return [];
  }
  const { device, info } = found;
  console.info(`webgpu: ${info}`);
  const backend = await use(webgpu({ device }));
  const finishTfjs = await useTfjsOnDevice(device);
  const rows: Row[] = [];
  const race = async (
    name: string,
    repeats: number,
    mine: () => Tensor,
    theirs: () => tf.Tensor,
    terms: number,
  ): Promise<void> => {
    if (!settings.only.test(name)) return;
    const [a, b] = [mine(), theirs()];
    checkEqual(name, await a.data(), await b.data(), terms);
    a.dispose();
    b.dispose();
    const ours = async (): Promise<void> => {
      for (let i = 0; i < repeats; i++) mine().dispose();
      await backend.synchronize();
    };
    const peer = async (): Promise<void> => {
      for (let i = 0; i < repeats; i++) theirs().dispose();
      await finishTfjs();
    };
    const measured = await compare("webgpu", name, settings, { name: "webgpu", run: ours }, [
      { name: "tfjs webgpu", run: peer },
    ]);
    for (const row of measured) {
      const { oursMs, peerMs, oursCpuMs, peerCpuMs } = row;
      const each = { oursMs, peerMs, oursCpuMs, peerCpuMs };
      for (const key of Object.keys(each) as (keyof typeof each)[]) each[key] /= repeats;
      rows.push({ ...row, ...each });
    }
  };
  await products(race, backend.info().features.includes("software"));
  await convolutions(race);
  await elementwiseAndFolds(race);
  await dispatches(race);
  rows.push(...(await training(settings)));
  return rows;
}

type Race = (
  name: string,
  repeats: number,
  mine: () => Tensor,
  theirs: () => tf.Tensor,
  terms: number,
) => Promise<void>;

async function both(
  shape: number[],
  seed: number,
): Promise<{ readonly mine: Tensor; readonly theirs: tf.Tensor }> {
  const mine = random.uniform(shape, { seed, low: -1 });
  return { mine, theirs: tf.tensor((await mine.data()) as Float32Array, shape) };
}

async function products(race: Race, isSoftware: boolean): Promise<void> {
  for (const [m, k, n] of [
    [256, 256, 256],
    [512, 512, 512],
    [1024, 1024, 1024],
    [1, 1024, 1024],
    [1024, 1024, 1],
    [64, 4096, 64],
    // Seconds on a software adapter: for GPUs, to see their share of the peak.
    ...(isSoftware ? [] : [[4096, 4096, 4096] as const]),
  ] as const) {
    const a = await both([m, k], 1);
    const b = await both([k, n], 2);
    await race(
      `${m} x ${k} by ${k} x ${n}`,
      m * k * n > 2 ** 26 ? 1 : 4,
      () => matmul(a.mine, b.mine),
      () => tf.matMul(a.theirs as tf.Tensor2D, b.theirs as tf.Tensor2D),
      k,
    );
  }
  const a = await both([512, 512], 1);
  const b = await both([512, 512], 2);
  await race(
    "512², aᵀ and bᵀ",
    2,
    () => tidy(() => matmul(a.mine.transpose(), b.mine.transpose())),
    () => tf.matMul(a.theirs as tf.Tensor2D, b.theirs as tf.Tensor2D, true, true),
    512,
  );
}

/** Of ResNet-18, MobileNet, and the stem of a ResNet; one image each. */
const layers = [
  { name: "3x3 56² 64", size: 56, channels: 64, out: 64, window: 3, stride: 1 },
  { name: "3x3 28² 128", size: 28, channels: 128, out: 128, window: 3, stride: 1 },
  { name: "3x3 14² 256", size: 14, channels: 256, out: 256, window: 3, stride: 1 },
  { name: "3x3 7² 512", size: 7, channels: 512, out: 512, window: 3, stride: 1 },
  { name: "1x1 28² 128", size: 28, channels: 128, out: 256, window: 1, stride: 1 },
  { name: "7x7 stem 224² 3", size: 224, channels: 3, out: 64, window: 7, stride: 2 },
  { name: "depthwise 3x3 56² 128", size: 56, channels: 128, out: 0, window: 3, stride: 1 },
] as const;

async function convolutions(race: Race): Promise<void> {
  for (const { name, size, channels, out, window, stride } of layers) {
    const isDepthwise = out === 0;
    const x = await both([1, size, size, channels], 1);
    const w = await both(
      [window, window, isDepthwise ? 1 : channels, isDepthwise ? channels : out],
      2,
    );
    const options = { stride, padding: "same" } as const;
    const [tx, tw] = [x.theirs as tf.Tensor4D, w.theirs as tf.Tensor4D];
    const theirFilter = isDepthwise
      ? tf.reshape<tf.Rank.R4>(tw, [window, window, channels, 1])
      : tw;
    await race(
      name,
      1,
      () => (isDepthwise ? depthwiseConv2d : conv2d)(x.mine, w.mine, options),
      () =>
        isDepthwise
          ? tf.depthwiseConv2d(tx, theirFilter, stride, "same")
          : tf.conv2d(tx, theirFilter, stride, "same"),
      window * window * channels,
    );
    if (isDepthwise) continue;
    const y = conv2d(x.mine, w.mine, options);
    const dy = tf.tensor4d(
      (await y.data()) as Float32Array,
      y.shape as [number, number, number, number],
    );
    const common = { strides: [stride, stride], pad: "same", dataFormat: "NHWC" };
    const toInput = vjp((input) => conv2d(input, w.mine, options), x.mine);
    await race(
      `${name}, gradient to the input`,
      1,
      () => toInput.pullback(y)[0]!,
      () =>
        tf.engine().runKernel("Conv2DBackpropInput", { dy, filter: tw }, { ...common, inputShape: tx.shape }) as unknown as tf.Tensor, // prettier-ignore
      window * window * out * 30,
    );
    toInput.dispose();
    const toFilter = vjp((filter) => conv2d(x.mine, filter, options), w.mine);
    await race(
      `${name}, gradient to the filter`,
      1,
      () => toFilter.pullback(y)[0]!,
      () =>
        tf.engine().runKernel("Conv2DBackpropFilter", { x: tx, dy }, { ...common, filterShape: tw.shape }) as unknown as tf.Tensor, // prettier-ignore
      size * size * 30,
    );
    toFilter.dispose();
  }
}

const chainOfFive = elementwise((u, v) => u.mul(v).add(u).relu().sub(v).mul(u));

async function elementwiseAndFolds(race: Race): Promise<void> {
  const x = await both([1000, 1000], 1);
  const y = await both([1000, 1000], 2);
  const [a, b] = [x.theirs, y.theirs];
  await race(
    "add of 10^6",
    4,
    () => x.mine.add(y.mine),
    () => tf.add(a, b),
    1,
  );
  await race(
    "a chain of five, 10^6",
    2,
    () => chainOfFive(x.mine, y.mine),
    () => tf.tidy(() => tf.mul(tf.sub(tf.relu(tf.add(tf.mul(a, b), a)), b), a)),
    2,
  );
  await race(
    "sum of 1000 x 1000 over rows",
    4,
    () => x.mine.sum(1),
    () => tf.sum(a, 1),
    1000,
  );
  await race(
    "sum over columns",
    4,
    () => x.mine.sum(0),
    () => tf.sum(a, 0),
    1000,
  );
  await race(
    "sum over all",
    4,
    () => x.mine.sum(),
    () => tf.sum(a),
    10_000,
  );
  await race(
    "softmax",
    2,
    () => x.mine.softmax(),
    () => tf.softmax(a),
    1,
  );
  await race(
    "transpose",
    2,
    () => tidy(() => x.mine.transpose().add(0)),
    () => tf.transpose(a),
    1,
  );
}

async function dispatches(race: Race): Promise<void> {
  const x = tensor([1, 2, 3, 4]);
  const theirs = tf.tensor1d([1, 2, 3, 4]);
  await race(
    "add of 4 elements, one of 1000",
    1000,
    () => x.add(x),
    () => tf.add(theirs, theirs),
    1,
  );
}

/** The small convolutional network of the `train` suite: forward, backward, Adam, and the loss read back. */
async function training(settings: Settings): Promise<Row[]> {
  const batch = 64;
  const x = random.uniform([batch, 28, 28, 1], { seed: 1 });
  const labels = random.randint(0, 10, [batch], { seed: 2 });
  const model = smallCnn();
  const [w1, b1, w2, b2, w3, b3] = model.parameters().map(({ value }) => value) as Tensor[];
  const weights = await Promise.all(
    [w1!, b1!, w2!, b2!, w3!.transpose(), b3!, x].map(async (one): Promise<TfjsWeights> => {
      return { values: (await one.data()) as Float32Array, shape: one.shape };
    }),
  );
  const onehot = new Float32Array(batch * 10);
  (await labels.data()).forEach((label, i) => (onehot[10 * i + label] = 1));
  const theirs = await tfjsCnnStep(
    weights.slice(0, -1),
    weights.at(-1)!,
    { values: onehot, shape: [batch, 10] },
    "current",
  );
  const optimizer = new Adam(model, { learningRate: 1e-3 });
  const mine = async (): Promise<number> => {
    const loss = optimizer.minimize(() => crossEntropy(model.forward(x), labels));
    const value = await loss.itemAsync();
    loss.dispose();
    return value;
  };
  const name = "CNN: conv 8, pool, conv 16, pool, dense; batch 64";
  if (!settings.only.test(name)) return [];
  for (let step = 1; step <= 3; step++) {
    checkEqual(`${name}, step ${step}`, [await mine()], [await theirs()], 100);
  }
  const peer = { name: "tfjs webgpu", run: async () => void (await theirs()) };
  return compare("webgpu", name, settings, { name: "webgpu", run: async () => void (await mine()) }, [peer]); // prettier-ignore
}
