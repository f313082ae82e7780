import type { DType, Storage, TypedArray, View } from "@tensorloom/tensor/backend";

/** Memory that the loops of this package can reach as a typed array: a cpu storage, or a block of the WASM heap. */
export interface HostStorage extends Storage {
  /** A typed array of `dtype` that contains the storage; valid until memory is allocated. */
  array(dtype: DType): TypedArray;
  /** Where the storage begins in {@link HostStorage.array}, in elements. */
  start(dtype: DType): number;
}

/** Where a view's elements are. */
export interface Elements {
  /** The array that holds them. */
  readonly array: TypedArray;
  /** The position of the first. */
  readonly offset: number;
}

/** Returns where a view's elements are. */
export function elementsOf(view: View): Elements {
  const storage = view.storage as HostStorage;
  return { array: storage.array(view.dtype), offset: storage.start(view.dtype) + view.offset };
}
