import { computedDType, isFloating, promoteTypes, type DType } from "../dtype.ts";
import { DTypeError } from "../errors.ts";
import type { BinaryOperator, Expr, ExprType, NodeKind, UnaryOperator } from "./node.ts";

/** One step of a {@link Program}. Operands are numbers of earlier steps. */
export interface Instruction {
  /** What is computed. A `cast` converts from {@link Instruction.operandType} to {@link Instruction.type}. */
  readonly kind: NodeKind;
  /** The result's type. `uint8` results are already wrapped to 0..255. */
  readonly type: ExprType;
  /** The operands' common type (for `where`: of the two values); it differs from `type` in comparisons and casts. */
  readonly operandType: ExprType;
  /** Numbers of the steps that made the operands. */
  readonly operands: readonly number[];
  /** A constant's value, or the number of an input or a parameter. */
  readonly value: number;
}

/** An expression for given dtypes, flattened: each shared or equal node once, casts written out, operands typed. */
export interface Program {
  /** In an order in which operands come first. */
  readonly instructions: readonly Instruction[];
  /** For each output, the step that makes it, of the output's dtype. */
  readonly outputs: readonly number[];
}

const floatFunctions: ReadonlySet<NodeKind> = new Set<UnaryOperator | BinaryOperator>([
  "exp",
  "expm1",
  "log",
  "log1p",
  "sqrt",
  "sin",
  "cos",
  "tan",
  "asin",
  "acos",
  "atan",
  "sinh",
  "cosh",
  "tanh",
  "sigmoid",
  "erf",
  "div",
  "atan2",
]);
const comparisons: ReadonlySet<NodeKind> = new Set<BinaryOperator>(["equal", "less", "lessEqual"]);
const bitwise: ReadonlySet<NodeKind> = new Set<UnaryOperator | BinaryOperator>([
  "and",
  "or",
  "xor",
  "not",
  "shiftLeft",
  "shiftRight",
]);
const keepsBool: ReadonlySet<NodeKind> = new Set<NodeKind>([
  "where",
  "minimum",
  "maximum",
  "and",
  "or",
  "xor",
  "not",
]);
const roundings: ReadonlySet<NodeKind> = new Set<UnaryOperator>([
  "floor",
  "ceil",
  "round",
  "trunc",
]);

/**
 * A subexpression of constants and parameters alone has no type of its own: it takes its neighbour's. `weakInteger`
 * keeps integers integer; `weakFloat` (a constant with a fraction, or a function like exp) makes them float32.
 */
type Inferred = ExprType | "weakInteger" | "weakFloat";

/**
 * Returns the dtype that `root` has by itself for these inputs, before any cast to an output.
 *
 * Rules: operands promote as {@link promoteTypes} says; functions like `exp`, and `div`, turn integers and bools into
 * float32; arithmetic on bools is int32; comparisons are bool.
 *
 * @throws {@link DTypeError} for bitwise operators on floats
 */
export function inferDType(root: Expr, inputs: readonly DType[]): DType {
  const type = strong(inferTypes(inputs)(root), undefined);
  return type === "uint32" ? "int32" : type;
}

