import { sizeOf, type WindowParameters } from "@tensorloom/tensor/backend";
import type { WasmHeap, WasmStorage } from "./heap.ts";
import type { Part } from "./threads/split.ts";
import type { Call, ThreadPool } from "./threads/thread-pool.ts";

/** A window over an input, as assembly/geometry.ts reads it. */
export interface Geometry extends WindowParameters {
  /** The input's spatial sizes. */
  readonly space: readonly number[];
  /** The output's spatial sizes. */
  readonly outSpace: readonly number[];
  /** The window's sizes. */
  readonly window: readonly number[];
  /** The input's channels. */
  readonly channels: number;
  /** How many of them the group has. */
  readonly count: number;
}

const words = 23;

/** Room for one call's geometry. */
export class GeometryWriter {
  readonly #storage: WasmStorage;

  /** @param heap - where the room is taken */
  constructor(heap: WasmHeap) {
    this.#storage = heap.allocate(words * 4);
  }

  /** Writes a geometry; returns its address, valid until the next. Up to three spatial axes. */
  write(geometry: Geometry): number {
    const { space, outSpace, window, strides, dilation, padding, channels, count } = geometry;
    const array = this.#storage.array("int32");
    const start = this.#storage.start("int32");
    // Fewer axes become three of which the first have size 1.
    const missing = 3 - space.length;
    for (let axis = 0; axis < 3; axis++) {
      const at = start + axis;
      const from = axis - missing;
      const isThere = from >= 0;
      array[at] = isThere ? space[from]! : 1;
      array[at + 3] = isThere ? outSpace[from]! : 1;
      array[at + 6] = isThere ? window[from]! : 1;
      array[at + 9] = isThere ? strides[from]! : 1;
      array[at + 12] = isThere ? dilation[from]! : 1;
      array[at + 15] = isThere ? padding[from]![0] : 0;
      array[at + 18] = isThere ? padding[from]![1] : 0;
    }
    array[start + 21] = channels;
    array[start + 22] = count;
    return this.#storage.address;
  }
}

/** Shares parts of a job, each with room for a list of the window's taps. */
export function shareWithTaps(
  heap: WasmHeap,
  threads: ThreadPool,
  window: readonly number[],
  parts: readonly Part[],
  callOf: (part: Part, table: number) => Call,
): void {
  // A multiple of a cache line, so that threads do not write to one.
  const room = Math.ceil((sizeOf(window) * 8) / 64) * 64;
  const tables = heap.allocate(room * parts.length);
  threads.run(parts.map((part, i) => callOf(part, tables.address + i * room)));
  heap.free(tables);
}
