import type { Backend, Storage } from "./backend/contract.ts";

let liveStorages = 0;
let liveBytes = 0;

/** A backend's memory with a count of the handles on it: views share it, and the last handle frees it. */
export class SharedStorage {
  /** Whose memory it is. */
  readonly backend: Backend;
  /** The memory. */
  readonly storage: Storage;
  readonly #bytes: number;
  #references = 1;

  /** Allocates `byteLength` bytes on `backend`, or takes over memory that it holds; with one reference. */
  constructor(
    backend: Backend,
    byteLength: number,
    storage: Storage = backend.allocate(byteLength),
  ) {
    this.backend = backend;
    this.storage = storage;
    this.#bytes = byteLength;
    liveStorages++;
    liveBytes += byteLength;
  }

  /** Counts one more handle; returns this. */
  retain(): this {
    this.#references++;
    return this;
  }

  /** Counts one handle less, and frees the memory with the last. */
  release(): void {
    if (--this.#references > 0) return;
    liveStorages--;
    liveBytes -= this.#bytes;
    this.backend.free(this.storage);
  }
}

/** Returns how many storages live on all backends, and the bytes asked for. */
export function storageCounts(): { storages: number; bytes: number } {
  return { storages: liveStorages, bytes: liveBytes };
}
