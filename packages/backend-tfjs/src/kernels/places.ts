import { astype, broadcastTo, mul, reshape, sum, type Tensor } from "@tensorloom/tensor";
import {
  ArgumentError,
  dispatch,
  fromTypedArray,
  sizeOf,
  type Backend,
} from "@tensorloom/tensor/backend";

/**
 * Returns where the elements that `tuples [..., k]` name lie, counted over `sizes`, k axes, row by row.
 *
 * Where elements can be read at once, places outside are refused in TensorFlow.js' words; a device does not look at them, as TensorFlow.js'
 * own devices do not.
 */
export function flatPlaces(
  device: Backend,
  tuples: Tensor,
  sizes: readonly number[],
  shape: readonly number[],
): Tensor {
  const given = astype(tuples, "int32");
  if (device.readSync !== undefined) {
    const wrong = given
      .dataSync()
      .find((index, i) => !(index >= 0 && index < sizes[i % sizes.length]!));
    if (wrong !== undefined) {
      throw new ArgumentError(`Invalid indices: ${wrong} does not index into ${shape.join()}`);
    }
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