/** Returns the program of `roots` for these inputs; each result is cast to its output's dtype. float16 is float32 in it. */
export function lower(
  roots: readonly Expr[],
  inputs: readonly DType[],
  outputs: readonly DType[],
): Program {
  // Half floats are computed with in float32.
  const infer = inferTypes(inputs.map(computedDType));
  const instructions: Instruction[] = [];
  const byText = new Map<string, number>();
  const byNode = new Map<Expr, Map<ExprType, number>>();

  const append = (
    kind: NodeKind,
    type: ExprType,
    operandType: ExprType,
    operands: readonly number[],
    value: number,
  ): number => {
    const written = Object.is(value, -0) ? "-0" : String(value);
    const text = `${kind} ${type} ${operandType} ${operands.join()} ${written}`;
    const known = byText.get(text);
    if (known !== undefined) return known;
    instructions.push({ kind, type, operandType, operands, value });
    byText.set(text, instructions.length - 1);
    return instructions.length - 1;
  };

  const castTo = (step: number, from: ExprType, to: ExprType): number =>
    from === to ? step : append("cast", to, from, [step], 0);

  /** Emits `node` as a value of type `wanted`. */
  const emit = (node: Expr, wanted: ExprType): number => {
    const emitted = byNode.get(node);
    const known = emitted?.get(wanted);
    if (known !== undefined) return known;
    const own = computedDType(strong(infer(node), wanted));
    const step = castTo(emitOwn(node, own), own, wanted);
    if (emitted === undefined) byNode.set(node, new Map([[wanted, step]]));
    else emitted.set(wanted, step);
    return step;
  };

  const emitOwn = (node: Expr, type: ExprType): number => {
    const { kind } = node;
    switch (kind) {
      case "input":
      case "parameter":
      case "constant":
      case "index":
        return append(kind, type, type, [], node.value);
      case "cast": {
        const from = computedDType(strong(infer(node.operands[0]!), type));
        return castTo(emit(node.operands[0]!, from), from, type);
      }
      case "where": {
        const [condition, ifTrue, ifFalse] = node.operands as readonly [Expr, Expr, Expr];
        const operands = [emit(condition, "bool"), emit(ifTrue, type), emit(ifFalse, type)];
        return append(kind, type, type, operands, 0);
      }
      default: {
        const operandType = comparisons.has(kind)
          ? computedDType(comparedAs(node.operands.map(infer)))
          : type;
        const operands = node.operands.map((operand) => emit(operand, operandType));
        if (roundings.has(kind) && !isFloating(operandType as DType)) return operands[0]!;
        return append(kind, type, operandType, operands, 0);
      }
    }
  };

  return { instructions, outputs: roots.map((root, i) => emit(root, computedDType(outputs[i]!))) };
}

/** The type in which operands are compared: bytes beside a number as int32, which can be out of a byte's range. */
function comparedAs(operands: readonly Inferred[]): ExprType {
  const type = strong(promoteAll(operands), "float32");
  return type === "uint8" && operands.includes("weakInteger") ? "int32" : type;
}

/** Gives a weak type the type of its neighbour, where that can hold it. */
function strong(type: Inferred, neighbour: ExprType | undefined): ExprType {
  if (type === "weakInteger")
    return neighbour === undefined || neighbour === "bool" ? "int32" : neighbour;
  if (type === "weakFloat") {
    return neighbour !== undefined && isFloating(neighbour as DType) ? neighbour : "float32";
  }
  return type;
}

function inferTypes(inputs: readonly DType[]): (node: Expr) => Inferred {
  const memo = new Map<Expr, Inferred>();
  const infer = (node: Expr): Inferred => {
    let type = memo.get(node);
    if (type === undefined) {
      type = inferNode(node, node.operands.map(infer), inputs);
      memo.set(node, type);
    }
    return type;
  };
  return infer;
}

function inferNode(node: Expr, operands: readonly Inferred[], inputs: readonly DType[]): Inferred {
  const { kind } = node;
  if (kind === "input") return inputs[node.value]!;
  if (kind === "parameter") return node.type === undefined ? "weakInteger" : "weakFloat";
  // Infinities and NaN are no integers either: they exist in floats alone.
  if (kind === "constant") return Number.isInteger(node.value) ? "weakInteger" : "weakFloat";
  if (kind === "index") return "uint32";
  if (kind === "cast") return node.type!;
  if (comparisons.has(kind)) {
    promoteAll(operands);
    return "bool";
  }
  const type = promoteAll(kind === "where" ? operands.slice(1) : operands);
  if (floatFunctions.has(kind)) {
    if (type === "weakInteger" || type === "weakFloat") return "weakFloat";
    return isFloating(type as DType) ? type : "float32";
  }
  if (bitwise.has(kind) && (type === "weakFloat" || isFloating(type as DType))) {
    throw new DTypeError(
      `${kind}: expected bool or integer operands, got ${type}; cast with astype("int32")`,
    );
  }
  return type === "bool" && !keepsBool.has(kind) ? "int32" : type;
}

function promoteAll(types: readonly Inferred[]): Inferred {
  return types.reduce(promote);
}

function promote(a: Inferred, b: Inferred): Inferred {
  if (a === b) return a;
  if (a === "weakInteger") return b === "bool" ? "int32" : b;
  if (b === "weakInteger") return promote(b, a);
  if (a === "weakFloat") return isFloating(b as DType) ? b : "float32";
  if (b === "weakFloat") return promote(b, a);
  if (a === "uint32" || b === "uint32") {
    const other = a === "uint32" ? b : a;
    if (isFloating(other as DType)) return other;
    throw new DTypeError(
      `expression: expected operands that promote, got uint32 and ${other}; cast one of them`,
    );
  }
  return promoteTypes(a, b);
}
