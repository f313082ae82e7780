import type { Heap } from "../wasm/heap.ts";
import { exchange, KernelSamples } from "./kernel-samples.ts";
import type { Kernel } from "./kernel.ts";
import { svmLoops, type SvmLoops } from "./svm-loops.ts";

/** The rows of the kernel matrix of a solver's variables. */
export interface KernelRows {
  /** The kernel of each variable with itself. */
  readonly diagonal: Float64Array;
  /** Returns the kernel of variable `i` with at least the first `length` ones; valid until the next call but one. */
  row(i: number, length: number): Float32Array;
  /** Exchanges variables' places: of the first two numbers, then of the next two, and so on; the lower of each two comes first. */
  swap(pairs: readonly number[]): void;
}

/** The rows of a kernel matrix that were asked for, in float32, as many as a number of bytes holds; the least recently used goes first. */
export class KernelCache implements KernelRows {
  readonly diagonal: Float64Array;
  readonly #heap: Heap;
  readonly #loops: SvmLoops;
  readonly #samples: KernelSamples;
  readonly #rows: (Float32Array | undefined)[];
  readonly #lengths: Int32Array;
  readonly #used: Float64Array;
  readonly #most: number;
  #held = 0;
  #time = 0;

  /** How many arrays it takes of a heap at most. */
  static arrays(rows: number, bytes: number): number {
    return KernelSamples.arrays + 1 + mostRows(rows, bytes);
  }

  /** How many bytes it takes of a heap at most. */
  static bytes(rows: number, columns: number, bytes: number): number {
    return KernelSamples.bytes(rows, columns) + 8 * rows + 4 * rows * mostRows(rows, bytes);
  }

  /**
   * @param kernel - the kernel
   * @param data - `[rows, columns]`: copied
   * @param bytes - how much may be held
   * @param heap - where rows lie
   */
  constructor(kernel: Kernel, data: Float64Array, columns: number, bytes: number, heap: Heap) {
    const rows = data.length / columns;
    this.#heap = heap;
    this.#loops = svmLoops(heap);
    this.#samples = new KernelSamples(kernel, data, columns, heap);
    this.#rows = new Array<Float32Array | undefined>(rows).fill(undefined);
    this.#lengths = new Int32Array(rows);
    this.#used = new Float64Array(rows);
    this.#most = mostRows(rows, bytes);
    this.diagonal = heap.float64(rows);
    for (let i = 0; i < rows; i++) this.diagonal[i] = this.#samples.row(i, i, i + 1)[i]!;
  }

  row(i: number, length: number): Float32Array {
    this.#used[i] = ++this.#time;
    let row = this.#rows[i];
    if (row === undefined) {
      row = this.#held < this.#most ? this.#heap.float32(this.#rows.length) : this.#oldest();
      this.#held = Math.min(this.#most, this.#held + 1);
      this.#rows[i] = row;
      this.#lengths[i] = 0;
    }
    const have = this.#lengths[i]!;
    if (have < length) {
      this.#loops.toFloat32(this.#samples.row(i, have, length), have, length, row);
      this.#lengths[i] = length;
    }
    return row;
  }

  swap(pairs: readonly number[]): void {
    for (let p = 0; p < pairs.length; p += 2) this.#swapOwn(pairs[p]!, pairs[p + 1]!);
    // Row by row, each of which the processor has near then.
    this.#rows.forEach((row, r) => {
      if (row !== undefined) this.#lengths[r] = swapWithin(row, this.#lengths[r]!, pairs);
    });
  }

  #swapOwn(i: number, j: number): void {
    this.#samples.swap(i, j);
    exchange(this.diagonal, i, j);
    exchange(this.#lengths, i, j);
    exchange(this.#used, i, j);
    const held = this.#rows[i];
    this.#rows[i] = this.#rows[j];
    this.#rows[j] = held;
  }

  #oldest(): Float32Array {
    let oldest = -1;
    this.#rows.forEach((row, r) => {
      if (row !== undefined && (oldest < 0 || this.#used[r]! < this.#used[oldest]!)) oldest = r;
    });
    const row = this.#rows[oldest]!;
    this.#rows[oldest] = undefined;
    return row;
  }
}

function mostRows(rows: number, bytes: number): number {
  return Math.min(rows, Math.max(2, Math.floor(bytes / (4 * rows))));
}

/** Exchanges elements of a row of which the first `length` are known; returns how many are then. */
export function swapWithin(row: Float32Array, length: number, pairs: readonly number[]): number {
  let known = length;
  for (let p = 0; p < pairs.length; p += 2) {
    const low = pairs[p]!;
    const high = pairs[p + 1]!;
    if (known <= low) continue;
    if (known > high) {
      const held = row[low]!;
      row[low] = row[high]!;
      row[high] = held;
    }
    // It ends between the two: what comes from behind its end is not known.
    else known = low;
  }
  return known;
}
