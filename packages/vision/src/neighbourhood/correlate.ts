import { customGrad, customKernel, pad, tensor, type Tensor } from "@tensorloom/tensor";
import { besides, toBytes } from "../image/images.ts";
import { planRows, visionModule } from "../wasm/module.ts";
import { perElement } from "./per-element.ts";

/** A window of weights. */
export interface Neighbourhood {
  readonly height: number;
  readonly width: number;
  /** Row by row. */
  readonly weights: Float64Array;
}

type Quad = readonly [batch: number, height: number, width: number, channels: number];

/** Inputs: padded images, int32 offsets of the taps, their weights. */
const kernel = customKernel({
  name: "correlate",
  host([x, offsets, weights], [out]) {
    const [, paddedHeight, paddedWidth, channels] = x!.shape as Quad;
    const [batch, height, width] = out!.shape as Quad;
    const [from, to] = [x!.data, out!.data];
    const taps = offsets!.data.length;
    const elements = width * channels;
    const line = new Float64Array(elements);
    for (let row = 0; row < batch * height; row++) {
      const at = Math.floor(row / height) * paddedHeight + (row % height);
      line.fill(0);
      for (let tap = 0; tap < taps; tap++) {
        const weight = weights!.data[tap]!;
        const begin = at * paddedWidth * channels + offsets!.data[tap]!;
        for (let e = 0; e < elements; e++) line[e]! += weight * from[begin + e]!;
      }
      to.set(to instanceof Uint8Array ? new Uint8ClampedArray(line) : line, row * elements);
    }
  },
  wasm: {
    module: visionModule,
    plan([x, offsets, weights], [out], _, threads) {
      if (x!.dtype === "float64" || out!.dtype === "float64") return undefined;
      const [, paddedHeight, paddedWidth, channels] = x!.shape as Quad;
      const [batch, height, width] = out!.shape as Quad;
      const taps = offsets!.shape[0]!;
      const elements = width * channels;
      const job = {
        run: "correlate",
        rows: batch * height,
        operations: elements * taps,
        workspace: 5 * (elements + 64) + 8 * (taps + 2),
      };
      return planRows(job, threads, (first, count) => [
        ...[x!.address, Number(x!.dtype === "uint8")],
        ...[out!.address, Number(out!.dtype === "uint8"), first, count, height, elements],
        ...[paddedHeight - height, (paddedWidth - width) * channels],
        ...[offsets!.address, weights!.address, taps],
      ]);
    },
  },
  wgsl: ([x, offsets], [out]) =>
    perElement([x!, offsets!], out!, {
      bindings: `@group(0) @binding(1) var<storage, read> offsets: array<i32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;`,
      body: `var sum = 0.0;
  for (var tap = 0u; tap < ${offsets!.shape[0]!}u; tap++) {
    sum += weights[tap] * x[base + u32(offsets[tap])];
  }
  result[at] = sum;`,
    }),
});

/**
 * Returns the weighted sums of windows that lie inside padded images.
 *
 * @param x - `[batch, height + window - 1, width + window - 1, channels]`
 * @param window - the weights
 * @param dtype - the result's
 */
export function correlate(
  x: Tensor,
  window: Neighbourhood,
  dtype: "uint8" | "float32" | "float64",
): Tensor {
  const { height, width, weights } = window;
  const forward = customGrad(
    (images) =>
      besides(images, () => {
        const [batch, paddedHeight, paddedWidth, channels] = images.shape as unknown as Quad;
        const shape = [batch, paddedHeight - height + 1, paddedWidth - width + 1, channels];
        const taps = Array.from(weights, (weight, k) => ({ weight, k })).filter(
          ({ weight, k }) => weight !== 0 || k === 0,
        );
        const offsets = taps.map(
          ({ k }) => (Math.floor(k / width) * paddedWidth + (k % width)) * channels,
        );
        const factors = taps.map(({ weight }) => weight);
        const tables = [
          tensor(Int32Array.from(offsets)),
          tensor(dtype === "float64" ? Float64Array.from(factors) : Float32Array.from(factors)),
        ];
        if (images.isOnHost) return kernel([images, ...tables], [{ shape, dtype }])[0]!;
        const floats = images.dtype === "float32" ? images : images.astype("float32");
        const [result] = kernel([floats, ...tables], [{ shape, dtype: "float32" }]);
        return dtype === "uint8" ? toBytes(result!) : result!;
      }),
    (gradient) =>
      besides(gradient, () => {
        const around = [height - 1, width - 1].map((n) => [n, n] as const);
        const padded = pad(gradient, [[0, 0], ...around, [0, 0]]);
        return correlate(padded, { height, width, weights: weights.toReversed() }, gradient.dtype as "float32"); // prettier-ignore
      }),
  );
  return forward(x);
}
