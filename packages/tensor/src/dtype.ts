import { DTypeError } from "./errors.ts";
import { fromHalfBits, toHalfBits } from "./half.ts";

/**
 * The element types. `float64` lives on host backends only. `float16` is for storage, two bytes an element: what is computed
 * with it is computed in float32, and rounded to nearest, ties to even, where it is stored.
 */
export type DType = "float32" | "float16" | "float64" | "int32" | "uint8" | "bool";

/** The typed array that holds each dtype; `bool` is one byte an element, 0 or 1. */
export interface TypedArrayOf {
  /** 32-bit IEEE floats. */
  float32: Float32Array;
  /** The values of 16-bit IEEE floats: JavaScript has no array of these everywhere yet. */
  float16: Float32Array;
  /** 64-bit IEEE floats. */
  float64: Float64Array;
  /** 32-bit signed integers. */
  int32: Int32Array;
  /** 8-bit unsigned integers. */
  uint8: Uint8Array;
  /** One byte an element, 0 or 1. */
  bool: Uint8Array;
}

/** The typed arrays in which backends hold elements: those of {@link TypedArrayOf}, but the bits of float16. */
export type StoredArrayOf = Omit<TypedArrayOf, "float16"> & {
  /** The bits of 16-bit IEEE floats. */
  readonly float16: Uint16Array;
};

/** Any typed array of elements. A Uint16Array is the bits of float16, in the memory of backends alone. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint16Array | Uint8Array;

const constructors = {
  float32: Float32Array,
  float16: Uint16Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** In promotion order: an operation on two dtypes computes in the later one. */
const promotionOrder: readonly DType[] = [
  "bool",
  "uint8",
  "int32",
  "float16",
  "float32",
  "float64",
];

/** Returns the number of bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

/** Returns `length` elements of `dtype` in `buffer`, from `byteOffset`, as a backend holds them. */
export function typedArrayOn<D extends DType>(
  dtype: D,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): StoredArrayOf[D] {
  return new constructors[dtype](
    buffer as ArrayBuffer,
    byteOffset,
    length,
  ) as unknown as StoredArrayOf[D];
}

/** Returns a new zeroed typed array for the values of `length` elements of `dtype`. */
export function newTypedArray<D extends DType>(dtype: D, length: number): TypedArrayOf[D] {
  const Elements = dtype === "float16" ? Float32Array : constructors[dtype];
  return new Elements(length) as unknown as TypedArrayOf[D];
}

/** Returns the values of elements as a backend holds them: themselves, but for float16. */
export function valuesOf<D extends DType>(dtype: D, stored: TypedArray): TypedArrayOf[D] {
  return (dtype === "float16" ? fromHalfBits(stored) : stored) as unknown as TypedArrayOf[D];
}

/** Returns values as a backend holds them: themselves, but for float16. */
export function storedOf(dtype: DType, values: TypedArray): TypedArray {
  return dtype === "float16" ? toHalfBits(values) : values;
}

/** Tells whether `dtype` is `float16`, `float32` or `float64`. */
export function isFloating(dtype: DType): dtype is "float16" | "float32" | "float64" {
  return dtype === "float16" || dtype === "float32" || dtype === "float64";
}

/** Returns the type in which expressions compute with elements of a dtype: float32 for float16, else the same. */
export function computedDType<T extends string>(dtype: T): Exclude<T, "float16"> | "float32" {
  return dtype === "float16" ? "float32" : (dtype as Exclude<T, "float16">);
}

/**
 * Returns the dtype in which an operation on `a` and `b` computes: the later of
 * `bool < uint8 < int32 < float16 < float32 < float64`. So `int32` with `float32` is `float32`, as in PyTorch and JAX.
 *
 * @example
 * promoteTypes("int32", "float32"); // => float32
 */
export function promoteTypes(a: DType, b: DType): DType {
  return promotionOrder.indexOf(a) >= promotionOrder.indexOf(b) ? a : b;
}

/** Throws {@link DTypeError} unless `value` names a dtype; returns it. */
export function checkDType(operation: string, value: unknown): DType {
  if (typeof value === "string" && Object.hasOwn(constructors, value)) return value as DType;
  throw new DTypeError(
    `${operation}: dtype: expected one of ${Object.keys(constructors).join(", ")}, got ${String(value)}`,
  );
}

/** Returns the dtype whose elements `array` holds; a `Uint8Array` is `uint8`. */
export function dtypeOfTypedArray(array: TypedArray): DType {
  if (array instanceof Float32Array) return "float32";
  if (array instanceof Float64Array) return "float64";
  return array instanceof Int32Array ? "int32" : "uint8";
}
