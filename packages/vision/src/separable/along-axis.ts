// One axis of a separable operation, for WebGPU: a thread an element.
import { customKernel, shaderGrid, tensor, type Tensor } from "@tensorloom/tensor";
import type { Taps } from "./taps.ts";

/** Inputs: `[outer, from, inner]` float32, starts, indices, weights; the result is `[outer, to, inner]`. */
const kernel = customKernel({
  name: "separable",
  wgsl: ([x], [out]) => {
    const [outer, to, inner] = out!.shape as [number, number, number];
    const { workgroups, begin } = shaderGrid(outer * to * inner);
    return {
      workgroups,
      source: `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> starts: array<i32>;
@group(0) @binding(2) var<storage, read> indices: array<i32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;
${begin}
  let line = i / ${inner}u;
  let begin = (line / ${to}u) * ${x!.shape[1]! * inner}u + i % ${inner}u;
  let place = line % ${to}u;
  var sum = 0.0;
  for (var tap = starts[place]; tap < starts[place + 1u]; tap++) {
    sum += weights[tap] * x[begin + u32(indices[tap]) * ${inner}u];
  }
  result[i] = sum;
}`,
    };
  },
});

/** Returns `x`, float32, with the elements of an axis made of taps; on a device. */
export function applyAlongAxis(x: Tensor, axis: number, taps: Taps): Tensor {
  const shape = x.shape.with(axis, taps.to);
  const sizeOf = (axes: readonly number[]): number => axes.reduce((a, b) => a * b, 1);
  const outer = sizeOf(x.shape.slice(0, axis));
  const inner = sizeOf(x.shape.slice(axis + 1));
  // A binding has at least one element.
  const tables = [
    tensor(taps.starts),
    tensor(taps.indices.length === 0 ? new Int32Array(1) : taps.indices),
    tensor(Float32Array.from(taps.weights.length === 0 ? [0] : taps.weights)),
  ];
  const [result] = kernel(
    [x.reshape([outer, taps.from, inner]), ...tables],
    [{ shape: [outer, taps.to, inner], dtype: "float32" }],
  );
  return result!.reshape(shape);
}
