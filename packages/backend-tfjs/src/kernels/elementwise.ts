import type { ClipByValueAttrs, LeakyReluAttrs, StepAttrs } from "@tensorflow/tfjs-core";
import {
  Expr,
  Expression,
  expression,
  mapExpression,
  type DType,
} from "@tensorloom/tensor/backend";
import { kernel, kernelOfMany, type Kernel, type KernelTable } from "./kernel.ts";

const alphaOfSelu = 1.6732632423543772;
const scaleOfSelu = 1.0507009873554805;

/** Kernels of one operand; results have its dtype, unless one is named. */
const unary: Readonly<Record<string, (x: Expr) => Expr>> = {
  Abs: (x) => x.abs(),
  Acos: (x) => x.acos(),
  Acosh: acosh,
  Asin: (x) => x.asin(),
  Asinh: asinh,
  Atan: (x) => x.atan(),
  Atanh: (x) => Expr.constant(2).mul(x).div(Expr.constant(1).sub(x)).log1p().mul(0.5),
  Ceil: (x) => x.ceil(),
  Cos: (x) => x.cos(),
  Cosh: (x) => x.cosh(),
  Elu: (x) => x.less(0).where(x.expm1(), x),
  Erf: (x) => x.erf(),
  Expm1: (x) => x.expm1(),
  Floor: (x) => x.floor(),
  Log: (x) => x.log(),
  Log1p: (x) => x.log1p(),
  Neg: (x) => x.neg(),
  Reciprocal: (x) => Expr.constant(1).div(x),
  Relu: (x) => x.relu(),
  Relu6: (x) => x.clip(0, 6),
  Round: (x) => x.round(),
  Rsqrt: (x) => Expr.constant(1).div(x.sqrt()),
  Selu: (x) => x.less(0).where(x.expm1().mul(alphaOfSelu), x).mul(scaleOfSelu),
  Sigmoid: (x) => x.sigmoid(),
  // NaN has none.
  Sign: (x) => x.greater(0).where(1, x.less(0).where(-1, 0)),
  Sin: (x) => x.sin(),
  Sinh: (x) => x.sinh(),
  Softplus: (x) => x.maximum(0).add(x.abs().neg().exp().log1p()),
  Sqrt: (x) => x.sqrt(),
  Square: (x) => x.mul(x),
  Tan: (x) => x.tan(),
  Tanh: (x) => x.tanh(),
};

/** Kernels of two operands that broadcast; results have the first one's dtype. */
const binary: Readonly<Record<string, (x: Expr, y: Expr) => Expr>> = {
  Add: (x, y) => x.add(y),
  Atan2: (x, y) => x.atan2(y),
  BitwiseAnd: (x, y) => x.and(y),
  Maximum: (x, y) => x.maximum(y),
  Minimum: (x, y) => x.minimum(y),
  Mod: (x, y) => x.remainder(y),
  Multiply: (x, y) => x.mul(y),
  Pow: (x, y) => x.pow(y),
  RealDiv: (x, y) => x.div(y),
  SquaredDifference: (x, y) => x.sub(y).square(),
  Sub: (x, y) => x.sub(y),
};

const comparisons: Readonly<Record<string, (x: Expr, y: Expr) => Expr>> = {
  Equal: (x, y) => x.equal(y),
  Greater: (x, y) => x.greater(y),
  GreaterEqual: (x, y) => x.greaterEqual(y),
  Less: (x, y) => x.less(y),
  LessEqual: (x, y) => x.lessEqual(y),
  LogicalAnd: (x, y) => x.cast("bool").and(y.cast("bool")),
  LogicalOr: (x, y) => x.cast("bool").or(y.cast("bool")),
  LogicalXor: (x, y) => x.cast("bool").xor(y.cast("bool")),
  NotEqual: (x, y) => x.notEqual(y),
};

function ofOne(name: string, build: (x: Expr) => Expr, dtype?: DType): Kernel {
  const f = expression(build);
  return kernel<"x">(({ x }) => mapExpression(name, f, [x], { dtype: dtype ?? x.dtype }));
}

function ofTwo(name: string, build: (x: Expr, y: Expr) => Expr, dtype?: DType): Kernel {
  const f = expression(build);
  return kernel<"a" | "b">(({ a, b }) =>
    mapExpression(name, f, [a, b], { dtype: dtype ?? a.dtype }),
  );
}

