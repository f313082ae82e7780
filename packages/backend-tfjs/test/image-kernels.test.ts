import * as tf from "@tensorflow/tfjs-core";
import { wasm } from "@tensorloom/backend-cpu";
import { beforeAll, expect, test, vi } from "vitest";
import { offerSoftwareAdapter } from "../../backend-gpu/test/software-adapter.ts";
import { CpuKernels } from "../src/kernels/cpu-kernels.ts";
import { register } from "../src/kernels/index.ts";

// Kernels with loops and shaders of their own, beside TensorFlow.js' cpu backend.

beforeAll(async () => {
  offerSoftwareAdapter();
  await register(tf, { backend: wasm({ threads: 1 }) });
  await register(tf, { backend: "webgpu" });
  await import("@tensorflow/tfjs-backend-cpu");
});

/** Values without a pattern in [-1, 1], the same everywhere. */
function values(shape: number[], seed: number): tf.Tensor {
  const data = Float32Array.from({ length: tf.util.sizeFromShape(shape) }, (_, i) =>
    Math.sin(1 + i * 12.9898 + seed * 78.233),
  );
  return tf.tensor(data, shape);
}

interface Seen {
  readonly shapes: number[][];
  readonly values: number[][];
}

/** Resolves to what a program computes on a backend. */
async function seenOn(backend: string, program: () => tf.Tensor | tf.Tensor[]): Promise<Seen> {
  await tf.setBackend(backend);
  const results = [tf.tidy(program)].flat();
  const seen = {
    shapes: results.map(({ shape }) => shape),
    values: await Promise.all(results.map(async (one) => Array.from(await one.data()))),
  };
  tf.dispose(results);
  return seen;
}

const image = (): tf.Tensor4D => values([2, 7, 5, 4], 0) as tf.Tensor4D;
const boxes: [number, number, number, number][] = [
  [0, 0, 1, 1],
  [0.9, 0.8, 0.1, 0.15],
  [-0.5, -0.2, 1.3, 1.1],
  [0.3, 0.3, 0.3, 0.3],
];
// No place lies halfway between two pixels, where float32 and float64 choose differently.
const turned = [0.913, -0.417, 1.31, 0.523, 1.117, -2.23, 0.0103, -0.0207];
const methods = ["bilinear", "nearest"] as const;

const programs: Record<string, () => tf.Tensor | tf.Tensor[]> = {
  ...Object.fromEntries(
    methods.map((method) => [
      `crops, ${method}`,
      () => tf.image.cropAndResize(image(), boxes, [0, 1, 1, 0], [4, 3], method, 7),
    ]),
  ),
  ...Object.fromEntries(
    methods.map((method) => [
      `crops of one pixel, ${method}`,
      () => tf.image.cropAndResize(image(), boxes, [0, 1, 1, 0], [1, 1], method),
    ]),
  ),
  ...Object.fromEntries(
    methods.flatMap((method) =>
      (["constant", "reflect", "wrap", "nearest"] as const).map((mode) => [
        `projections, ${method}, ${mode}`,
        (): tf.Tensor => {
          const first = tf.slice4d(image(), [0, 0, 0, 0], [1, 7, 5, 4]);
          return tf.image.transform(first, tf.tensor2d([turned]), method, mode, 3, [9, 8]);
        },
      ]),
    ),
  ),
  "a turn": () => tf.image.rotateWithOffset(image(), 0.7, [9, 8, 7], [0.4, 0.6]),
  "local responses": () => tf.localResponseNormalization(image(), 2, 1.5, 0.7, 0.75),
  "local responses, wider than the channels": () =>
    tf.localResponseNormalization(image(), 9, 1, 0.5, 0.5),
  "gradients of local responses": () => {
    const attributes = { depthRadius: 1, bias: 1.5, alpha: 0.7, beta: 0.75 };
    const [x, dy] = [image(), values([2, 7, 5, 4], 3)];
    const y = tf.localResponseNormalization(x, 1, 1.5, 0.7, 0.75);
    return tf.engine().runKernel("LRNGrad", { x, y, dy }, attributes) as tf.Tensor;
  },
  "the last update of a place wins": () => [
    tf.tensorScatterUpdate(
      values([3, 2, 2], 0),
      tf.tensor2d([[2], [0], [2], [2]], [4, 1], "int32"),
      values([4, 2, 2], 1),
    ),
    tf.sparseToDense(tf.tensor1d([3, 1, 3], "int32"), [1, 2, 5], [6], 9),
    tf.sparseToDense(
      tf.tensor2d([[0, 1], [1, 0], [0, 1]], [3, 2], "int32"), // prettier-ignore
      tf.tensor1d([true, true, false], "bool"),
      [2, 2],
      tf.scalar(true, "bool"),
    ),
  ],
  diagonals: () => tf.diag(values([2, 3], 0)),
  "a dilation": () => [
    tf.dilation2d(image(), values([3, 2, 4], 1) as tf.Tensor3D, [2, 1], "same", [1, 1]),
    tf.dilation2d(image(), values([2, 2, 4], 1) as tf.Tensor3D, 1, "valid", [2, 3]),
  ],
  "gradients of a dilation": () => {
    const filter = tf.round(tf.mul(values([3, 2, 4], 1), 2));
    // Many are equal: the first takes all.
    const inputs = { x: tf.round(tf.mul(image(), 2)), filter, dy: values([2, 4, 5, 4], 2) };
    const attributes = { strides: [2, 1], pad: "same", dilations: [1, 1] };
    return ["Dilation2DBackpropInput", "Dilation2DBackpropFilter"].map(
      (kernel) => tf.engine().runKernel(kernel, inputs, attributes) as tf.Tensor,
    );
  },
  counts: () => {
    const x = tf.tensor2d([[1, 3, 1], [0, 9, 3]], [2, 3], "int32"); // prettier-ignore
    const weights = tf.tensor2d([[0.5, 2, 3], [4, 5, 6]], [2, 3]); // prettier-ignore
    return [
      tf.denseBincount(x, weights, 4),
      tf.denseBincount(x, weights, 4, true),
      tf.denseBincount(x, [], 4),
      tf.bincount(tf.tensor1d([4, 4, 0], "int32"), [], 3),
    ];
  },
};

