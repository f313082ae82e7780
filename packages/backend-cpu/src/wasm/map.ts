import {
  contiguousStrides,
  isContiguous,
  literal,
  mergeLoops,
  sizeOf,
  type LoopNest,
  type MapCall,
  type Program,
  type View,
} from "@tensorloom/tensor/backend";
import { canCompile, compileMap, type MapVariant, type Reach } from "./codegen/compile-map.ts";
import { eachOffset } from "./each-offset.ts";
import type { WasmHeap, WasmStorage } from "./heap.ts";
import type { WasmKernels } from "./kernels.ts";
import { copyTransposed } from "./transposed-copy.ts";

/** See {@link compileMap} for the parameters. */
type Run = (...numbers: readonly number[]) => void;

/** A program that has been looked at, and its compiled forms: one for each way in which the inputs' rows may lie. */
interface Prepared {
  readonly isSupported: boolean;
  readonly parameters: readonly { readonly value: number; readonly type: string }[];
  readonly variants: Map<string, Run>;
}

/** Elements that are gathered at a time: they then stay in the first-level cache. */
const blockSize = 2048;
/** Rows are worth a call each only if they are not all tiny. */
const leastPerCall = 256;
const lanes = 4;
const wordTypes: ReadonlySet<string> = new Set(["float32", "int32"]);

/** Runs elementwise programs in WebAssembly, compiled for each program, where it has all that they need. */
export class WasmMap {
  readonly #heap: WasmHeap;
  readonly #kernels: WasmKernels;
  readonly #features: Pick<MapVariant, "isRelaxed" | "isShared">;
  readonly #prepared = new WeakMap<Program, Prepared>();

  constructor(
    heap: WasmHeap,
    kernels: WasmKernels,
    features: Pick<MapVariant, "isRelaxed" | "isShared">,
  ) {
    this.#heap = heap;
    this.#kernels = kernels;
    this.#features = features;
  }

