import {
  contiguousStrides,
  expression,
  sizeOf,
  type DType,
  type View,
} from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import type { GpuStorage } from "../device/gpu-storage.ts";
import { isPacked } from "../shaders/module.ts";
import { map } from "./map.ts";

const identity = expression((x) => x);

interface Operands {
  readonly inputs: readonly View[];
  readonly outputs: readonly View[];
}

/**
 * Runs `fn` with int32 in the place of bytes, and float32 in that of half floats: for kernels whose invocations do not have
 * all elements of a word.
 *
 * @param operands - `isUpdate` where what the outputs hold is read too
 */
export function withWords(
  executor: Executor,
  { inputs, outputs, isUpdate }: Operands & { readonly isUpdate: boolean },
  fn: (operands: Operands) => void,
): void {
  if (![...inputs, ...outputs].some(({ dtype }) => isPacked(dtype))) {
    fn({ inputs, outputs });
    return;
  }
  const lent: GpuStorage[] = [];
  const widened = (view: View, isFilled: boolean): View => {
    if (!isPacked(view.dtype)) return view;
    const { shape } = view;
    const storage = executor.allocate(sizeOf(shape) * 4);
    lent.push(storage);
    const wide: View = {
      storage,
      dtype: wholeDType(view.dtype),
      shape,
      strides: contiguousStrides(shape),
      offset: 0,
    };
    if (isFilled) copy(executor, view, wide);
    return wide;
  };
  const wide = {
    inputs: inputs.map((view) => widened(view, true)),
    outputs: outputs.map((view) => widened(view, isUpdate)),
  };
  fn(wide);
  outputs.forEach((output, i) => {
    if (wide.outputs[i] !== output) copy(executor, wide.outputs[i]!, output);
  });
  for (const storage of lent) executor.free(storage);
}

/** The dtype of one element a word in the place of a packed one. */
export function wholeDType(dtype: DType): "float32" | "int32" {
  return dtype === "float16" ? "float32" : "int32";
}

/** Copies elements into a contiguous view, converted to its dtype. */
export function copy(executor: Executor, from: View, to: View): void {
  map(executor, { expression: identity, inputs: [from], parameters: [], outputs: [to] });
}
