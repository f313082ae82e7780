import * as tf from "@tensorflow/tfjs-core";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { conv2d, depthwiseConv2d, random, use, vjp, type Tensor } from "@tensorloom/tensor";
import { compare, type Row } from "./measure.ts";
import { checkEqual } from "./check.ts";
import { useTfjs } from "./tfjs.ts";

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

/** Convolutions and their gradients beside tfjs: it lacks the filter's gradient on WASM. */
export async function conv(): Promise<Row[]> {
  const rows: Row[] = [];
  await use(wasm());
  await useTfjs("wasm");
  for (const layer of layers) rows.push(...measure("wasm", layer));
  await use(cpu());
  await useTfjs("cpu");
  rows.push(...measure("cpu", { ...layers[1]!, name: "3x3 14² 64", size: 14, channels: 64, out: 64 })); // prettier-ignore
  return rows;
}

function measure(backend: "wasm" | "cpu", layer: Layer): Row[] {
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
  checkEqual(layer.name, y.dataSync(), expected.dataSync(), window * window * channels);
  const rows = [
    compare("conv", layer.name, { name: backend, run: () => forward(x, w).dispose() }, { name: `tfjs ${backend}`, run: () => theirs().dispose() }), // prettier-ignore
  ];
  if (backend === "wasm" && !isDepthwise) {
    const { pullback, dispose } = vjp((input) => forward(input, w), x);
    const gradient = (): tf.Tensor =>
      tf.engine().runKernel("Conv2DBackpropInput", { dy: expected, filter: tw }, { inputShape: tx.shape, strides: [stride, stride], pad: "same", dataFormat: "NHWC" }) as unknown as tf.Tensor; // prettier-ignore
    rows.push(
      compare("conv", `${layer.name}, gradient to the input`, { name: backend, run: () => pullback(y)[0]!.dispose() }, { name: "tfjs wasm", run: () => gradient().dispose() }), // prettier-ignore
    );
    dispose();
  }
  const filterGradient = vjp((filter) => forward(x, filter), w);
  rows.push(
    compare("conv", `${layer.name}, gradient to the filter`, { name: backend, run: () => filterGradient.pullback(y)[0]!.dispose() }, { name: "its own forward pass", run: () => forward(x, w).dispose() }), // prettier-ignore
  );
  filterGradient.dispose();
  for (const one of [x, w, y, tx, tw, expected]) one.dispose();
  return rows;
}
