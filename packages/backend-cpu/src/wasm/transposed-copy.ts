import { contiguousStrides } from "@tensorloom/tensor/backend";
import { eachOffset } from "./each-offset.ts";
import type { WasmKernels } from "./kernels.ts";

const leastSide = 4;

/**
 * Copies words whose innermost loop lies outer in memory, tile by tile, and returns true; or returns false and does
 * nothing, if the loops are not such, or too short.
 *
 * @param from - the address of the first
 * @param to - where the copies lie side by side
 */
export function copyTransposed(
  kernels: WasmKernels,
  {
    shape,
    strides: list,
  }: { readonly shape: readonly number[]; readonly strides: readonly number[] },
  from: number,
  to: number,
): boolean {
  const last = shape.length - 1;
  const axis = list.lastIndexOf(1);
  if (axis < 0 || axis === last || list[last]! <= 0) return false;
  const [rows, columns] = [shape[axis]!, shape[last]!];
  if (rows < leastSide || columns < leastSide) return false;
  const outStrides = contiguousStrides(shape);
  const isOuter = (_: unknown, i: number): boolean => i !== axis && i !== last;
  const outer = [list.filter(isOuter), outStrides.filter(isOuter)];
  eachOffset(shape.filter(isOuter), outer, ([source, target]) => {
    kernels.transpose(
      ...([from + source! * 4, list[last]! * 4, to + target! * 4] as const),
      ...([outStrides[axis]! * 4, rows, columns] as const),
    );
  });
  return true;
}
