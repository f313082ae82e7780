import type { Storage, View } from "../backend/contract.ts";
import { bytesPerElement, typedArrayOn, type DType, type TypedArray } from "../dtype.ts";
import { DisposedError } from "../errors.ts";
import { halfBits, halfValue } from "../half.ts";
import { contiguousStrides, sizeOf } from "../shape.ts";

/** A buffer, which refuses to be used once it is freed: a core that frees too early is noticed. */
export class ReferenceStorage implements Storage {
  /** Bytes that can be used. */
  readonly byteLength: number;
  readonly #buffer: ArrayBuffer;
  #isFreed = false;

  /** Allocates; filled with 0xcc, so that a kernel that leaves elements unwritten is noticed. */
  constructor(byteLength: number) {
    this.byteLength = byteLength;
    // Room for whole elements of every dtype, so that any view fits the buffer.
    this.#buffer = new ArrayBuffer(Math.ceil(byteLength / 8) * 8);
    new Uint8Array(this.#buffer).fill(0xcc);
  }

  /** Returns the whole buffer as elements of `dtype`. */
  array(dtype: DType): TypedArray {
    if (this.#isFreed) {
      throw new DisposedError(
        "reference: storage: expected memory in use, got memory that was freed",
      );
    }
    const length = Math.floor(this.#buffer.byteLength / bytesPerElement(dtype));
    return typedArrayOn(dtype, this.#buffer, 0, length);
  }

  /** Ends its use. */
  free(): void {
    this.#isFreed = true;
  }
}

/** Reads and writes a view by coordinates. */
export class Elements {
  readonly #view: View;
  readonly #array: TypedArray;

  /** @param view - a view on a {@link ReferenceStorage} */
  constructor(view: View) {
    this.#view = view;
    this.#array = (view.storage as ReferenceStorage).array(view.dtype);
  }

  /** Returns the element at `coordinates`. */
  get(coordinates: readonly number[]): number {
    const element = this.#array[this.#place(coordinates)]!;
    return this.#view.dtype === "float16" ? halfValue(element) : element;
  }

  /** Stores an element; the typed array rounds or wraps it. */
  set(coordinates: readonly number[], value: number): void {
    const element = this.#view.dtype === "float16" ? halfBits(value) : value;
    this.#array[this.#place(coordinates)] = element;
  }

  #place(coordinates: readonly number[]): number {
    return this.#view.offset + dot(coordinates, this.#view.strides);
  }
}

/** Sums in float64 that are rounded once, when they are stored. */
export class Sums {
  readonly #shape: readonly number[];
  readonly #strides: readonly number[];
  readonly #sums: Float64Array;

  /** @param shape - of the output; all sums begin with 0 */
  constructor(shape: readonly number[]) {
    this.#shape = shape;
    this.#strides = contiguousStrides(shape);
    this.#sums = new Float64Array(sizeOf(shape));
  }

  /** Adds to the sum at `coordinates`. */
  add(coordinates: readonly number[], value: number): void {
    this.#sums[dot(coordinates, this.#strides)]! += value;
  }

  /** Stores all sums in `output`. */
  storeIn(output: View): void {
    const to = new Elements(output);
    for (const at of coordinatesOf(this.#shape)) to.set(at, this.#sums[dot(at, this.#strides)]!);
  }
}

/** Yields every coordinate of `shape` in row-major order. */
export function* coordinatesOf(shape: readonly number[]): Generator<readonly number[]> {
  if (shape.includes(0)) return;
  const coordinates = shape.map(() => 0);
  for (;;) {
    yield [...coordinates];
    let axis = shape.length - 1;
    while (axis >= 0 && ++coordinates[axis]! === shape[axis]!) coordinates[axis--] = 0;
    if (axis < 0) return;
  }
}

/** Returns the sum of products, position by position: where `coordinates` lie under `strides`. */
export function dot(coordinates: readonly number[], strides: readonly number[]): number {
  let sum = 0;
  for (let axis = 0; axis < coordinates.length; axis++) sum += coordinates[axis]! * strides[axis]!;
  return sum;
}
