import type { Backend, Storage } from "./backend/contract.ts";
import { backendNamed, currentBackend } from "./backend/registry.ts";
import {
  bytesPerElement,
  newTypedArray,
  storedOf,
  valuesOf,
  type DType,
  type TypedArrayOf,
} from "./dtype.ts";
import { DisposedError, ShapeError, UnsupportedError } from "./errors.ts";
import { formatTensor } from "./format.ts";
import { Lease, track, untrack } from "./scope.ts";
import { contiguousStrides, formatShape, isContiguous, sizeOf, type Shape } from "./shape.ts";
import { SharedStorage } from "./shared-storage.ts";
import type { TensorMethods } from "./tensor-methods.ts";

/** Numbers in nested arrays, all rows of equal length. */
export type NestedArray = number | boolean | readonly NestedArray[];

let nextId = 1;

/**
 * A multi-dimensional array: a handle on strided memory of one backend. Immutable; operations make new ones, and
 * reshapes, transposes and slices are views that share memory.
 *
 * Make one with {@link tensor}, {@link zeros} and their kin. Free it with {@link Tensor.dispose}, `using`, or
 * {@link tidy}; what is forgotten is freed after garbage collection.
 *
 * @example
 * const x = tensor([[1, 2], [3, 4]]);
 * x.shape; // => [2,2]
 * x.transpose().toString(); // => [[1, 3], [2, 4]]
 */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- methods.ts puts the methods on the prototype
export class Tensor<D extends DType = DType> {
  /** Sizes of the axes; `[]` for a scalar. */
  readonly shape: Shape;
  /** The element type. */
  readonly dtype: D;
  /** Steps between neighbours along each axis, in elements. */
  readonly strides: readonly number[];
  /** Where the first element lies in the storage, in elements. */
  readonly offset: number;
  /** How many elements there are. */
  readonly size: number;
  /** @internal Names the value: handles made by the tape for the same value carry the same id. */
  readonly id: number;
  /** @internal The claim on the memory. */
  readonly lease: Lease;

  /** @internal Use {@link tensor} and its kin. */
  constructor(
    shared: SharedStorage,
    dtype: D,
    shape: Shape,
    strides: readonly number[],
    offset: number,
    id: number = nextId++,
  ) {
    this.shape = shape;
    this.dtype = dtype;
    this.strides = strides;
    this.offset = offset;
    this.size = sizeOf(shape);
    this.id = id;
    this.lease = new Lease(shared);
    track(this);
  }

  /** How many axes there are. */
  get rank(): number {
    return this.shape.length;
  }

  /** The name of the backend that holds the elements. */
  get backend(): string {
    return sharedOf(this).backend.name;
  }

  /** Whether the elements lie on a host backend, so that {@link Tensor.dataSync} can read them. */
  get isOnHost(): boolean {
    return sharedOf(this).backend.readSync !== undefined;
  }

  /** Whether {@link Tensor.dispose} has been called. */
  get isDisposed(): boolean {
    return this.lease.shared === undefined;
  }

  /** @internal The backend's memory, for kernels. */
  get storage(): Storage {
    return sharedOf(this).storage;
  }

  /**
   * Gives the memory back, once no other view shares it. A second call does nothing.
   */
  dispose(): void {
    if (this.isDisposed) return;
    untrack(this as Tensor);
    this.lease.release();
  }

  /** Disposes at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /**
   * Resolves to a copy of the elements in row-major order, as they are at the time of the call.
   *
   * @throws {@link DisposedError}
   */
  async data(): Promise<TypedArrayOf[D]> {
    const { backend, storage } = sharedOf(this, "data");
    if (this.size === 0) return newTypedArray(this.dtype, 0);
    if (backend.readSync !== undefined) return this.dataSync();
    const { offset, length } = extent(this);
    const elements = await backend.read(storage, this.dtype, offset, length);
    return rowMajor(this, valuesOf(this.dtype, elements), offset);
  }

