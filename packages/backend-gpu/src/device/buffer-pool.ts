import { OutOfMemoryError } from "@tensorloom/tensor/backend";

/** `GPUBufferUsage`, which is no global in Node. */
export const usage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
  queryResolve: 0x200,
} as const;

/** A buffer on the device, numbered so that bind groups can be found again. */
export class Block {
  static #next = 1;
  /** Names it in bind group keys. */
  readonly id: number = Block.#next++;
  /** The device's buffer. */
  readonly buffer: GPUBuffer;
  /** The number of the last batch of commands that uses it. */
  batch = 0;
  /** Why it could not be made; known some time later. */
  failure: OutOfMemoryError | undefined;

  /** @param buffer - with room for a whole number of vectors of four */
  constructor(buffer: GPUBuffer) {
    this.buffer = buffer;
  }
}

/** What the pool reports. */
export interface PoolCounts {
  /** Bytes of buffers in use. */
  readonly usedBytes: number;
  /** Bytes of buffers that wait to be used again. */
  readonly pooledBytes: number;
}

const smallest = 256;
const mostPooledBytes = 512 * 2 ** 20;

/**
 * Storage buffers by size class: making one takes longer than most kernels. Commands run in order, so that a buffer
 * can be lent again before the commands that used it have run.
 */
export class BufferPool {
  readonly #device: GPUDevice;
  readonly #largest: number;
  readonly #retire: (block: Block) => void;
  readonly #free = new Map<number, Block[]>();
  #usedBytes = 0;
  #pooledBytes = 0;

  /**
   * @param device - where
   * @param retire - destroys a block once no command uses it
   */
  constructor(device: GPUDevice, retire: (block: Block) => void) {
    this.#device = device;
    this.#retire = retire;
    const { maxBufferSize, maxStorageBufferBindingSize } = device.limits;
    this.#largest = Math.min(maxBufferSize, maxStorageBufferBindingSize);
  }

  /**
   * Returns a block of at least `byteLength` bytes, contents undefined.
   *
   * @throws {@link OutOfMemoryError} above the device's limits
   */
  take(byteLength: number): Block {
    if (byteLength > this.#largest) {
      throw new OutOfMemoryError(
        `backend webgpu: allocate: expected at most ${this.#largest} bytes in one tensor, the device's ` +
          `maxStorageBufferBindingSize, got ${byteLength}; split the tensor`,
      );
    }
    const size = Math.min(sizeClass(byteLength), Math.floor(this.#largest / 16) * 16);
    const pooled = this.#free.get(size)?.pop();
    this.#usedBytes += size;
    if (pooled !== undefined) {
      this.#pooledBytes -= size;
      return pooled;
    }
    return this.#make(size, byteLength);
  }

  #make(size: number, byteLength: number): Block {
    this.#device.pushErrorScope("out-of-memory");
    const buffer = this.#device.createBuffer({
      size,
      usage: usage.storage | usage.copySource | usage.copyTarget,
    });
    const block = new Block(buffer);
    const usedBytes = this.#usedBytes;
    this.#device.popErrorScope().then(
      (error) => {
        if (error === null) return;
        block.failure = new OutOfMemoryError(
          `backend webgpu: allocate: expected room for ${byteLength} bytes beside the ${usedBytes} in use, ` +
            "got none; dispose tensors or use smaller ones",
          { cause: error },
        );
      },
      // The device was lost: whoever reads is told so.
      () => undefined,
    );
    return block;
  }

  /** Takes a block back. */
  give(block: Block): void {
    const { size } = block.buffer;
    this.#usedBytes -= size;
    if (block.failure !== undefined || this.#pooledBytes + size > mostPooledBytes) {
      this.#retire(block);
      return;
    }
    this.#pooledBytes += size;
    const list = this.#free.get(size);
    if (list === undefined) this.#free.set(size, [block]);
    else list.push(block);
  }

  /** Returns how much is in use and how much waits. */
  counts(): PoolCounts {
    return { usedBytes: this.#usedBytes, pooledBytes: this.#pooledBytes };
  }
}

/** Four classes between powers of two: at most a fifth is wasted. */
function sizeClass(byteLength: number): number {
  if (byteLength <= smallest) return smallest;
  const power = 2 ** Math.floor(Math.log2(byteLength - 1));
  return Math.ceil(byteLength / (power / 4)) * (power / 4);
}
