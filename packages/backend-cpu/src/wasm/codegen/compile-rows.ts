import type { Instruction, Program, RowExpression, RowPrograms } from "@tensorloom/tensor/backend";
import { FunctionCode, wasmType, type Local } from "./function-code.ts";
import { InstructionCode } from "./instruction-code.ts";
import { isHeavy } from "./operators.ts";
import { Extreme, Sum } from "./row-folds.ts";
import { RowLoop, roundVectors } from "./row-loop.ts";
import { mostPlain } from "./vector-functions.ts";

/** How an input's elements lie along a row: side by side, or all the same one. */
export type RowReach = "adjacent" | "same";

/** Rounds that are summed in float32 before the sum goes into float64: 14 additions deep, an error below 1e-6 at the very worst. */
const mostRounds = 12;

/**
 * Returns a WebAssembly module whose function `run` folds rows of float32 and computes the results. Its parameters, all i32
 * but for float32 parameters of the programs:
 *
 * - the number of rows, and the number of elements of a row (at least four);
 * - for each result its address: those of a row follow one another;
 * - for each input its address, and the bytes from row to row;
 * - for each `parameter` instruction, program by program, its value, with -1 for a true bool.
 *
 * Index mapping: a vector holds elements i to i + 3 of a row. A row's last vector overlaps the one before it, where its
 * length is no multiple of four. What enters a fold and is dear to compute waits in the first result for its later use.
 */
export function compileRows(
  rows: RowExpression,
  programs: RowPrograms,
  reaches: readonly RowReach[],
  variant: { readonly isRelaxed: boolean; readonly isShared: boolean },
): Uint8Array<ArrayBuffer> {
  return new RowsWriter(rows, programs, reaches, variant.isRelaxed)
    .write()
    .module(variant.isShared);
}

/** Returns the programs of a row in the order of their parameters. */
export function programsOf({ folds, elements, totals }: RowPrograms): readonly Program[] {
  return [...folds, elements, totals];
}

/** A program within a row: what is the same along it is computed once. */
interface Part {
  readonly program: Program;
  readonly parameters: ReadonlyMap<number, Local>;
  /** For instructions that are the same along the row, the local with their value. */
  readonly fixed: Local[];
}

/** The extremes of an input along a row: NaN where it has one. */
interface Range {
  readonly least: Local;
  readonly most: Local;
}

class RowsWriter {
  readonly #rows: RowExpression;
  readonly #reaches: readonly RowReach[];
  readonly #code: FunctionCode;
  readonly #instructions: InstructionCode;
  /** The same where no exponential is taken of NaN or of a number of great magnitude. */
  readonly #boundedInstructions: InstructionCode;
  readonly #folds: readonly Part[];
  readonly #elements: Part;
  readonly #totals: Part;
  /** Addresses of results, of inputs, and the steps between these. */
  readonly #targets: readonly Local[];
  readonly #sources: readonly Local[];
  readonly #steps: readonly Local[];
  /** For inputs that are the same along a row, and for totals, the local with their value. */
  readonly #same: Local[] = [];
  /** For inputs of which both extremes are known by now, the locals with these. */
  readonly #ranges = new Map<number, Range>();
  /** The fold of which what entered waits in a result, and that result. */
  readonly #stored: number;
  readonly #store: Local | undefined;
  readonly #count: Local = 0;
  readonly #length: Local = 1;
  readonly #loop: RowLoop;