test.each(
  ["tensorloom-wasm", "tensorloom-webgpu"].flatMap((backend) =>
    Object.keys(programs).map((name) => [backend, name] as const),
  ),
)(
  // prettier-ignore
  "on %s, %s are as TensorFlow.js' cpu backend's",
  async (backend, name) => {
    const expected = await seenOn("cpu", programs[name]!);
    const fallback = vi.spyOn(CpuKernels.prototype, "run");
    const seen = await seenOn(backend, programs[name]!);
    expect(fallback).not.toHaveBeenCalled();
    fallback.mockRestore();
    expect(seen.shapes).toEqual(expected.shapes);
    seen.values.forEach((list, i) =>
      list.forEach((value, j) => {
        // float32 places of up to 8 pixels, off by some units of 2^-21, times steps of up to 2 between pixels.
        expect(Math.abs(value - expected.values[i]![j]!)).toBeLessThan(2e-5);
      }),
    );
  },
);

test("each image of a batch has a projection of its own", async () => {
  const { values: list } = await seenOn("tensorloom-wasm", () => {
    const both = tf.tensor2d([[1, 0, 0, 0, 1, 0, 0, 0], turned]);
    return [
      tf.image.transform(image(), both, "bilinear"),
      tf.image.transform(image(), tf.tensor2d([turned]), "bilinear"),
      image(),
    ];
  });
  const half = list[0]!.length / 2;
  expect(list[0]!.slice(0, half)).toEqual(list[2]!.slice(0, half));
  expect(list[0]!.slice(half)).toEqual(list[1]!.slice(half));
});

test.each([0, 0.3])("suppression keeps what TensorFlow.js' own keeps, sigma %d", async (sigma) => {
  const count = 300;
  const program = (): tf.Tensor[] => {
    const corners = values([count, 2], 1);
    const sizes = tf.mul(values([count, 2], 2), 0.4);
    const all = tf.concat([corners, tf.add(corners, sizes)], 1) as tf.Tensor2D;
    // Many are equal.
    const scores = tf.round(tf.mul(values([count], 3), 20)) as tf.Tensor1D;
    const soft = tf.image.nonMaxSuppressionWithScore(all, scores, 80, 0.4, -5, sigma);
    const padded = tf.image.nonMaxSuppressionPadded(all, scores, 290, 0.3, 2, true);
    return [
      tf.image.nonMaxSuppression(all, scores, 90, 0.5, -7),
      tf.image.nonMaxSuppression(all, scores, 300, 0),
      tf.image.nonMaxSuppression(tf.mul(all, tf.tensor2d([[1, 0.01, 1, 0.01]])), scores, 300, 0.1),
      ...[soft["selectedIndices"]!, soft["selectedScores"]!],
      ...[padded["selectedIndices"]!, padded["validOutputs"]!],
    ];
  };
  const expected = await seenOn("cpu", program);
  expect(expected.values[0]!.length).toBeGreaterThan(50);
  const fallback = vi.spyOn(CpuKernels.prototype, "run");
  expect(await seenOn("tensorloom-wasm", program)).toEqual(expected);
  expect(fallback).not.toHaveBeenCalled();
  fallback.mockRestore();
});
