import { Tensor } from "@tensorloom/tensor";

/** Returns `value` with every tensor in it, also inside plain objects and arrays, replaced by what `f` gives. */
export function mapTensors<T>(value: T, f: (tensor: Tensor) => Tensor): T {
  if (value instanceof Tensor) return f(value as Tensor) as T;
  if (Array.isArray(value)) return value.map((item) => mapTensors(item as unknown, f)) as T;
  if (isPlainObject(value)) {
    const entries = Object.entries(value).map(([key, item]) => [key, mapTensors(item, f)]);
    return Object.fromEntries(entries) as T;
  }
  return value;
}

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
