import { scalar, vector, type VectorInstruction } from "./instructions.ts";

/** A type of WebAssembly, by its number. */
export const wasmType = { i32: 0x7f, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;
type WasmType = (typeof wasmType)[keyof typeof wasmType];

/** Functions of JavaScript's `Math` that code may call, with the number of their arguments. */
export const mathFunctions = {
  sin: 1,
  cos: 1,
  tan: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  sinh: 1,
  cosh: 1,
  pow: 2,
  atan2: 2,
} as const;

/** The name of a function of `Math`. */
export type MathFunction = keyof typeof mathFunctions;

/** A local variable, by its number. */
export type Local = number;

const vectorPrefix = 0xfd;
const noResult = 0x40;

/**
 * One WebAssembly function, written in order. Every vector instruction puts its result into a local of its own: the
 * engine finds registers for them, so there is nothing to be gained by reusing locals here.
 */
export class FunctionCode {
  readonly #parameters: readonly WasmType[];
  readonly #locals: WasmType[] = [];
  readonly #constants = new Map<string, Local>();
  readonly #imports: MathFunction[] = [];
  readonly #prologue: number[] = [];
  readonly #body: number[] = [];
  /** Where the statements end that are not within another. */
  #ends: number[] = [];
  #depth = 0;

  constructor(parameters: readonly WasmType[]) {
    this.#parameters = parameters;
  }

  /** Returns a new local. */
  local(type: WasmType): Local {
    return this.#parameters.length + this.#locals.push(type) - 1;
  }

  /** Writes what `write` puts on the stack into a local, and returns it. */
  set(target: Local, write: () => void): Local {
    this.#statement(() => {
      write();
      this.#body.push(scalar.localSet, ...unsigned(target));
    });
    return target;
  }

  /** Pushes a local. */
  get(local: Local): void {
    this.#body.push(scalar.localGet, ...unsigned(local));
  }

  /** Pushes an integer. */
  integer(value: number): void {
    this.#body.push(scalar.i32Const, ...signed(value));
  }

  /** Pushes a local combined with a number. */
  combine(name: "i32Add" | "i32Sub" | "i32Shl", local: Local, value: number): void {
    this.get(local);
    this.integer(value);
    this.scalar(name);
  }

  /** Writes an instruction of one byte. */
  scalar(name: keyof typeof scalar): void {
    this.#body.push(scalar[name]);
  }

  /** Pushes the operands, then writes a vector instruction with its immediate bytes; its result stays on the stack. */
  push(
    name: VectorInstruction,
    operands: readonly Local[],
    immediate: readonly number[] = [],
  ): void {
    for (const operand of operands) this.get(operand);
    this.#body.push(vectorPrefix, ...unsigned(vector[name]), ...immediate);
  }

  /** Computes a vector from locals, and returns the local that holds it. */
  vector(name: VectorInstruction, ...operands: readonly Local[]): Local {
    return this.set(this.local(wasmType.v128), () => this.push(name, operands));
  }

  /** Computes a vector with immediate bytes: a lane, or alignment and offset. */
  vectorWith(name: VectorInstruction, immediate: readonly number[], ...operands: Local[]): Local {
    return this.set(this.local(wasmType.v128), () => this.push(name, operands, immediate));
  }

  /** Calls a function of `Math` for each of four floats. V8 knows these imports, and calls them without leaving. */
  math(name: MathFunction, ...operands: readonly Local[]): Local {
    if (!this.#imports.includes(name)) this.#imports.push(name);
    const result = this.set(this.local(wasmType.v128), () => this.get(operands[0]!));
    for (let lane = 0; lane < 4; lane++) {
      this.set(result, () => {
        this.get(result);
        for (const operand of operands) {
          this.push("f32x4.extract_lane", [operand], [lane]);
          this.scalar("f64PromoteF32");
        }
        this.#body.push(scalar.call, ...unsigned(this.#imports.indexOf(name)));
        this.scalar("f32DemoteF64");
        this.push("f32x4.replace_lane", [], [lane]);
      });
    }
    return result;
  }

  /** Shifts each lane by the same number of bits. */
  shift(name: `i${32 | 64}x${2 | 4}.${string}` & VectorInstruction, x: Local, bits: number): Local {
    return this.set(this.local(wasmType.v128), () => {
      this.get(x);
      this.integer(bits);
      this.push(name, []);
    });
  }

  /** Returns the local that holds four times a float. */
  float(value: number): Local {
    return this.bits(new Uint32Array(new Float32Array([value]).buffer)[0]!);
  }

  /** Returns the local that holds four times an integer, or a word. */
  bits(word: number): Local {
    return this.#constant([word, word, word, word]);
  }

  /** Returns the local that holds twice a double. */
  double(value: number): Local {
    return this.long(new BigUint64Array(new Float64Array([value]).buffer)[0]!);
  }

  /** Returns the local that holds twice an integer of 64 bits. */
  long(value: bigint): Local {
    const [low, high] = new Uint32Array(new BigUint64Array([value]).buffer) as unknown as number[];
    return this.#constant([low!, high!, low!, high!]);
  }

  /** Returns the local that holds the four integers. */
  integers(words: readonly number[]): Local {
    return this.#constant(words);
  }

  /** Repeats `write` while it leaves a nonzero integer on the stack. */
  doWhile(write: () => void): void {
    this.#body.push(scalar.loop, noResult);
    write();
    this.#body.push(scalar.branchIf, 0, scalar.end);
  }

  /** Takes an integer from the stack: runs one arm, or the other, if there is one. */
  branch(ifTrue: () => void, ifFalse?: () => void): void {
    this.#statement(() => {
      this.#body.push(scalar.if, noResult);
      ifTrue();
      if (ifFalse !== undefined) {
        this.#body.push(scalar.else);
        ifFalse();
      }
      this.#body.push(scalar.end);
    });
  }

  /**
   * Writes pieces that do not need each other, a statement of each in turn. A processor looks ahead only so far: of long chains
   * one after another it sees one at a time, and waits for it.
   */
  interleave(pieces: readonly (() => void)[]): void {
    const [ends, depth, begin] = [this.#ends, this.#depth, this.#body.length];
    const statements = pieces.map((write) => {
      [this.#ends, this.#depth] = [[begin], 0];
      write();
      const places = this.#ends.map((end) => end - begin);
      const bytes = this.#body.splice(begin);
      return places.slice(1).map((end, i) => bytes.slice(places[i], end));
    });
    [this.#ends, this.#depth] = [ends, depth];
    const most = Math.max(...statements.map(({ length }) => length));
    for (let i = 0; i < most; i++) {
      for (const piece of statements) this.#body.push(...(piece[i] ?? []));
    }
  }

  #statement(write: () => void): void {
    this.#depth++;
    write();
    this.#depth--;
    if (this.#depth === 0) this.#ends.push(this.#body.length);
  }

  /**
   * Returns a module that imports `env.memory`, and from `Math` the functions that it calls, and exports the function as
   * `run`.
   */
  module(isShared: boolean): Uint8Array<ArrayBuffer> {
    const locals = this.#locals.flatMap((type) => [1, type]);
    const code = [
      ...[...unsigned(this.#locals.length), ...locals],
      ...[...this.#prologue, ...this.#body, scalar.end],
    ];
    const limits = isShared ? 3 : 1;
    const imports = this.#imports.flatMap((name) => [
      ...[...text("Math"), ...text(name)],
      ...[0, mathFunctions[name]],
    ]);
    const { f64 } = wasmType;
    return Uint8Array.from([
      ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
      // Types: 0 is run's, 1 and 2 are those of functions of one number and of two.
      ...section(1, [
        ...[3, 0x60, ...list(this.#parameters), 0],
        ...[0x60, 1, f64, 1, f64],
        ...[0x60, 2, f64, f64, 1, f64],
      ]),
      ...section(2, [
        ...[1 + this.#imports.length, ...imports],
        ...[...text("env"), ...text("memory"), 2, limits, 0, ...unsigned(65_536)],
      ]),
      ...section(3, [1, 0]),
      ...section(7, [1, ...text("run"), 0, ...unsigned(this.#imports.length)]),
      ...section(10, [1, ...unsigned(code.length), ...code]),
    ]);
  }

  #constant(words: readonly number[]): Local {
    const key = words.join();
    let local = this.#constants.get(key);
    if (local === undefined) {
      local = this.local(wasmType.v128);
      this.#constants.set(key, local);
      const bytes = new Uint8Array(Uint32Array.from(words).buffer);
      this.#prologue.push(vectorPrefix, vector["v128.const"], ...bytes);
      this.#prologue.push(scalar.localSet, ...unsigned(local));
    }
    return local;
  }
}

function section(number: number, contents: readonly number[]): number[] {
  return [number, ...unsigned(contents.length), ...contents];
}

function list(items: readonly number[]): number[] {
  return [...unsigned(items.length), ...items];
}

function text(characters: string): number[] {
  return list(Array.from(characters, (character) => character.charCodeAt(0)));
}

/** An unsigned integer in LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

/** A signed integer of 32 bits in LEB128. */
function signed(value: number): number[] {
  const bytes: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 0x7f;
    rest >>= 7;
    const isLast = (rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0);
    bytes.push(isLast ? low : low | 0x80);
    if (isLast) return bytes;
  }
}
