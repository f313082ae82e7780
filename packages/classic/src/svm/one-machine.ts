import type { SampleMatrix, ShapedArray } from "../inputs.ts";
import { array, number, type Fields } from "../persistence/fields.ts";
import type { Kernel } from "./kernel.ts";
import { pairDecisions } from "./pair-decisions.ts";
import type { SvmSolution } from "./solve-svm.ts";
import { doubles, kernelField } from "./svm-options.ts";

/** What models with one decision function hold. */
export interface OneMachineState {
  readonly kernel: Kernel;
  readonly support: ShapedArray<Int32Array>;
  readonly supportVectors: ShapedArray<Float64Array>;
  readonly dualCoef: ShapedArray<Float64Array>;
  readonly intercept: ShapedArray<Float64Array>;
  readonly nIter: number;
}

/** How that is written. */
export const oneMachineFields: Fields<OneMachineState> = {
  kernel: kernelField,
  support: array(Int32Array),
  supportVectors: doubles,
  dualCoef: doubles,
  intercept: doubles,
  nIter: number,
};

/** Keeps the samples whose coefficient is not 0. */
export function oneMachineOf(
  { data, columns }: SampleMatrix,
  kernel: Kernel,
  coefficients: Float64Array,
  { rho, iterations }: SvmSolution,
): OneMachineState {
  const support = Int32Array.from(coefficients.keys()).filter((i) => coefficients[i] !== 0);
  const count = support.length;
  const vectors = new Float64Array(count * columns);
  support.forEach((sample, s) => {
    vectors.set(data.subarray(sample * columns, (sample + 1) * columns), s * columns);
  });
  return {
    kernel,
    support: { data: support, shape: [count] },
    supportVectors: { data: vectors, shape: [count, columns] },
    dualCoef: { data: Float64Array.from(support, (i) => coefficients[i]!), shape: [1, count] },
    intercept: { data: Float64Array.of(-rho), shape: [1] },
    nIter: iterations,
  };
}

/** Returns the values of the one decision function. */
export function decisionsOf(
  { kernel, supportVectors, dualCoef, intercept }: OneMachineState,
  data: Float64Array,
  rows: number,
): Float64Array {
  const [count, features] = supportVectors.shape as readonly [number, number];
  return pairDecisions(
    {
      ...{ kernel, features, vectors: supportVectors.data },
      // As of two classes, all vectors being the second's.
      nSupport: [0, count],
      coefficients: dualCoef.data,
      intercepts: intercept.data,
    },
    data,
    rows,
  );
}
