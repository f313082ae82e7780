import { mergeLoops, type View } from "@tensorloom/tensor/backend";
import { eachOffset } from "./each-offset.ts";
import { unfinished, type Finish } from "./finish.ts";
import type { WasmHeap } from "./heap.ts";
import type { WasmKernels } from "./kernels.ts";
import type { PreparedOperands } from "./prepared-operands.ts";
import { split } from "./threads/split.ts";
import type { Call, ThreadPool } from "./threads/thread-pool.ts";
import { addressOf, matrixOn } from "./view-address.ts";

/** Multiply-adds below which a product is not worth waking a thread: some 30 microseconds of work. */
const leastShared = 2 ** 20;
const leastSharedByVector = 2 ** 22;
/** Multiply-adds from which each product of a batch is shared by itself. */
const leastAlone = 2 ** 24;
/** Elements of b from which it may be worth keeping it packed. */
const leastPacked = 2 ** 10;
const tileRows = 5;
const tileColumns = 8;

/** A strided matrix of float32. */
interface Matrix {
  readonly address: number;
  readonly row: number;
  readonly column: number;
}

/** a, b and c of a stack of products; and how far each lies from the next. */
type Operands = [Matrix, Matrix, Matrix];
type Steps = [number, number, number];

/** Of a, `[m, k]`, and b, `[k, n]`. */
interface Size {
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** What is done to a product. */
interface Ending {
  /** Whether it is added to what is there; then it is not finished. */
  readonly isSum: boolean;
  readonly finish: Finish;
}

const plain: Ending = { isSum: false, finish: unfinished };

/** float32 matrix products. */
export class WasmProduct {
  readonly #heap: WasmHeap;
  readonly #kernels: WasmKernels;
  readonly #threads: ThreadPool;
  readonly #operands: PreparedOperands;

  /** @param operands - keeps packed ones */
  constructor(
    heap: WasmHeap,
    kernels: WasmKernels,
    threads: ThreadPool,
    operands: PreparedOperands,
  ) {
    this.#heap = heap;
    this.#kernels = kernels;
    this.#threads = threads;
    this.#operands = operands;
  }

  /** Products of the last two axes, over broadcast batches; the output is contiguous. */
  batch(a: View, b: View, c: View, finish: Finish): void {
    const last = c.shape.length - 2;
    if (last === 0) {
      this.multiply(a, b, c, { isSum: false, finish });
      return;
    }
    const leading = [a, b, c].map(({ strides }) => ({ strides: strides.slice(0, last) }));
    const nest = mergeLoops(c.shape.slice(0, last), leading);
    const [m, n] = c.shape.slice(last) as [number, number];
    const size = { m, n, k: a.shape.at(-1)! };
    const [left, right, to] = [a, b, c].map(matrixOf) as Operands;
    const count = nest.shape.at(-1)!;
    const steps = nest.strides.map((list) => list.at(-1)!) as Steps;
    const isAlone = count === 1 || m * n * size.k >= leastAlone;
    const outer = nest.strides.map((list) => list.slice(0, -1));
    eachOffset(nest.shape.slice(0, -1), outer, (offsets) => {
      const [atA, atB, atC] = offsets as Steps;
      if (!isAlone) {
        const from: Operands = [moved(left, atA), moved(right, atB), moved(to, atC)];
        this.#runBatch(from, steps, count, size, finish);
        return;
      }
      for (let entry = 0; entry < count; entry++) {
        const offset = b.offset + atB + entry * steps[1];
        const factor = matrixOn(b, offset, [size.k, n], [right.row, right.column]);
        const product = moved(to, atC + entry * steps[2]);
        this.run(moved(left, atA + entry * steps[0]), factor, product, size, {
          isSum: false,
          finish,
        });
      }
    });
  }

