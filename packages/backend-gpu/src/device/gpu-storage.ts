import type { Storage, View } from "@tensorloom/tensor/backend";
import type { Block } from "./buffer-pool.ts";

/** A tensor's memory: a block of the pool, or a buffer that the caller brought. */
export class GpuStorage implements Storage {
  readonly byteLength: number;
  /** Where it lies, from its start. */
  readonly block: Block;
  /** Whether the block belongs to the caller, and must not be lent again. */
  readonly isBorrowed: boolean;

  /**
   * @param block - the memory
   * @param byteLength - how much of it may be used
   * @param isBorrowed - whether it belongs to the caller
   */
  constructor(block: Block, byteLength: number, isBorrowed = false) {
    this.block = block;
    this.byteLength = byteLength;
    this.isBorrowed = isBorrowed;
  }
}

/** Returns the block that a view lies in. */
export function blockOf(view: Pick<View, "storage">): Block {
  return (view.storage as GpuStorage).block;
}
