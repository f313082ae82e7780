import type { View } from "@tensorloom/tensor/backend";
import type { WasmStorage } from "./heap.ts";

/** Bytes of an element, of the types that kernels have. */
export function bytesOf(view: View): number {
  return view.dtype === "bool" || view.dtype === "uint8" ? 1 : 4;
}

/** The address of a view's first element. */
export function addressOf(view: View): number {
  return (view.storage as WasmStorage).address + view.offset * bytesOf(view);
}

/** Returns a matrix on a view's memory, which may be a tensor. */
export function matrixOn(
  { storage, dtype }: View,
  offset: number,
  shape: readonly [number, number],
  strides: readonly [number, number],
): View {
  return { storage, dtype, offset, shape, strides };
}
