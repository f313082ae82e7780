import { newTypedArray, contiguousStrides, type DType } from "@tensorloom/tensor/backend";
import type { Arranged } from "../../arrangement.ts";

/** A list of numbers in a fixture: what JSON lacks (NaN, infinities, -0) is written as a string. */
export type Written = readonly (number | string)[];

/** A tensor in a fixture. */
export interface WrittenTensor {
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Written;
}

/** Returns a fixture's numbers. */
export function numbersOf(written: Written): number[] {
  return written.map(Number);
}

/** Returns a fixture's tensor, to be placed on a backend. */
export function arrangedOf({ shape, data }: WrittenTensor, dtype: DType = "float32"): Arranged {
  const physical = newTypedArray(dtype, data.length);
  physical.set(numbersOf(data));
  return { dtype, shape, strides: contiguousStrides(shape), offset: 0, physical };
}

/** Returns a fixture's paddings as pairs: JSON has lists only. */
export function pairsOf(
  padding: readonly (readonly number[])[],
): readonly (readonly [number, number])[] {
  return padding.map(([before, after]) => [before!, after!]);
}
