import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import {
  literal,
  sizeOf,
  type ExprType,
  type Instruction,
  type Program,
} from "@tensorloom/tensor/backend";
import type { EngineName, Tf } from "./load-engine.ts";
import { stretched, tfTypeOf } from "./views.ts";

type Operator = (tf: Tf, a: TfTensor, b: TfTensor) => TfTensor;

/** Operators of floats that are one operation of TensorFlow.js, and right on all of its engines. */
const floats: Readonly<Record<string, Operator>> = {
  add: (tf, a, b) => tf.add(a, b),
  sub: (tf, a, b) => tf.sub(a, b),
  mul: (tf, a, b) => tf.mul(a, b),
  div: (tf, a, b) => tf.div(a, b),
  neg: (tf, a) => tf.neg(a),
  abs: (tf, a) => tf.abs(a),
  exp: (tf, a) => keepingNaN(tf, a, tf.exp(a)),
  log,
  sqrt: (tf, a) => tf.sqrt(a),
  sin: (tf, a) => tf.sin(a),
  cos: (tf, a) => tf.cos(a),
  tan: (tf, a) => tf.tan(a),
  tanh,
  floor: (tf, a) => tf.floor(a),
  ceil: (tf, a) => tf.ceil(a),
  sigmoid: (tf, a) => keepingNaN(tf, a, tf.sigmoid(a)),
  equal: (tf, a, b) => tf.equal(a, b),
  less: (tf, a, b) => tf.less(a, b),
  lessEqual: (tf, a, b) => tf.lessEqual(a, b),
  minimum: (tf, a, b) => tf.neg(largest(tf, tf.neg(a), tf.neg(b))),
  maximum: largest,
};

/** Its own loses digits near one on webgpu, and may not know zero: there, seven terms of 2 atanh((x - 1) / (x + 1)). */
function log(tf: Tf, x: TfTensor): TfTensor {
  if (tf.getBackend() !== "webgpu") return tf.log(x);
  const s = tf.div(tf.sub(x, tf.scalar(1)), tf.add(x, tf.scalar(1)));
  const series = polynomial(tf, tf.mul(s, s), [1 / 13, 1 / 11, 1 / 9, 1 / 7, 1 / 5, 1 / 3, 1]);
  const isNear = tf.logicalAnd(tf.greater(x, tf.scalar(0.5)), tf.less(x, tf.scalar(2)));
  const most = where(tf, isNear, tf.mul(tf.scalar(2), tf.mul(s, series)), tf.log(x));
  return keepingNaN(tf, x, where(tf, tf.equal(x, tf.scalar(0)), tf.scalar(-Infinity), most));
}

/** Shaders may do with NaN what they like: on webgpu it is put back. */
function keepingNaN(tf: Tf, x: TfTensor, result: TfTensor): TfTensor {
  return tf.getBackend() === "webgpu" ? where(tf, tf.isNaN(x), x, result) : result;
}

/** Returns a polynomial's value by Horner's rule; the highest power's coefficient comes first. */
function polynomial(tf: Tf, x: TfTensor, coefficients: readonly number[]): TfTensor {
  return coefficients
    .map((one): TfTensor => tf.scalar(one))
    .reduce((sum, one) => tf.add(tf.mul(sum, x), one));
}

/** Its own loses digits near zero on webgpu: there, five terms of the series. */
function tanh(tf: Tf, x: TfTensor): TfTensor {
  if (tf.getBackend() !== "webgpu") return tf.tanh(x);
  const square = tf.mul(x, x);
  const series = polynomial(tf, square, [62 / 2835, -17 / 315, 2 / 15, -1 / 3, 1]);
  const isSmall = tf.less(tf.abs(x), tf.scalar(0.3));
  return keepingNaN(tf, x, where(tf, isSmall, tf.mul(x, series), tf.tanh(x)));
}

/**
 * The larger; NaN if either is, which its own loses on some engines. Where neither is the larger, the sum of zeros is the
 * positive one if either is, and the sum with NaN is NaN.
 */
export function largest(tf: Tf, a: TfTensor, b: TfTensor): TfTensor {
  const same = where(tf, tf.equal(a, tf.scalar(0)), tf.add(a, b), a);
  const rest = where(tf, tf.equal(a, b), same, tf.add(a, b));
  return where(tf, tf.greater(a, b), a, where(tf, tf.less(a, b), b, rest));
}

const integers: Readonly<Record<string, Operator>> = {
  add: (tf, a, b) => tf.add(a, b),
  sub: (tf, a, b) => tf.sub(a, b),
  // Its own go through floats.
  neg: (tf, a) => tf.sub(tf.scalar(0, "int32"), a),
  abs: (tf, a) => {
    const zero = tf.scalar(0, "int32");
    return where(tf, tf.less(a, zero), tf.sub(zero, a), a);
  },
  minimum: (tf, a, b) => tf.minimum(a, b),
  maximum: (tf, a, b) => tf.maximum(a, b),
  equal: (tf, a, b) => tf.equal(a, b),
  less: (tf, a, b) => tf.less(a, b),
  lessEqual: (tf, a, b) => tf.lessEqual(a, b),
};