  /**
   * Returns a copy of the elements in row-major order, at once: host backends only.
   *
   * @throws {@link UnsupportedError} on a device backend; use {@link Tensor.data}
   * @throws {@link DisposedError}
   */
  dataSync(): TypedArrayOf[D] {
    const { backend, storage } = sharedOf(this, "dataSync");
    if (backend.readSync === undefined) {
      throw new UnsupportedError(
        `dataSync: expected a tensor on a host backend, got one on ${backend.name}; try \`await x.data()\``,
      );
    }
    if (this.size === 0) return newTypedArray(this.dtype, 0);
    const { offset, length } = extent(this);
    const elements = backend.readSync(storage, this.dtype, offset, length);
    return rowMajor(this, valuesOf(this.dtype, elements), offset);
  }

  /**
   * Resolves to the elements as nested arrays of numbers (of booleans for `bool`), or a bare value for a scalar. How deep they
   * are is not known to the type: name it where you need it, as a cast would.
   *
   * @example
   * const rows = await tensor([[1, 2], [3, 4]]).array<number[][]>();
   * rows.map((row) => row.length); // => [2,2]
   */
  async array<Nested extends NestedArray = NestedArray>(): Promise<Nested> {
    return nest(this.shape, await this.data(), this.dtype === "bool") as Nested;
  }

  /**
   * Returns the single element as a number: host backends only.
   *
   * @throws {@link ShapeError} if there is not exactly one element
   */
  item(): number {
    checkSingle(this);
    return this.dataSync()[0]!;
  }

  /** Resolves to the single element as a number, on any backend. */
  async itemAsync(): Promise<number> {
    checkSingle(this);
    return (await this.data())[0]!;
  }

  /**
   * Resolves to a tensor with the same elements on another backend; a handle on the same memory if it is there already.
   * Gradients do not pass through.
   *
   * @param name - a backend that has been used
   */
  async to(name: string): Promise<Tensor<D>> {
    const target = backendNamed("to", name);
    const { backend } = sharedOf(this, "to");
    if (backend === target) return alias(this);
    const data = await this.data();
    return fromTypedArray(data, this.dtype, this.shape, target);
  }

  /** Returns the elements as NumPy prints them, long ones shortened; on a device backend, dtype and shape alone. */
  toString(): string {
    if (this.isDisposed) return `Tensor(disposed, ${this.dtype} ${formatShape(this.shape)})`;
    if (sharedOf(this).backend.readSync === undefined) {
      return `Tensor(${this.dtype} ${formatShape(this.shape)} on ${this.backend})`;
    }
    return formatTensor(this.shape, this.dtype, this.dataSync());
  }
}

export interface Tensor<D extends DType = DType> extends TensorMethods<D> {}

/** Returns the storage of a live tensor; throws {@link DisposedError} for a disposed one. */
export function sharedOf(tensor: Tensor, operation = "tensor"): SharedStorage {
  const { shared } = tensor.lease;
  if (shared !== undefined) return shared;
  throw new DisposedError(
    `${operation}: expected a live tensor, got a disposed one of ${tensor.dtype} ${formatShape(tensor.shape)}; ` +
      "dispose it later, or keep() it through tidy",
  );
}

/** Returns a new tensor of undefined contents on `backend`: an operation fills it. */
export function allocateTensor<D extends DType>(
  backend: Backend,
  dtype: D,
  shape: Shape,
): Tensor<D> {
  if (!backend.dtypes.includes(dtype)) throw missingDType(backend, dtype);
  const shared = new SharedStorage(backend, sizeOf(shape) * bytesPerElement(dtype));
  return new Tensor(shared, dtype, shape, contiguousStrides(shape), 0);
}

