import * as tf from "@tensorflow/tfjs-core";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { conv2d, depthwiseConv2d, random, tidy, use, vjp, type Tensor } from "@tensorloom/tensor";
import { compare, type Contender, type Row, type Settings } from "./measure.ts";
import { contenderOf, onnxPeer, type OnnxPeer } from "./peers/onnx.ts";
import { checkEqual } from "./check.ts";
import { useTfjs } from "./peers/tfjs.ts";

interface Layer {
  readonly name: string;
  readonly size: number;
  readonly channels: number;
  readonly out: number;
  readonly window: number;
  readonly stride: number;
  readonly isDepthwise?: boolean;
}

/** Of ResNet-18, MobileNet, and the stem of a ResNet; one image each. */
const layers: readonly Layer[] = [
  { name: "3x3 56² 64", size: 56, channels: 64, out: 64, window: 3, stride: 1 },
  { name: "3x3 28² 128", size: 28, channels: 128, out: 128, window: 3, stride: 1 },
  { name: "3x3 14² 256", size: 14, channels: 256, out: 256, window: 3, stride: 1 },
  { name: "3x3 7² 512", size: 7, channels: 512, out: 512, window: 3, stride: 1 },
  { name: "1x1 28² 128", size: 28, channels: 128, out: 256, window: 1, stride: 1 },
  { name: "7x7 stem 224² 3", size: 224, channels: 3, out: 64, window: 7, stride: 2 },
  { name: "depthwise 3x3 56² 128", size: 56, channels: 128, out: 128, window: 3, stride: 1, isDepthwise: true }, // prettier-ignore
];

/**
 * Convolutions beside every peer that has them fast (jax-js convolves at a hundredth of its products' speed), and their
 * gradients: to the input beside tfjs, to the filter, which tfjs lacks on WASM, beside our own forward pass.
 */
export async function conv(settings: Settings): Promise<Row[]> {
  const rows: Row[] = [];
  await use(wasm({ threads: settings.threads }));
  await useTfjs("wasm");
  for (const layer of layers) rows.push(...(await measure("wasm", layer, settings)));
  if (settings.threads > 1) return rows;
  await use(cpu());
  await useTfjs("cpu");
  const small = { ...layers[1]!, name: "3x3 14² 64, plain TypeScript", size: 14, channels: 64, out: 64 }; // prettier-ignore
  rows.push(...(await measure("cpu", small, settings)));
  return rows;
}

async function measure(backend: "wasm" | "cpu", layer: Layer, settings: Settings): Promise<Row[]> {
  const { size, channels, out, window, stride, isDepthwise = false } = layer;
  const x = random.uniform([1, size, size, channels], { seed: 1, low: -1 });
  const w = random.uniform([window, window, isDepthwise ? 1 : channels, out], { seed: 2, low: -1 });
  const run = isDepthwise ? depthwiseConv2d : conv2d;
  const forward = (input: Tensor, filter: Tensor): Tensor =>
    run(input, filter, { stride, padding: "same" });
  const tx = tf.tensor4d(x.dataSync() as Float32Array, [1, size, size, channels]);
  const filterShape: [number, number, number, number] = isDepthwise
    ? [window, window, channels, 1]
    : [window, window, channels, out];
  const tw = tf.tensor4d(w.dataSync() as Float32Array, filterShape);
  const theirs = (): tf.Tensor4D =>
    isDepthwise ? tf.depthwiseConv2d(tx, tw, stride, "same") : tf.conv2d(tx, tw, stride, "same");
  const y = forward(x, w);
  const expected = theirs();
  const terms = window * window * channels;
  checkEqual(layer.name, y.dataSync(), expected.dataSync(), terms);
  const onnx = backend === "wasm" ? await onnxPeers(layer, x, w, y, settings) : [];
  const peers: Contender[] = [
    { name: `tfjs ${backend}`, run: () => theirs().dispose() },
    ...onnx.map(contenderOf),
  ];
  const mine = { name: backend, run: () => forward(x, w).dispose() };
  const rows = await compare("conv", layer.name, settings, mine, peers);
  for (const peer of onnx) await peer.release();
  if (backend === "wasm" && !isDepthwise) {
    const { pullback, dispose } = vjp((input) => forward(input, w), x);
    const gradient = (): tf.Tensor =>
      tf.engine().runKernel("Conv2DBackpropInput", { dy: expected, filter: tw }, { inputShape: tx.shape, strides: [stride, stride], pad: "same", dataFormat: "NHWC" }) as unknown as tf.Tensor; // prettier-ignore
    const back = { name: backend, run: () => pullback(y)[0]!.dispose() };
    const other = { name: "tfjs wasm", run: () => gradient().dispose() };
    rows.push(...(await compare("conv", `${layer.name}, gradient to the input`, settings, back, [other]))); // prettier-ignore
    dispose();
  }
  const { pullback, dispose } = vjp((filter) => forward(x, filter), w);
  const back = { name: backend, run: () => pullback(y)[0]!.dispose() };
  const own = { name: "our forward pass", run: () => forward(x, w).dispose() };
  rows.push(...(await compare("conv", `${layer.name}, gradient to the filter`, settings, back, [own]))); // prettier-ignore
  dispose();
  for (const one of [x, w, y, tx, tw, expected]) one.dispose();
  return rows;
}

/** ONNX Runtime convolves NCHW by OIHW. */
async function onnxPeers(
  layer: Layer,
  x: Tensor,
  w: Tensor,
  y: Tensor,
  settings: Settings,
): Promise<OnnxPeer[]> {
  const { size, channels, out, window, stride, isDepthwise = false, name } = layer;
  const first = (t: Tensor): Float32Array =>
    tidy(() => t.transpose([0, 3, 1, 2]).dataSync() as Float32Array);
  const filter = tidy(() => w.transpose([3, 2, 0, 1]).dataSync() as Float32Array);
  const outSize = y.shape[1]!;
  const total = Math.max(0, (outSize - 1) * stride + window - size);
  const [before, after] = [Math.floor(total / 2), Math.ceil(total / 2)];
  const peers: OnnxPeer[] = [];
  for (const kind of ["web", "native"] as const) {
    const peer = await onnxPeer(
      kind,
      settings.threads,
      {
        operator: "Conv",
        attributes: {
          ...{ kernel_shape: [window, window], strides: [stride, stride] },
          ...{ pads: [before, before, after, after], group: isDepthwise ? channels : 1 },
        },
        inputs: [{ name: "x", shape: [1, channels, size, size] }],
        weights: [{ name: "w", shape: [out, isDepthwise ? 1 : channels, window, window], data: filter }], // prettier-ignore
        output: [1, out, outSize, outSize],
      },
      [first(x)],
    );
    checkEqual(`${peer.name} ${name}`, await peer.run(), first(y), window * window * channels);
    peers.push(peer);
  }
  return peers;
}
