import type { ExprType, Instruction, Program } from "@tensorloom/tensor/backend";
import { FunctionCode, wasmType, type Local } from "./function-code.ts";
import { InstructionCode } from "./instruction-code.ts";
import { isHeavy } from "./operators.ts";

/** Vectors that a round computes: enough that the loop around them costs little, and that long functions overlap. */
const mostUnrolled = 4;
/** Instructions above which a round has one vector. */
const mostInstructions = 16;

/** How an input's elements lie along a row: side by side, all the same one, or some other stride apart. */
export type Reach = "adjacent" | "same" | "strided";

/** What a module is compiled for. */
export interface MapVariant {
  /** An output is an input too: a row's last vector must leave what is there already. */
  readonly isInPlace: boolean;
  /** The engine has fused multiply-add. */
  readonly isRelaxed: boolean;
  /** The memory is shared between threads. */
  readonly isShared: boolean;
}

/**
 * Returns a WebAssembly module whose function `run` computes `program` for rows of elements. Its parameters, all i32 but
 * for float32 parameters of the program:
 *
 * - the number of rows, the number of elements of a row (at least four), the row-major index of the first element;
 * - for each output its address: its rows follow one another;
 * - for each input its address, the bytes from row to row, and the bytes from element to element (used where strided);
 * - for each `parameter` instruction its value, with -1 for a true bool.
 *
 * Index mapping: a vector holds elements i to i + 3 of a row. A row's last vector overlaps the one before it, where its
 * length is no multiple of four: the same values are written twice.
 */
export function compileMap(
  program: Program,
  reaches: readonly Reach[],
  variant: MapVariant,
): Uint8Array<ArrayBuffer> {
  return new MapWriter(program, reaches, variant).write().module(variant.isShared);
}

interface Source {
  /** The address of the row's first element. */
  readonly address: Local;
  readonly rowStep: Local;
  readonly elementStep: Local;
}

class MapWriter {
  readonly #program: Program;
  readonly #reaches: readonly Reach[];
  readonly #code: FunctionCode;
  readonly #instructions: InstructionCode;
  readonly #sources: readonly Source[];
  readonly #targets: readonly Local[];
  /** For instructions that are the same along a row, the local with their value. */
  readonly #fixed: Local[] = [];
  /** Vectors that a round of the main loop computes, and which of them is being written. */
  readonly #unroll: number;
  #vector = 0;
  readonly #isHeavy: boolean;
  readonly #parameters: ReadonlyMap<number, Local>;
  /** The current element of the row; four times that; and the row's first index. */
  readonly #at: Local;
  readonly #atBytes: Local;
  readonly #rows: Local = 0;
  readonly #inner: Local = 1;
  readonly #first: Local = 2;
  /** How many lanes the current vector shares with the one before it; kept only if an output is an input. */
  readonly #overlap: Local | undefined;

