import { ArgumentError, customKernel, ShapeError, tensor, type Tensor } from "@tensorloom/tensor";
import { padded } from "../geometry/pad.ts";
import { borderOf, type BorderOptions } from "../image/border.ts";
import { floatOf, onImages, toBytes } from "../image/images.ts";
import { perElement } from "../neighbourhood/per-element.ts";
import { planRows, visionModule } from "../wasm/module.ts";

/** What {@link bilateralFilter} takes. */
export interface BilateralFilterOptions extends BorderOptions {
  /** How unlike pixels may be, in units of the image: the sum of their channels' differences. */
  readonly sigmaColor: number;
  /** How far away they may be, in pixels. */
  readonly sigmaSpace: number;
  /** The diameter of the circle that is looked at; by default about `3 sigmaSpace`. */
  readonly diameter?: number;
}

type Quad = readonly [batch: number, height: number, width: number, channels: number];

/**
 * Inputs: padded images; taps as triples: rows down, pixels right, the logarithm of the weight by distance. Parameters: the factor of squared differences,
 * the circle's radius.
 */
const kernel = customKernel({
  name: "bilateralFilter",
  host([x, taps], [out], [factor, radius]) {
    const [, paddedHeight, paddedWidth, channels] = x!.shape as Quad;
    const [batch, height, width] = out!.shape as Quad;
    const from = x!.data;
    const bytes = out!.data;
    const to =
      bytes instanceof Uint8Array
        ? new Uint8ClampedArray(bytes.buffer, bytes.byteOffset, bytes.length)
        : bytes;
    const table = taps!.data;
    const sums = new Float64Array(channels);
    for (let pixel = 0; pixel < batch * height * width; pixel++) {
      const row = Math.floor(pixel / width);
      const top = Math.floor(row / height) * paddedHeight + (row % height);
      const at = (down: number, right: number): number =>
        ((top + down) * paddedWidth + (pixel % width) + right) * channels;
      const center = at(radius!, radius!);
      let total = 0;
      sums.fill(0);
      for (let tap = 0; tap < table.length; tap += 3) {
        const other = at(table[tap]!, table[tap + 1]!);
        let difference = 0;
        for (let c = 0; c < channels; c++) {
          difference += Math.abs(from[other + c]! - from[center + c]!);
        }
        const weight = Math.exp(difference * difference * factor! + table[tap + 2]!);
        total += weight;
        for (let c = 0; c < channels; c++) sums[c]! += weight * from[other + c]!;
      }
      for (let c = 0; c < channels; c++) to[pixel * channels + c] = sums[c]! / total;
    }
  },
  wasm: {
    module: visionModule,
    plan([x, taps], [out], [factor, radius], threads) {
      const [batch, height, width, channels] = out!.shape as Quad;
      if (x!.dtype === "float64") return undefined;
      const count = taps!.shape[0]! / 3;
      const slot = 4 * (width + 2 * radius! + 8) * channels;
      const job = {
        run: "bilateral",
        rows: batch * height,
        operations: width * count * 8,
        workspace: (2 * radius! + 1) * slot + 8 * count + 5 * (width * channels + 64) + 64,
      };
      return planRows(job, threads, (first, rows) => [
        ...[x!.address, Number(x!.dtype === "uint8"), out!.address, first, rows],
        ...[height, width, channels, radius!, taps!.address, count, factor!],
      ]);
    },
  },
  wgsl: ([x, taps], [out], [, radius]) => {
    const channels = out!.shape[3]!;
    const c = `at % ${channels}u`;
    return perElement([x!, taps!], out!, {
      bindings: "@group(0) @binding(1) var<storage, read> taps: array<f32>;",
      parameters: 2,
      body: `let pixel = base - ${c};
  let center = pixel + ${radius!}u * step + ${radius! * channels}u;
  var total = 0.0;
  var sum = 0.0;
  for (var tap = 0u; tap < ${taps!.shape[0]!}u; tap += 3u) {
    let other = pixel + u32(taps[tap]) * step + u32(taps[tap + 1u]) * ${channels}u;
    var difference = 0.0;
    for (var c = 0u; c < ${channels}u; c++) { difference += abs(x[other + c] - x[center + c]); }
    let weight = exp(difference * difference * p[0][0] + taps[tap + 2u]);
    total += weight;
    sum += weight * x[other + ${c}];
  }
  result[at] = sum / total;`,
    });
  },
});

/**
 * Returns images smoothed within their edges: each pixel is a mean of those around it, weighed by how near they are and how
 * alike.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`, of one or three channels; uint8 or float
 * @param options - both sigmas, diameter, border
 * @returns the shape and dtype of `x`; uint8 is rounded
 * @throws `ShapeError` for another rank, or other channels; `ArgumentError` for numbers that are not positive
 *
 * It has no gradient. Cost: the circle's area a pixel. Source: Tomasi and Manduchi 1998; OpenCV's bilateralFilter.
 *
 * @example
 * const edge = tensor([[[0], [0.1], [5], [5.1]]]);
 * bilateralFilter(edge, { sigmaColor: 0.5, sigmaSpace: 2 }).round().toString(); // => [[[0], [0], [5], [5]]]
 */
export function bilateralFilter(x: Tensor, options: BilateralFilterOptions): Tensor {
  const { sigmaColor, sigmaSpace, diameter } = options;
  const { border, value } = borderOf("bilateralFilter", options);
  for (const [name, given] of Object.entries({ sigmaColor, sigmaSpace, diameter: diameter ?? 1 })) {
    if (given > 0 && Number.isFinite(given)) continue;
    throw new ArgumentError(`bilateralFilter: ${name}: expected a positive number, got ${given}`);
  }
  const wanted = diameter === undefined ? Math.round(sigmaSpace * 1.5) : Math.trunc(diameter / 2);
  const radius = Math.max(1, wanted);
  return onImages("bilateralFilter", x, ({ batch, channels }) => {
    if (channels !== 1 && channels !== 3) {
      throw new ShapeError(`bilateralFilter: x: expected 1 or 3 channels, got ${channels}`);
    }
    const isDeviceBytes = !x.isOnHost && x.dtype === "uint8";
    const images = isDeviceBytes ? batch.astype("float32") : batch;
    const whole = padded(images, [radius, radius], [radius, radius], { border, value });
    const dtype = floatOf(batch);
    const taps = tensor(circleOf(radius, sigmaSpace), { dtype });
    const factor = -0.5 / (sigmaColor * sigmaColor);
    const [result] = kernel(
      [whole, taps],
      [{ shape: batch.shape, dtype: images.dtype }],
      [factor, radius],
    );
    return isDeviceBytes ? toBytes(result!) : result!;
  });
}

/** Triples for all pixels within a circle: rows down from the window's corner, pixels right, the weight's logarithm. */
function circleOf(radius: number, sigma: number): number[] {
  const triples: number[] = [];
  for (let row = -radius; row <= radius; row++) {
    for (let column = -radius; column <= radius; column++) {
      const square = row * row + column * column;
      if (square <= radius * radius) {
        triples.push(row + radius, column + radius, (-0.5 * square) / (sigma * sigma));
      }
    }
  }
  return triples;
}
