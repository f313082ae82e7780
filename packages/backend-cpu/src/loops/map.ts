import {
  assignRegisters,
  literal,
  mergeLoops,
  sizeOf,
  type BinaryOperator,
  type LoopNest,
  type MapCall,
  type Program,
  type UnaryOperator,
  type View,
} from "@tensorloom/tensor/backend";
import { elementsOf } from "../host-storage.ts";
import {
  binaryLoop,
  castLoop,
  copyBlock,
  unaryLoop,
  type Block,
  type BlockOperator,
} from "./block-operators.ts";

/** Elements a block: the registers of a typical program then stay in the first-level cache. */
const blockSize = 1024;

const blockTypes = {
  float32: Float32Array,
  float64: Float64Array,
  int32: Int32Array,
  uint32: Uint32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** A program made ready to run: the loop of each step, and registers of its own. */
class MapProgram {
  readonly program: Program;
  readonly loops: readonly (BlockOperator | undefined)[];
  readonly registers: readonly Block[];
  /** For each step, the array that its result is in, and where. */
  readonly arrays: Block[];
  readonly offsets: number[];

  constructor(program: Program) {
    this.program = program;
    this.loops = program.instructions.map(({ kind, type, operandType, operands }) => {
      if (kind === "cast") return castLoop(operandType, type);
      if (kind === "where" || operands.length === 0) return undefined;
      return operands.length === 1
        ? unaryLoop(kind as UnaryOperator, operandType)
        : binaryLoop(kind as BinaryOperator, operandType);
    });
    const { registers, types } = assignRegisters(program);
    const blocks = types.map((type) => new blockTypes[type as keyof typeof blockTypes](blockSize));
    this.registers = registers.map((register) => blocks[register]!);
    this.arrays = [...this.registers];
    this.offsets = registers.map(() => 0);
  }
}

const ready = new WeakMap<Program, MapProgram>();

/** Runs a map call on host memory, block by block in row-major order. */
export function map(call: MapCall): void {
  const { expression, inputs, parameters, outputs } = call;
  const program = expression.program(
    inputs.map((view) => view.dtype),
    outputs.map((view) => view.dtype),
  );
  const run = new BlockRun(program, inputs, parameters, outputs[0]!.shape);
  const targets = outputs.map(elementsOf);
  run.eachBlock((begin, count, results) => {
    results.forEach(({ array, offset }, r) => {
      const target = targets[r]!;
      const at = target.offset + begin;
      if (array !== target.array || offset !== at)
        copyBlock(target.array, at, array, offset, array, 0, count);
    });
  }, targets);
}

interface Result {
  readonly array: Block;
  readonly offset: number;
}

/** One evaluation of a program over a shape. Reductions use it too: they fold what each block gives. */
export class BlockRun {
  readonly #ready: MapProgram;
  readonly #inputs: readonly Input[];
  readonly #parameters: readonly number[];
  readonly #size: number;

  constructor(
    program: Program,
    inputs: readonly View[],
    parameters: readonly number[],
    shape: readonly number[],
  ) {
    let prepared = ready.get(program);
    if (prepared === undefined) ready.set(program, (prepared = new MapProgram(program)));
    this.#ready = prepared;
    this.#size = sizeOf(shape);
    this.#parameters = parameters;
    this.#inputs = inputs.map((view) => new Input(view));
  }

  /**
   * Evaluates block after block and hands each to `use`, with where the roots' values are.
   *
   * @param targets - where the roots' values are wanted, if they can be written there directly
   */
  eachBlock(
    use: (begin: number, count: number, results: readonly Result[]) => void,
    targets: readonly Result[] = [],
  ): void {
    const { program, arrays, offsets, registers, loops } = this.#ready;
    const { instructions, outputs } = program;
    const size = this.#size;
    for (let s = 0; s < instructions.length; s++) arrays[s] = registers[s]!;
    // A root that is computed is computed in place; a leaf is copied there by the caller.
    const direct = new Map<number, Result>();
    outputs.forEach((step, r) => {
      const target = targets[r];
      if (target !== undefined && instructions[step]!.operands.length > 0 && !direct.has(step)) {
        direct.set(step, target);
        arrays[step] = target.array;
      }
    });
    this.#fillConstants(Math.min(size, blockSize));
    for (let begin = 0; begin < size; begin += blockSize) {
      const count = Math.min(blockSize, size - begin);
      for (let s = 0; s < instructions.length; s++) {
        const { kind, operands, value } = instructions[s]!;
        const target = direct.get(s);
        if (target !== undefined) offsets[s] = target.offset + begin;
        const loop = loops[s];
        if (loop !== undefined) {
          const a = operands[0]!;
          const b = operands[1] ?? a;
          loop(arrays[s]!, offsets[s]!, arrays[a]!, offsets[a]!, arrays[b]!, offsets[b]!, count);
        } else if (kind === "input") {
          this.#inputs[value]!.load(this.#ready, s, begin, count);
        } else if (kind === "where") {
          this.#select(s, operands as readonly [number, number, number], count);
        } else if (kind === "index") {
          const block = arrays[s]!;
          for (let k = 0; k < count; k++) block[k] = begin + k;
        }
      }
      use(
        begin,
        count,
        outputs.map((step) => ({ array: arrays[step]!, offset: offsets[step]! })),
      );
    }
    for (let s = 0; s < instructions.length; s++) {
      // Nothing of the caller's memory is held on to.
      arrays[s] = registers[s]!;
      offsets[s] = 0;
    }
  }

  #fillConstants(count: number): void {
    const { program, registers } = this.#ready;
    program.instructions.forEach(({ kind, value, type }, s) => {
      if (kind !== "constant" && kind !== "parameter") return;
      const number = kind === "constant" ? value : this.#parameters[value]!;
      const block = registers[s]!;
      block.fill(literal(number, type), 0, count);
    });
  }

  #select(step: number, operands: readonly [number, number, number], count: number): void {
    const { arrays, offsets } = this.#ready;
    const [c, x, y] = operands;
    const condition = arrays[c]!;
    const [out, ifTrue, ifFalse] = [arrays[step]!, arrays[x]!, arrays[y]!];
    const [o, i, j, at] = [offsets[step]!, offsets[x]!, offsets[y]!, offsets[c]!];
    for (let k = 0; k < count; k++) {
      out[o + k] = condition[at + k]! === 0 ? ifFalse[j + k]! : ifTrue[i + k]!;
    }
  }
}

