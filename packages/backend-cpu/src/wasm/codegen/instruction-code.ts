import { literal, type ExprType, type Instruction, type Program } from "@tensorloom/tensor/backend";
import { DoubleFunctions } from "./double-functions.ts";
import {
  mathFunctions,
  type FunctionCode,
  type Local,
  type MathFunction,
} from "./function-code.ts";
import { binaryInstructions, isDouble, unaryInstructions } from "./operators.ts";
import { VectorFunctions } from "./vector-functions.ts";

/** Writes a program's instructions for vectors of four elements, all but those that are loads. */
export class InstructionCode {
  readonly #code: FunctionCode;
  readonly #functions: VectorFunctions;
  readonly #doubles: DoubleFunctions;
  readonly #isBounded: boolean;

  /**
   * @param isRelaxed - whether the engine has fused multiply-add
   * @param isBounded - what the exponential is taken of is a number, and at most `mostPlain` in magnitude
   */
  constructor(code: FunctionCode, isRelaxed: boolean, isBounded = false) {
    this.#code = code;
    this.#isBounded = isBounded;
    this.#functions = new VectorFunctions(code, isRelaxed);
    this.#doubles = new DoubleFunctions(code);
  }

  /**
   * Writes an instruction for several vectors, whose long functions are interleaved.
   *
   * @param vectors - for each, and each instruction before it, the local with its value
   */
  writeEach(
    program: Program,
    instruction: Instruction,
    vectors: readonly (readonly Local[])[],
  ): readonly Local[] {
    const results: Local[] = [];
    const pieces = vectors.map((values, v) => () => {
      results[v] = this.write(program, instruction, values);
    });
    this.#code.interleave(pieces);
    return results;
  }

  /**
   * Writes an instruction.
   *
   * @param values - for each instruction before it, the local with its value
   */
  write(program: Program, instruction: Instruction, values: readonly Local[]): Local {
    const { kind, value, type, operandType } = instruction;
    const operands = instruction.operands.map((operand) => values[operand]!);
    const [a, b, c] = operands as [Local, Local, Local];
    const code = this.#code;
    switch (kind) {
      case "constant":
        return this.constant(type, value);
      case "where":
        return code.vector("v128.bitselect", b, c, a);
      case "cast":
        return this.#cast(a, operandType, type);
      case "shiftLeft":
      case "shiftRight": {
        const bits = program.instructions[instruction.operands[1]!]!.value;
        if (kind === "shiftLeft") return code.shift("i32x4.shl", a, bits);
        return code.shift(type === "uint32" ? "i32x4.shr_u" : "i32x4.shr_s", a, bits);
      }
      case "not":
        return this.#wrapped(type, code.vector("v128.not", a));
      default:
        break;
    }
    if (operandType === "float32" && (kind === "maximum" || kind === "minimum")) {
      return this.#extreme(kind, program, instruction.operands, values);
    }
    if (operandType === "float32" && isDouble(kind)) return this.#doubles[kind](a, b);
    if (operandType === "float32" && kind in mathFunctions) {
      return code.math(kind as MathFunction, ...operands);
    }
    if (operands.length === 2) {
      return this.#wrapped(type, code.vector(binaryInstructions[operandType]![kind]!, a, b));
    }
    if (kind === "neg" && type !== "float32") return code.vector("i32x4.neg", a);
    if (kind === "abs" && type !== "float32") return code.vector("i32x4.abs", a);
    const instructionName = unaryInstructions[kind];
    if (instructionName !== undefined) return code.vector(instructionName, a);
    if (kind === "exp" && this.#isBounded) return this.#functions.expWithin(a);
    return this.#functions[kind as "exp"](a);
  }

  /** `f32x4.max` is many instructions on x86; beside a constant one or two do, which let NaN through. */
  #extreme(
    kind: "maximum" | "minimum",
    { instructions }: Program,
    operands: readonly number[],
    values: readonly Local[],
  ): Local {
    const code = this.#code;
    const isConstant = (step: number): boolean => {
      const { kind: operator, value } = instructions[step]!;
      return operator === "constant" && !Number.isNaN(value) && !Object.is(value, -0);
    };
    const [first, second] = operands as readonly [number, number];
    const [x, bound] = isConstant(first) ? [second, first] : [first, second];
    const [a, b] = [values[x]!, values[bound]!];
    if (!isConstant(bound))
      return code.vector(kind === "maximum" ? "f32x4.max" : "f32x4.min", a, b);
    if (instructions[bound]!.value !== 0) {
      return code.vector(kind === "maximum" ? "f32x4.pmax" : "f32x4.pmin", a, b);
    }
    // A zero of either sign beside 0: max gives 0, min gives -0 if it is there.
    if (kind === "minimum") return code.vector("f32x4.min", a, b);
    return code.vector("v128.andnot", a, code.vector("f32x4.le", a, b));
  }

  /** Arithmetic on bytes wraps. */
  #wrapped(type: ExprType, x: Local): Local {
    return type === "uint8" ? this.#code.vector("v128.and", x, this.#code.bits(255)) : x;
  }

  #cast(x: Local, from: ExprType, to: ExprType): Local {
    const code = this.#code;
    if (to === "bool") {
      return code.vector(from === "float32" ? "f32x4.ne" : "i32x4.ne", x, code.bits(0));
    }
    if (from === "bool") {
      return code.vector("v128.and", x, to === "float32" ? code.float(1) : code.bits(1));
    }
    if (to === "float32") {
      const isUnsigned = from === "uint32";
      return code.vector(isUnsigned ? "f32x4.convert_i32x4_u" : "f32x4.convert_i32x4_s", x);
    }
    if (from !== "float32") return to === "uint8" ? this.#wrapped(to, x) : x;
    if (to === "uint32") return code.vector("i32x4.trunc_sat_f32x4_u", x);
    const whole = code.vector("i32x4.trunc_sat_f32x4_s", x);
    if (to === "int32") return whole;
    const bounded = code.vector("i32x4.max_s", whole, code.bits(0));
    return code.vector("i32x4.min_s", bounded, code.bits(255));
  }

  /** Four times a constant. */
  constant(type: ExprType, value: number): Local {
    if (type === "float32") return this.#code.float(value);
    if (type === "bool") return this.#code.bits(value === 0 ? 0 : 0xffffffff);
    return this.#code.bits(literal(value, type) >>> 0);
  }

  /** Four times a number. */
  splat(type: ExprType, scalar: Local): Local {
    const name = type === "float32" ? "f32x4.splat" : "i32x4.splat";
    return this.#code.vector(name, scalar);
  }
}
