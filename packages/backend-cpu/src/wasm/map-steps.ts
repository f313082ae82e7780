import { assignRegisters, type Instruction, type Program } from "@tensorloom/tensor/backend";
import * as op from "../../assembly/opcodes.ts";

/** A program in the form that assembly/map.ts runs; see there. */
export interface MapSteps {
  /** For each instruction, what computes it; 0 for inputs, parameters and constants. */
  readonly opcodes: readonly number[];
  /** For each instruction, the number of its register. */
  readonly registers: readonly number[];
  /** How many registers it takes. */
  readonly registerCount: number;
}

const float: Readonly<Record<string, number>> = {
  neg: op.negF32,
  abs: op.absF32,
  sqrt: op.sqrtF32,
  floor: op.floorF32,
  ceil: op.ceilF32,
  trunc: op.truncF32,
  round: op.roundF32,
  exp: op.expF32,
  log: op.logF32,
  tanh: op.tanhF32,
  sigmoid: op.sigmoidF32,
  sign: op.signF32,
  erf: op.erfF32,
  log1p: op.log1pF32,
  expm1: op.expm1F32,
  add: op.addF32,
  sub: op.subF32,
  mul: op.mulF32,
  div: op.divF32,
  minimum: op.minimumF32,
  maximum: op.maximumF32,
  equal: op.equalF32,
  less: op.lessF32,
  lessEqual: op.lessEqualF32,
  where: op.where32,
};

const uint32: Readonly<Record<string, number>> = {
  neg: op.negI32,
  add: op.addI32,
  sub: op.subI32,
  mul: op.mulI32,
  and: op.andI32,
  or: op.orI32,
  xor: op.xorI32,
  not: op.notI32,
  shiftLeft: op.shiftLeftI32,
  shiftRight: op.shiftRightU32,
  equal: op.equalI32,
  less: op.lessU32,
  lessEqual: op.lessEqualU32,
  where: op.where32,
  index: op.index,
};

const int32: Readonly<Record<string, number>> = {
  ...uint32,
  shiftRight: op.shiftRightI32,
  minimum: op.minimumI32,
  maximum: op.maximumI32,
  less: op.lessI32,
  lessEqual: op.lessEqualI32,
};

const bool: Readonly<Record<string, number>> = {
  not: op.notBool,
  and: op.andBool,
  or: op.orBool,
  xor: op.xorBool,
  minimum: op.andBool,
  maximum: op.orBool,
  where: op.where8,
};

const byType: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  float32: float,
  int32,
  uint32,
  bool,
};

const casts: Readonly<Record<string, number>> = {
  "int32 float32": op.i32ToF32,
  "uint32 float32": op.u32ToF32,
  "float32 int32": op.f32ToI32,
  "float32 uint32": op.f32ToU32,
  "bool float32": op.boolToF32,
  "bool int32": op.boolToI32,
  "bool uint32": op.boolToI32,
  "float32 bool": op.f32ToBool,
  "int32 bool": op.i32ToBool,
  "uint32 bool": op.i32ToBool,
  "int32 uint32": op.copy32,
  "uint32 int32": op.copy32,
};

const leaves: ReadonlySet<string> = new Set(["input", "parameter", "constant"]);
const cache = new WeakMap<Program, MapSteps | "unsupported">();

/** Returns a program's steps, or undefined if it holds a type or an operator that WebAssembly does not run. */
export function stepsOf(program: Program): MapSteps | undefined {
  let steps = cache.get(program);
  if (steps === undefined) {
    steps = translate(program) ?? "unsupported";
    cache.set(program, steps);
  }
  return steps === "unsupported" ? undefined : steps;
}

function translate(program: Program): MapSteps | undefined {
  const opcodes: number[] = [];
  for (const instruction of program.instructions) {
    if (!(instruction.type in byType) || !(instruction.operandType in byType)) return undefined;
    const opcode = leaves.has(instruction.kind) ? 0 : opcodeOf(instruction);
    if (opcode === undefined) return undefined;
    opcodes.push(opcode);
  }
  const { registers, types } = assignRegisters(program);
  return { opcodes, registers, registerCount: types.length };
}

function opcodeOf({ kind, type, operandType }: Instruction): number | undefined {
  if (kind === "cast") return casts[`${operandType} ${type}`];
  return byType[operandType]![kind];
}