/** One input: read in place where it is contiguous, else gathered run by run into a register. */
class Input {
  readonly #array: Block;
  readonly #offset: number;
  readonly #nest: LoopNest;
  readonly #isContiguous: boolean;

  constructor(view: View) {
    const { array, offset } = elementsOf(view);
    this.#array = array;
    this.#offset = offset;
    this.#nest = mergeLoops(view.shape, [view]);
    const strides = this.#nest.strides[0]!;
    this.#isContiguous =
      this.#nest.shape.length === 1 && (strides[0] === 1 || this.#nest.shape[0] === 1);
  }

  load(run: MapProgram, step: number, begin: number, count: number): void {
    if (this.#isContiguous) {
      run.arrays[step] = this.#array;
      run.offsets[step] = this.#offset + begin;
      return;
    }
    const block = run.registers[step]!;
    run.arrays[step] = block;
    run.offsets[step] = 0;
    const { shape } = this.#nest;
    const strides = this.#nest.strides[0]!;
    const last = shape.length - 1;
    const innerSize = shape[last]!;
    const innerStride = strides[last]!;
    const from = this.#array;
    for (let k = 0; k < count;) {
      let rest = Math.trunc((begin + k) / innerSize);
      const first = begin + k - rest * innerSize;
      let at = this.#offset + first * innerStride;
      for (let axis = last - 1; axis >= 0; axis--) {
        const size = shape[axis]!;
        const outer = Math.trunc(rest / size);
        at += (rest - outer * size) * strides[axis]!;
        rest = outer;
      }
      const length = Math.min(innerSize - first, count - k);
      if (innerStride === 0) block.fill(from[at]!, k, k + length);
      else for (let i = 0; i < length; i++) block[k + i] = from[at + i * innerStride]!;
      k += length;
    }
  }
}
