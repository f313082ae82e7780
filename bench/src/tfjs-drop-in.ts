import * as tf from "@tensorflow/tfjs-core";
import { wasm } from "@tensorloom/backend-cpu";
import { register } from "@tensorloom/backend-tfjs/kernels";
import { checkEqual } from "./check.ts";
import { compare, type Contender, type Row, type Settings } from "./measure.ts";
import { dropInKernels } from "./tfjs-drop-in-kernels.ts";
import { tfjsCnnStep, type TfjsWeights } from "./peers/tfjs-cnn.ts";
import { useTfjs } from "./peers/tfjs.ts";

/** Programs of TensorFlow.js, on our kernels and on its own engines: the same calls of the same functions. */
export async function tfjsDropIn(settings: Settings): Promise<Row[]> {
  await useTfjs("cpu");
  await useTfjs("wasm");
  const ours = await register(tf, { backend: wasm({ threads: settings.threads }) });
  return [
    ...(await mobileNet(ours, { alpha: 1, side: 224 }, settings)),
    ...(await mobileNet(ours, { alpha: 0.25, side: 128 }, settings)),
    ...(await training(ours, settings)),
    ...(await dropInKernels(ours, settings)),
  ];
}

/** Makes one of the backends, all of which have been started, the current one: that takes effect at once. */
function on<T>(backend: string, work: () => T): T {
  void tf.setBackend(backend);
  return work();
}

/** MobileNet (Howard et al. 2017, table 1): the output channels of each block, and the step of its depthwise convolution. */
export const blocks: readonly (readonly [channels: number, step: 1 | 2])[] = [
  ...([[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2]] as const), // prettier-ignore
  ...Array.from({ length: 5 }, () => [512, 1] as const),
  ...([[1024, 2], [1024, 1]] as const), // prettier-ignore
];

async function mobileNet(
  ours: string,
  { alpha, side }: { readonly alpha: number; readonly side: number },
  settings: Settings,
): Promise<Row[]> {
  const name = `MobileNet ${alpha}, ${side}², batch 1`;
  if (!settings.only.test(name)) return [];
  const engines = [ours, "wasm"];
  tf.engine().startScope();
  const networks = engines.map((engine) => on(engine, () => mobileNetOf(alpha, side)));
  const results = engines.map((engine, i) =>
    on(engine, () => tf.tidy(() => networks[i]!().dataSync())),
  );
  checkEqual(name, results[0]!, results[1]!, 1);
  const contenders = engines.map((engine, i): Contender => {
    const run = (): void => on(engine, () => tf.tidy(() => void networks[i]!().dataSync()));
    return { name: engine === ours ? "tensorloom-wasm" : `tfjs ${engine}`, run };
  });
  const rows = await compare("tfjs-drop-in", name, settings, contenders[0]!, contenders.slice(1));
  tf.engine().endScope();
  return rows;
}

/** Returns the network as a converted graph runs it: normalisation folded into filters and biases, activations fused. */
function mobileNetOf(alpha: number, side: number): () => tf.Tensor {
  const bias = (channels: number): tf.Tensor => values([channels], 0.1);
  const scaled = (channels: number): number => Math.round(channels * alpha);
  const first = { filter: values([3, 3, 3, scaled(32)], 1), bias: bias(scaled(32)) };
  let inChannels = scaled(32);
  const layers = blocks.map(([channels, step]) => {
    const outChannels = scaled(channels);
    const layer = {
      step,
      depthwise: { filter: values([3, 3, inChannels, 1], 1), bias: bias(inChannels) },
      pointwise: {
        filter: values([1, 1, inChannels, outChannels], 1),
        bias: bias(outChannels),
      },
    };
    inChannels = outChannels;
    return layer;
  });
  const last = { matrix: values([inChannels, 1000], 1), bias: bias(1000) };
  const x = values([1, side, side, 3], 1) as tf.Tensor4D;
  return () => {
    const options = { pad: "same", activation: "relu6" } as const;
    let h = tf.fused.conv2d({ x, ...first, strides: 2, ...options } as never) as tf.Tensor4D;
    for (const { step, depthwise, pointwise } of layers) {
      h = tf.fused.depthwiseConv2d({ x: h, ...depthwise, strides: step, ...options } as never);
      h = tf.fused.conv2d({ x: h, ...pointwise, strides: 1, ...options } as never);
    }
    const pooled = tf.mean(h, [1, 2]) as tf.Tensor2D;
    const logits = tf.fused.matMul({ a: pooled, b: last.matrix as tf.Tensor2D, bias: last.bias });
    return tf.softmax(logits);
  };
}

/** Values without a pattern, whose sums over a filter's taps stay near 1. */
function values(shape: number[], size: number): tf.Tensor {
  const count = tf.util.sizeFromShape(shape);
  const scale = size * Math.sqrt(2 / Math.max(1, tf.util.sizeFromShape(shape.slice(0, -1))));
  return tf.tensor(
    Float32Array.from({ length: count }, (_, i) => scale * Math.sin(i * 12.9898 + count)),
    shape,
  );
}

async function training(ours: string, settings: Settings): Promise<Row[]> {
  const name = "CNN: conv 8, pool, conv 16, pool, dense; batch 64, Adam";
  if (!settings.only.test(name)) return [];
  const batch = 64;
  const random = (shape: number[], size: number): TfjsWeights =>
    on("cpu", () => {
      const tensor = values(shape, size);
      return { shape, values: tensor.dataSync() as Float32Array };
    });
  const start = [
    ...[random([3, 3, 1, 8], 1), random([8], 0.1), random([3, 3, 8, 16], 1), random([16], 0.1)],
    ...[random([400, 10], 1), random([10], 0.1)],
  ];
  const labels = new Float32Array(batch * 10);
  for (let i = 0; i < batch; i++) labels[10 * i + (i % 10)] = 1;
  const onehot = { values: labels, shape: [batch, 10] };
  const images = random([batch, 28, 28, 1], 4);
  const steps = new Map<string, () => Promise<number>>();
  for (const engine of [ours, "cpu"]) {
    void tf.setBackend(engine);
    steps.set(engine, await tfjsCnnStep(start, images, onehot, "current"));
  }
  steps.set("wasm", await tfjsCnnStep(start, images, onehot, "wasm"));
  const step = (engine: string): Promise<number> => on(engine, () => steps.get(engine)!());
  for (let i = 1; i <= 3; i++) {
    const loss = await step(ours);
    for (const engine of ["cpu", "wasm"]) {
      checkEqual(`${name}, step ${i}, ${engine}`, [loss], [await step(engine)], 100);
    }
  }
  const contender = (label: string, engine: string): Contender => ({
    name: label,
    run: async () => void (await step(engine)),
  });
  return compare("tfjs-drop-in", name, settings, contender("tensorloom-wasm", ours), [
    contender("tfjs cpu", "cpu"),
    contender("tfjs wasm, hand-made gradients", "wasm"),
  ]);
}