  constructor(program: Program, reaches: readonly Reach[], { isRelaxed, isInPlace }: MapVariant) {
    this.#program = program;
    this.#reaches = reaches;
    const outputCount = program.outputs.length;
    const parameters = program.instructions
      .map((instruction, step) => ({ ...instruction, step }))
      .filter(({ kind }) => kind === "parameter");
    const afterInputs = 3 + outputCount + 3 * reaches.length;
    this.#code = new FunctionCode([
      ...new Array<number>(afterInputs).fill(wasmType.i32),
      ...parameters.map(({ type }) => (type === "float32" ? wasmType.f32 : wasmType.i32)),
    ] as ConstructorParameters<typeof FunctionCode>[0]);
    this.#instructions = new InstructionCode(this.#code, isRelaxed);
    this.#targets = program.outputs.map((_, i) => 3 + i);
    this.#sources = reaches.map((_, i) => {
      const address = 3 + outputCount + 3 * i;
      return { address, rowStep: address + 1, elementStep: address + 2 };
    });
    this.#parameters = new Map(parameters.map(({ step }, i) => [step, afterInputs + i]));
    this.#at = this.#code.local(wasmType.i32);
    this.#atBytes = this.#code.local(wasmType.i32);
    this.#overlap = isInPlace ? this.#code.local(wasmType.i32) : undefined;
    this.#isHeavy = isHeavy(program);
    const isLong = program.instructions.length > mostInstructions;
    this.#unroll = isLong || reaches.includes("strided") ? 1 : mostUnrolled;
  }

  write(): FunctionCode {
    const code = this.#code;
    const { instructions } = this.#program;
    for (const [step, parameter] of this.#parameters) {
      this.#fixed[step] = this.#instructions.splat(instructions[step]!.type, parameter);
    }
    const last = code.set(code.local(wasmType.i32), () =>
      this.#code.combine("i32Sub", this.#inner, 4),
    );
    const wide = code.local(wasmType.i32);
    const stride = 4 * this.#unroll;
    code.set(wide, () => {
      this.#code.combine("i32Sub", this.#inner, stride);
    });
    code.doWhile(() => {
      this.#vector = 0;
      instructions.forEach((instruction, step) => {
        if (instruction.kind !== "input" || this.#reaches[instruction.value] !== "same") return;
        this.#fixed[step] = this.#load(instruction);
      });
      code.set(this.#at, () => code.integer(0));
      if (this.#unroll > 1) {
        this.#compare("i32GreaterOrEqualS", wide, this.#at);
        code.branch(() => {
          code.doWhile(() => {
            this.#computeVectors(this.#unroll);
            code.set(this.#at, () => this.#code.combine("i32Add", this.#at, stride));
            this.#compare("i32GreaterOrEqualS", wide, this.#at);
          });
        });
      }
      this.#compare("i32GreaterS", this.#inner, this.#at);
      code.branch(() => this.#writeRest(last));
      this.#nextRow();
    });
    return code;
  }

  /** Vector by vector to the end of the row: the last covers its last four elements. */
  #writeRest(last: Local): void {
    const code = this.#code;
    const next = code.local(wasmType.i32);
    code.doWhile(() => {
      code.set(next, () => this.#code.combine("i32Add", this.#at, 4));
      if (this.#overlap !== undefined) code.set(this.#overlap, () => code.get(this.#at));
      code.set(this.#at, () => {
        code.get(last);
        code.get(this.#at);
        this.#compare("i32GreaterS", this.#at, last);
        code.scalar("select");
      });
      if (this.#overlap !== undefined) {
        code.set(this.#overlap, () => {
          code.get(this.#overlap!);
          code.get(this.#at);
          code.scalar("i32Sub");
        });
      }
      this.#computeVectors(1);
      code.set(this.#at, () => code.get(next));
      this.#compare("i32GreaterS", this.#inner, next);
    });
  }

  /** Computes and stores neighbouring vectors, from the current element on. */
  #computeVectors(count: number): void {
    const code = this.#code;
    const { instructions, outputs } = this.#program;
    code.set(this.#atBytes, () => this.#code.combine("i32Shl", this.#at, 2));
    // Of light programs each vector by itself, which needs fewer registers.
    const atOnce = this.#isHeavy ? count : 1;
    for (let first = 0; first < count; first += atOnce) {
      const vectors = Array.from({ length: atOnce }, () => [...this.#fixed]);
      instructions.forEach((instruction, step) => {
        if (this.#fixed[step] !== undefined) return;
        const isLeaf = instruction.operands.length === 0 && instruction.kind !== "constant";
        const values = isLeaf
          ? vectors.map((_, v) => this.#leaf(instruction, first + v))
          : this.#instructions.writeEach(this.#program, instruction, vectors);
        values.forEach((value, v) => (vectors[v]![step] = value));
      });
      outputs.forEach((step, i) => {
        const { type } = instructions[step]!;
        const overlap = count === 1 ? this.#overlap : undefined;
        vectors.forEach((values, v) => {
          this.#vector = first + v;
          this.#store(type, this.#targets[i]!, values[step]!, overlap);
        });
      });
    }
  }

  /** Goes to the next row; leaves how many there are left. */
  #nextRow(): void {
    const code = this.#code;
    for (const { address, rowStep } of this.#sources) {
      code.set(address, () => this.#sum(address, rowStep));
    }
    code.set(this.#first, () => this.#sum(this.#first, this.#inner));
    this.#targets.forEach((target, i) => {
      const { type } = this.#program.instructions[this.#program.outputs[i]!]!;
      code.set(target, () => {
        code.get(target);
        this.#code.combine("i32Shl", this.#inner, isByte(type) ? 0 : 2);
        code.scalar("i32Add");
      });
    });
    code.set(this.#rows, () => this.#code.combine("i32Sub", this.#rows, 1));
    code.get(this.#rows);
  }

  #leaf(instruction: Instruction, vector: number): Local {
    this.#vector = vector;
    if (instruction.kind === "input") return this.#load(instruction);
    const code = this.#code;
    const first = code.set(code.local(wasmType.i32), () => this.#sum(this.#first, this.#at));
    const lanes = ([0, 1, 2, 3] as const).map((lane) => 4 * vector + lane);
    const start = this.#instructions.splat("uint32", first);
    return code.vector("i32x4.add", start, code.integers(lanes));
  }

  #load({ value: input, type }: Instruction): Local {
    const code = this.#code;
    const { address, elementStep } = this.#sources[input]!;
    const reach = this.#reaches[input]!;
    let lanes: Local;
    if (reach === "same") {
      const name = isByte(type) ? "v128.load8_splat" : "v128.load32_splat";
      lanes = code.vectorWith(name, [0, 0], address);
    } else if (reach === "adjacent") {
      const at = code.set(code.local(wasmType.i32), () => {
        this.#sum(address, isByte(type) ? this.#at : this.#atBytes);
      });
      const name = isByte(type) ? "v128.load32_zero" : "v128.load";
      lanes = code.vectorWith(name, this.#place(type), at);
    } else {
      const at = code.local(wasmType.i32);
      code.set(at, () => {
        code.get(address);
        code.get(this.#at);
        code.get(elementStep);
        code.scalar("i32Mul");
        code.scalar("i32Add");
      });
      lanes = code.bits(0);
      const name = isByte(type) ? "v128.load8_lane" : "v128.load32_lane";
      for (let lane = 0; lane < 4; lane++) {
        lanes = code.vectorWith(name, [0, 0, lane], at, lanes);
        if (lane < 3) code.set(at, () => this.#sum(at, elementStep));
      }
    }
    if (!isByte(type)) return lanes;
    const words = this.#words(lanes);
    return type === "bool" ? code.vector("i32x4.ne", words, code.bits(0)) : words;
  }

  #store(type: ExprType, target: Local, value: Local, overlap: Local | undefined): void {
    const code = this.#code;
    const at = code.set(code.local(wasmType.i32), () => {
      this.#sum(target, isByte(type) ? this.#at : this.#atBytes);
    });
    if (!isByte(type)) {
      const kept = this.#keep(overlap, value, () => code.vectorWith("v128.load", [0, 0], at));
      code.push("v128.store", [at, kept], this.#place(type));
      return;
    }
    const bytes = type === "bool" ? code.vector("v128.and", value, code.bits(1)) : value;
    const kept = this.#keep(overlap, bytes, () => this.#loadBytes(at));
    const halves = code.vector("i16x8.narrow_i32x4_s", kept, kept);
    const packed = code.vector("i8x16.narrow_i16x8_u", halves, halves);
    code.push("v128.store32_lane", [at, packed], [...this.#place(type), 0]);
  }

  /** Puts back the lanes that the vector before this one has written. */
  #keep(overlap: Local | undefined, value: Local, written: () => Local): Local {
    if (overlap === undefined) return value;
    const code = this.#code;
    const lanes = code.integers([0, 1, 2, 3]);
    const mask = code.vector("i32x4.lt_s", lanes, this.#instructions.splat("int32", overlap));
    return code.vector("v128.bitselect", written(), value, mask);
  }

  #loadBytes(at: Local): Local {
    return this.#words(this.#code.vectorWith("v128.load32_zero", [0, 0], at));
  }

  #words(bytes: Local): Local {
    const halves = this.#code.vector("i16x8.extend_low_i8x16_u", bytes);
    return this.#code.vector("i32x4.extend_low_i16x8_u", halves);
  }

  /** Alignment and offset of the current vector. */
  #place(type: ExprType): readonly number[] {
    return [0, this.#vector * (isByte(type) ? 4 : 16)];
  }

  /** Pushes whether a > b, or a >= b. */
  #compare(name: "i32GreaterS" | "i32GreaterOrEqualS", a: Local, b: Local): void {
    this.#code.get(a);
    this.#code.get(b);
    this.#code.scalar(name);
  }

  /** Pushes the sum of two locals. */
  #sum(a: Local, b: Local): void {
    this.#code.get(a);
    this.#code.get(b);
    this.#code.scalar("i32Add");
  }
}

function isByte(type: ExprType): boolean {
  return type === "bool" || type === "uint8";
}
