import {
  mergeLoops,
  sizeOf,
  type Instruction,
  type LoopNest,
  type Program,
  type RowPrograms,
  type RowsCall,
} from "@tensorloom/tensor/backend";
import { compileRows, programsOf, type RowReach } from "./codegen/compile-rows.ts";
import type { MapVariant } from "./codegen/compile-map.ts";
import { canCompile, isHeavy, isLong } from "./codegen/operators.ts";
import { instantiated, parameterValue } from "./compiled-program.ts";
import { eachOffset } from "./each-offset.ts";
import type { WasmHeap } from "./heap.ts";
import { split } from "./threads/split.ts";
import type { Call, SharedFunction, ThreadPool } from "./threads/thread-pool.ts";
import { addressOf } from "./view-address.ts";

/** Elements below which waking a thread takes longer than it saves: of light programs, and of heavy ones. */
const leastShared = { light: 2 ** 17, heavy: 2 ** 14 };
const shortestRow = 4;
/** Many rows below this length are faster step by step where long functions are computed once a row; few are not, for each step costs a call. */
const longRow = 64;
const fewElements = 2 ** 13;

/** Folds rows in WebAssembly, compiled for each computation: rows of float32 whose elements lie side by side. */
export class WasmRows {
  readonly #heap: WasmHeap;
  readonly #threads: ThreadPool;
  readonly #features: Pick<MapVariant, "isRelaxed" | "isShared">;
  readonly #compiled = new WeakMap<RowPrograms, Map<string, SharedFunction>>();

  constructor(
    heap: WasmHeap,
    threads: ThreadPool,
    features: Pick<MapVariant, "isRelaxed" | "isShared">,
  ) {
    this.#heap = heap;
    this.#threads = threads;
    this.#features = features;
  }

  /** Tells whether WebAssembly has all that a call needs, and its rows lie as they should. */
  static canRun(call: Omit<RowsCall, "outputs">): boolean {
    const { inputs, dtype } = call;
    if (dtype !== "float32" || inputs.some((view) => view.dtype !== "float32")) return false;
    const rank = inputs[0]!.shape.length;
    if (call.axes[0] !== rank - call.axes.length) return false;
    const { shape, strides } = alongRows(call);
    const isRow = shape.length === 1 && strides.every(([step]) => step === 0 || step === 1);
    const length = shape[0]!;
    if (!isRow || length < shortestRow) return false;
    const traits = traitsOf(typed(call), inputs.length);
    const isFew = sizeOf(inputs[0]!.shape) <= fewElements;
    return traits.isSupported && (length >= longRow || isFew || !traits.hasLongTotals);
  }

  /** Runs a call that {@link WasmRows.canRun} has found good. */
  run(call: RowsCall): void {
    const { rows, inputs, parameters, outputs, axes } = call;
    const programs = typed(call);
    const along = alongRows(call);
    const length = along.shape[0]!;
    const kernel = this.#kernel(rows, programs, along);
    const rank = inputs[0]!.shape.length - axes.length;
    const { shape, strides } = mergeLoops(
      inputs[0]!.shape.slice(0, rank),
      inputs.map((view) => ({ strides: view.strides.slice(0, rank) })),
    );
    const last = shape.length - 1;
    const inner = shape[last]!;
    const traits = traitsOf(programs, inputs.length);
    const values = traits.parameters.map((one) => parameterValue(one, parameters));
    const from = inputs.map(addressOf);
    const to = outputs.map(addressOf);
    const steps = strides.map((list) => list[last]! * 4);
    const size = sizeOf(shape) * length;
    const least = traits.isHeavy ? leastShared.heavy : leastShared.light;
    const threads = size < least ? 1 : this.#threads.threads;
    const outer = shape.slice(0, last);
    // Who has many calls to share need not cut them.
    const parts = split(inner, sizeOf(outer) >= threads ? 1 : threads, 1);
    const walked = strides.map((list) => list.slice(0, last));
    const calls: Call[] = [];
    let done = 0;
    eachOffset(outer, walked, (offsets) => {
      for (const { begin, count } of parts) {
        const args = [count, length];
        to.forEach((address, r) => {
          args.push(address + (done + begin) * (rows.isTotal[r]! ? 4 : 4 * length));
        });
        from.forEach((address, i) =>
          args.push(address + offsets[i]! * 4 + begin * steps[i]!, steps[i]!),
        );
        args.push(...values);
        if (threads === 1) kernel.run(...args);
        else calls.push({ kernel, args });
      }
      done += inner;
    });
    if (threads > 1) this.#threads.run(calls);
  }

  #kernel(rows: RowsCall["rows"], programs: RowPrograms, { strides }: LoopNest): SharedFunction {
    const reaches = strides.map(([step]): RowReach => (step === 1 ? "adjacent" : "same"));
    let variants = this.#compiled.get(programs);
    if (variants === undefined) this.#compiled.set(programs, (variants = new Map()));
    const key = reaches.join();
    let kernel = variants.get(key);
    if (kernel === undefined) {
      const bytes = compileRows(rows, programs, reaches, this.#features);
      variants.set(key, (kernel = instantiated(this.#heap, bytes)));
    }
    return kernel;
  }
}

interface Traits {
  /** Whether WebAssembly has all that it needs. */
  readonly isSupported: boolean;
  /** Whether long functions are computed once a row: three lanes of four are idle then, and the next row waits. */
  readonly hasLongTotals: boolean;
  /** Whether what enters a fold takes much longer to compute than to load. */
  readonly isHeavy: boolean;
  /** The instructions that read parameters, program by program. */
  readonly parameters: readonly Instruction[];
}

const knownTraits = new WeakMap<RowPrograms, Traits>();

function traitsOf(programs: RowPrograms, inputCount: number): Traits {
  let traits = knownTraits.get(programs);
  if (traits === undefined) {
    const all = programsOf(programs);
    traits = {
      isSupported: all.every(isWithoutIndex),
      hasLongTotals: all.some((program) => hasLongTotals(program, inputCount)),
      isHeavy: programs.folds.some(isHeavy),
      parameters: all.flatMap(({ instructions }) =>
        instructions.filter(({ kind }) => kind === "parameter"),
      ),
    };
    knownTraits.set(programs, traits);
  }
  return traits;
}

function isWithoutIndex(program: Program): boolean {
  return canCompile(program) && program.instructions.every(({ kind }) => kind !== "index");
}

function hasLongTotals({ instructions }: Program, inputCount: number): boolean {
  const isTotal: boolean[] = [];
  for (const { kind, value, operands } of instructions) {
    const ofRow =
      kind === "input"
        ? value >= inputCount && (value - inputCount) % 2 === 0
        : operands.every((operand) => isTotal[operand]!);
    if (ofRow && isLong(kind)) return true;
    isTotal.push(ofRow);
  }
  return false;
}

function typed({ rows, inputs, dtype }: Omit<RowsCall, "outputs">): RowPrograms {
  return rows.programs(
    inputs.map((view) => view.dtype),
    dtype,
    rows.results.map(() => dtype),
  );
}

function alongRows({ inputs, axes }: Omit<RowsCall, "outputs">): LoopNest {
  const { shape } = inputs[0]!;
  const first = shape.length - axes.length;
  return mergeLoops(
    shape.slice(first),
    inputs.map(({ strides }) => ({ strides: strides.slice(first) })),
  );
}
