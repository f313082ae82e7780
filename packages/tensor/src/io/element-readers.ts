import { currentBackend } from "../backend/registry.ts";
import {
  bytesPerElement,
  newTypedArray,
  typedArrayOn,
  type DType,
  type TypedArray,
} from "../dtype.ts";
import { halfValue } from "../half.ts";

/** How elements lie in files, and the dtype that holds them here. */
export interface ElementReader {
  readonly dtype: DType;
  readonly width: number;
  readonly read: (view: DataView, offset: number, isLittle: boolean) => number;
}

const word = new Uint32Array(1);
const wordAsFloat = new Float32Array(word.buffer);

/** The upper half of a float32. */
function brainValue(bits: number): number {
  word[0] = bits << 16;
  return wordAsFloat[0]!;
}

type TypeName =
  "f2" | "bf2" | "f4" | "f8" | "i1" | "i2" | "i4" | "i8" | "u1" | "u2" | "u4" | "u8" | "b1";

/** By NumPy's letter and width; `bf2`, bfloat16, is not NumPy's. */
export const elementReaders: Readonly<Record<TypeName, ElementReader>> = {
  f2: {
    dtype: "float16",
    width: 2,
    read: (view, at, little) => halfValue(view.getUint16(at, little)),
  },
  bf2: {
    dtype: "float32",
    width: 2,
    read: (view, at, little) => brainValue(view.getUint16(at, little)),
  },
  f4: { dtype: "float32", width: 4, read: (view, at, little) => view.getFloat32(at, little) },
  f8: { dtype: "float64", width: 8, read: (view, at, little) => view.getFloat64(at, little) },
  i1: { dtype: "int32", width: 1, read: (view, at) => view.getInt8(at) },
  i2: { dtype: "int32", width: 2, read: (view, at, little) => view.getInt16(at, little) },
  i4: { dtype: "int32", width: 4, read: (view, at, little) => view.getInt32(at, little) },
  i8: {
    dtype: "int32",
    width: 8,
    read: (view, at, little) => Number(view.getBigInt64(at, little)),
  },
  u1: { dtype: "uint8", width: 1, read: (view, at) => view.getUint8(at) },
  u2: { dtype: "int32", width: 2, read: (view, at, little) => view.getUint16(at, little) },
  u4: { dtype: "int32", width: 4, read: (view, at, little) => view.getUint32(at, little) },
  u8: {
    dtype: "int32",
    width: 8,
    read: (view, at, little) => Number(view.getBigUint64(at, little)),
  },
  b1: { dtype: "bool", width: 1, read: (view, at) => Number(view.getUint8(at) !== 0) },
};

/** The dtype that elements become on the current backend: float32 for float16 where there is none. */
export function loadedDType({ dtype }: ElementReader): DType {
  const isHere = dtype !== "float16" || currentBackend().dtypes.includes(dtype);
  return isHere ? dtype : "float32";
}

/**
 * Returns the values of `count` elements from `offset` on: the very bytes of the file where they lie as elements do here, and
 * aligned.
 *
 * @param isLittle - the order of bytes
 * @param fail - throws for whole numbers beyond int32
 */
export function readElements(
  view: DataView,
  offset: number,
  count: number,
  { dtype, width, read }: ElementReader,
  isLittle: boolean,
  fail: (what: string) => never,
): TypedArray {
  const isAsHere = read === elementReaders.i4.read || (dtype !== "int32" && dtype !== "bool");
  if (isLittle && isAsHere && dtype !== "float16" && width === bytesPerElement(dtype)) {
    const start = view.byteOffset + offset;
    if (start % width === 0) return typedArrayOn(dtype, view.buffer, start, count);
    const bytes = new Uint8Array(view.buffer, start, count * width).slice();
    return typedArrayOn(dtype, bytes.buffer, 0, count);
  }
  const data = newTypedArray(dtype, count);
  for (let i = 0; i < count; i++) {
    const value = read(view, offset + i * width, isLittle);
    data[i] = value;
    if (dtype === "int32" && data[i] !== value) {
      fail(`expected whole numbers that int32 holds, got ${value}; save them as float64`);
    }
  }
  return data;
}