/** Returns a tensor that shares `base`'s memory under another shape, strides and offset. */
export function viewOf<D extends DType>(
  base: Tensor<D>,
  shape: Shape,
  strides: readonly number[],
  offset: number,
  operation?: string,
): Tensor<D> {
  return new Tensor(sharedOf(base, operation).retain(), base.dtype, shape, strides, offset);
}

/** Returns another handle on the same value, with its own lifetime. */
export function alias<D extends DType>(base: Tensor<D>): Tensor<D> {
  const shared = sharedOf(base).retain();
  return new Tensor(shared, base.dtype, base.shape, base.strides, base.offset, base.id);
}

/** Returns a tensor on `backend` with a copy of `data`, whose length fits `shape`. */
export function fromTypedArray<D extends DType>(
  data: TypedArrayOf[D],
  dtype: D,
  shape: Shape,
  backend: Backend = currentBackend(),
): Tensor<D> {
  const result = allocateTensor(backend, dtype, shape);
  if (data.length > 0) backend.write(result.storage, storedOf(dtype, data));
  return result;
}

/**
 * Returns a tensor on memory that a backend already holds, from its start, in row-major order: for backends that take in
 * memory made elsewhere. The tensor's disposal gives the memory back to the backend.
 *
 * @param backend - whose memory it is
 * @param storage - at least as large as the elements
 * @throws {@link UnsupportedError} for a dtype that the backend does not have
 */
export function tensorOn<D extends DType>(
  backend: Backend,
  storage: Storage,
  { shape, dtype }: { readonly shape: Shape; readonly dtype: D },
): Tensor<D> {
  if (!backend.dtypes.includes(dtype)) throw missingDType(backend, dtype);
  const shared = new SharedStorage(backend, sizeOf(shape) * bytesPerElement(dtype), storage);
  return new Tensor(shared, dtype, shape, contiguousStrides(shape), 0);
}

function missingDType(backend: Backend, dtype: DType): UnsupportedError {
  return new UnsupportedError(
    `backend ${backend.name}: dtype: expected one of ${backend.dtypes.join(", ")}, got ${dtype}; ` +
      (dtype === "float16" ? 'try x.astype("float32")' : "cast with astype, or use a host backend"),
  );
}

function checkSingle(tensor: Tensor): void {
  if (tensor.size === 1) return;
  throw new ShapeError(
    `item: expected a tensor with one element, got ${formatShape(tensor.shape)}; try data() or array()`,
  );
}

/** The run of storage elements that a view's elements lie in; negative strides reach below the offset. */
function extent(view: Tensor): { offset: number; length: number } {
  let low = view.offset;
  let high = view.offset;
  for (let axis = 0; axis < view.rank; axis++) {
    const reach = (view.shape[axis]! - 1) * view.strides[axis]!;
    if (reach < 0) low += reach;
    else high += reach;
  }
  return { offset: low, length: high - low + 1 };
}

/** Returns a view's elements in row-major order, given the run of elements they lie in. */
function rowMajor<D extends DType>(
  view: Tensor<D>,
  elements: TypedArrayOf[D],
  start: number,
): TypedArrayOf[D] {
  if (isContiguous(view.shape, view.strides)) return elements;
  const result = newTypedArray(view.dtype, view.size);
  const { shape, strides } = view;
  const coordinates = shape.map(() => 0);
  let from = view.offset - start;
  for (let i = 0; i < result.length; i++) {
    result[i] = elements[from]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      from += strides[axis]!;
      if (++coordinates[axis]! < shape[axis]!) break;
      from -= strides[axis]! * shape[axis]!;
      coordinates[axis] = 0;
    }
  }
  return result;
}

function nest(shape: Shape, data: ArrayLike<number>, asBoolean: boolean): NestedArray {
  let position = 0;
  const build = (axis: number): NestedArray => {
    if (axis === shape.length) {
      const value = data[position++]!;
      return asBoolean ? value !== 0 : value;
    }
    return Array.from({ length: shape[axis]! }, () => build(axis + 1));
  };
  return build(0);
}
