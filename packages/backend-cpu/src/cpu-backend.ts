import {
  OutOfMemoryError,
  typedArrayOn,
  type Backend,
  type BackendInfo,
  type DType,
  type TypedArray,
} from "@tensorloom/tensor/backend";
import { HostBackend } from "./host-backend.ts";
import type { HostStorage } from "./host-storage.ts";

/** A buffer of its own, with the views on it made once. */
class CpuStorage implements HostStorage {
  readonly byteLength: number;
  readonly #buffer: ArrayBuffer;
  readonly #arrays = new Map<DType, TypedArray>();

  constructor(byteLength: number) {
    // Room for whole elements of every dtype, so that any view fits the buffer.
    const padded = Math.ceil(byteLength / 8) * 8;
    this.byteLength = byteLength;
    this.#buffer = new ArrayBuffer(padded);
  }

  array(dtype: DType): TypedArray {
    let array = this.#arrays.get(dtype);
    if (array === undefined) {
      const bytes = dtype === "float64" ? 8 : dtype === "uint8" || dtype === "bool" ? 1 : 4;
      array = typedArrayOn(dtype, this.#buffer, 0, this.#buffer.byteLength / bytes);
      this.#arrays.set(dtype, array);
    }
    return array;
  }

  start(): number {
    return 0;
  }
}

class CpuBackend extends HostBackend {
  readonly name = "cpu";

  info(): BackendInfo {
    return { threads: 1, features: ["typescript"], notes: [] };
  }

  allocate(byteLength: number): HostStorage {
    try {
      return new CpuStorage(byteLength);
    } catch (cause) {
      throw new OutOfMemoryError(
        `backend cpu: allocate: expected room for ${byteLength} bytes, got none; dispose tensors or use smaller ones`,
        { cause },
      );
    }
  }

  free(): void {
    // The garbage collector takes the buffer once nothing refers to it.
  }

  async dispose(): Promise<void> {
    // Nothing is held.
  }
}

/**
 * Returns the backend in plain TypeScript: it runs wherever JavaScript does, without WebAssembly, and is the one that the
 * others are held to.
 *
 * @example
 * import { use } from "@tensorloom/tensor";
 * import { cpu } from "@tensorloom/backend-cpu";
 * (await use(cpu())).name; // => cpu
 */
export function cpu(): Backend {
  return new CpuBackend();
}
