import {
  mergeLoops,
  type GatherCall,
  type ScatterAddCall,
  type View,
} from "@tensorloom/tensor/backend";
import type { WasmKernels } from "./kernels.ts";
import { addressOf } from "./view-address.ts";

/** A view walked as [outer][index][inner]: one loop each. */
interface ThreeLoops {
  readonly outer: number;
  readonly inner: number;
  /** From one to the next, in elements. */
  readonly steps: readonly [outer: number, index: number, inner: number];
}

/** Takes elements along an axis and returns true; or returns false and does nothing, if it is not one list of indices. */
export function takeAlong(
  kernels: WasmKernels,
  { input, indices, axis, output }: GatherCall,
): boolean {
  const loops = threeLoops(input, output.shape, axis);
  const isWord = output.dtype === "float32" || output.dtype === "int32";
  if (loops === undefined || !isWord || !isOneList(indices, axis)) return false;
  const count = output.shape[axis]!;
  kernels.takeAlong(
    ...[addressOf(input), ...loops.steps, addressOf(indices), addressOf(output)],
    ...[loops.outer, count, loops.inner],
  );
  return true;
}

/** Adds elements along an axis and returns true; or returns false and does nothing, if it is not one list of indices. */
export function addAlong(kernels: WasmKernels, call: ScatterAddCall): boolean {
  const { updates, indices, axis, output } = call;
  const loops = threeLoops(updates, updates.shape, axis);
  if (loops === undefined || output.dtype !== "float32" || !isOneList(indices, axis)) return false;
  kernels.addAlong(
    ...[addressOf(updates), ...loops.steps, addressOf(indices), addressOf(output)],
    ...[output.shape[axis]!, loops.outer, updates.shape[axis]!, loops.inner],
  );
  return true;
}

function isOneList({ shape, strides }: View, axis: number): boolean {
  return strides.every((stride, i) => {
    return shape[i] === 1 || stride === (i === axis ? 1 : 0);
  });
}

/** The loops before and after `axis`, if each can be walked as one. */
function threeLoops(view: View, shape: readonly number[], axis: number): ThreeLoops | undefined {
  const before = mergeLoops(shape.slice(0, axis), [{ strides: view.strides.slice(0, axis) }]);
  const after = mergeLoops(shape.slice(axis + 1), [{ strides: view.strides.slice(axis + 1) }]);
  if (before.shape.length > 1 || after.shape.length > 1) return undefined;
  const [outer, inner] = [before.shape[0]!, after.shape[0]!];
  const steps = [before.strides[0]![0]!, view.strides[axis]!, after.strides[0]![0]!] as const;
  return { outer, inner, steps };
}
