import { record } from "../autograd/tape.ts";
import type { DType } from "../dtype.ts";
import { viewOf, type Tensor } from "../tensor.ts";

/** Returns a view with axes of size 1 put in, at the places that `axes` (sorted) name in the result. */
export function insertUnitAxes<D extends DType>(x: Tensor<D>, axes: readonly number[]): Tensor<D> {
  if (axes.length === 0) return x;
  const shape = [...x.shape];
  const strides = [...x.strides];
  for (const axis of axes) {
    shape.splice(axis, 0, 1);
    strides.splice(axis, 0, 0);
  }
  const view = viewOf(x, shape, strides, x.offset, "expandDims");
  return record("expandDims", [x], view, (gradient) => [dropUnitAxes(gradient, axes)]);
}

/** Returns a view without the axes of size 1 that `axes` (sorted) name. */
export function dropUnitAxes<D extends DType>(x: Tensor<D>, axes: readonly number[]): Tensor<D> {
  if (axes.length === 0) return x;
  const keep = (_: number, axis: number): boolean => !axes.includes(axis);
  const view = viewOf(x, x.shape.filter(keep), x.strides.filter(keep), x.offset, "squeeze");
  return record("squeeze", [x], view, (gradient) => [insertUnitAxes(gradient, axes)]);
}
