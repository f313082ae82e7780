import { kernelRow, kernelSamples, type Kernel, type KernelSamples } from "./kernel.ts";

/** The rows of a kernel matrix that were asked for, as many as a number of bytes holds; the least recently used goes first. */
export class KernelCache {
  /** The kernel of each sample with itself. */
  readonly diagonal: Float64Array;
  readonly #kernel: Kernel;
  readonly #samples: KernelSamples;
  readonly #rows: (Float32Array | undefined)[];
  readonly #lengths: Int32Array;
  readonly #used: Float64Array;
  readonly #most: number;
  #held = 0;
  #time = 0;

  /**
   * @param kernel - the kernel
   * @param data - `[rows, columns]`: taken over, and reordered by {@link swap}
   * @param bytes - how much may be held
   */
  constructor(kernel: Kernel, data: Float64Array, columns: number, bytes: number) {
    const rows = data.length / columns;
    this.#kernel = kernel;
    this.#samples = kernelSamples(data, rows, columns);
    this.#rows = new Array<Float32Array | undefined>(rows).fill(undefined);
    this.#lengths = new Int32Array(rows);
    this.#used = new Float64Array(rows);
    this.#most = Math.max(2, Math.floor(bytes / (4 * rows)));
    this.diagonal = new Float64Array(rows);
    const own = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      kernelRow(kernel, this.#samples, i, this.#samples, i, i + 1, own);
      this.diagonal[i] = own[i]!;
    }
  }

  /** Returns the kernel of sample `i` with at least the first `length` samples; valid until the next call but one. */
  row(i: number, length: number): Float32Array {
    this.#used[i] = ++this.#time;
    let row = this.#rows[i];
    if (row === undefined) {
      row = this.#held < this.#most ? new Float32Array(this.#rows.length) : this.#oldest();
      this.#held = Math.min(this.#most, this.#held + 1);
      this.#rows[i] = row;
      this.#lengths[i] = 0;
    }
    const have = this.#lengths[i]!;
    if (have < length) {
      kernelRow(this.#kernel, this.#samples, i, this.#samples, have, length, row);
      this.#lengths[i] = length;
    }
    return row;
  }

  /** Exchanges two samples' places. */
  swap(i: number, j: number): void {
    if (i === j) return;
    const { data, columns, squares } = this.#samples;
    for (let c = 0; c < columns; c++) exchange(data, i * columns + c, j * columns + c);
    exchange(squares, i, j);
    exchange(this.diagonal, i, j);
    exchange(this.#lengths, i, j);
    exchange(this.#used, i, j);
    const held = this.#rows[i];
    this.#rows[i] = this.#rows[j];
    this.#rows[j] = held;
    const [low, high] = [Math.min(i, j), Math.max(i, j)];
    this.#rows.forEach((row, r) => {
      if (row === undefined || this.#lengths[r]! <= low) return;
      if (this.#lengths[r]! > high) exchange(row, low, high);
      // It ends between the two: what comes from behind its end is not known.
      else this.#lengths[r] = low;
    });
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

function exchange(array: Float64Array | Float32Array | Int32Array, i: number, j: number): void {
  const held = array[i]!;
  array[i] = array[j]!;
  array[j] = held;
}