  constructor(
    rows: RowExpression,
    programs: RowPrograms,
    reaches: readonly RowReach[],
    isRelaxed: boolean,
  ) {
    this.#rows = rows;
    this.#reaches = reaches;
    const { i32, f32 } = wasmType;
    const types: (typeof i32 | typeof f32)[] = [i32, i32];
    const next = (type: typeof i32 | typeof f32): Local => types.push(type) - 1;
    this.#targets = rows.results.map(() => next(i32));
    const places = reaches.map(() => [next(i32), next(i32)] as const);
    this.#sources = places.map(([address]) => address);
    this.#steps = places.map(([, step]) => step);
    const partOf = (program: Program): Part => {
      const parameters = new Map<number, Local>();
      program.instructions.forEach(({ kind, type }, step) => {
        if (kind === "parameter") parameters.set(step, next(type === "float32" ? f32 : i32));
      });
      return { program, parameters, fixed: [] };
    };
    this.#folds = programs.folds.map(partOf);
    this.#elements = partOf(programs.elements);
    this.#totals = partOf(programs.totals);
    this.#code = new FunctionCode(types);
    this.#instructions = new InstructionCode(this.#code, isRelaxed);
    this.#boundedInstructions = new InstructionCode(this.#code, isRelaxed, true);
    const firstResult = rows.isTotal.indexOf(false);
    this.#stored = rows.folds.findIndex(
      ({ isKept }, k) => isKept && firstResult >= 0 && isHeavy(programs.folds[k]!),
    );
    this.#store = this.#stored < 0 ? undefined : this.#targets[firstResult]!;
    this.#loop = new RowLoop(this.#code, this.#length);
  }

  write(): FunctionCode {
    const code = this.#code;
    for (const { program, parameters, fixed } of [...this.#folds, this.#elements, this.#totals]) {
      for (const [step, local] of parameters) {
        fixed[step] = this.#instructions.splat(program.instructions[step]!.type, local);
      }
    }
    this.#loop.prepare();
    code.doWhile(() => {
      this.#reaches.forEach((reach, i) => {
        if (reach === "same")
          this.#same[i] = code.vectorWith("v128.load32_splat", [0, 0], this.#sources[i]!);
      });
      this.#folds.forEach((part, k) => {
        this.#same[this.#reaches.length + 2 * k] = this.#fold(part, k);
      });
      if (this.#elements.program.outputs.length > 0) this.#writeElements();
      this.#writeTotals();
      this.#nextRow();
    });
    return code;
  }

  /** Folds the row; returns the local with the total in all lanes. */
  #fold(part: Part, k: number): Local {
    const code = this.#code;
    const { operator } = this.#rows.folds[k]!;
    this.#hoist(part);
    const input = plainInput(part.program);
    const later = this.#folds.slice(k + 1).flatMap(({ program }) => shiftedPowers(program) ?? []);
    const isRange = later.some((power) => power.input === input);
    const fold = operator === "sum" ? new Sum(code) : new Extreme(code, operator, isRange);
    const vectors = (count: number, instructions: InstructionCode): readonly Local[] => {
      const values = this.#valuesOf(part, count, instructions);
      const entering = values.map((value) => value[part.program.outputs[0]!]!);
      if (k === this.#stored) entering.forEach((value, v) => this.#write(this.#store!, value, v));
      return entering;
    };
    const take = (instructions: InstructionCode): void => {
      this.#loop.rounds({
        perBlock: mostRounds,
        startBlock: () => fold.startBlock(),
        round: () => fold.take(vectors(roundVectors, instructions)),
        endBlock: () => fold.endBlock(),
      });
      this.#loop.rest((overlap) => fold.takeLast(vectors(1, instructions)[0]!, overlap));
    };
    fold.start();
    const isBounded = this.#isBounded(part);
    if (isBounded === undefined) take(this.#instructions);
    else {
      code.push("v128.any_true", [isBounded]);
      code.branch(
        () => take(this.#boundedInstructions),
        () => take(this.#instructions),
      );
    }
    const total = fold.finish();
    if (fold instanceof Extreme && isRange) {
      const other = fold.finishOther();
      const [least, most] = operator === "min" ? [total, other] : [other, total];
      this.#ranges.set(input!, { least, most });
    }
    return total;
  }

  /** Returns whether a program takes exponentials of numbers of moderate size alone; undefined if that cannot be told. */
  #isBounded({ program, fixed }: Part): Local | undefined {
    const code = this.#code;
    const checks: Local[] = [];
    for (const { input, shift } of shiftedPowers(program) ?? []) {
      const range = this.#ranges.get(input);
      const by = fixed[shift];
      if (range === undefined || by === undefined) return undefined;
      const least = code.vector("f32x4.sub", range.least, by);
      const most = code.vector("f32x4.sub", range.most, by);
      checks.push(
        code.vector("f32x4.le", code.float(-mostPlain), least),
        code.vector("f32x4.le", most, code.float(mostPlain)),
      );
    }
    if (checks.length === 0) return undefined;
    return checks.reduce((a, b) => code.vector("v128.and", a, b));
  }

  #writeElements(): void {
    const part = this.#elements;
    const { program } = part;
    this.#hoist(part);
    const targets = this.#targets.filter((_, r) => !this.#rows.isTotal[r]!);
    // Where elements wait in a result, the last vector finds the result itself in the lanes that it shares.
    const isInPlace = this.#stored >= 0;
    const compute = (count: number, overlap?: Local): void => {
      const vectors = this.#valuesOf(part, count, this.#instructions);
      targets.forEach((target, r) => {
        vectors.forEach((values, v) => {
          let value = values[program.outputs[r]!]!;
          if (overlap !== undefined && isInPlace) {
            const before = this.#loadFrom(target, v);
            value = this.#code.vector("v128.bitselect", before, value, overlap);
          }
          this.#write(target, value, v);
        });
      });
    };
    this.#loop.rounds({
      perBlock: 2 ** 24,
      round: () => compute(roundVectors),
    });
    this.#loop.rest((overlap) => compute(1, overlap));
  }

  #writeTotals(): void {
    const { program, fixed } = this.#totals;
    this.#hoist(this.#totals);
    const targets = this.#targets.filter((_, r) => this.#rows.isTotal[r]!);
    targets.forEach((target, r) => {
      this.#code.push("v128.store32_lane", [target, fixed[program.outputs[r]!]!], [0, 0, 0]);
    });
  }

  /** Computes, before the loop over a row, what is the same along it. */
  #hoist({ program, fixed, parameters }: Part): void {
    program.instructions.forEach((instruction, step) => {
      const { kind, value, operands } = instruction;
      if (parameters.has(step)) return;
      if (kind === "input") {
        if (this.#same[value] !== undefined) fixed[step] = this.#same[value];
      } else if (operands.every((operand) => fixed[operand] !== undefined)) {
        fixed[step] = this.#instructions.write(program, instruction, fixed);
      }
    });
  }

  /** Computes a program's values for vectors from the current one on; returns those of each. */
  #valuesOf(
    { program, fixed }: Part,
    count: number,
    instructions: InstructionCode,
  ): readonly (readonly Local[])[] {
    const vectors = Array.from({ length: count }, () => [...fixed]);
    program.instructions.forEach((instruction, step) => {
      if (fixed[step] !== undefined) return;
      const values =
        instruction.kind === "input"
          ? this.#load(instruction, count, instructions)
          : instructions.writeEach(program, instruction, vectors);
      values.forEach((value, v) => (vectors[v]![step] = value));
    });
    return vectors;
  }

  #load(
    { value: input }: Instruction,
    count: number,
    instructions: InstructionCode,
  ): readonly Local[] {
    const k = (input - this.#reaches.length - 1) / 2;
    const row = input < this.#reaches.length ? this.#sources[input] : this.#store;
    if (input < this.#reaches.length || k === this.#stored) {
      return Array.from({ length: count }, (_, v) => this.#loadFrom(row!, v));
    }
    const { program } = this.#folds[k]!;
    const vectors = this.#valuesOf(this.#folds[k]!, count, instructions);
    return vectors.map((values) => values[program.outputs[0]!]!);
  }

  #loadFrom(row: Local, v: number): Local {
    return this.#code.vectorWith("v128.load", [0, 16 * v], this.#loop.address(row));
  }

  #write(row: Local, value: Local, v: number): void {
    this.#code.push("v128.store", [this.#loop.address(row), value], [0, 16 * v]);
  }

  /** Goes to the next row; leaves how many there are left. */
  #nextRow(): void {
    const code = this.#code;
    this.#sources.forEach((address, i) => {
      code.set(address, () => {
        code.get(address);
        code.get(this.#steps[i]!);
        code.scalar("i32Add");
      });
    });
    this.#targets.forEach((target, r) => {
      code.set(target, () => {
        code.get(target);
        if (this.#rows.isTotal[r] === true) code.integer(4);
        else code.combine("i32Shl", this.#length, 2);
        code.scalar("i32Add");
      });
    });
    code.set(this.#count, () => code.combine("i32Sub", this.#count, 1));
    code.get(this.#count);
  }
}

/** The input that a program is, if it is nothing else. */
function plainInput({ instructions }: Program): number | undefined {
  const [only] = instructions;
  return instructions.length === 1 && only!.kind === "input" ? only!.value : undefined;
}

/** Where all exponentials of a program are of an input less something: these inputs, and the steps that give the rest. */
function shiftedPowers({
  instructions,
}: Program): readonly { readonly input: number; readonly shift: number }[] | undefined {
  const powers = instructions
    .filter(({ kind }) => kind === "exp")
    .map(({ operands }) => instructions[operands[0]!]!)
    .map(({ kind, operands: [x, shift] }) =>
      kind === "sub" && instructions[x!]!.kind === "input"
        ? { input: instructions[x!]!.value, shift: shift! }
        : undefined,
    );
  return powers.every((power) => power !== undefined) ? powers : undefined;
}