const bools: Readonly<Record<string, Operator>> = {
  and: (tf, a, b) => tf.logicalAnd(a, b),
  or: (tf, a, b) => tf.logicalOr(a, b),
  xor: (tf, a, b) => tf.logicalXor(a, b),
  not: (tf, a) => tf.logicalNot(a),
  minimum: (tf, a, b) => tf.logicalAnd(a, b),
  maximum: (tf, a, b) => tf.logicalOr(a, b),
  equal: (tf, a, b) => tf.logicalNot(tf.logicalXor(a, b)),
};

function operatorOf({ kind, operandType }: Instruction): Operator | undefined {
  if (operandType === "float32") return floats[kind];
  if (operandType === "int32") return integers[kind];
  return operandType === "bool" ? bools[kind] : undefined;
}

/** What an engine computes wrong by more than a few units: angles beyond a turn, on webgpu all angles, and near zeros. */
const wrong: Readonly<Record<EngineName, ReadonlySet<string>>> = {
  cpu: new Set(),
  wasm: new Set(["sin", "cos", "tan"]),
  webgpu: new Set(["sin", "cos", "tan"]),
};

const leaves: ReadonlySet<string> = new Set(["input", "parameter", "constant"]);

/** Tells whether a program is a chain of operations that TensorFlow.js has, with the results that are asked for. */
export function isChain({ instructions }: Program, engine: EngineName): boolean {
  return instructions.every((instruction) => {
    const { kind, type, operandType } = instruction;
    if (type === "uint32" || type === "uint8" || type === "float64") return false;
    // Its kernels there go through floats, which hold whole numbers up to 2^24.
    if (type === "int32" && engine === "webgpu") return false;
    if (leaves.has(kind)) return true;
    if (kind === "where") return true;
    if (kind === "cast") return castable(operandType, type);
    return operatorOf(instruction) !== undefined && !wrong[engine].has(kind);
  });
}

/** Floats become integers by truncation and saturate, which its engines do not. */
function castable(from: ExprType, to: ExprType): boolean {
  const isKnown = from === "float32" || from === "int32" || from === "bool";
  return isKnown && !(from === "float32" && to !== "bool");
}

/** Returns the outputs of a program that {@link isChain}; they may be smaller than the shape to which they broadcast. */
export function runChain(
  tf: Tf,
  { instructions, outputs }: Program,
  inputs: readonly TfTensor[],
  parameters: readonly number[],
): TfTensor[] {
  const values: TfTensor[] = [];
  for (const instruction of instructions) {
    const { kind, type, value } = instruction;
    const [a, b, c] = instruction.operands.map((step) => values[step]!);
    if (kind === "input") values.push(inputs[value]!);
    else if (kind === "constant" || kind === "parameter") {
      const number = literal(kind === "constant" ? value : parameters[value]!, type);
      values.push(tf.scalar(type === "bool" ? number !== 0 : number, tfTypeOf(type)));
    } else if (kind === "where") values.push(where(tf, a!, b!, c!));
    else if (kind === "cast") values.push(cast(tf, a!, type));
    else values.push(operatorOf(instruction)!(tf, a!, b!));
  }
  return outputs.map((step) => values[step]!);
}

function cast(tf: Tf, x: TfTensor, to: ExprType): TfTensor {
  // NaN is true.
  return to === "bool" && x.dtype !== "bool"
    ? tf.notEqual(x, tf.scalar(0, x.dtype as "int32"))
    : tf.cast(x, tfTypeOf(to));
}

/** Its engines choose among tensors of one shape, not among bools, and on webgpu of four axes at most. */
export function where(tf: Tf, condition: TfTensor, ifTrue: TfTensor, ifFalse: TfTensor): TfTensor {
  const shape = [condition, ifTrue, ifFalse].reduce<number[]>(
    (all, x) => broadcastShapes(all, x.shape),
    [],
  );
  const isBool = ifTrue.dtype === "bool";
  const [mask, a, b] = [condition, ifTrue, ifFalse].map((x, i) => {
    const typed = isBool && i > 0 ? tf.cast(x, "int32") : x;
    return tf.reshape(stretched(tf, typed, shape), [sizeOf(shape)]);
  });
  const chosen = tf.reshape(tf.where(mask!, a!, b!), shape);
  return isBool ? tf.cast(chosen, "bool") : chosen;
}

function broadcastShapes(a: readonly number[], b: readonly number[]): number[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const [m, n] = [a[a.length - rank + i] ?? 1, b[b.length - rank + i] ?? 1];
    return m === 1 ? n : m;
  });
}
