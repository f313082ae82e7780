import type { DataType, FillAttrs, LinSpaceAttrs, RangeAttrs } from "@tensorflow/tfjs-core";
import type { Tensor } from "@tensorloom/tensor";
import {
  allocateTensor,
  dispatch,
  Expr,
  Expression,
  fromTypedArray,
  type Backend,
  type DType,
} from "@tensorloom/tensor/backend";
import { isGuestType } from "./cpu-kernels.ts";
import { kernel, type KernelTable } from "./kernel.ts";

/** Tensors of nothing but attributes. */
export const creation: KernelTable = {
  Fill: kernel<never, FillAttrs>((_, { shape, value, dtype }, { device, tf }) => {
    const type: DataType = dtype ?? tf.util.inferDtype(value);
    return isGuestType(type) ? undefined : filled(device, shape, Number(value), type as DType);
  }),
  LinSpace: kernel<never, LinSpaceAttrs>((_, { start, stop, num }, { device }) => {
    const step = (stop - start) / (num - 1);
    const values = Float32Array.from({ length: num }, (_value, i) =>
      i === 0 ? start : start + i * step,
    );
    return fromTypedArray(values, "float32", [num], device);
  }),
  OnesLike: kernel<"x">(({ x }, _, { device }) => filled(device, x.shape, 1, x.dtype)),
  Range: kernel<never, RangeAttrs>((_, { start, stop, step, dtype }, { device }) => {
    const isEmpty = start === stop || (start < stop && step < 0) || (stop < start && step > 1);
    const length = isEmpty ? 0 : Math.ceil(Math.abs((stop - start) / step));
    const by = stop < start && step === 1 ? -1 : step;
    const at = (_value: unknown, i: number): number => start + i * by;
    const values =
      dtype === "int32" ? Int32Array.from({ length }, at) : Float32Array.from({ length }, at);
    return fromTypedArray(values, dtype, [length], device);
  }),
  ZerosLike: kernel<"x">(({ x }, _, { device }) => filled(device, x.shape, 0, x.dtype)),
};

const constant = new Expression([Expr.parameter(0)], 0, 1);

/** Returns a tensor of one value everywhere. */
export function filled(
  device: Backend,
  shape: readonly number[],
  value: number,
  dtype: DType,
): Tensor {
  const output = allocateTensor(device, dtype, shape);
  if (output.size > 0) {
    dispatch(device, "map", {
      expression: constant,
      inputs: [],
      parameters: [value],
      outputs: [output],
    });
  }
  return output;
}
