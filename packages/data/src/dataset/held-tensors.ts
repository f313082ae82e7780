import { mapTensors } from "@tensorloom/tensor";

/** Returns `value` with handles of its own on the tensors in it, so that it outlives the iteration that gave it. */
export function retain<T>(value: T): T {
  return mapTensors(value, (tensor) => tensor.reshape(tensor.shape));
}

/** Frees the tensors in `value`. */
export function release(value: unknown): void {
  mapTensors(value, (tensor) => {
    tensor.dispose();
    return tensor;
  });
}

/** Whether `value` is an object of named values, and no instance of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}
