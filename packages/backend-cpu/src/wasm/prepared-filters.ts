import type { View } from "@tensorloom/tensor/backend";
import type { WasmHeap, WasmStorage } from "./heap.ts";

/** A use of a filter: the same key and version mean the same values. */
interface Use {
  readonly key: string;
  readonly version: number;
}

/** Bytes that are kept at most: beyond them filters are prepared each time. */
const mostBytes = 2 ** 28;

/**
 * Filters in the form in which a kernel wants them, kept from the second time that the same memory is used with nothing
 * written to it between: the weights of a trained network, and not those that change from step to step.
 */
export class PreparedFilters {
  readonly #heap: WasmHeap;
  readonly #uses = new WeakMap<WasmStorage, Use>();
  readonly #kept = new Map<WasmStorage, WasmStorage>();
  #bytes = 0;

  constructor(heap: WasmHeap) {
    this.#heap = heap;
  }

  /**
   * Hands the prepared form of `filter` to `use`; calls `prepare` first, unless it is kept.
   *
   * @param bytes - the size of the prepared form
   * @param prepare - fills it, at an address
   */
  with(
    filter: View,
    bytes: number,
    prepare: (address: number) => void,
    use: (address: number) => void,
  ): void {
    const storage = filter.storage as WasmStorage;
    const key = `${filter.offset} ${filter.shape.join()} ${filter.strides.join()}`;
    const last = this.#uses.get(storage);
    const isSame = last?.version === storage.version && last.key === key;
    if (!isSame) this.forget(storage);
    const kept = this.#kept.get(storage);
    if (kept !== undefined) {
      use(kept.address);
      return;
    }
    this.#uses.set(storage, { key, version: storage.version });
    const prepared = this.#heap.allocate(bytes);
    prepare(prepared.address);
    use(prepared.address);
    if (isSame && this.#bytes + bytes <= mostBytes) {
      this.#kept.set(storage, prepared);
      this.#bytes += bytes;
    } else this.#heap.free(prepared);
  }

  /** Frees what is kept for a storage. */
  forget(storage: WasmStorage): void {
    const prepared = this.#kept.get(storage);
    if (prepared === undefined) return;
    this.#kept.delete(storage);
    this.#bytes -= prepared.byteLength;
    this.#heap.free(prepared);
  }

  /** Frees all that is kept, and tells whether there was any. */
  clear(): boolean {
    const hadAny = this.#kept.size > 0;
    for (const storage of this.#kept.keys()) this.forget(storage);
    return hadAny;
  }
}
