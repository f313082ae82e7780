import type { DType } from "@tensorloom/tensor/backend";

/**
 * How results are computed, and so how far from the reference they may be:
 *
 * - `exact`: equal to the bit, the sign of zero included: integers, copies, comparisons, negation, rounding to whole numbers.
 * - `rounded`: one operation that IEEE 754 rounds correctly: add, sub, mul, div, sqrt.
 * - `approximated`: one function that has no exact result, like exp.
 * - `chained`: a few operations one after another.
 * - `summed`: sums of many products.
 */
export type OperationClass = "exact" | "rounded" | "approximated" | "chained" | "summed";

/** How many units in the last place each class of operations may be off. */
export type UnitTable = Readonly<Record<OperationClass, number>>;

/**
 * The units that a backend is allowed unless its options say otherwise. GPUs need more: WGSL gives division 2.5 units and
 * exp 3 + 2|x|.
 */
export const defaultUnits: UnitTable = {
  exact: 0,
  rounded: 0,
  // A polynomial on a reduced argument costs 1 to 2, the reduction and the reconstruction another 1 to 2 each.
  approximated: 8,
  // Each rounding is magnified by the condition of what follows, which the suite's chains keep below 16.
  chained: 64,
  summed: 4,
};

/** How far a result may be from the reference: `relative * |expected| + absolute`. */
export interface Bound {
  /** Of the expected value's size. */
  readonly relative: number;
  /** In any case. */
  readonly absolute: number;
}

/** A class of operations, and the bound that follows from how many units it may be off. */
export interface Tolerance {
  /** The class. */
  readonly operation: OperationClass;
  /** Returns the bound. */
  readonly bound: (units: number) => Bound;
}

/** The largest relative distance of two neighbouring numbers. */
const unit: Readonly<Record<DType, number>> = {
  float32: 2 ** -23,
  float16: 2 ** -10,
  float64: 2 ** -52,
  int32: 0,
  uint8: 0,
  bool: 0,
};

/** The smallest normal numbers: below them units are absolute. */
const smallest: Readonly<Record<DType, number>> = {
  float32: 2 ** -126,
  float16: 2 ** -14,
  float64: 2 ** -1022,
  int32: 0,
  uint8: 0,
  bool: 0,
};

/** For what has one right result. */
export const exact: Tolerance = {
  operation: "exact",
  bound: () => ({ relative: 0, absolute: 0 }),
};

/** For one operation that IEEE 754 rounds correctly. */
export function rounded(dtype: DType): Tolerance {
  return {
    operation: "rounded",
    bound: (units) => ({ relative: units * unit[dtype], absolute: 0 }),
  };
}

/** For one approximated function. Results below the smallest normal number may be flushed to zero. */
export function approximated(dtype: DType): Tolerance {
  return {
    operation: "approximated",
    bound: (units) => ({ relative: units * unit[dtype], absolute: smallest[dtype] }),
  };
}

/** For chains of a few operations on numbers of size 1. */
export function chained(dtype: DType): Tolerance {
  return {
    operation: "chained",
    bound: (units) => ({ relative: units * unit[dtype], absolute: units * unit[dtype] }),
  };
}

/**
 * For sums of `terms` products whose magnitudes add up to `size` at most.
 *
 * In the worst case the error is `terms * unit/2 * size` (Higham 2002, section 3.1); but roundings go either way, and it
 * stays below `c * sqrt(terms) * unit/2 * size` but for a chance of `2 exp(-c²/2)` (Higham and Mary 2019, theorem 3.1).
 * c is twice the class's units, 8 by default: a chance of 3e-14. Sums in blocks or in float64 are better than that. A wrong
 * index is off by the size of a term, which is more by orders of magnitude.
 */
export function summed(dtype: DType, terms: number, size: number): Tolerance {
  return {
    operation: "summed",
    bound: (units) => ({
      relative: units * unit[dtype],
      absolute: units * Math.sqrt(terms + 4) * unit[dtype] * size,
    }),
  };
}
