import {
  bytesPerElement,
  OutOfMemoryError,
  typedArrayOn,
  type Backend,
  type BackendInfo,
  type BackendOrigin,
  type DType,
  type TypedArray,
} from "@tensorloom/tensor/backend";
import { HostBackend } from "./host-backend.ts";
import type { HostStorage } from "./host-storage.ts";

/** A buffer of its own, with the view that was last asked for: nearly always the only one. */
class CpuStorage implements HostStorage {
  readonly byteLength: number;
  readonly #buffer: ArrayBuffer;
  #dtype: DType | undefined;
  #array: TypedArray | undefined;

  constructor(byteLength: number) {
    this.byteLength = byteLength;
    // Room for whole elements of every dtype, so that any view fits the buffer.
    this.#buffer = new ArrayBuffer(Math.ceil(byteLength / 8) * 8);
  }

  array(dtype: DType): TypedArray {
    if (this.#dtype === dtype) return this.#array!;
    const length = this.#buffer.byteLength / bytesPerElement(dtype);
    this.#dtype = dtype;
    return (this.#array = typedArrayOn(dtype, this.#buffer, 0, length));
  }

  start(): number {
    return 0;
  }
}

class CpuBackend extends HostBackend {
  readonly name = "cpu";
  readonly origin: BackendOrigin = { module: "@tensorloom/backend-cpu", name: "cpu", options: {} };

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
