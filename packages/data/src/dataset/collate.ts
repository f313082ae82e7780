import { ArgumentError, stack, Tensor, tensor, type NestedArray } from "@tensorloom/tensor";
import { isPlainObject } from "./held-tensors.ts";

/**
 * What batching makes of a sample: a tensor with one axis more, for tensors, numbers, booleans and arrays of numbers; the same field
 * by field for objects; arrays for anything else.
 */
export type Batched<T> = T extends Tensor | number | boolean | NumericArray
  ? Tensor
  : T extends object
    ? { readonly [K in keyof T]: Batched<T[K]> }
    : T[];

/** What becomes a tensor by itself: an array of numbers. */
export type NumericArray =
  Float32Array | Float64Array | Int32Array | Uint8Array | Uint8ClampedArray | readonly number[];

/** Returns samples as one batch; they stay the caller's. */
export function collate<T>(samples: readonly T[]): Batched<T> {
  return collateAny(samples) as Batched<T>;
}

function collateAny(samples: readonly unknown[]): unknown {
  const [first] = samples;
  if (first instanceof Tensor) return stack(samples as Tensor[]);
  if (typeof first === "number" || typeof first === "boolean" || Array.isArray(first)) {
    return tensor(samples as NestedArray);
  }
  if (ArrayBuffer.isView(first)) return stackTyped(samples as Float32Array[]);
  if (isPlainObject(first)) {
    return Object.fromEntries(
      Object.keys(first).map((key) => [
        key,
        collateAny(samples.map((sample) => (sample as Record<string, unknown>)[key])),
      ]),
    );
  }
  return [...samples];
}

function stackTyped(rows: readonly Float32Array[]): Tensor {
  const { length } = rows[0]!;
  const odd = rows.findIndex((row) => row.length !== length);
  if (odd >= 0) {
    throw new ArgumentError(
      `batch: sample ${odd}: expected ${length} numbers as in sample 0, got ${rows[odd]!.length}; map them to one length first`,
    );
  }
  const Rows = rows[0]!.constructor as Float32ArrayConstructor;
  const all = new Rows(rows.length * length);
  rows.forEach((row, i) => all.set(row, i * length));
  return tensor(all, { shape: [rows.length, length] });
}
