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
  const steps = Int32Array.from(sizes, (_, axis) => sizeOf(sizes.slice(axis + 1)));
  if (device.readSync === undefined) {
    return sum(mul(given, fromTypedArray(steps, "int32", [steps.length], device)), -1);
  }
  const indices = given.dataSync();
  const places = new Int32Array(indices.length / steps.length);
  let at = 0;
  for (let i = 0; i < places.length; i++) {
    let place = 0;
    for (let axis = 0; axis < steps.length; axis++) {
      const index = indices[at++]!;
      if (!(index >= 0 && index < sizes[axis]!)) {
        throw new ArgumentError(`Invalid indices: ${index} does not index into ${shape.join()}`);
      }
      place += index * steps[axis]!;
    }
    places[i] = place;
  }
  return fromTypedArray(places, "int32", tuples.shape.slice(0, -1), device);
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
