import {
  literal,
  mergeLoops,
  sizeOf,
  type Instruction,
  type MapCall,
  type Program,
  type View,
} from "@tensorloom/tensor/backend";
import { gather32, gather8, stepWords } from "../../assembly/opcodes.ts";
import type { WasmHeap, WasmStorage } from "./heap.ts";
import type { WasmKernels } from "./kernels.ts";
import { stepsOf, type MapSteps } from "./map-steps.ts";

const blockSize = 1024;
const registerBytes = blockSize * 4;
const maxRegisters = 64;
const maxSteps = 512;
const stepBytes = stepWords * 4;
// Sizes and strides of a gathered input: two counts, and two words an axis.
const viewWords = 2 + 2 * 32;
const maxGathered = 32;

/** Where the steps of a call lie. */
interface WrittenSteps {
  readonly count: number;
  /** For each instruction, the address of its values, and the bytes that they advance an element. */
  readonly addresses: readonly number[];
  readonly advances: readonly number[];
  /** For each instruction, the position of its step. */
  readonly places: readonly number[];
}

/** Runs elementwise programs in WebAssembly, where it has all that they need. */
export class WasmMap {
  readonly #kernels: WasmKernels;
  readonly #steps: WasmStorage;
  readonly #views: WasmStorage;
  readonly #registers: WasmStorage;

  constructor(heap: WasmHeap, kernels: WasmKernels) {
    this.#kernels = kernels;
    this.#steps = heap.allocate(maxSteps * stepBytes);
    this.#views = heap.allocate(maxGathered * viewWords * 4);
    this.#registers = heap.allocate(maxRegisters * registerBytes);
  }

  /** Runs a call and returns true; or returns false and does nothing, if WebAssembly cannot. */
  run(call: MapCall): boolean {
    const { expression, inputs, outputs } = call;
    const program = expression.program(
      inputs.map((view) => view.dtype),
      outputs.map((view) => view.dtype),
    );
    const steps = stepsOf(program);
    if (steps === undefined || steps.registerCount > maxRegisters) return false;
    if (steps.opcodes.length > maxSteps || inputs.length > maxGathered) return false;
    this.#runBlocks(call, program, this.#writeSteps(call, program, steps));
    return true;
  }

  /** Writes the steps of a call into memory, in the program's order. */
  #writeSteps(call: MapCall, program: Program, { opcodes, registers }: MapSteps): WrittenSteps {
    const { inputs, parameters } = call;
    const { instructions } = program;
    const size = sizeOf(call.outputs[0]!.shape);
    const words = this.#steps.array("int32");
    let next = this.#steps.start("int32");
    const base = this.#registers.address;
    const addresses = registers.map((register) => base + register * registerBytes);
    const advances = registers.map(() => 0);
    const places: number[] = [];
    let count = 0;
    for (let s = 0; s < instructions.length; s++) {
      const { kind, value, type, operands } = instructions[s]!;
      let opcode = opcodes[s]!;
      places.push(next);
      if (kind === "constant" || kind === "parameter") {
        const number = kind === "constant" ? value : parameters[value]!;
        this.#fill(addresses[s]!, type, number, Math.min(size, blockSize));
      } else if (kind === "input") {
        const view = inputs[value]!;
        const bytes = bytesOf(view);
        const address = (view.storage as WasmStorage).address + view.offset * bytes;
        const nest = mergeLoops(view.shape, [view]);
        const strides = nest.strides[0]!;
        if (nest.shape.length === 1 && (strides[0] === 1 || nest.shape[0] === 1)) {
          addresses[s] = address;
          advances[s] = bytes;
        } else {
          opcode = bytes === 1 ? gather8 : gather32;
          words[next + 3] = address;
          words[next + 4] = 0;
          words[next + 5] = this.#describe(value, size, nest.shape, strides);
          words[next + 6] = 0;
        }
      }
      if (opcode === 0) continue;
      words[next] = opcode;
      words[next + 1] = addresses[s]!;
      words[next + 2] = advances[s]!;
      for (let i = 0; i < operands.length; i++) {
        words[next + 3 + 2 * i] = addresses[operands[i]!]!;
        words[next + 4 + 2 * i] = advances[operands[i]!]!;
      }
      next += stepWords;
      count++;
    }
    return { count, addresses, advances, places };
  }

  /** Whole blocks write the last root straight into its output; a ragged one, and other roots, go through registers. */
  #runBlocks(
    { outputs }: MapCall,
    { instructions, outputs: roots }: Program,
    { count, addresses, advances, places }: WrittenSteps,
  ): void {
    const size = sizeOf(outputs[0]!.shape);
    const words = this.#steps.array("int32");
    const memory = this.#steps.array("uint8");
    const targets = outputs.map((output, r) => {
      const root = roots[r]!;
      // Only the last step's result is certain not to be read again.
      const isDirect =
        root === instructions.length - 1 &&
        roots.indexOf(root) === r &&
        instructions[root]!.operands.length > 0;
      return {
        address: (output.storage as WasmStorage).address + output.offset * bytesOf(output),
        bytes: bytesOf(output),
        root,
        word: isDirect ? places[root] : undefined,
      };
    });
    for (let begin = 0; begin < size; begin += blockSize) {
      const n = Math.min(blockSize, size - begin);
      const padded = Math.ceil(n / 16) * 16;
      const isWhole = n === padded;
      for (const { address, bytes, root, word } of targets) {
        if (word === undefined) continue;
        words[word + 1] = isWhole ? address : addresses[root]!;
        words[word + 2] = isWhole ? bytes : 0;
      }
      this.#kernels.runSteps(this.#steps.address, count, begin, padded);
      for (const { address, bytes, root, word } of targets) {
        if (word !== undefined && isWhole) continue;
        const from = (addresses[root]! + begin * advances[root]!) >>> 0;
        memory.copyWithin(address + begin * bytes, from, from + n * bytes);
      }
    }
  }

  #describe(
    input: number,
    size: number,
    shape: readonly number[],
    strides: readonly number[],
  ): number {
    const words = this.#views.array("int32");
    const at = this.#views.start("int32") + input * viewWords;
    words[at] = shape.length;
    words[at + 1] = size;
    for (let i = 0; i < shape.length; i++) {
      words[at + 2 + i] = shape[i]!;
      words[at + 2 + shape.length + i] = strides[i]!;
    }
    return at * 4;
  }

  #fill(address: number, type: Instruction["type"], value: number, count: number): void {
    const padded = Math.ceil(count / 16) * 16;
    if (type === "float32") {
      this.#registers.array("float32").fill(value, address / 4, address / 4 + padded);
    } else if (type === "bool") {
      this.#registers.array("uint8").fill(value === 0 ? 0 : 1, address, address + padded);
    } else {
      const word = literal(value, type);
      this.#registers.array("int32").fill(word, address / 4, address / 4 + padded);
    }
  }
}

function bytesOf(view: View): number {
  return view.dtype === "bool" || view.dtype === "uint8" ? 1 : 4;
}
