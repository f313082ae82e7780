import { tensor, type Tensor } from "@tensorloom/tensor";
import type { WeightEntry } from "./weights-manifest.ts";

/** Returns a weight's values, whatever they are stored as, as a float32 tensor. */
export function weightTensor(entry: WeightEntry, bytes: Uint8Array): Tensor {
  return tensor(valuesOf(entry, bytes), { shape: entry.shape });
}

function valuesOf({ dtype, quantization }: WeightEntry, bytes: Uint8Array): Float32Array {
  // Copied, so that elements are aligned.
  const { buffer } = new Uint8Array(bytes);
  if (quantization === undefined) {
    if (dtype === "float32") return new Float32Array(buffer);
    return Float32Array.from(dtype === "int32" ? new Int32Array(buffer) : new Uint8Array(buffer));
  }
  const { scale, min } = quantization;
  if (quantization.dtype === "float16") return Float32Array.from(new Uint16Array(buffer), fromHalf);
  const stored = quantization.dtype === "uint8" ? new Uint8Array(buffer) : new Uint16Array(buffer);
  const isWhole = dtype === "int32";
  return Float32Array.from(stored, (n) =>
    isWhole ? Math.round(n * scale + min) : n * scale + min,
  );
}

/** Returns the number that 16 bits mean. Source: IEEE 754-2019, binary16. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
