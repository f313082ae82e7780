import { usage } from "./buffer-pool.ts";

const mostKept = 16;

/** Buffers through which results come back to the host; each is used by one read at a time. */
export class StagingBuffers {
  readonly #device: GPUDevice;
  readonly #free: GPUBuffer[] = [];

  /** @param device - where */
  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** Returns a buffer of at least `byteLength` bytes. */
  take(byteLength: number): GPUBuffer {
    let best = -1;
    for (let i = 0; i < this.#free.length; i++) {
      const { size } = this.#free[i]!;
      // One that is far too large would stay busy for little.
      const fits = size >= byteLength && size <= Math.max(4096, 4 * byteLength);
      if (fits && (best < 0 || size < this.#free[best]!.size)) best = i;
    }
    if (best >= 0) return this.#free.splice(best, 1)[0]!;
    const size = Math.max(256, 2 ** Math.ceil(Math.log2(byteLength)));
    return this.#device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget });
  }

  /** Takes a buffer back, mapped or not. */
  give(buffer: GPUBuffer): void {
    if (buffer.mapState !== "unmapped") buffer.unmap();
    this.#free.push(buffer);
    if (this.#free.length > mostKept) this.#free.shift()!.destroy();
  }
}
