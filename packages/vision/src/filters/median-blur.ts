import { customKernel, type HostArray, type Tensor } from "@tensorloom/tensor";
import { padded } from "../geometry/pad.ts";
import { borderOf, type BorderOptions } from "../image/border.ts";
import { onImages } from "../image/images.ts";
import { perElement } from "../neighbourhood/per-element.ts";
import { planRows, visionModule } from "../wasm/module.ts";
import { oddSize } from "./kernel-size.ts";

/** What {@link medianBlur} takes. */
export interface MedianBlurOptions extends BorderOptions {
  /** The side of the window, odd. */
  readonly kernelSize: number;
}

type Quad = readonly [batch: number, height: number, width: number, channels: number];

/** Input: padded images. Parameter: the window's side. */
const kernel = customKernel({
  name: "medianBlur",
  host([x], [out], [size]) {
    (x!.data instanceof Uint8Array ? mediansOfBytes : mediansOfFloats)(x!, out!, size!);
  },
  wasm: {
    module: visionModule,
    plan([x], [out], [size], threads) {
      if (x!.dtype === "float64" || size! > 5) return undefined;
      const [batch, height, width, channels] = out!.shape as Quad;
      const isBytes = x!.dtype === "uint8";
      const elements = width * channels;
      const bytes = (elements + (size! - 1) * channels) * (isBytes ? 1 : 4) + 64;
      const job = {
        run: "median",
        rows: batch * height,
        operations: (elements * (isBytes ? 1 : 4) * size!) / 4,
        workspace: (size! + 1) * bytes,
      };
      return planRows(job, threads, (first, count) => [
        ...[x!.address, Number(isBytes), out!.address, first, count, height, elements],
        ...[channels, size!],
      ]);
    },
  },
  // The bits of the median from the highest on, each by counting: floats are ordered as whole numbers once their sign is
  // turned round.
  wgsl: ([x], [out], [size]) =>
    perElement([x!], out!, {
      functions: `fn key(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  return select(bits ^ 0x80000000u, ~bits, (bits >> 31u) == 1u);
}`,
      body: `var found = 0u;
  for (var bit = 31; bit >= 0; bit--) {
    let candidate = found | (1u << u32(bit));
    var below = 0u;
    for (var i = 0u; i < ${size}u; i++) {
      for (var j = 0u; j < ${size}u; j++) {
        below += select(0u, 1u, key(x[base + i * step + j * ${out!.shape[3]}u]) < candidate);
      }
    }
    if (below <= ${(size! * size! - 1) / 2}u) { found = candidate; }
  }
  result[at] = bitcast<f32>(select(~found, found ^ 0x80000000u, (found >> 31u) == 1u));`,
    }),
});

/**
 * Returns images whose every element is the median of a window around it.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param options - the window's side, border (`"replicate"` by default, as OpenCV always has it)
 * @returns the shape and dtype of `x`
 * @throws `ShapeError` for another rank; `ArgumentError` for a side that is not odd
 *
 * It has no gradient. Sides of 3 and 5 go by sorting networks, with a vector of elements at a time on wasm. Source:
 * OpenCV's medianBlur.
 *
 * @example
 * medianBlur(tensor([[[1], [9], [2], [3]]]), { kernelSize: 3 }).toString(); // => [[[1], [2], [3], [3]]]
 */
export function medianBlur(x: Tensor, options: MedianBlurOptions): Tensor {
  const { border, value } = borderOf("medianBlur", { border: "replicate", ...options });
  const size = oddSize("medianBlur", options.kernelSize);
  const reach = (size - 1) / 2;
  return onImages("medianBlur", x, ({ batch }) => {
    const isDeviceBytes = !x.isOnHost && x.dtype === "uint8";
    const floats = isDeviceBytes ? batch.astype("float32") : batch;
    const whole = padded(floats, [reach, reach], [reach, reach], { border, value });
    const [result] = kernel([whole], [{ shape: batch.shape, dtype: floats.dtype }], [size]);
    return isDeviceBytes ? result!.astype("uint8") : result!;
  });
}

/** A histogram moves along each line, and loses and gains a column a step: Huang, Yang and Tang 1979. */
function mediansOfBytes(x: HostArray, out: HostArray, size: number): void {
  const [, paddedHeight, paddedWidth, channels] = x.shape as Quad;
  const [batch, height, width] = out.shape as Quad;
  const [from, to] = [x.data, out.data];
  const half = (size * size + 1) / 2;
  const counts = new Int32Array(256);
  for (let row = 0; row < batch * height; row++) {
    const top = Math.floor(row / height) * paddedHeight + (row % height);
    for (let c = 0; c < channels; c++) {
      counts.fill(0);
      const count = (column: number, by: number): void => {
        for (let i = 0; i < size; i++) {
          counts[from[((top + i) * paddedWidth + column) * channels + c]!]! += by;
        }
      };
      for (let column = 0; column < size - 1; column++) count(column, 1);
      for (let column = 0; column < width; column++) {
        count(column + size - 1, 1);
        let median = 0;
        for (let below = counts[0]!; below < half; below += counts[++median]!);
        to[(row * width + column) * channels + c] = median;
        count(column, -1);
      }
    }
  }
}

function mediansOfFloats(x: HostArray, out: HostArray, size: number): void {
  const [, paddedHeight, paddedWidth, channels] = x.shape as Quad;
  const [, height, width] = out.shape as Quad;
  const window = new Float64Array(size * size);
  for (let at = 0; at < out.data.length; at++) {
    const c = at % channels;
    const column = Math.floor(at / channels) % width;
    const row = Math.floor(at / (channels * width));
    const top = Math.floor(row / height) * paddedHeight + (row % height);
    for (let k = 0; k < window.length; k++) {
      const line = (top + Math.floor(k / size)) * paddedWidth;
      window[k] = x.data[(line + column + (k % size)) * channels + c]!;
    }
    out.data[at] = window.sort()[window.length >> 1]!;
  }
}
