import {
  contiguousStrides,
  isContiguous,
  mergeLoops,
  sizeOf,
  type LoopNest,
  type MapCall,
  type Program,
  type View,
} from "@tensorloom/tensor/backend";
import type { MapVariant, Reach } from "./codegen/compile-map.ts";
import { CompiledProgram, sharesStorage } from "./compiled-program.ts";
import { eachOffset } from "./each-offset.ts";
import type { WasmHeap, WasmStorage } from "./heap.ts";
import type { WasmKernels } from "./kernels.ts";
import { split } from "./threads/split.ts";
import type { Call, ThreadPool } from "./threads/thread-pool.ts";
import { copyTransposed } from "./transposed-copy.ts";
import { addressOf, bytesOf } from "./view-address.ts";

/** Elements that are gathered at a time: they then stay in the first-level cache. */
const blockSize = 2048;
/** Rows are worth a call each only if they are not all tiny. */
const leastPerCall = 256;
/** Elements below which waking a thread takes longer than it saves: of light programs, and of heavy ones. */
const leastShared = { light: 2 ** 17, heavy: 2 ** 14 };
const lanes = 4;
/** Threads do not share a cache line. */
const lineElements = 64;

/** Runs elementwise programs in WebAssembly, compiled for each program, where it has all that they need. */
export class WasmMap {
  readonly #heap: WasmHeap;
  readonly #kernels: WasmKernels;
  readonly #threads: ThreadPool;
  readonly #features: Pick<MapVariant, "isRelaxed" | "isShared">;
  readonly #programs = new WeakMap<Program, CompiledProgram>();

  constructor(
    heap: WasmHeap,
    kernels: WasmKernels,
    threads: ThreadPool,
    features: Pick<MapVariant, "isRelaxed" | "isShared">,
  ) {
    this.#heap = heap;
    this.#kernels = kernels;
    this.#threads = threads;
    this.#features = features;
  }

  /** Runs a call and returns true; or returns false and does nothing, if WebAssembly cannot. */
  run(call: MapCall): boolean {
    const { expression, inputs, outputs } = call;
    const program = this.#compiled(
      expression.program(
        inputs.map((view) => view.dtype),
        outputs.map((view) => view.dtype),
      ),
    );
    if (!program.isSupported) return false;
    const { shape } = outputs[0]!;
    const size = sizeOf(shape);
    if (size === 0) return true;
    if (size < lanes) {
      this.#runFew(call, program, size);
      return true;
    }
    if (inputs.every((view) => isContiguous(shape, view.strides))) {
      this.#runSideBySide(call, program, size);
      return true;
    }
    const nest = mergeLoops(shape, inputs);
    const { copied } = program;
    if (copied !== undefined) {
      const loops = { shape: nest.shape, strides: nest.strides[copied]! };
      const [from, to] = [addressOf(inputs[copied]!), addressOf(outputs[0]!)];
      if (copyTransposed(this.#kernels, loops, from, to)) return true;
    }
    const inner = nest.shape.at(-1)!;
    const isOneCall = nest.shape.length <= 2;
    const perCall = inner * (nest.shape.at(-2) ?? 1);
    if (inner >= lanes && (isOneCall || perCall >= leastPerCall)) {
      this.#runRows(call, program, nest, size);
    } else this.#runGathered(call, program, size);
    return true;
  }

  /** Inputs that lie as the outputs do: one row. */
  #runSideBySide(call: MapCall, program: CompiledProgram, size: number): void {
    const { inputs, outputs } = call;
    const kernel = program.sideBySide(call);
    const values = program.values(call);
    const argsOf = (begin: number, count: number): number[] => {
      const args = [1, count, begin];
      for (const view of outputs) args.push(addressOf(view) + begin * bytesOf(view));
      for (const view of inputs) args.push(addressOf(view) + begin * bytesOf(view), 0, 0);
      args.push(...values);
      return args;
    };
    const threads = this.#threadsFor(call, program, size);
    if (threads === 1) {
      kernel.run(...argsOf(0, size));
      return;
    }
    const parts = split(size, threads, lineElements);
    this.#threads.run(parts.map(({ begin, count }) => ({ kernel, args: argsOf(begin, count) })));
  }

