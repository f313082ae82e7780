import {
  bytesPerElement,
  contiguousStrides,
  newTypedArray,
  sizeOf,
  storedOf,
  valuesOf,
  type Backend,
  type DType,
  type Storage,
  type TypedArray,
  type View,
} from "@tensorloom/tensor/backend";

/** How a view lies in its storage. */
export type Layout = "contiguous" | "transposed" | "inside" | "reversed" | "stepped";

/** All layouts. */
export const layouts: readonly Layout[] = [
  "contiguous",
  "transposed",
  "inside",
  "reversed",
  "stepped",
];

/** Values in some layout, ready to be placed on any backend. */
export interface Arranged {
  /** The element type. */
  readonly dtype: DType;
  /** Sizes, outermost first. */
  readonly shape: readonly number[];
  /** Steps in elements. */
  readonly strides: readonly number[];
  /** Where the first element lies. */
  readonly offset: number;
  /** The storage's contents, filler included. */
  readonly physical: TypedArray;
}

const filler = 77;

/** Lays out row-major `values`: the elements between and around them are filler that no kernel may see. */
export function arrange(
  values: ArrayLike<number>,
  shape: readonly number[],
  dtype: DType,
  layout: Layout = "contiguous",
): Arranged {
  const rank = shape.length;
  const size = sizeOf(shape);
  const row = contiguousStrides(shape);
  let strides = row;
  let offset = 0;
  let length = size;
  if (layout === "transposed") {
    const reversed = contiguousStrides(shape.toReversed());
    strides = reversed.toReversed();
  } else if (layout === "inside") {
    offset = 3;
    length = size + 5;
  } else if (layout === "reversed") {
    strides = row.map((stride) => -stride);
    offset = size === 0 ? 0 : size - 1;
  } else if (layout === "stepped") {
    strides = row.map((stride) => stride * 2);
    length = size * 2;
  }
  const physical = newTypedArray(dtype, length).fill(dtype === "bool" ? 1 : filler);
  const coordinates = shape.map(() => 0);
  for (let i = 0; i < size; i++) {
    let at = offset;
    for (let axis = 0; axis < rank; axis++) at += coordinates[axis]! * strides[axis]!;
    physical[at] = values[i]!;
    for (let axis = rank - 1; axis >= 0; axis--) {
      if (++coordinates[axis]! < shape[axis]!) break;
      coordinates[axis] = 0;
    }
  }
  return { dtype, shape, strides, offset, physical };
}

/** The same values stretched to a larger shape by strides of 0. */
export function stretched(values: Arranged, shape: readonly number[]): Arranged {
  const missing = shape.length - values.shape.length;
  const strides = shape.map((size, axis) => {
    const own = axis - missing;
    return own < 0 || (values.shape[own] === 1 && size !== 1) ? 0 : values.strides[own]!;
  });
  return { ...values, shape, strides };
}

/** Puts arranged values and outputs on one backend. */
export class Placer {
  readonly #backend: Backend;
  readonly #storages: Storage[] = [];

  /** @param backend - where */
  constructor(backend: Backend) {
    this.#backend = backend;
  }

  /** Returns a view of the values, uploaded. */
  input({ dtype, shape, strides, offset, physical }: Arranged): View {
    const stored = storedOf(dtype, physical);
    const storage = this.#allocate(stored.byteLength);
    if (stored.length > 0) this.#backend.write(storage, stored);
    return { storage, dtype, shape, strides, offset };
  }

  /** Returns a contiguous view of undefined contents. */
  output(dtype: DType, shape: readonly number[]): View {
    const storage = this.#allocate(sizeOf(shape) * bytesPerElement(dtype));
    return { storage, dtype, shape, strides: contiguousStrides(shape), offset: 0 };
  }

  /** Gives back all that was placed. */
  free(): void {
    for (const storage of this.#storages.splice(0)) this.#backend.free(storage);
  }

  #allocate(byteLength: number): Storage {
    const storage = this.#backend.allocate(byteLength);
    this.#storages.push(storage);
    return storage;
  }

  /** Resolves to a contiguous view's elements. */
  async read(view: View): Promise<number[]> {
    const size = sizeOf(view.shape);
    if (size === 0) return [];
    const stored = await this.#backend.read(view.storage, view.dtype, view.offset, size);
    return Array.from(valuesOf(view.dtype, stored));
  }
}
