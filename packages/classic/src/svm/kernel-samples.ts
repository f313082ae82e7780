import type { Heap } from "../wasm/heap.ts";
import type { Kernel } from "./kernel.ts";
import { svmLoops, type SvmLoops } from "./svm-loops.ts";

/** Samples, and their kernel with each other or with further ones, row by row in float64. */
export class KernelSamples {
  /** How many arrays it takes of a heap. */
  static readonly arrays: number = 4;
  readonly #kernel: Kernel;
  readonly #loops: SvmLoops;
  readonly #rows: number;
  readonly #columns: number;
  readonly #data: Float64Array;
  readonly #squares: Float64Array;
  readonly #values: Float64Array;
  /** A sample from elsewhere. */
  readonly #guest: Float64Array;

  /** How many bytes it takes of a heap. */
  static bytes(rows: number, columns: number): number {
    return 8 * (rows * columns + 2 * rows + columns);
  }

  /**
   * @param kernel - the kernel
   * @param data - `[rows, columns]`: copied
   * @param heap - where samples and values lie
   */
  constructor(kernel: Kernel, data: Float64Array, columns: number, heap: Heap) {
    this.#kernel = kernel;
    this.#loops = svmLoops(heap);
    this.#columns = columns;
    this.#rows = data.length / columns;
    this.#data = heap.float64(data.length);
    this.#data.set(data);
    this.#squares = heap.float64(this.#rows);
    this.#values = heap.float64(this.#rows);
    this.#guest = heap.float64(columns);
    for (let i = 0; i < this.#rows; i++)
      this.#dots(this.#data, i * columns, i, i + 1, this.#squares);
  }

  /** Returns an array whose places `from..to` have the kernel of sample `i` with those samples; valid until the next call. */
  row(i: number, from: number, to: number): Float64Array {
    return this.#compute(this.#data, i * this.#columns, () => this.#squares[i]!, from, to);
  }

  /** Returns the kernel of a further sample, which begins in `data` at `at`, with all samples; valid until the next call. */
  rowOf(data: Float64Array, at: number): Float64Array {
    const guest = this.#guest;
    guest.set(data.subarray(at, at + this.#columns));
    const square = (): number => guest.reduce((sum, value) => sum + value * value, 0);
    return this.#compute(guest, 0, square, 0, this.#rows);
  }

  /** Exchanges two samples' places. */
  swap(i: number, j: number): void {
    const columns = this.#columns;
    for (let c = 0; c < columns; c++) exchange(this.#data, i * columns + c, j * columns + c);
    exchange(this.#squares, i, j);
  }

  #dots(vector: Float64Array, at: number, from: number, to: number, out: Float64Array): void {
    this.#loops.dotProducts(vector, at, this.#data, this.#columns, from, to, out);
  }

  #compute(
    vector: Float64Array,
    at: number,
    square: () => number,
    from: number,
    to: number,
  ): Float64Array {
    const { name, gamma, coef0, degree } = this.#kernel;
    const loops = this.#loops;
    const values = this.#values;
    if (typeof name === "function") {
      const [data, columns] = [this.#data, this.#columns];
      const own = vector.subarray(at, at + columns);
      for (let j = from; j < to; j++) {
        values[j] = name(own, data.subarray(j * columns, (j + 1) * columns));
      }
      return values;
    }
    this.#dots(vector, at, from, to, values);
    if (name === "rbf") loops.radialBasis(values, square(), this.#squares, gamma, from, to);
    else if (name === "poly") loops.powers(values, gamma, coef0, degree, from, to);
    else if (name === "sigmoid") loops.tangents(values, gamma, coef0, from, to);
    return values;
  }
}

/** Exchanges two elements. */
export function exchange(
  array: Float64Array | Float32Array | Int32Array,
  i: number,
  j: number,
): void {
  const held = array[i]!;
  array[i] = array[j]!;
  array[j] = held;
}
