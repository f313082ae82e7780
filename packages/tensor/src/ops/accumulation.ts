import { isFloating, type DType } from "../dtype.ts";

/** Sums and products of small integers and bools are int32. */
export function accumulatorDType(dtype: DType): DType {
  return dtype === "bool" || dtype === "uint8" ? "int32" : dtype;
}

/** What is a mean, a root or a logarithm of integers and bools is float32. */
export function floatDType(dtype: DType): DType {
  return isFloating(dtype) ? dtype : "float32";
}
