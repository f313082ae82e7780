import { customGrad, tensor, type Tensor } from "@tensorloom/tensor";
import { besides, floatOf, toBytes } from "../image/images.ts";
import { applyAlongAxis } from "./along-axis.ts";
import { separableKernel } from "./kernel.ts";
import { sumsOf, transposedTaps, type Taps } from "./taps.ts";

/** What {@link separable} takes beside the taps. */
export interface SeparableOptions {
  /** The result's dtype: uint8 rounds and clips; that of `x` by default. */
  readonly dtype?: "uint8" | "float32" | "float64";
  /** What lies where taps are left out; 0 by default. */
  readonly fill?: number;
  /** What the weights of an element that lacks none sum to; 1 by default. */
  readonly total?: number;
  /** Factors by which each channel is multiplied at the end; none by default. */
  readonly scale?: readonly number[];
  /** Added after that. */
  readonly shift?: readonly number[];
}

/**
 * Returns images whose every row is a weighted sum of rows of `x`, and every column one of columns: all of blurring,
 * differentiating, resizing and moving that is separable is this. One pass on host backends, two on a device.
 *
 * Gradient: to a float `x`: the same with transposed taps, of any order.
 */
export function separable(
  x: Tensor,
  rows: Taps,
  columns: Taps,
  options: SeparableOptions = {},
): Tensor {
  const dtype = options.dtype ?? (x.dtype as "uint8" | "float32" | "float64");
  const forward = customGrad(
    (images) =>
      besides(images, () => {
        const compute = images.isOnHost ? onHost : onDevice;
        return compute(images, rows, columns, { ...options, dtype });
      }),
    (gradient) =>
      besides(gradient, () => {
        const { scale } = options;
        const weighed = scale === undefined ? gradient : gradient.mul(tensor([...scale]));
        return separable(weighed, transposedTaps(rows), transposedTaps(columns));
      }),
  );
  return forward(x);
}

type Settings = SeparableOptions & { readonly dtype: "uint8" | "float32" | "float64" };

function onHost(x: Tensor, rows: Taps, columns: Taps, options: Settings): Tensor {
  const { dtype, fill = 0, total = 1, scale, shift } = options;
  const channels = x.shape[3]!;
  const isFused = channels <= 4;
  const ints = new Int32Array(
    rows.starts.length + rows.indices.length + columns.starts.length + columns.indices.length,
  );
  let place = 0;
  for (const part of [rows.starts, rows.indices, columns.starts, columns.indices]) {
    ints.set(part, place);
    place += part.length;
  }
  const floats = new (dtype === "float64" ? Float64Array : Float32Array)(
    rows.weights.length + columns.weights.length + 8,
  );
  floats.set(rows.weights);
  floats.set(columns.weights, rows.weights.length);
  const scales = floats.length - 8;
  floats.fill(1, scales, scales + 4);
  const hasScale = scale !== undefined || shift !== undefined;
  if (hasScale && isFused) {
    floats.set(scale ?? [], scales);
    floats.set(shift ?? [], scales + 4);
  }
  let mostTaps = 0;
  for (let i = 0; i < rows.to; i++) {
    mostTaps = Math.max(mostTaps, rows.starts[i + 1]! - rows.starts[i]!);
  }
  // Factors are applied pixel by pixel.
  const [begin, end] = hasScale ? [0, 0] : columns.uniform;
  const isLater = hasScale && !isFused;
  const isDirect = isFused && isLessWork(rows, columns, x.shape[2]!, channels);
  const isWhole = x.dtype === "uint8" && dtype === "uint8" && !hasScale && !isDirect;
  const fixed = isWhole ? fixedWeights([rows, columns]) : undefined;
  const tables = [tensor(ints), tensor(floats), ...(fixed === undefined ? [] : [tensor(fixed)])];
  const [result] = separableKernel(
    [x, ...tables],
    [
      {
        shape: [x.shape[0]!, rows.to, columns.to, channels],
        dtype: isLater ? floatOf(x) : dtype,
      },
    ],
    [fill, total, begin, end, Number(hasScale && isFused), mostTaps, Number(isDirect)],
  );
  return isLater ? scaled(result!, options) : result!;
}

/** Whether it is less work to compute pixels one by one than whole rows first (instructions counted). */
function isLessWork(rows: Taps, columns: Taps, width: number, channels: number): boolean {
  const [perRow, perColumn] = [rows, columns].map(({ indices, to }) => indices.length / to) as [number, number]; // prettier-ignore
  const [begin, end] = columns.uniform;
  const direct = columns.to * perColumn * (4 + 7 * perRow);
  const down = ((width * channels) / 16) * (6 + 20 * perRow);
  const across = (columns.to - (end - begin)) * perColumn * 8;
  const alike = (((end - begin) * channels) / 16) * (6 + 5 * perColumn);
  return direct < down + across + alike;
}

/**
 * Returns the weights as whole numbers of 14 binary places, whose sums are right too; undefined where an element's weights
 * are so large that sums would not fit.
 */
function fixedWeights(axes: readonly Taps[]): Int32Array | undefined {
  const fixed = new Int32Array(axes.reduce((sum, { weights }) => sum + weights.length, 0));
  let place = 0;
  for (const { to, starts, weights } of axes) {
    for (let i = 0; i < to; i++) {
      const [first, end] = [starts[i]!, starts[i + 1]!];
      let [sum, rest, size, largest] = [0, 0, 0, first];
      for (let tap = first; tap < end; tap++) {
        const weight = weights[tap]!;
        sum += weight;
        size += Math.abs(weight);
        if (weight > weights[largest]!) largest = tap;
        const whole = Math.round(weight * 16_384);
        rest += whole;
        fixed[place + tap] = whole;
      }
      if (size >= 1.99) return undefined;
      // The rounding of all is made good at the largest.
      if (first < end) fixed[place + largest]! += Math.round(sum * 16_384) - rest;
    }
    place += weights.length;
  }
  return fixed;
}

function onDevice(x: Tensor, rows: Taps, columns: Taps, options: Settings): Tensor {
  const { dtype, fill = 0, total = 1 } = options;
  let result = x.dtype === "float32" ? x : x.astype("float32");
  result = applyAlongAxis(applyAlongAxis(result, 1, rows), 2, columns);
  if (fill !== 0) {
    const [down, across] = [sumsOf(rows), sumsOf(columns)].map((sums) =>
      tensor(Float32Array.from(sums)),
    ) as [Tensor, Tensor];
    const covered = down.reshape([-1, 1, 1]).mul(across.reshape([-1, 1]));
    result = result.add(covered.neg().add(total).mul(fill));
  }
  result = scaled(result, options);
  return dtype === "uint8" ? toBytes(result) : result;
}

function scaled(x: Tensor, { scale, shift, dtype }: Settings): Tensor {
  let result = x;
  if (scale !== undefined) result = result.mul(tensor([...scale]));
  if (shift !== undefined) result = result.add(tensor([...shift]));
  return dtype === "uint8" && result.dtype !== "uint8" ? toBytes(result) : result;
}
