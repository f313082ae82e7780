import {
  bytesPerElement,
  OutOfMemoryError,
  typedArrayOn,
  type DType,
  type TypedArray,
} from "@tensorloom/tensor/backend";
import type { HostStorage } from "../host-storage.ts";
import { Allocator } from "./allocator.ts";

const pageBytes = 65_536;
const maxPages = 65_536;
// Kernels may read a little past an operand (see assembly/map.ts).
const slackBytes = 64;
// Grown by an eighth at least, so that many small steps do not copy memory over and over.
const growthFactor = 1.125;

/** The module's linear memory, cut into storages; it starts small and grows to 4 GiB. */
export class WasmHeap {
  /** The linear memory. */
  readonly memory: WebAssembly.Memory;
  #allocator: Allocator;
  #buffer: ArrayBufferLike;
  readonly #arrays = new Map<DType, TypedArray>();

  /** @param isShared - whether threads share the memory */
  constructor(isShared: boolean) {
    const limits = { initial: 16, maximum: maxPages };
    this.memory = new WebAssembly.Memory(isShared ? { ...limits, shared: true } : limits);
    this.#buffer = this.memory.buffer;
    this.#allocator = new Allocator(0, 0);
  }

  /** Begins to hand out memory from `heapBase` on. */
  start(heapBase: number): void {
    this.#allocator = new Allocator(heapBase, maxPages * pageBytes - slackBytes);
  }

  /** The whole memory as `dtype`; valid until the next allocation. */
  array(dtype: DType): TypedArray {
    if (this.memory.buffer !== this.#buffer) {
      this.#buffer = this.memory.buffer;
      this.#arrays.clear();
    }
    let array = this.#arrays.get(dtype);
    if (array === undefined) {
      const length = this.#buffer.byteLength / bytesPerElement(dtype);
      array = typedArrayOn(dtype, this.#buffer, 0, length);
      this.#arrays.set(dtype, array);
    }
    return array;
  }

  /**
   * Returns a storage of at least `byteLength` bytes.
   *
   * @throws {@link OutOfMemoryError} if memory cannot grow so far
   */
  allocate(byteLength: number): WasmStorage {
    let address = this.#allocator.allocate(byteLength);
    if (address !== undefined && !this.#reach(this.#allocator.end + slackBytes)) {
      this.#allocator.free(address, byteLength);
      // What is kept for other sizes may do.
      this.#allocator.compact();
      address = this.#allocator.allocate(byteLength);
      if (address !== undefined && !this.#reach(this.#allocator.end + slackBytes)) {
        this.#allocator.free(address, byteLength);
        address = undefined;
      }
    }
    if (address === undefined) {
      const { used, end } = this.#allocator;
      throw new OutOfMemoryError(
        `backend wasm: allocate: expected room for ${byteLength} bytes, got none: ${used} bytes are in use, ` +
          `${end - used} lie free in smaller pieces, and WebAssembly ends at ${maxPages * pageBytes}; ` +
          "dispose tensors or use smaller ones",
      );
    }
    return new WasmStorage(this, address, byteLength);
  }

  /** Returns a view into `storage`, `offset` bytes from its start; it is freed with it. */
  part(storage: WasmStorage, offset: number): WasmStorage {
    return new WasmStorage(this, storage.address + offset, storage.byteLength - offset);
  }

  /** Takes a storage back. */
  free(storage: WasmStorage): void {
    this.#allocator.free(storage.address, storage.byteLength);
  }

  /** Grows memory to at least `bytes`; tells whether it could. */
  #reach(bytes: number): boolean {
    const have = this.memory.buffer.byteLength;
    if (bytes <= have) return true;
    const need = Math.ceil((bytes - have) / pageBytes);
    const wanted = Math.ceil((have * growthFactor - have) / pageBytes);
    const room = maxPages - have / pageBytes;
    for (const pages of [Math.min(Math.max(need, wanted), room), need]) {
      try {
        if (pages >= need && this.memory.grow(pages) >= 0) return true;
      } catch {
        // The engine refuses so much; the smaller step may still go.
      }
    }
    return false;
  }
}

/** A block of the heap. */
export class WasmStorage implements HostStorage {
  /** Where it begins, in bytes; a multiple of 64. */
  readonly address: number;
  readonly byteLength: number;
  /** Changes whenever something may have been written. */
  version = 0;
  readonly #heap: WasmHeap;

  constructor(heap: WasmHeap, address: number, byteLength: number) {
    this.#heap = heap;
    this.address = address;
    this.byteLength = byteLength;
  }

  array(dtype: DType): TypedArray {
    return this.#heap.array(dtype);
  }

  start(dtype: DType): number {
    return this.address / bytesPerElement(dtype);
  }
}
