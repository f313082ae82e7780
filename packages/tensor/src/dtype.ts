import { DTypeError } from "./errors.ts";

/** The element types. `float64` lives on host backends only. */
export type DType = "float32" | "float64" | "int32" | "uint8" | "bool";

/** The typed array that holds each dtype; `bool` is one byte an element, 0 or 1. */
export interface TypedArrayOf {
  /** 32-bit IEEE floats. */
  float32: Float32Array;
  /** 64-bit IEEE floats. */
  float64: Float64Array;
  /** 32-bit signed integers. */
  int32: Int32Array;
  /** 8-bit unsigned integers. */
  uint8: Uint8Array;
  /** One byte an element, 0 or 1. */
  bool: Uint8Array;
}

/** Any typed array that a tensor's elements can be read into. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

const constructors = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** In promotion order: an operation on two dtypes computes in the later one. */
const promotionOrder: readonly DType[] = ["bool", "uint8", "int32", "float32", "float64"];

/** Returns the number of bytes of one element. */
export function bytesPerElement(dtype: DType): number {
  return constructors[dtype].BYTES_PER_ELEMENT;
}

/** Returns a view of `dtype` on `length` elements of `buffer`, from `byteOffset`. */
export function typedArrayOn<D extends DType>(
  dtype: D,
  buffer: ArrayBufferLike,
  byteOffset: number,
  length: number,
): TypedArrayOf[D] {
  return new constructors[dtype](
    buffer as ArrayBuffer,
    byteOffset,
    length,
  ) as unknown as TypedArrayOf[D];
}

/** Returns a new zeroed typed array of `length` elements of `dtype`. */
export function newTypedArray<D extends DType>(dtype: D, length: number): TypedArrayOf[D] {
  return new constructors[dtype](length) as unknown as TypedArrayOf[D];
}

/** Tells whether `dtype` is `float32` or `float64`. */
export function isFloating(dtype: DType): dtype is "float32" | "float64" {
  return dtype === "float32" || dtype === "float64";
}

/**
 * Returns the dtype in which an operation on `a` and `b` computes: the later of
 * `bool < uint8 < int32 < float32 < float64`. So `int32` with `float32` is `float32`, as in PyTorch and JAX.
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
