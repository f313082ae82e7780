import type { ExprType, Instruction, Program } from "@tensorloom/tensor/backend";
import { call } from "./functions.ts";
import { typeNames, type TypeNames, type Width } from "./type-names.ts";
import type { ShaderModule } from "./module.ts";

/** Where a program's values come from in a shader. */
export interface ProgramSources {
  /** For each input, an expression of its element, or of its four elements. */
  readonly inputs: readonly string[];
  /** For each parameter, an expression of a f32, and one of a u32 with the same number as a whole one. */
  readonly parameters: readonly ParameterCode[];
  /** An expression of the index, or of the four indices, as u32. */
  readonly index: string;
}

/** How a shader reaches a parameter; which of the two depends on the type that the parameter takes. */
export interface ParameterCode {
  readonly float: string;
  readonly whole: string;
}

/** The WGSL type in which a program computes with values of a type. */
export function computedType(type: ExprType, width: Width): string {
  const { F, I, U, B } = typeNames(width);
  if (type === "bool") return B;
  if (type === "float32" || type === "float16") return F;
  return type === "int32" ? I : U;
}

/** Returns statements that run a program, and the names of the variables that hold its outputs. */
export function programCode(
  module: ShaderModule,
  program: Program,
  width: Width,
  sources: ProgramSources,
  prefix = "v",
): {
  readonly statements: string;
  /** The statements, one an instruction. */
  readonly lines: readonly string[];
  readonly outputs: readonly string[];
} {
  const names = typeNames(width);
  const lines = program.instructions.map((instruction, i) => {
    const operands = instruction.operands.map((operand) => `${prefix}${operand}`);
    const code = new InstructionCode(module, width, names, instruction, operands, sources);
    return `  let ${prefix}${i}: ${computedType(instruction.type, width)} = ${code.text()};`;
  });
  return {
    statements: lines.join("\n"),
    lines,
    outputs: program.outputs.map((output) => `${prefix}${output}`),
  };
}

const floatFunctions: Readonly<Record<string, string>> = {
  exp: "exp_of",
  expm1: "expm1_of",
  log: "log_of",
  log1p: "log1p_of",
  sqrt: "sqrt",
  sin: "sin_of",
  cos: "cos_of",
  tan: "tan_of",
  asin: "asin_of",
  acos: "acos_of",
  atan: "atan_of",
  sinh: "sinh_of",
  cosh: "cosh_of",
  tanh: "tanh_of",
  sigmoid: "sigmoid_of",
  erf: "erf_of",
  sign: "sign_of",
  floorDivide: "floor_divide",
  remainder: "remainder_of",
  pow: "pow_of",
  atan2: "atan2_of",
  minimum: "minimum",
  maximum: "maximum",
};
const symbols: Readonly<Record<string, string>> = {
  add: "+",
  sub: "-",
  mul: "*",
  div: "/",
  and: "&",
  or: "|",
  xor: "^",
  equal: "==",
  less: "<",
  lessEqual: "<=",
};

/** One instruction of a program as a WGSL expression. */
class InstructionCode {
  readonly #module: ShaderModule;
  readonly #width: Width;
  readonly #names: TypeNames;
  readonly #instruction: Instruction;
  readonly #operands: readonly string[];
  readonly #sources: ProgramSources;

  constructor(
    module: ShaderModule,
    width: Width,
    names: TypeNames,
    instruction: Instruction,
    operands: readonly string[],
    sources: ProgramSources,
  ) {
    this.#module = module;
    this.#width = width;
    this.#names = names;
    this.#instruction = instruction;
    this.#operands = operands;
    this.#sources = sources;
  }

  text(): string {
    const { kind, type, operandType, value } = this.#instruction;
    const [x = "", y = "", z = ""] = this.#operands;
    switch (kind) {
      case "input":
        return this.#sources.inputs[value]!;
      case "parameter":
        return this.#parameter(this.#sources.parameters[value]!, type);
      case "constant":
        return this.#constant(value, type);
      case "index":
        return this.#sources.index;
      case "cast":
        return this.#cast(x, operandType, type);
      case "where":
        return `select(${z}, ${y}, ${x})`;
      default:
        if (operandType === "float32") return this.#onFloats();
        if (operandType === "bool") return this.#onBools();
        return this.#wrapped(this.#onIntegers());
    }
  }

  #call(name: string, ...operands: readonly string[]): string {
    return call(this.#module, this.#width, name, operands);
  }