function table(
  entries: Readonly<Record<string, (x: Expr, y: Expr) => Expr>>,
  toKernel: (name: string, build: (x: Expr, y: Expr) => Expr) => Kernel,
): KernelTable {
  return Object.fromEntries(
    Object.entries(entries).map(([name, build]) => [name, toKernel(name, build)]),
  );
}

const clip = expression(
  (x, low, high) => x.less(low).where(low, x.greater(high).where(high, x)),
  2,
);
const leakyRelu = new Expression([leakyReluOf(Expr.input(0), Expr.parameter(0, true))], 1, 1);
const step = expression((x, alpha) => x.greater(0).where(1, x.lessEqual(0).where(alpha, x)), 1);
const prelu = expression(leakyReluOf);
const eluGradient = expression((gradient, y) =>
  y.greaterEqual(0).where(gradient, gradient.mul(y.add(1))),
);
const sums = new Map<number, Expression>();

/** Elementwise kernels, each one expression. */
export const elementwise: KernelTable = {
  ...table(unary, (name, build) => ofOne(name, build as (x: Expr) => Expr)),
  ...table(binary, (name, build) => ofTwo(name, build)),
  ...table(comparisons, (name, build) => ofTwo(name, build, "bool")),
  Exp: ofOne("Exp", (x) => x.exp(), "float32"),
  FloorDiv: ofTwo("FloorDiv", (x, y) => x.floorDivide(y), "int32"),
  IsFinite: ofOne("IsFinite", (x) => x.abs().less(Infinity), "bool"),
  IsInf: ofOne("IsInf", (x) => x.abs().equal(Infinity), "bool"),
  IsNan: ofOne("IsNan", (x) => x.notEqual(x), "bool"),
  LogicalNot: ofOne("LogicalNot", (x) => x.cast("bool").not(), "bool"),
  AddN: kernelOfMany((tensors) =>
    mapExpression("AddN", sumOf(tensors.length), tensors, { dtype: tensors[0]!.dtype }),
  ),
  ClipByValue: kernel<"x", ClipByValueAttrs>(({ x }, { clipValueMin, clipValueMax }) =>
    mapExpression("ClipByValue", clip, [x], {
      parameters: [clipValueMin, clipValueMax],
      dtype: x.dtype,
    }),
  ),
  EluGrad: kernel<"dy" | "y">(({ dy, y }) =>
    mapExpression("EluGrad", eluGradient, [dy, y], { dtype: "float32" }),
  ),
  LeakyRelu: kernel<"x", LeakyReluAttrs>(({ x }, { alpha }) =>
    mapExpression("LeakyRelu", leakyRelu, [x], { parameters: [alpha], dtype: "float32" }),
  ),
  Prelu: kernel<"x" | "alpha">(({ x, alpha }) =>
    mapExpression("Prelu", prelu, [x, alpha], { dtype: "float32" }),
  ),
  Step: kernel<"x", StepAttrs>(({ x }, { alpha }) =>
    mapExpression("Step", step, [x], { parameters: [alpha], dtype: x.dtype }),
  ),
};

function sumOf(count: number): Expression {
  let sum = sums.get(count);
  if (sum === undefined) {
    const terms = Array.from({ length: count }, (_, i) => Expr.input(i));
    sum = new Expression([terms.reduce((total, term) => total.add(term))], count);
    sums.set(count, sum);
  }
  return sum;
}

/** Near 1, `log(x + sqrt(x² - 1))` loses its digits. */
function acosh(x: Expr): Expr {
  const above = x.sub(1);
  return above.add(above.mul(above.add(2)).sqrt()).log1p();
}

/** Near 0, `log(x + sqrt(x² + 1))` loses its digits; where the square overflows, it is the logarithm of `2x`. */
function asinh(x: Expr): Expr {
  const size = x.abs();
  const square = size.mul(size);
  const small = size.add(square.div(square.add(1).sqrt().add(1))).log1p();
  return size.greater(1e18).where(size.log().add(Math.LN2), small).mul(x.sign());
}

function leakyReluOf(x: Expr, alpha: Expr): Expr {
  return x.less(0).where(x.mul(alpha), x);
}
