import type { ExprType, Program } from "@tensorloom/tensor/backend";
import type { DoubleFunctions } from "./double-functions.ts";
import { mathFunctions } from "./function-code.ts";
import type { VectorInstruction } from "./instructions.ts";
import type { VectorFunctions } from "./vector-functions.ts";

/** float32 operators of one operand that are one instruction. */
export const unaryInstructions: Readonly<Record<string, VectorInstruction>> = {
  neg: "f32x4.neg",
  abs: "f32x4.abs",
  sqrt: "f32x4.sqrt",
  floor: "f32x4.floor",
  ceil: "f32x4.ceil",
  trunc: "f32x4.trunc",
  round: "f32x4.nearest",
};

const doubleFunctions: ReadonlySet<string> = new Set([
  "sin",
  "cos",
  "tan",
  "pow",
] satisfies (keyof DoubleFunctions)[]);

/** Tells whether a function is computed in double precision. */
export function isDouble(kind: string): kind is keyof DoubleFunctions {
  return doubleFunctions.has(kind);
}

const functions: ReadonlySet<string> = new Set([
  "exp",
  "log",
  "tanh",
  "sigmoid",
  "sign",
  "erf",
  "log1p",
  "expm1",
] satisfies (keyof VectorFunctions)[]);

const float: Readonly<Record<string, VectorInstruction>> = {
  add: "f32x4.add",
  sub: "f32x4.sub",
  mul: "f32x4.mul",
  div: "f32x4.div",
  minimum: "f32x4.min",
  maximum: "f32x4.max",
  equal: "f32x4.eq",
  less: "f32x4.lt",
  lessEqual: "f32x4.le",
};

const integer: Readonly<Record<string, VectorInstruction>> = {
  add: "i32x4.add",
  sub: "i32x4.sub",
  mul: "i32x4.mul",
  and: "v128.and",
  or: "v128.or",
  xor: "v128.xor",
  equal: "i32x4.eq",
};

const signed: Readonly<Record<string, VectorInstruction>> = {
  ...integer,
  minimum: "i32x4.min_s",
  maximum: "i32x4.max_s",
  less: "i32x4.lt_s",
  lessEqual: "i32x4.le_s",
};

const wordTypes: ReadonlySet<ExprType> = new Set(["float32", "int32", "uint32", "uint8", "bool"]);

/** For each type in which operators compute: those of two operands. Bools are masks, bytes are lanes from 0 to 255. */
export const binaryInstructions: Readonly<
  Record<string, Readonly<Record<string, VectorInstruction>>>
> = {
  float32: float,
  int32: signed,
  uint8: signed,
  uint32: { ...integer, less: "i32x4.lt_u", lessEqual: "i32x4.le_u" },
  bool: {
    and: "v128.and",
    or: "v128.or",
    xor: "v128.xor",
    minimum: "v128.and",
    maximum: "v128.or",
  },
};

/** Tells whether code generation knows everything that a program does. */
export function canCompile({ instructions }: Program): boolean {
  return instructions.every((instruction) => {
    const { kind, type, operandType, operands } = instruction;
    if (!wordTypes.has(type) || !wordTypes.has(operandType)) return false;
    if (operands.length === 0 || kind === "where" || kind === "cast") return true;
    if (kind === "shiftLeft" || kind === "shiftRight") {
      // By the same number of bits in every lane.
      return operandType !== "uint8" && instructions[operands[1]!]!.kind === "constant";
    }
    if (operandType === "float32" && kind in mathFunctions) return true;
    if (operands.length === 2) return kind in binaryInstructions[operandType]!;
    if (kind === "not") return operandType !== "float32";
    if (operandType === "float32") return kind in unaryInstructions || functions.has(kind);
    return (kind === "neg" || kind === "abs") && operandType === "int32";
  });
}

/** Tells whether a program computes functions that are many instructions long. */
export function isHeavy({ instructions }: Program): boolean {
  return instructions.some(({ kind }) => isLong(kind));
}

/** Tells whether an operator is many instructions long. */
export function isLong(kind: string): boolean {
  return functions.has(kind) || kind in mathFunctions;
}
