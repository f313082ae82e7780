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
    const { padding, channels, count } = geometry;
    const array = this.#storage.array("int32");
    const start = this.#storage.start("int32");
    const before = padding.map((pair) => pair[0]);
    const after = padding.map((pair) => pair[1]);
    const { space, outSpace, window, strides, dilation } = geometry;
    // Fewer axes become three of which the first have size 1.
    const lists: [readonly number[], number][] = [
      [space, 1],
      [outSpace, 1],
      [window, 1],
      [strides, 1],
      [dilation, 1],
      [before, 0],
      [after, 0],
    ];
    lists.forEach(([list, fill], i) => {
      const missing = 3 - list.length;
      for (let axis = 0; axis < 3; axis++) {
        array[start + 3 * i + axis] = axis < missing ? fill : list[axis - missing]!;
      }
    });
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