  #parameter({ float, whole }: ParameterCode, type: ExprType): string {
    const { F, I, U, B } = this.#names;
    if (type === "float32") return `${F}(${float})`;
    if (type === "bool") return `${B}(${float} != 0.0)`;
    return type === "int32" ? `${I}(bitcast<i32>(${whole}))` : `${U}(${whole})`;
  }

  #constant(value: number, type: ExprType): string {
    const { F, I, U, B } = this.#names;
    switch (type) {
      case "bool":
        return `${B}(${value !== 0})`;
      case "int32":
        return `${I}(${toInteger(value, -2147483648, 2147483647) | 0})`;
      case "uint8":
        return `${U}(${toInteger(value, 0, 255) & 255}u)`;
      case "uint32":
        return `${U}(${toInteger(value, 0, 4294967295) >>> 0}u)`;
      default: {
        const rounded = Math.fround(value);
        if (Number.isNaN(rounded)) return `${F}(${this.#call("not_a_number")})`;
        if (!Number.isFinite(rounded))
          return `${F}(${rounded < 0 ? "-" : ""}${this.#call("infinity")})`;
        return `${F}(${floatLiteral(rounded)})`;
      }
    }
  }

  #cast(x: string, from: ExprType, to: ExprType): string {
    const { F, I, U } = this.#names;
    const target = computedType(to, this.#width);
    if (from === "float32") {
      if (to === "bool") return this.#call("is_true", x);
      const name = to === "int32" ? "to_int" : to === "uint8" ? "to_byte" : "to_uint";
      return this.#call(name, x);
    }
    if (to === "bool") return `(${x} != ${from === "int32" ? I : U}(0))`;
    if (to === "float32") return `${F}(${x})`;
    return to === "uint8" ? `(${U}(${x}) & ${U}(255u))` : `${target}(${x})`;
  }

  #onFloats(): string {
    const { kind } = this.#instruction;
    const [x = "", y = ""] = this.#operands;
    if (kind === "equal" && x === y) return `(!${this.#call("is_nan", x)})`;
    if (kind in symbols) return `(${x} ${symbols[kind]!} ${y})`;
    if (kind === "neg") return `(-${x})`;
    if (kind === "abs") return `abs(${x})`;
    // These keep the sign of zero.
    if (kind === "floor" || kind === "ceil" || kind === "round" || kind === "trunc")
      return this.#call("with_sign", `${kind}(${x})`, x);
    if (kind === "sqrt") return `sqrt(${x})`;
    return this.#call(floatFunctions[kind]!, ...this.#operands);
  }

  #onBools(): string {
    const { kind } = this.#instruction;
    const [x = "", y = ""] = this.#operands;
    switch (kind) {
      case "not":
        return `(!${x})`;
      case "or":
      case "maximum":
        return `(${x} | ${y})`;
      case "xor":
        return `(${x} != ${y})`;
      case "equal":
        return `(${x} == ${y})`;
      case "less":
        return `((!${x}) & ${y})`;
      case "lessEqual":
        return `((!${x}) | ${y})`;
      default:
        return `(${x} & ${y})`;
    }
  }

  #onIntegers(): string {
    const { kind, operandType } = this.#instruction;
    const { I, U } = this.#names;
    const [x = "", y = ""] = this.#operands;
    const isSigned = operandType === "int32";
    const type = isSigned ? I : U;
    switch (kind) {
      case "neg":
        return isSigned ? `(-${x})` : `(${U}(0u) - ${x})`;
      case "abs":
        return `abs(${x})`;
      case "sign":
        return isSigned ? `sign(${x})` : `min(${x}, ${U}(1u))`;
      case "not":
        return `(~${x})`;
      case "minimum":
        return `min(${x}, ${y})`;
      case "maximum":
        return `max(${x}, ${y})`;
      case "shiftLeft":
      case "shiftRight":
        return `(${x} ${kind === "shiftLeft" ? "<<" : ">>"} (${U}(${y}) & ${U}(31u)))`;
      case "pow":
        return `${type}(${this.#call("power_of_ints", `${I}(${x})`, `${I}(${y})`)})`;
      case "floorDivide":
      case "remainder": {
        if (isSigned)
          return this.#call(kind === "remainder" ? "remainder_of_ints" : "floor_divide_ints", x, y);
        const symbol = kind === "remainder" ? "%" : "/";
        return `select(${x} ${symbol} max(${y}, ${U}(1u)), ${U}(0u), ${y} == ${U}(0u))`;
      }
      default:
        return `(${x} ${symbols[kind]!} ${y})`;
    }
  }

  /** Bytes are kept from 0 to 255. */
  #wrapped(text: string): string {
    const { U } = this.#names;
    return this.#instruction.type === "uint8" ? `(${text} & ${U}(255u))` : text;
  }
}

/** Whole numbers wrap later; fractions truncate and saturate; NaN is 0. */
function toInteger(value: number, low: number, high: number): number {
  if (Number.isInteger(value)) return value;
  return Math.min(Math.max(Math.trunc(value) || 0, low), high);
}

function floatLiteral(value: number): string {
  if (value !== 0 && Math.abs(value) >= 2 ** -126)
    return String(value).replace(/^(-?\d+)$/, "$1.0");
  // A zero's sign, and numbers below the smallest normal one, survive as bits alone.
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  return bits === 0 ? "0.0" : `bitcast<f32>(${bits}u)`;
}
