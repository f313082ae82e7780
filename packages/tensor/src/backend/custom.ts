import { valuesOf, type DType, type TypedArray } from "../dtype.ts";
import { UnsupportedError } from "../errors.ts";
import { toHalfBits } from "../half.ts";
import { sizeOf } from "../shape.ts";
import type { CustomCall, HostArray, Storage, View } from "./contract.ts";

/**
 * Runs a custom kernel's host version: what a host backend's `custom` does.
 *
 * @param call - the kernel and its arguments
 * @param memory - gives a storage's memory itself, as {@link Backend.hostMemory} does
 * @throws {@link UnsupportedError} if the kernel has no host version
 */
export function runOnHost(
  { kernel, inputs, outputs, parameters }: CustomCall,
  memory: (storage: Storage, dtype: DType) => TypedArray,
): void {
  if (kernel.host === undefined) {
    throw new UnsupportedError(
      `${kernel.name}: expected a kernel with a host version, got one without; ` +
        "move the operands to the device that it was written for",
    );
  }
  const elementsOf = ({ storage, dtype, offset, shape }: View): TypedArray =>
    memory(storage, dtype).subarray(offset, offset + sizeOf(shape));
  // Of half floats a kernel sees the values, in float32.
  const arrayOf = (view: View): HostArray => ({
    data: valuesOf(view.dtype, elementsOf(view)),
    shape: view.shape,
  });
  const made = outputs.map(arrayOf);
  kernel.host(inputs.map(arrayOf), made, parameters);
  outputs.forEach((view, i) => {
    if (view.dtype === "float16") elementsOf(view).set(toHalfBits(made[i]!.data));
  });
}