  /** Small products, shared between threads as they are. */
  #runBatch(
    operands: Operands,
    steps: Steps,
    count: number,
    { m, n, k }: Size,
    { bias, activation }: Finish,
  ): void {
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
            ...[m, n, k, workspace.address + i * room, bias, activation],
          ],
        };
      }),
    );
    this.#heap.free(workspace);
  }

  /** c = a · b, or c += a · b; the columns of c are neighbours. */
  multiply(a: View, b: View, c: View, { isSum, finish = unfinished }: Partial<Ending>): void {
    const [m, k] = a.shape as readonly [number, number];
    const ending = { isSum: isSum === true, finish };
    this.run(matrixOf(a), b, matrixOf(c), { m, n: b.shape[1]!, k }, ending);
  }

  /** The same, of a and c by addresses. b is kept packed if it is used again. */
  run(a: Matrix, b: View, c: Matrix, size: Size, ending: Ending = plain): void {
    const { m, n, k } = size;
    // By a vector it is memory that takes the time, and the threads share that.
    const isByVector = m <= 4 || n === 1;
    const least = isByVector ? leastSharedByVector : leastShared;
    // A sum cannot be run again where a thread was lost in the middle of it.
    const threads = ending.isSum || m * n * k < least ? 1 : this.#threads.threads;
    if (ending.isSum || isByVector || n * k < leastPacked) {
      this.#runUnpacked(a, matrixOf(b), c, size, ending, threads);
    } else this.#runPacked(a, b, c, size, ending.finish, threads);
  }

  /** b is packed once, by all threads; then each multiplies by it rows of a, or if these are few, all of them by columns of b. */
  #runPacked(a: Matrix, b: View, c: Matrix, size: Size, finish: Finish, threads: number): void {
    const { m, n, k } = size;
    const { bias, activation } = finish;
    const isByRows = threads === 1 || m >= 2 * tileRows * threads;
    const parts = isByRows ? split(m, threads, tileRows) : split(n, threads, tileColumns);
    const room = this.#kernels.gemmWorkspace(0, k) >>> 0;
    this.withPacked(b, { n, k, groups: 1 }, threads, (packed) => {
      const workspace = this.#heap.allocate(room * parts.length);
      this.#threads.run(
        parts.map(({ begin, count }, i): Call => {
          const [row, column] = isByRows ? [begin, 0] : [0, begin];
          return {
            kernel: "gemmPacked",
            args: [
              ...[a.address + row * a.row * 4, a.row, a.column, packed, n, column],
              ...[c.address + (row * c.row + column) * 4, c.row],
              ...(isByRows ? [count, n] : [m, count]),
              ...[k, workspace.address + i * room, bias === 0 ? 0 : bias + column * 4, activation],
            ],
          };
        }),
      );
      this.#heap.free(workspace);
    });
  }

  /**
   * Hands out the address of `b`, `[k, groups · n]`, packed as panels of `n` columns, group after group.
   *
   * @param threads - how many are worth waking
   */
  withPacked(
    b: View,
    { n, k, groups }: Omit<Size, "m"> & { readonly groups: number },
    threads: number,
    use: (packed: number) => void,
  ): void {
    const bytes = this.#kernels.packedBytes(n, k) >>> 0;
    const form = groups === 1 ? "packed" : `packed by ${groups}`;
    const prepare = (packed: number): void => {
      const { address, row, column } = matrixOf(b);
      const parts = split(n, threads, tileColumns);
      for (let group = 0; group < groups; group++) {
        const from = address + group * n * column * 4;
        const to = packed + group * bytes;
        this.#threads.run(
          parts.map(({ begin, count }): Call => ({
            kernel: "packRight",
            args: [from, row, column, n, k, begin, count, to],
          })),
        );
      }
    };
    this.#operands.with(b, form, bytes * groups, prepare, use);
  }

  /** Vectors, and what is small or added: each thread packs what it multiplies, if anything. */
  #runUnpacked(
    a: Matrix,
    b: Matrix,
    c: Matrix,
    { m, n, k }: Size,
    { isSum, finish }: Ending,
    threads: number,
  ): void {
    const isByColumns = n > 1;
    const parts = isByColumns ? split(n, threads, tileColumns) : split(m, threads, tileRows);
    const most = Math.max(...parts.map(({ count }) => count));
    const room = this.#kernels.gemmWorkspace(isByColumns ? most : n, k) >>> 0;
    const workspace = this.#heap.allocate(room * parts.length);
    this.#threads.run(
      parts.map(({ begin, count }, i): Call => {
        const [row, column] = isByColumns ? [0, begin] : [begin, 0];
        return {
          kernel: "gemm",
          args: [
            ...[a.address + row * a.row * 4, a.row, a.column],
            ...[b.address + column * b.column * 4, b.row, b.column],
            ...[c.address + (row * c.row + column) * 4, c.row],
            ...(isByColumns ? [m, count] : [count, n]),
            ...[k, Number(isSum), workspace.address + i * room],
            ...[finish.bias === 0 ? 0 : finish.bias + column * 4, finish.activation],
          ],
        };
      }),
    );
    this.#heap.free(workspace);
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
