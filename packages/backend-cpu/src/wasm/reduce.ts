import {
  contiguousStrides,
  isContiguous,
  sizeOf,
  type MapCall,
  type ReduceCall,
  type ReduceOperator,
} from "@tensorloom/tensor/backend";
import type { WasmHeap, WasmStorage } from "./heap.ts";
import { split } from "./threads/split.ts";
import type { Call, ThreadPool } from "./threads/thread-pool.ts";

/** Elements below which a fold is not worth waking a thread. */
const leastShared = 2 ** 18;

/** Neighbouring axes that are all folded, or all kept, walked as one. */
interface Loop {
  size: number;
  readonly isFolded: boolean;
}

const operators: Partial<Record<ReduceOperator, number>> = { sum: 0, max: 1, min: 2 };

/** Sums, maxima and minima of float32: the expression in one pass, then fold after fold from the innermost axis out. */
export class WasmReduce {
  readonly #heap: WasmHeap;
  readonly #threads: ThreadPool;
  readonly #map: (call: MapCall) => void;

  /** @param map - evaluates expressions */
  constructor(heap: WasmHeap, threads: ThreadPool, map: (call: MapCall) => void) {
    this.#heap = heap;
    this.#threads = threads;
    this.#map = map;
  }

  /** Runs a call and returns true; or returns false and does nothing, if WebAssembly has no kernel for it. */
  run({
    operator,
    expression,
    inputs,
    parameters,
    sourceDType,
    axes,
    output,
  }: ReduceCall): boolean {
    const { shape } = inputs[0]!;
    const isIndex = operator === "argmax" || operator === "argmin";
    const code = operators[operator];
    if (sourceDType !== "float32" || shape.includes(0)) return false;
    if (!isIndex && code === undefined) return false;
    const scratch: WasmStorage[] = [];
    const take = (elements: number): WasmStorage => {
      const storage = this.#heap.allocate(elements * 4);
      scratch.push(storage);
      return storage;
    };
    const [first] = inputs;
    const isPlain =
      inputs.length === 1 &&
      expression.roots[0]!.kind === "input" &&
      first!.dtype === "float32" &&
      isContiguous(shape, first!.strides);
    let from: number;
    if (isPlain) {
      from = (first!.storage as WasmStorage).address + first!.offset * 4;
    } else {
      const storage = take(sizeOf(shape));
      const strides = contiguousStrides(shape);
      const target = { storage, dtype: "float32", offset: 0, shape, strides } as const;
      this.#map({ expression, inputs, parameters, outputs: [target] });
      from = storage.address;
    }
    const target = (output.storage as WasmStorage).address + output.offset * 4;
    const loops = mergedLoops(shape, axes);
    if (isIndex) this.#index(Number(operator === "argmax"), from, loops, target);
    else this.#fold(code!, from, loops, target, take);
    for (const storage of scratch) this.#heap.free(storage);
    return true;
  }

  #fold(
    operator: number,
    source: number,
    loops: Loop[],
    target: number,
    take: (elements: number) => WasmStorage,
  ): void {
    let from = source;
    for (;;) {
      const inner = loops.at(-1)!;
      const isRow = inner.isFolded;
      const foldsLeft = loops.filter(({ isFolded }) => isFolded).length;
      const folded = isRow ? inner : loops.at(-2)!;
      const kept = isRow ? 1 : inner.size;
      const outer = loops.slice(0, isRow ? -1 : -2).reduce((size, loop) => size * loop.size, 1);
      const to = foldsLeft === 1 ? target : take(outer * kept).address;
      if (isRow) {
        this.#overRows("foldRows", operator, from, outer, folded.size, to);
      } else this.#overColumns("foldColumns", operator, from, outer, folded.size, kept, to);
      if (foldsLeft === 1) return;
      from = to;
      loops.splice(isRow ? -1 : -2, 1);
      // Two kept loops may now lie side by side: they are one.
      const last = loops.at(-1)!;
      const before = loops.at(-2);
      if (before !== undefined && before.isFolded === last.isFolded) {
        before.size *= last.size;
        loops.pop();
      }
    }
  }

  /** Places along one axis. */
  #index(isLargest: number, from: number, loops: readonly Loop[], to: number): void {
    const axis = loops.findIndex(({ isFolded }) => isFolded);
    const [before, after] = [loops.slice(0, axis), loops.slice(axis + 1)].map((kept) =>
      sizeOf(kept.map(({ size }) => size)),
    ) as [number, number];
    const n = loops[axis]!.size;
    if (after === 1) this.#overRows("indexRows", isLargest, from, before, n, to);
    else this.#overColumns("indexColumns", isLargest, from, before, n, after, to);
  }

  #overColumns(
    kernel: "foldColumns" | "indexColumns",
    operator: number,
    from: number,
    matrices: number,
    rows: number,
    n: number,
    to: number,
  ): void {
    const calls = Array.from({ length: matrices }, (_, i): Call => {
      return { kernel, args: [operator, from + i * rows * n * 4, rows, n, to + i * n * 4] };
    });
    this.#run(calls, matrices * rows * n);
  }

  #overRows(
    kernel: "foldRows" | "indexRows",
    operator: number,
    from: number,
    rows: number,
    n: number,
    to: number,
  ): void {
    const parts = split(rows, rows * n < leastShared ? 1 : this.#threads.threads, 16);
    const calls = parts.map(({ begin, count }): Call => {
      return { kernel, args: [operator, from + begin * n * 4, count, n, to + begin * 4] };
    });
    this.#run(calls, rows * n);
  }

  #run(calls: readonly Call[], elements: number): void {
    if (elements >= leastShared) this.#threads.run(calls);
    else for (const call of calls) this.#threads.runHere(call);
  }
}

function mergedLoops(shape: readonly number[], axes: readonly number[]): Loop[] {
  const loops: Loop[] = [];
  shape.forEach((size, axis) => {
    const isFolded = axes.includes(axis);
    const last = loops.at(-1);
    if (last !== undefined && last.isFolded === isFolded) last.size *= size;
    else loops.push({ size, isFolded });
  });
  return loops;
}
