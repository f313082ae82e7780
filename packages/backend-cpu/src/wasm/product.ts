import { mergeLoops, type View } from "@tensorloom/tensor/backend";
import { eachOffset } from "./each-offset.ts";
import type { WasmHeap } from "./heap.ts";
import type { WasmKernels } from "./kernels.ts";
import { split, type Part } from "./threads/split.ts";
import type { Call, ThreadPool } from "./threads/thread-pool.ts";
import { addressOf } from "./view-address.ts";

/** Multiply-adds below which a product is not worth waking a thread: some 30 microseconds of work. */
const leastShared = 2 ** 20;
const leastSharedByVector = 2 ** 22;
/** Multiply-adds from which each product of a batch is shared by itself. */
const leastAlone = 2 ** 24;
const tileRows = 5;
const tileColumns = 8;

/** A strided matrix of float32. */
interface Matrix {
  readonly address: number;
  readonly row: number;
  readonly column: number;
}

/** a, b and c; and how far each lies from the next of a batch. */
type Operands = [Matrix, Matrix, Matrix];
type Steps = [number, number, number];

/** Of a, `[m, k]`, and b, `[k, n]`. */
interface Size {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** float32 matrix products. */
export class WasmProduct {
  readonly #heap: WasmHeap;
  readonly #kernels: WasmKernels;
  readonly #threads: ThreadPool;

  constructor(heap: WasmHeap, kernels: WasmKernels, threads: ThreadPool) {
    this.#heap = heap;
    this.#kernels = kernels;
    this.#threads = threads;
  }

  /** Products of the last two axes, over broadcast batches; the output is contiguous. */
  batch(a: View, b: View, c: View): void {
    const last = c.shape.length - 2;
    if (last === 0) {
      this.multiply(a, b, c, false);
      return;
    }
    const leading = [a, b, c].map(({ strides }) => ({ strides: strides.slice(0, last) }));
    const nest = mergeLoops(c.shape.slice(0, last), leading);
    const [m, n] = c.shape.slice(last) as [number, number];
    const size = { m, n, k: a.shape.at(-1)! };
    const operands = [a, b, c].map(matrixOf) as Operands;
    const count = nest.shape.at(-1)!;
    const steps = nest.strides.map((list) => list.at(-1)!) as Steps;
    const isAlone = count === 1 || m * n * size.k >= leastAlone;
    const outer = nest.strides.map((list) => list.slice(0, -1));
    eachOffset(nest.shape.slice(0, -1), outer, (offsets) => {
      const from = operands.map((matrix, i) => moved(matrix, offsets[i]!)) as Operands;
      if (!isAlone) {
        this.#runBatch(from, steps, count, size);
        return;
      }
      for (let entry = 0; entry < count; entry++) {
        const [left, right, to] = from.map((matrix, i) => moved(matrix, entry * steps[i]!)) as Operands; // prettier-ignore
        this.run(left, right, to, { ...size, isSum: false });
      }
    });
  }

  /** Small products, shared between threads as they are. */
  #runBatch(operands: Operands, steps: Steps, count: number, { m, n, k }: Size): void {
    const isShared = m * n * k * count >= leastShared;
    const parts = split(count, isShared ? this.#threads.threads : 1, 1);
    const room = this.#kernels.gemmWorkspace(n, k) >>> 0;
    const workspace = this.#heap.allocate(room * parts.length);
    this.#threads.run(
      parts.map((part, i): Call => {
        const [a, b, c] = operands.map((matrix, j) => moved(matrix, part.begin * steps[j]!)) as Operands; // prettier-ignore
        return {
          kernel: "gemmBatch",
          args: [
            ...[part.count, a.address, steps[0], a.row, a.column],
            ...[b.address, steps[1], b.row, b.column, c.address, steps[2], c.row],
            ...[m, n, k, workspace.address + i * room],
          ],
        };
      }),
    );
    this.#heap.free(workspace);
  }

