// What TensorFlow.js' webgpu engine computes without waiting for it.
import { env } from "@tensorflow/tfjs-core";
import { conv2d, depthwiseConv2d, grad, ones, random, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, expect, test, vi } from "vitest";
import { HostFallback } from "../src/engine/host-fallback.ts";
import { tfjs } from "../src/index.ts";
import { offerWebGpu } from "./with-tfjs-webgpu.ts";

offerWebGpu();
beforeAll(async () => {
  await use(tfjs({ engine: "webgpu" }));
  env().set("WEBGPU_CPU_FORWARD", false);
});

const image = [2, 6, 6, 4];
const draw = (shape: number[]): Tensor => ones(shape);

const programs: Record<string, (x: Tensor) => Tensor> = {
  "depthwise convolutions' gradients": grad((x) =>
    depthwiseConv2d(x, draw([3, 3, 4, 2]), { stride: 2, padding: 1 }).sum(),
  ),
  "grouped convolutions' gradients": grad((x) =>
    conv2d(x, draw([3, 3, 2, 6]), { groups: 2, padding: 1 }).sum(),
  ),
  "dilated convolutions' gradients": grad((x) =>
    conv2d(x, draw([3, 3, 4, 2]), { dilation: 2 }).sum(),
  ),
  "gradients to filters": (x) =>
    grad((w) => depthwiseConv2d(x, w, { padding: "same" }).sum())(draw([3, 3, 4, 1])),
  sorting: (x) => x.sort({ axis: 1, descending: true }),
  "running sums": (x) => x.cumsum(1, { reverse: true, exclusive: true }),
  "indexed sums": grad((x) => x.gather([[1, 0], [1, 1]], 0).square().sum()), // prettier-ignore
};

test.each(Object.keys(programs))("%s stay on the device", async (name) => {
  const x = random.uniform(image, { seed: 1 });
  await x.data();
  const waits = vi.spyOn(HostFallback.prototype, "runLater");
  await programs[name]!(x).data();
  // Indices are integers: what counts them from the front, and flattens them, runs on the host.
  const expected = name === "indexed sums" ? ["map", "map"] : [];
  expect(waits.mock.calls.map(([family]) => family)).toEqual(expected);
  waits.mockRestore();
});
