import { classicModule } from "./module.ts";

/** The kernels of assembly/ that run on a {@link KernelMemory}: addresses and numbers in, memory written. */
export interface Kernels {
  readonly sumByBin: (...args: readonly number[]) => void;
}

/** Compiled once; null where WebAssembly with SIMD may not be had, as under a strict content security policy. */
let module: WebAssembly.Module | null | undefined;

function compiled(): WebAssembly.Module | null {
  try {
    module ??= new WebAssembly.Module(classicModule());
  } catch {
    module = null;
  }
  return module;
}

/**
 * Arrays on which both TypeScript and the kernels of assembly/ work, for loops of one fit between which data stays: a memory of
 * its own, beside those of the backends. Where WebAssembly may not be had, `kernels` is undefined and the arrays are plain
 * ones.
 */
export class KernelMemory {
  readonly kernels: Kernels | undefined;
  readonly #buffer: ArrayBuffer;
  #used = 0;

  /**
   * @param bytes - the sum of all arrays' sizes; each may take 15 more, since it begins at a multiple of 16
   */
  constructor(bytes: number) {
    const pages = Math.max(1, Math.ceil(bytes / 65536));
    const isAvailable = typeof WebAssembly !== "undefined" && pages <= 65536;
    const found = isAvailable ? compiled() : null;
    if (found === null) {
      this.#buffer = new ArrayBuffer(pages * 65536);
      return;
    }
    const memory = new WebAssembly.Memory({ initial: pages, maximum: 65536 });
    const { exports } = new WebAssembly.Instance(found, { env: { memory } });
    this.kernels = exports as unknown as Kernels;
    this.#buffer = memory.buffer as ArrayBuffer;
  }

  /** Returns zeros; `byteOffset` is their address for the kernels. */
  float64(length: number): Float64Array<ArrayBuffer> {
    return new Float64Array(this.#buffer, this.#place(length * 8), length);
  }

  /** Returns zeros; `byteOffset` is their address for the kernels. */
  int32(length: number): Int32Array<ArrayBuffer> {
    return new Int32Array(this.#buffer, this.#place(length * 4), length);
  }

  /** Returns zeros; `byteOffset` is their address for the kernels. */
  uint8(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#buffer, this.#place(length), length);
  }

  #place(bytes: number): number {
    const at = this.#used;
    this.#used += Math.ceil(bytes / 16) * 16;
    return at;
  }
}