  /** Walks the two innermost loops in WebAssembly, and the others here. */
  #runRows(call: MapCall, program: CompiledProgram, nest: LoopNest, size: number): void {
    const { inputs, outputs } = call;
    const { shape, strides } = nest;
    const last = shape.length - 1;
    const inner = shape[last]!;
    const rows = shape[last - 1] ?? 1;
    const kernel = program.variant(
      call,
      strides.map((list) => reachOf(list[last]!)),
    );
    const values = program.values(call);
    const bytes = inputs.map(bytesOf);
    const at = inputs.map(addressOf);
    const to = outputs.map(addressOf);
    const rowSteps = strides.map((list, i) => (list[last - 1] ?? 0) * bytes[i]!);
    const steps = strides.map((list, i) => list[last]! * bytes[i]!);
    const threads = this.#threadsFor(call, program, size);
    const outer = Math.max(0, last - 1);
    const walked = [contiguousStrides(shape), ...strides].map((list) => list.slice(0, outer));
    const outerSize = sizeOf(shape.slice(0, outer));
    // Who has many calls to share need not cut them.
    const parts = split(rows, outerSize >= threads ? 1 : threads, 1);
    const calls: Call[] = [];
    eachOffset(shape.slice(0, outer), walked, ([first, ...offsets]) => {
      for (const part of parts) {
        const begin = first! + part.begin * inner;
        const args = [part.count, inner, begin];
        outputs.forEach((view, i) => args.push(to[i]! + begin * bytesOf(view)));
        inputs.forEach((_, i) => {
          const address = at[i]! + offsets[i]! * bytes[i]! + part.begin * rowSteps[i]!;
          args.push(address, rowSteps[i]!, steps[i]!);
        });
        args.push(...values);
        if (threads === 1) kernel.run(...args);
        else calls.push({ kernel, args });
      }
    });
    if (threads > 1) this.#threads.run(calls);
  }

  /** Copies strided inputs together, block by block: for loops that are too short to be walked as rows. */
  #runGathered(call: MapCall, program: CompiledProgram, size: number): void {
    const { inputs, outputs } = call;
    const scratch: WasmStorage[] = [];
    const sources = inputs.map((view) => this.#gathered(view, size, scratch));
    const { run } = program.variant(
      call,
      sources.map(({ reach }) => reach),
    );
    const values = program.values(call);
    for (let begin = 0; begin < size;) {
      // The last block takes up to three elements more, which could not fill a vector.
      const isLast = size - begin < blockSize + lanes;
      const count = isLast ? size - begin : blockSize;
      run(
        ...[1, Math.max(count, lanes), begin],
        ...outputs.map((view) => addressOf(view) + begin * bytesOf(view)),
        ...sources.flatMap(({ load }) => [load(begin, count), 0, 0]),
        ...values,
      );
      begin += count;
    }
    for (const storage of scratch) this.#heap.free(storage);
  }

  /** Up to three elements: there is no room for a whole vector in the outputs. */
  #runFew(call: MapCall, program: CompiledProgram, size: number): void {
    const { inputs, outputs, expression, parameters } = call;
    const room = this.#heap.allocate(outputs.length * lanes * 4);
    const wide = outputs.map((view, i) => {
      const storage = this.#heap.part(room, i * lanes * 4);
      return { ...view, storage, offset: 0 };
    });
    this.#runGathered({ inputs, expression, parameters, outputs: wide }, program, size);
    const memory = this.#heap.array("uint8");
    outputs.forEach((view, i) => {
      const from = addressOf(wide[i]!);
      memory.copyWithin(addressOf(view), from, from + size * bytesOf(view));
    });
    this.#heap.free(room);
  }

  /** How an input is read block by block; what is allocated for it is put on `scratch`. */
  #gathered(
    view: View,
    size: number,
    scratch: WasmStorage[],
  ): { reach: Reach; load: (begin: number, count: number) => number } {
    const bytes = bytesOf(view);
    const { shape, strides } = mergeLoops(view.shape, [view]);
    const address = addressOf(view);
    if (shape.length === 1 && strides[0]![0] === 0) return { reach: "same", load: () => address };
    if (shape.length === 1 && strides[0]![0] === 1) {
      return { reach: "adjacent", load: (begin) => address + begin * bytes };
    }
    const words = [shape.length, size, ...shape, ...strides[0]!];
    const description = this.#heap.allocate(words.length * 4);
    const block = this.#heap.allocate((Math.min(size, blockSize) + lanes) * bytes);
    scratch.push(description, block);
    this.#heap.array("int32").set(words, description.start("int32"));
    return {
      reach: "adjacent",
      load: (begin, count) => {
        const shift = bytes === 1 ? 0 : 2;
        this.#kernels.gather(block.address, address, description.address, begin, count, shift);
        return block.address;
      },
    };
  }

  /** How many threads are worth waking. What is computed in place cannot be run again, so it is not shared. */
  #threadsFor(call: MapCall, program: CompiledProgram, size: number): number {
    const least = program.isHeavy ? leastShared.heavy : leastShared.light;
    return size < least || sharesStorage(call) ? 1 : this.#threads.threads;
  }

  #compiled(program: Program): CompiledProgram {
    let compiled = this.#programs.get(program);
    if (compiled === undefined) {
      compiled = new CompiledProgram(program, this.#heap, this.#features);
      this.#programs.set(program, compiled);
    }
    return compiled;
  }
}

function reachOf(stride: number): Reach {
  if (stride === 1) return "adjacent";
  return stride === 0 ? "same" : "strided";
}
