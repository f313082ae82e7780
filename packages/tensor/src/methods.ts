// Puts the operations on Tensor's prototype. tensor.ts cannot: the operations import it.
import {
  abs,
  acos,
  asin,
  atan,
  ceil,
  cos,
  cosh,
  erf,
  exp,
  expm1,
  floor,
  isfinite,
  isinf,
  isnan,
  log,
  log1p,
  logicalNot,
  neg,
  reciprocal,
  round,
  rsqrt,
  sign,
  sin,
  sinh,
  sqrt,
  square,
  tan,
  tanh,
  trunc,
} from "./ops/elementwise-unary.ts";
import { relu, sigmoid } from "./ops/activation.ts";
import {
  add,
  div,
  floorDivide,
  maximum,
  minimum,
  mul,
  pow,
  remainder,
  squaredDifference,
  sub,
} from "./ops/elementwise-binary.ts";
import {
  equal,
  greater,
  greaterEqual,
  less,
  lessEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  notEqual,
} from "./ops/comparison.ts";
import { astype, clip } from "./ops/elementwise-ternary.ts";
import {
  all,
  any,
  argmax,
  argmin,
  max,
  mean,
  min,
  prod,
  std,
  sum,
  variance,
} from "./ops/reduction.ts";
import { logSoftmax, logsumexp, softmax } from "./ops/softmax.ts";
import { norm } from "./ops/norm.ts";
import { cumprod, cumsum } from "./ops/scan.ts";
import { matmul } from "./ops/matmul.ts";
import { dot, outer } from "./ops/contraction.ts";
import { diagonal, trace, tril, triu } from "./ops/diagonals.ts";
import { pad } from "./ops/joining.ts";
import { repeat, roll, tile } from "./ops/repetition.ts";
import {
  broadcastTo,
  expandDims,
  flip,
  reshape,
  squeeze,
  swapAxes,
  transpose,
} from "./ops/views.ts";
import { slice, split } from "./ops/slicing.ts";
import { gather } from "./ops/indexing.ts";
import { argsort, sort } from "./ops/sorting.ts";
import { Tensor } from "./tensor.ts";
import type { TensorMethods } from "./tensor-methods.ts";

/** Each takes the tensor as its first argument. */
const operations = {
  neg,
  abs,
  sign,
  exp,
  expm1,
  log,
  log1p,
  sqrt,
  rsqrt,
  square,
  reciprocal,
  sin,
  cos,
  tan,
  asin,
  acos,
  atan,
  sinh,
  cosh,
  tanh,
  erf,
  floor,
  ceil,
  round,
  trunc,
  logicalNot,
  isnan,
  isfinite,
  isinf,
  relu,
  sigmoid,
  add,
  sub,
  mul,
  div,
  floorDivide,
  remainder,
  pow,
  maximum,
  minimum,
  squaredDifference,
  equal,
  notEqual,
  less,
  lessEqual,
  greater,
  greaterEqual,
  logicalAnd,
  logicalOr,
  logicalXor,
  astype,
  clip,
  sum,
  prod,
  mean,
  max,
  min,
  any,
  all,
  variance,
  std,
  argmax,
  argmin,
  softmax,
  logSoftmax,
  logsumexp,
  norm,
  cumsum,
  cumprod,
  matmul,
  dot,
  outer,
  reshape,
  transpose,
  swapAxes,
  squeeze,
  expandDims,
  broadcastTo,
  flip,
  slice,
  split,
  roll,
  tile,
  repeat,
  pad,
  tril,
  triu,
  diagonal,
  trace,
  gather,
  sort,
  argsort,
} satisfies {
  [K in keyof TensorMethods]: (x: Tensor, ...rest: never[]) => ReturnType<TensorMethods[K]>;
};

for (const [name, operation] of Object.entries(operations)) {
  const apply = operation as (x: Tensor, ...rest: unknown[]) => unknown;
  Object.defineProperty(Tensor.prototype, name, {
    value(this: Tensor, a: unknown, b: unknown, c: unknown): unknown {
      return apply(this, a, b, c);
    },
    configurable: true,
    writable: true,
  });
}

// Node's console and debugger show the elements; by symbol, since other platforms do not know it.
Object.defineProperty(Tensor.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: Tensor): string {
    const text = this.toString();
    if (text.startsWith("Tensor(")) return text;
    return `Tensor<${this.dtype}> [${this.shape.join(", ")}] ${text}`;
  },
});
