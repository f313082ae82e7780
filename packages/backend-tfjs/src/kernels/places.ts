import { astype, broadcastTo, mul, reshape, sum, type Tensor } from "@tensorloom/tensor";
import { dispatch, fromTypedArray, sizeOf, type Backend } from "@tensorloom/tensor/backend";
import type { Tf } from "../engine/load-engine.ts";

/**
 * Returns where the elements that `tuples [..., k]` name lie, counted over `sizes`, k axes, row by row.
 *
 * Places outside are refused where elements can be read at once; a device's shaders leave them out, as TensorFlow.js' do.
 */
export function flatPlaces(
  tf: Tf,
  device: Backend,
  tuples: Tensor,
  sizes: readonly number[],
  shape: readonly number[],
): Tensor {
  const given = astype(tuples, "int32");
  if (device.readSync !== undefined) {
    given.dataSync().forEach((index, i) => {
      tf.util.assert(
        index >= 0 && index < sizes[i % sizes.length]!,
        () => `Invalid indices: ${index} does not index into ${shape.join()}`,
      );
    });
  }
  const steps = Int32Array.from(sizes, (_, axis) => sizeOf(sizes.slice(axis + 1)));
  return sum(mul(given, fromTypedArray(steps, "int32", [steps.length], device)), -1);
}

/** Adds each row of `updates` to the row of `output` that `places [n]` names. */
export function addRows(device: Backend, places: Tensor, updates: Tensor, output: Tensor): void {
  dispatch(device, "scatterAdd", {
    indices: broadcastTo(asColumn(places, updates.rank), updates.shape),
    updates,
    axis: 0,
    output,
  });
}

/** `[n]` as `[n, 1, ...]`, of so many axes. */
export function asColumn(x: Tensor, rank: number): Tensor {
  return reshape(x, [x.size, ...Array.from({ length: rank - 1 }, () => 1)]);
}
