import type { View } from "@tensorloom/tensor/backend";
import type { WasmHeap, WasmStorage } from "./heap.ts";

/** A use of an operand: the same view and version mean the same values. */
interface Use extends Pick<View, "offset" | "shape" | "strides"> {
  readonly form: string;
  readonly version: number;
}

/** Bytes that are kept at most: beyond them operands are prepared each time. */
const mostBytes = 2 ** 28;

/**
 * Filters, and right operands of products, in the form in which a kernel wants them, kept from the second time that the same
 * memory is used with nothing written to it between: the weights of a trained network, and not those that change from step
 * to step.
 */
export class PreparedOperands {
  readonly #heap: WasmHeap;
  readonly #uses = new WeakMap<WasmStorage, Use>();
  readonly #kept = new Map<WasmStorage, WasmStorage>();
  #bytes = 0;

  constructor(heap: WasmHeap) {
    this.#heap = heap;
  }

  /**
   * Hands the prepared form of `operand` to `use`; calls `prepare` first, unless it is kept.
   *
   * @param form - what it is prepared for: other forms are not confused with it
   * @param bytes - the size of the prepared form
   * @param prepare - fills it, at an address
   */
  with(
    operand: View,
    form: string,
    bytes: number,
    prepare: (address: number) => void,
    use: (address: number) => void,
  ): void {
    const storage = operand.storage as WasmStorage;
    const last = this.#uses.get(storage);
    const isSame = last !== undefined && isUseOf(last, operand, form, storage.version);
    if (!isSame) this.forget(storage);
    const kept = this.#kept.get(storage);
    if (kept !== undefined) {
      use(kept.address);
      return;
    }
    if (!isSame) {
      const { offset, shape, strides } = operand;
      this.#uses.set(storage, { form, offset, shape, strides, version: storage.version });
    }
    const prepared = this.allocate(bytes);
    prepare(prepared.address);
    use(prepared.address);
    if (isSame && this.#bytes + bytes <= mostBytes) {
      this.#kept.set(storage, prepared);
      this.#bytes += bytes;
    } else this.#heap.free(prepared);
  }

  /** Allocates memory, to which what is kept makes way. Not while a prepared form is in use. */
  allocate(bytes: number): WasmStorage {
    try {
      return this.#heap.allocate(bytes);
    } catch (error) {
      if (this.#kept.size === 0) throw error;
      for (const storage of this.#kept.keys()) this.forget(storage);
      return this.#heap.allocate(bytes);
    }
  }

  /** Frees what is kept for a storage. */
  forget(storage: WasmStorage): void {
    const prepared = this.#kept.get(storage);
    if (prepared === undefined) return;
    this.#kept.delete(storage);
    this.#bytes -= prepared.byteLength;
    this.#heap.free(prepared);
  }
}

function isUseOf(
  use: Use,
  { offset, shape, strides }: View,
  form: string,
  version: number,
): boolean {
  if (use.version !== version || use.form !== form || use.offset !== offset) return false;
  return isEqual(use.shape, shape) && isEqual(use.strides, strides);
}

function isEqual(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
