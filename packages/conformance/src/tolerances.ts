import type { DType } from "@tensorloom/tensor/backend";

/** How far a result may be from the reference: `relative * |expected| + absolute`. */
export interface Tolerance {
  /** Of the expected value's size. */
  readonly relative: number;
  /** In any case. */
  readonly absolute: number;
}

/** One unit in the last place, relative: half the distance of 1 to its successor is the largest rounding error. */
const unit: Readonly<Record<DType, number>> = {
  float32: 2 ** -23,
  float64: 2 ** -52,
  int32: 0,
  uint8: 0,
  bool: 0,
};

/** Equal to the bit, the sign of zero included. For operations that IEEE 754 rounds correctly, and for all integers. */
export const exact: Tolerance = { relative: 0, absolute: 0 };

/**
 * For functions that are approximated: 8 units in the last place. A polynomial on a reduced argument costs 1 to 2, the
 * reduction and the reconstruction another 1 to 2 each; WGSL's own bounds are of this size. Results below the smallest
 * normal number may be flushed to zero.
 */
export function approximated(dtype: DType): Tolerance {
  return { relative: 8 * unit[dtype], absolute: dtype === "float32" ? 2 ** -126 : 2 ** -1022 };
}

/**
 * For chains of a few operations: each rounding of an intermediate is magnified by the condition of what follows, which
 * the suite's chains keep below 16.
 */
export function chained(dtype: DType): Tolerance {
  return { relative: 64 * unit[dtype], absolute: 64 * unit[dtype] };
}

/**
 * For sums of `terms` products of magnitude up to `size`: |error| <= terms * unit * sum of |a b| (Higham 2002, section
 * 3.1), with the sum bounded by terms * size. Halved exponents in practice, so this is generous for large sums and
 * tight for short ones; a wrong index is larger than it by orders of magnitude.
 */
export function summed(dtype: DType, terms: number, size: number): Tolerance {
  const bound = Math.sqrt(terms + 4) * 4 * unit[dtype] * size;
  return { relative: 4 * unit[dtype], absolute: bound };
}
