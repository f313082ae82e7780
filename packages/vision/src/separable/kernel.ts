// The fused kernel of separable operations, for host backends: a row of the result at a time, first down the columns and
// then along the row, so that nothing but lines lies between.
import {
  customKernel,
  type HostArray,
  type OutputSpecification,
  type Tensor,
  type WasmArray,
  type WasmPlan,
} from "@tensorloom/tensor";
import { planRows, visionModule } from "../wasm/module.ts";

/**
 * Inputs: images `[batch, height, width, channels]`; int32 starts and indices of the rows' taps, then of the columns';
 * their weights, then a factor and a summand for each of four channels. Parameters: fill, total, the uniform columns' begin and end, whether there are factors,
 * the most taps of a row,
 * whether pixels are computed one by one from the input. From bytes to bytes,
 * the weights again as whole numbers of 14 binary places, where they are small enough.
 */
export const separableKernel: (
  inputs: readonly Tensor[],
  outputs: readonly OutputSpecification[],
  parameters?: readonly number[],
) => Tensor[] = customKernel({
  name: "separable",
  host: separableOnHost,
  wasm: { module: visionModule, plan: planSeparable },
});

type Quad = readonly [batch: number, height: number, width: number, channels: number];

function planSeparable(
  [x, ints, floats, fixed]: readonly WasmArray[],
  [out]: readonly WasmArray[],
  [fill, total, begin, end, hasScale, mostTaps, isDirect]: readonly number[],
  threads: number,
): WasmPlan | undefined {
  if (x!.dtype === "float64" || out!.dtype === "float64") return undefined;
  const [batch, height, width, channels] = x!.shape as Quad;
  const [, outHeight, outWidth] = out!.shape as Quad;
  const elements = Math.max(width, outWidth) * channels;
  const job = {
    run: "separable",
    rows: batch * outHeight,
    operations: elements * mostTaps! * 2,
    workspace: 4 * (width * channels + 64) + 5 * (outWidth * channels + 64) + 12 * (mostTaps! + 2),
  };
  if (fixed !== undefined) {
    return planRows({ ...job, run: "separableBytes" }, threads, (first, count) => [
      ...[x!.address, out!.address, first, count, height, width, channels, outHeight, outWidth],
      ...[ints!.address, fixed.address, begin!, end!, fill!, total!],
    ]);
  }
  return planRows(job, threads, (first, count) => [
    ...[x!.address, Number(x!.dtype === "uint8"), out!.address, Number(out!.dtype === "uint8")],
    ...[first, count, height, width, channels, outHeight, outWidth],
    ...[ints!.address, floats!.address, begin!, end!, fill!, total!],
    hasScale!,
    isDirect!,
  ]);
}

function separableOnHost(
  [x, ints, floats]: readonly HostArray[],
  [out]: readonly HostArray[],
  [fill, total, , , hasScale]: readonly number[],
): void {
  const [batch, height, width, channels] = x!.shape as Quad;
  const [, outHeight, outWidth] = out!.shape as Quad;
  const from = x!.data;
  const to = clamped(out!.data);
  const table = ints!.data;
  const weights = floats!.data;
  const rowIndices = outHeight + 1;
  const rowTaps = table[outHeight]!;
  const columnStarts = rowIndices + rowTaps;
  const columnIndices = columnStarts + outWidth + 1;
  const scales = rowTaps + table[columnStarts + outWidth]!;
  const elements = width * channels;
  const line = new Float64Array(elements);
  for (let row = 0; row < batch * outHeight; row++) {
    const image = Math.floor(row / outHeight) * height * elements;
    const i = row % outHeight;
    line.fill(0);
    let covered = 0;
    for (let tap = table[i]!; tap < table[i + 1]!; tap++) {
      const weight = weights[tap]!;
      const begin = image + table[rowIndices + tap]! * elements;
      covered += weight;
      for (let e = 0; e < elements; e++) line[e]! += weight * from[begin + e]!;
    }
    for (let j = 0; j < outWidth; j++) {
      const [first, end] = [table[columnStarts + j]!, table[columnStarts + j + 1]!];
      let across = 0;
      for (let tap = first; tap < end; tap++) across += weights[rowTaps + tap]!;
      const start = fill! * (total! - covered * across);
      for (let c = 0; c < channels; c++) {
        let sum = start;
        for (let tap = first; tap < end; tap++) {
          sum += weights[rowTaps + tap]! * line[table[columnIndices + tap]! * channels + c]!;
        }
        if (hasScale === 1) sum = sum * weights[scales + c]! + weights[scales + 4 + c]!;
        to[(row * outWidth + j) * channels + c] = sum;
      }
    }
  }
}

/** The same bytes, so that what is stored becomes a whole number from 0 to 255, halves to even. */
function clamped(data: HostArray["data"]): HostArray["data"] | Uint8ClampedArray {
  if (!(data instanceof Uint8Array)) return data;
  return new Uint8ClampedArray(data.buffer, data.byteOffset, data.length);
}
