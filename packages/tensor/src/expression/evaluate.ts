import type { DType } from "../dtype.ts";
import { halfBits, halfValue } from "../half.ts";
import { binaryOn, unaryFunctions } from "./scalar-functions.ts";
import type { Expression } from "./expression.ts";
import type { ExprType } from "./node.ts";
import type { Instruction, Program } from "./program.ts";

/**
 * Returns the values of an expression's roots for one element: the definition of what every backend computes.
 *
 * @param f - the expression
 * @param inputs - the element's inputs
 * @param options - parameters; the element's index; the inputs' and the outputs' dtypes (float64 where not given)
 *
 * @example
 * import { evaluate, expression } from "@tensorloom/tensor/backend";
 * evaluate(expression((x, y) => x.mul(y).add(1)), [2, 3]); // => [7]
 */
export function evaluate(
  f: Expression,
  inputs: readonly number[],
  options: {
    readonly parameters?: readonly number[];
    readonly index?: number;
    readonly inputDTypes?: readonly DType[];
    readonly outputDTypes?: readonly DType[];
  } = {},
): number[] {
  const program = f.program(
    options.inputDTypes ?? inputs.map(() => "float64"),
    options.outputDTypes ?? f.roots.map(() => "float64"),
  );
  return evaluateProgram(program, inputs, options.parameters ?? [], options.index ?? 0);
}

/** Runs a program for one element. */
export function evaluateProgram(
  program: Program,
  inputs: readonly number[],
  parameters: readonly number[],
  index: number,
): number[] {
  const values: number[] = [];
  for (const instruction of program.instructions) {
    values.push(step(instruction, values, inputs, parameters, index));
  }
  return program.outputs.map((output) => values[output]!);
}

function step(
  instruction: Instruction,
  values: readonly number[],
  inputs: readonly number[],
  parameters: readonly number[],
  index: number,
): number {
  const { kind, type, operands, value } = instruction;
  const [x = 0, y = 0, z = 0] = operands.map((operand) => values[operand]!);
  switch (kind) {
    case "input":
      return inputs[value]!;
    case "parameter":
      return literal(parameters[value]!, type);
    case "constant":
      return literal(value, type);
    case "index":
      return index >>> 0;
    case "cast":
      return isInteger(instruction.operandType) && isInteger(type)
        ? wrap(x, type)
        : convert(x, type);
    case "where":
      return x === 0 ? z : y;
    case "not":
      return type === "bool" ? Number(x === 0) : wrap(~x, type);
    case "and":
      return wrap(x & y, type);
    case "or":
      return wrap(x | y, type);
    case "xor":
      return wrap(x ^ y, type);
    case "shiftLeft":
      return wrap(x << y, type);
    case "shiftRight":
      return type === "uint32" ? x >>> y : wrap(x >> y, type);
    case "mul":
      return isInteger(type) ? wrap(Math.imul(x, y), type) : round(x * y, type);
    case "add":
    case "sub":
    case "div":
    case "floorDivide":
    case "remainder":
    case "pow":
    case "atan2":
    case "minimum":
    case "maximum":
    case "equal":
    case "less":
    case "lessEqual":
      return round(binaryOn(kind, instruction.operandType)!(x, y), type);
    default:
      return round(unaryFunctions[kind](x), type);
  }
}

function isInteger(type: ExprType): boolean {
  return type === "int32" || type === "uint32" || type === "uint8";
}

/** Rounds a float64 result to a type: floats to their precision, integers wrapped. */
function round(value: number, type: ExprType): number {
  if (type === "float64") return value;
  return type === "float32" ? Math.fround(value) : wrap(value, type);
}

/** A constant or a parameter in the type of its neighbour: whole numbers wrap into integers, as they do in arithmetic. */
export function literal(value: number, type: ExprType): number {
  return Number.isInteger(value) && isInteger(type) ? wrap(value, type) : convert(value, type);
}

function wrap(value: number, type: ExprType): number {
  if (type === "uint32") return value >>> 0;
  if (type === "uint8") return value & 255;
  return type === "int32" ? value | 0 : value;
}

/** Converts as astype does: floats truncate and saturate into integers, NaN becomes 0; integers wrap. */
export function convert(value: number, type: ExprType): number {
  switch (type) {
    case "float64":
      return value;
    case "float32":
      return Math.fround(value);
    case "float16":
      return halfValue(halfBits(value));
    case "bool":
      return Number(value !== 0);
    case "uint8":
      return Math.min(Math.max(Math.trunc(value) || 0, 0), 255);
    case "int32":
      return Math.min(Math.max(Math.trunc(value) || 0, -2147483648), 2147483647);
    case "uint32":
      return Math.min(Math.max(Math.trunc(value) || 0, 0), 4294967295);
  }
}