  /** Runs a call and returns true; or returns false and does nothing, if WebAssembly cannot. */
  run(call: MapCall): boolean {
    const { expression, inputs, outputs, parameters } = call;
    const program = expression.program(
      inputs.map((view) => view.dtype),
      outputs.map((view) => view.dtype),
    );
    const prepared = this.#prepare(program);
    if (!prepared.isSupported) return false;
    const values = prepared.parameters.map(({ value, type }) => {
      const number = literal(parameters[value]!, type as "float32");
      return type === "bool" ? -number : number;
    });
    const { shape } = outputs[0]!;
    const size = sizeOf(shape);
    if (size === 0) return true;
    if (inputs.every((view) => isContiguous(shape, view.strides))) {
      if (size < lanes) this.#runFew(call, program, prepared, values, size);
      else this.#runRows(call, program, prepared, values, oneRow(size, inputs.length));
      return true;
    }
    const nest = mergeLoops(shape, inputs);
    const inner = nest.shape.at(-1)!;
    const rows = nest.shape.at(-2) ?? 1;
    const isOneCall = nest.shape.length <= 2;
    if (isCopyOfWords(program)) {
      const [from, to] = [addressOf(inputs[0]!), addressOf(outputs[0]!)];
      if (copyTransposed(this.#kernels, nest, from, to)) return true;
    }
    if (inner >= lanes && (isOneCall || inner * rows >= leastPerCall)) {
      this.#runRows(call, program, prepared, values, nest);
    } else if (size < lanes) this.#runFew(call, program, prepared, values, size);
    else this.#runGathered(call, program, prepared, values, size);
    return true;
  }

  /** Walks the two innermost loops in WebAssembly, and the others here. */
  #runRows(
    call: MapCall,
    program: Program,
    prepared: Prepared,
    values: readonly number[],
    { shape, strides }: LoopNest,
  ): void {
    const { inputs, outputs } = call;
    const last = shape.length - 1;
    const inner = shape[last]!;
    const rows = shape[last - 1] ?? 1;
    const reaches = strides.map((list) => reachOf(list[last]!));
    const run = this.#variant(call, program, prepared, reaches);
    const bytes = inputs.map(bytesOf);
    const at = inputs.map(addressOf);
    const to = outputs.map(addressOf);
    const steps = strides.map((list, i) => [
      (list[last - 1] ?? 0) * bytes[i]!,
      list[last]! * bytes[i]!,
    ]);
    const outer = Math.max(0, last - 1);
    const walked = [contiguousStrides(shape), ...strides].map((list) => list.slice(0, outer));
    eachOffset(shape.slice(0, outer), walked, ([begin, ...offsets]) => {
      run(
        ...[rows, inner, begin!],
        ...to.map((address, i) => address + begin! * bytesOf(outputs[i]!)),
        ...at.flatMap((address, i) => [address + offsets[i]! * bytes[i]!, ...steps[i]!]),
        ...values,
      );
    });
  }

  /** Copies strided inputs together, block by block: for loops that are too short to be walked as rows. */
  #runGathered(
    call: MapCall,
    program: Program,
    prepared: Prepared,
    values: readonly number[],
    size: number,
  ): void {
    const { inputs, outputs } = call;
    const scratch: WasmStorage[] = [];
    const sources = inputs.map((view) => this.#gathered(view, size, scratch));
    const reaches = sources.map(({ reach }) => reach);
    const run = this.#variant(call, program, prepared, reaches);
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
  #runFew(
    call: MapCall,
    program: Program,
    prepared: Prepared,
    values: readonly number[],
    size: number,
  ): void {
    const { outputs } = call;
    const room = this.#heap.allocate(outputs.length * lanes * 4);
    const storageAt = (i: number): WasmStorage => this.#heap.part(room, i * lanes * 4);
    const wide = outputs.map((view, i) => ({ ...view, storage: storageAt(i), offset: 0 }));
    const { inputs, expression, parameters } = call;
    const few = { inputs, expression, parameters, outputs: wide };
    this.#runGathered(few, program, prepared, values, size);
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

  #prepare(program: Program): Prepared {
    let prepared = this.#prepared.get(program);
    if (prepared === undefined) {
      const parameters = program.instructions.filter(({ kind }) => kind === "parameter");
      prepared = { isSupported: canCompile(program), parameters, variants: new Map() };
      this.#prepared.set(program, prepared);
    }
    return prepared;
  }

  #variant(
    { inputs, outputs }: MapCall,
    program: Program,
    { variants }: Prepared,
    reaches: readonly Reach[],
  ): Run {
    const isInPlace = inputs.some(({ storage }) =>
      outputs.some((output) => output.storage === storage),
    );
    const key = `${reaches.join()} ${isInPlace}`;
    let run = variants.get(key);
    if (run === undefined) {
      const features = { ...this.#features, isInPlace };
      const module = new WebAssembly.Module(compileMap(program, reaches, features));
      const { memory } = this.#heap;
      run = new WebAssembly.Instance(module, { env: { memory } }).exports["run"] as Run;
      variants.set(key, run);
    }
    return run;
  }
}

function isCopyOfWords({ instructions }: Program): boolean {
  const [only] = instructions;
  return instructions.length === 1 && only!.kind === "input" && wordTypes.has(only!.type);
}

function oneRow(size: number, inputs: number): LoopNest {
  return { shape: [size], strides: new Array<readonly number[]>(inputs).fill([1]) };
}

function reachOf(stride: number): Reach {
  if (stride === 1) return "adjacent";
  return stride === 0 ? "same" : "strided";
}

function addressOf(view: View): number {
  return (view.storage as WasmStorage).address + view.offset * bytesOf(view);
}

function bytesOf(view: View): number {
  return view.dtype === "bool" || view.dtype === "uint8" ? 1 : 4;
}
