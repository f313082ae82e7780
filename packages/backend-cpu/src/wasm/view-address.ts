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
