import type { CumsumAttrs } from "@tensorflow/tfjs-core";
import {
  all,
  any,
  cumprod,
  cumsum,
  max,
  mean,
  min,
  prod,
  sum,
  type ReductionOptions,
  type Tensor,
} from "@tensorloom/tensor";
import { expression, reduceExpression } from "@tensorloom/tensor/backend";
import { kernel, type KernelTable } from "./kernel.ts";

const identity = expression((x) => x);

/** Folds over axes, and running ones. */
export const reductions: KernelTable = {
  All: fold(all),
  Any: fold(any),
  Max: fold(max, "reductionIndices"),
  Mean: fold(mean),
  Min: fold(min),
  Prod: fold(prod),
  Sum: fold(sum),
  ArgMax: foldToIndex("argmax"),
  ArgMin: foldToIndex("argmin"),
  Cumprod: scan(cumprod),
  Cumsum: scan(cumsum),
};

interface FoldAttributes {
  readonly axis?: number | number[];
  readonly reductionIndices?: number | number[];
  readonly keepDims: boolean;
}

type Fold = (x: Tensor, axes: readonly number[], options: ReductionOptions) => Tensor;

/** `name` is what TensorFlow.js calls the axes. */
function fold(f: Fold, name: "axis" | "reductionIndices" = "axis"): KernelTable[string] {
  return kernel<"x", FoldAttributes>(({ x }, attributes, { tf }) => {
    // Of no elements there is no largest.
    if (x.size === 0) return undefined;
    const axes = tf.util.parseAxisParam(attributes[name]!, [...x.shape]);
    return f(x, axes, { keepDims: attributes.keepDims });
  });
}

/** NaN, which wins with us, takes no part with TensorFlow.js. */
function foldToIndex(operator: "argmax" | "argmin"): KernelTable[string] {
  const last = operator === "argmax" ? -Infinity : Infinity;
  const f = expression((x) => x.equal(x).where(x, last));
  return kernel<"x", { readonly axis: number }>(({ x }, { axis }, { tf }) => {
    if (x.size === 0) return undefined;
    const axes = tf.util.parseAxisParam(axis, [...x.shape]);
    const options = { axes, dropAxes: axes, dtype: "int32", sourceDType: x.dtype } as const;
    return reduceExpression(operator, operator, x.dtype === "float32" ? f : identity, [x], options);
  });
}

function scan(f: typeof cumsum): KernelTable[string] {
  return kernel<"x", CumsumAttrs>(({ x }, { axis, exclusive, reverse }) =>
    f(x, axis, { exclusive, reverse }),
  );
}
