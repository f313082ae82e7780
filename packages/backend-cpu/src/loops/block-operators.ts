// The inner loops of map: one small function an operator, over runs of typed arrays. Typed arrays round and wrap what is
// stored in them, so one loop serves several types wherever the arithmetic of doubles is exact before that.
import {
  binaryOn,
  unaryFunctions,
  type BinaryOperator,
  type ExprType,
  type TypedArray,
  type UnaryOperator,
} from "@tensorloom/tensor/backend";

/** Any array that a block of values can be in. */
export type Block = TypedArray | Uint32Array;

/** `out[o + k] = f(a[i + k], b[j + k])` for k below n. Unary ones ignore b. */
export type BlockOperator = (
  out: Block,
  o: number,
  a: Block,
  i: number,
  b: Block,
  j: number,
  n: number,
) => void;

const fromUnary =
  (f: (x: number) => number): BlockOperator =>
  (out, o, a, i, _b, _j, n) => {
    for (let k = 0; k < n; k++) out[o + k] = f(a[i + k]!);
  };

const fromBinary =
  (f: (x: number, y: number) => number): BlockOperator =>
  (out, o, a, i, b, j, n) => {
    for (let k = 0; k < n; k++) out[o + k] = f(a[i + k]!, b[j + k]!);
  };

// The common ones have loops of their own: a loop shared by many functions calls each of them indirectly.
const floatUnary: Partial<Record<UnaryOperator, BlockOperator>> = {
  neg(out, o, a, i, _b, _j, n) {
    for (let k = 0; k < n; k++) out[o + k] = -a[i + k]!;
  },
  abs(out, o, a, i, _b, _j, n) {
    for (let k = 0; k < n; k++) out[o + k] = Math.abs(a[i + k]!);
  },
  exp(out, o, a, i, _b, _j, n) {
    for (let k = 0; k < n; k++) out[o + k] = Math.exp(a[i + k]!);
  },
  log(out, o, a, i, _b, _j, n) {
    for (let k = 0; k < n; k++) out[o + k] = Math.log(a[i + k]!);
  },
  sqrt(out, o, a, i, _b, _j, n) {
    for (let k = 0; k < n; k++) out[o + k] = Math.sqrt(a[i + k]!);
  },
  tanh(out, o, a, i, _b, _j, n) {
    for (let k = 0; k < n; k++) out[o + k] = Math.tanh(a[i + k]!);
  },
  sigmoid(out, o, a, i, _b, _j, n) {
    for (let k = 0; k < n; k++) out[o + k] = 1 / (1 + Math.exp(-a[i + k]!));
  },
};

const anyBinary: Partial<Record<BinaryOperator, BlockOperator>> = {
  add(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = a[i + k]! + b[j + k]!;
  },
  sub(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = a[i + k]! - b[j + k]!;
  },
  div(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = a[i + k]! / b[j + k]!;
  },
  minimum(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = Math.min(a[i + k]!, b[j + k]!);
  },
  maximum(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = Math.max(a[i + k]!, b[j + k]!);
  },
  equal(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = a[i + k]! === b[j + k]! ? 1 : 0;
  },
  less(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = a[i + k]! < b[j + k]! ? 1 : 0;
  },
  lessEqual(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = a[i + k]! <= b[j + k]! ? 1 : 0;
  },
  and(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = a[i + k]! & b[j + k]!;
  },
  or(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = a[i + k]! | b[j + k]!;
  },
  xor(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = a[i + k]! ^ b[j + k]!;
  },
  shiftLeft(out, o, a, i, b, j, n) {
    for (let k = 0; k < n; k++) out[o + k] = a[i + k]! << b[j + k]!;
  },
};

const floatMul: BlockOperator = (out, o, a, i, b, j, n) => {
  for (let k = 0; k < n; k++) out[o + k] = a[i + k]! * b[j + k]!;
};
const integerMul: BlockOperator = (out, o, a, i, b, j, n) => {
  for (let k = 0; k < n; k++) out[o + k] = Math.imul(a[i + k]!, b[j + k]!);
};
const shiftRightSigned: BlockOperator = (out, o, a, i, b, j, n) => {
  for (let k = 0; k < n; k++) out[o + k] = a[i + k]! >> b[j + k]!;
};
const shiftRightUnsigned: BlockOperator = (out, o, a, i, b, j, n) => {
  for (let k = 0; k < n; k++) out[o + k] = a[i + k]! >>> b[j + k]!;
};
const notBool: BlockOperator = (out, o, a, i, _b, _j, n) => {
  for (let k = 0; k < n; k++) out[o + k] = a[i + k]! === 0 ? 1 : 0;
};
const notBits: BlockOperator = (out, o, a, i, _b, _j, n) => {
  for (let k = 0; k < n; k++) out[o + k] = ~a[i + k]!;
};

/** Stores as they are: typed arrays round floats and wrap integers. */
export const copyBlock: BlockOperator = (out, o, a, i, _b, _j, n) => {
  for (let k = 0; k < n; k++) out[o + k] = a[i + k]!;
};
const castToBool: BlockOperator = (out, o, a, i, _b, _j, n) => {
  for (let k = 0; k < n; k++) out[o + k] = a[i + k]! === 0 ? 0 : 1;
};
const saturate = (low: number, high: number): BlockOperator =>
  function saturating(out, o, a, i, _b, _j, n) {
    for (let k = 0; k < n; k++) {
      const x = Math.trunc(a[i + k]!);
      out[o + k] = x >= low ? (x <= high ? x : high) : x < low ? low : 0;
    }
  };
const saturateInt32 = saturate(-2147483648, 2147483647);
const saturateUint32 = saturate(0, 4294967295);
const saturateUint8 = saturate(0, 255);

const unaryLoops = new Map<string, BlockOperator>();
const binaryLoops = new Map<string, BlockOperator>();

/** Returns the loop of a unary operator on values of `type`. */
export function unaryLoop(operator: UnaryOperator, type: ExprType): BlockOperator {
  if (operator === "not") return type === "bool" ? notBool : notBits;
  return (
    floatUnary[operator] ??
    remembered(unaryLoops, operator, () => fromUnary(unaryFunctions[operator]))
  );
}

/** Returns the loop of a binary operator on values of `type`. */
export function binaryLoop(operator: BinaryOperator, type: ExprType): BlockOperator {
  const isInteger = type === "int32" || type === "uint32" || type === "uint8";
  if (operator === "mul") return isInteger ? integerMul : floatMul;
  if (operator === "shiftRight") return type === "uint32" ? shiftRightUnsigned : shiftRightSigned;
  const own = anyBinary[operator];
  if (own !== undefined) return own;
  return remembered(binaryLoops, `${operator} ${type}`, () =>
    fromBinary(binaryOn(operator, type)!),
  );
}

/** Returns the loop that converts values of type `from` to type `to`, as astype does. */
export function castLoop(from: ExprType, to: ExprType): BlockOperator {
  if (to === "bool") return castToBool;
  const isFloat = from === "float32" || from === "float64";
  if (!isFloat || to === "float32" || to === "float64") return copyBlock;
  return to === "int32" ? saturateInt32 : to === "uint32" ? saturateUint32 : saturateUint8;
}

function remembered(
  loops: Map<string, BlockOperator>,
  key: string,
  make: () => BlockOperator,
): BlockOperator {
  let loop = loops.get(key);
  if (loop === undefined) loops.set(key, (loop = make()));
  return loop;
}
