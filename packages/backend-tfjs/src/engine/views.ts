import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import {
  contiguousStrides,
  sizeOf,
  type DType,
  type Storage,
  type TypedArray,
  type View,
} from "@tensorloom/tensor/backend";
import type { Tf } from "./load-engine.ts";
import type { TfjsStorage } from "./tfjs-storage.ts";

/** TensorFlow.js' dtype for ours: it has no bytes. */
export function tfTypeOf(dtype: DType | "uint32"): "float32" | "int32" | "bool" {
  if (dtype === "float32" || dtype === "bool") return dtype;
  return "int32";
}

/** Returns a typed array's elements as a flat tensor of its own. */
export function upload(tf: Tf, data: TypedArray): TfTensor {
  if (data instanceof Float32Array) return tf.tensor1d(data.slice(), "float32");
  return tf.tensor1d(Int32Array.from(data), "int32");
}

/** Returns elements in front of what is left of those before, in as many bytes as asked. */
export function overlaid(
  elements: TypedArray,
  before: ArrayLike<number> | undefined,
  byteLength: number,
): TypedArray {
  const Elements = elements.constructor as new (length: number) => TypedArray;
  const whole = new Elements(byteLength / elements.BYTES_PER_ELEMENT);
  whole.set(before ?? []);
  whole.set(elements);
  return whole;
}

/** Returns elements of TensorFlow.js as a dtype's typed array. */
export function downloaded(
  values: Float32Array | Int32Array | Uint8Array,
  dtype: DType,
): TypedArray {
  if (dtype === "float32")
    return values instanceof Float32Array ? values.slice() : Float32Array.from(values);
  if (dtype === "int32") return Int32Array.from(values);
  return Uint8Array.from(values);
}

/** Returns a storage's elements, flat, in TensorFlow.js' dtype for `dtype`. */
export function flatOf(tf: Tf, storage: Storage, dtype: DType): TfTensor {
  const held = storage as TfjsStorage;
  const type = tfTypeOf(dtype);
  if (held.flat === undefined) return tf.zeros([held.lengthOf(dtype)], type);
  return held.flat.dtype === type ? held.flat : tf.cast(held.flat, type);
}

/**
 * Returns a view as a tensor. Axes of stride 0 keep size 1 if `broadcast` is false: operations stretch them by themselves.
 */
export function tensorOf(tf: Tf, view: View, broadcast = true): TfTensor {
  const { storage, dtype, offset, strides } = view;
  const shape = view.shape.map((size, axis) => (strides[axis] === 0 && size > 1 ? 1 : size));
  const flat = flatOf(tf, storage, dtype);
  const size = sizeOf(shape);
  if (size === 0) return tf.zeros([...view.shape], tfTypeOf(dtype));
  const tensor = isLaidOut(shape, strides)
    ? tf.reshape(part(tf, flat, offset, size), shape)
    : (transposed(tf, flat, offset, shape, strides) ?? gathered(tf, flat, offset, shape, strides));
  const isStretched = shape.some((length, axis) => length !== view.shape[axis]);
  return broadcast && isStretched ? stretched(tf, tensor, view.shape) : tensor;
}

/** Returns a tensor broadcast to a shape. */
export function stretched(tf: Tf, x: TfTensor, shape: readonly number[]): TfTensor {
  if (x.size === sizeOf(shape)) return tf.reshape(x, [...shape]);
  // Its engines stretch no bools.
  if (x.dtype === "bool") return tf.cast(stretched(tf, tf.cast(x, "int32"), shape), "bool");
  // Beyond four axes, its webgpu engine reads back what it stretches.
  const isMultiplied = shape.length > 4 && tf.getBackend() === "webgpu";
  return isMultiplied ? tf.mul(x, tf.ones([...shape], x.dtype)) : tf.broadcastTo(x, [...shape]);
}

function part(tf: Tf, flat: TfTensor, offset: number, size: number): TfTensor {
  return offset === 0 && size === flat.size ? flat : tf.slice(flat, [offset], [size]);
}

/** Whether elements follow each other in row-major order; strides of axes of size 1 do not matter. */
function isLaidOut(shape: readonly number[], strides: readonly number[]): boolean {
  const expected = contiguousStrides(shape);
  return shape.every((size, axis) => size === 1 || strides[axis] === expected[axis]);
}

/** A block whose axes stand in another order; undefined if it is none. */
function transposed(
  tf: Tf,
  flat: TfTensor,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): TfTensor | undefined {
  const order = shape.map((_, axis) => axis).toSorted((a, b) => strides[b]! - strides[a]! || a - b);
  const laidOut = order.map((axis) => shape[axis]!);
  const sorted = order.map((axis) => strides[axis]!);
  // TensorFlow.js transposes up to six axes.
  if (!isLaidOut(laidOut, sorted) || order.length > 6) return undefined;
  const block = tf.reshape(part(tf, flat, offset, sizeOf(shape)), laidOut);
  const permutation = shape.map((_, axis) => order.indexOf(axis));
  const type = block.dtype as "float32" | "int32" | "bool";
  // Its webgpu engine's shader for others than floats does not compile.
  if (type === "float32" || tf.getBackend() !== "webgpu") return tf.transpose(block, permutation);
  return tf.cast(tf.transpose(tf.cast(block, "float32"), permutation), type);
}

/** Any other view, element by element. */
function gathered(
  tf: Tf,
  flat: TfTensor,
  offset: number,
  shape: readonly number[],
  strides: readonly number[],
): TfTensor {
  const places = new Int32Array(sizeOf(shape));
  const at = shape.map(() => 0);
  let place = offset;
  for (let i = 0; i < places.length; i++) {
    places[i] = place;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      place += strides[axis]!;
      if (++at[axis]! < shape[axis]!) break;
      place -= strides[axis]! * shape[axis]!;
      at[axis] = 0;
    }
  }
  // Its engines gather floats and integers alone.
  const isBool = flat.dtype === "bool";
  const source = isBool ? tf.cast(flat, "int32") : flat;
  const picked = tf.reshape(tf.gather(source, tf.tensor1d(places, "int32")), [...shape]);
  return isBool ? tf.cast(picked, "bool") : picked;
}

/** Puts a tensor's elements where a contiguous view lies. */
export function store(tf: Tf, view: View, values: TfTensor): void {
  const storage = view.storage as TfjsStorage;
  const length = storage.lengthOf(view.dtype);
  const type = tfTypeOf(view.dtype);
  const size = sizeOf(view.shape);
  const typed = values.dtype === type ? values : tf.cast(values, type);
  let flat = tf.reshape(typed, [size]);
  if (size < length) {
    const before = flatOf(tf, storage, view.dtype);
    const rest = view.offset + size;
    flat = tf.concat([
      ...[tf.slice(before, [0], [view.offset]), flat],
      tf.slice(before, [rest], [length - rest]),
    ]);
  }
  // A tensor of its own: an input's elements must not go when the input does.
  storage.replace(tf.keep(tf.clone(flat)));
}