  /** c = a · b, or c += a · b; the columns of c are neighbours. */
  multiply(a: View, b: View, c: View, isSum: boolean): void {
    const [m, k] = a.shape as readonly [number, number];
    this.run(matrixOf(a), matrixOf(b), matrixOf(c), { m, n: b.shape[1]!, k, isSum });
  }

  /** The same, by addresses. */
  run(
    a: Matrix,
    b: Matrix,
    c: Matrix,
    { m, n, k, isSum }: Size & { readonly isSum: boolean },
  ): void {
    const { threads } = this.#threads;
    // By a vector it is memory that takes the time, and the threads share that.
    const isByVector = m <= 4 || n === 1;
    const least = isByVector ? leastSharedByVector : leastShared;
    // A sum cannot be run again where a thread was lost in the middle of it.
    if (threads === 1 || isSum || m * n * k < least) {
      const workspace = this.#heap.allocate(this.#kernels.gemmWorkspace(n, k) >>> 0);
      // prettier-ignore
      this.#kernels.gemm(
        a.address, a.row, a.column, b.address, b.row, b.column, c.address, c.row,
        m, n, k, Number(isSum), workspace.address,
      );
      this.#heap.free(workspace);
    } else if (n > 1 && m >= 2 * tileRows * threads) this.#splitRows(a, b, c, m, n, k);
    else if (n > 1)
      this.#splitUnpacked(split(n, threads, tileColumns), "columns", a, b, c, { m, n, k }); // prettier-ignore
    else this.#splitUnpacked(split(m, threads, tileRows), "rows", a, b, c, { m, n, k });
  }

  /** b is packed once, by all threads; then each multiplies rows of a by it. */
  #splitRows(a: Matrix, b: Matrix, c: Matrix, m: number, n: number, k: number): void {
    const { threads } = this.#threads;
    const packed = this.#heap.allocate(this.#kernels.packedBytes(n, k) >>> 0);
    const packing = split(n, threads, tileColumns).map(({ begin, count }): Call => {
      const args = [b.address, b.row, b.column, n, k, begin, count, packed.address];
      return { kernel: "packRight", args };
    });
    this.#threads.run(packing);
    const parts = split(m, threads, tileRows);
    const room = this.#kernels.gemmWorkspace(0, k) >>> 0;
    const workspace = this.#heap.allocate(room * parts.length);
    this.#threads.run(
      parts.map(({ begin, count }, i): Call => ({
        kernel: "gemmPacked",
        args: [
          ...[a.address + begin * a.row * 4, a.row, a.column, packed.address],
          ...[c.address + begin * c.row * 4, c.row, count, n, k, workspace.address + i * room],
        ],
      })),
    );
    this.#heap.free(workspace);
    this.#heap.free(packed);
  }

  /** Few rows, or one column: each thread packs what it multiplies, if anything. */
  #splitUnpacked(
    parts: readonly Part[],
    of: "rows" | "columns",
    a: Matrix,
    b: Matrix,
    c: Matrix,
    { m, n, k }: Size,
  ): void {
    const isColumns = of === "columns";
    const rooms = parts.map(({ count }) =>
      this.#heap.allocate(this.#kernels.gemmWorkspace(isColumns ? count : n, k) >>> 0),
    );
    this.#threads.run(
      parts.map(({ begin, count }, i): Call => ({
        kernel: "gemm",
        args: [
          ...[a.address + (isColumns ? 0 : begin * a.row * 4), a.row, a.column],
          ...[b.address + (isColumns ? begin * b.column * 4 : 0), b.row, b.column],
          ...[c.address + begin * (isColumns ? 1 : c.row) * 4, c.row],
          ...(isColumns ? [m, count] : [count, n]),
          ...[k, 0, rooms[i]!.address],
        ],
      })),
    );
    for (const room of rooms) this.#heap.free(room);
  }
}

function matrixOf(view: View): Matrix {
  const { strides } = view;
  const last = strides.length - 1;
  return { address: addressOf(view), row: strides[last - 1]!, column: strides[last]! };
}

/** The matrix `elements` further on. */
function moved({ address, row, column }: Matrix, elements: number): Matrix {
  return { address: address + elements * 4, row, column };
}
