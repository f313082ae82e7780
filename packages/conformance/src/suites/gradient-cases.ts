import * as tl from "@tensorloom/tensor";

/** A function whose gradient is checked, and at which points. */
export interface GradientCase {
  /** The operation, and what is special, as `sum/over an axis`. */
  readonly name: string;
  /** Made of operations; of one or more arguments. */
  readonly f: (...xs: tl.Tensor[]) => tl.Tensor;
  /** The arguments' shapes. */
  readonly shapes: readonly (readonly number[])[];
  /** The range of the arguments' elements: [-1, 1] by default. */
  readonly range: readonly [low: number, high: number];
  /** Whether the second derivative is checked too. */
  readonly second: boolean;
  /** Whether it factorizes, which is done in host memory. */
  readonly host: boolean;
}

/** All cases. */
export const gradientCases: GradientCase[] = [];

type Range = readonly [low: number, high: number];
const positive: Range = [0.5, 2];

function add(
  name: string,
  f: GradientCase["f"],
  shapes: GradientCase["shapes"],
  options: { readonly range?: Range; readonly second?: boolean; readonly host?: boolean } = {},
): void {
  const { range = [-1, 1], second = true, host = false } = options;
  gradientCases.push({ name, f, shapes, range, second, host });
}

// Elementwise, of one operand
const ranges: Readonly<Record<string, Range>> = {
  log: positive,
  log1p: positive,
  sqrt: positive,
  rsqrt: positive,
  reciprocal: positive,
  asin: [-0.8, 0.8],
  acos: [-0.8, 0.8],
};
const unary = [
  ...(["neg", "abs", "sign", "exp", "expm1", "log", "log1p", "sqrt", "rsqrt", "square"] as const),
  ...(["reciprocal", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"] as const),
  ...(["erf", "floor", "ceil", "round", "trunc"] as const),
  ...(["relu", "relu6", "elu", "selu", "gelu", "silu", "softplus", "sigmoid"] as const),
  ...(["hardSigmoid", "hardSwish", "mish", "leakyRelu"] as const),
] as const;
for (const name of unary) {
  add(name, (x) => tl[name](x), [[7]], { range: ranges[name] ?? [-1.3, 1.4] });
}

// Elementwise, of two and three
const matrixAndRow = [[2, 3], [3]];
const rowAndColumn = [
  [2, 1],
  [1, 3],
];
for (const name of ["add", "sub", "mul", "squaredDifference", "maximum", "minimum"] as const) {
  add(name, (x, y) => tl[name](x, y), matrixAndRow);
  add(`${name}/row and column`, (x, y) => tl[name](x, y), rowAndColumn);
}
for (const name of ["div", "pow", "atan2", "hypot", "logAddExp", "remainder"] as const) {
  add(name, (x, y) => tl[name](x, y), matrixAndRow, { range: positive });
}
add("floorDivide", (x, y) => tl.floorDivide(x, y).mul(x), matrixAndRow, { range: positive });
add("pow/to a number", (x) => x.pow(3).add(tl.pow(2, x)), [[4]]);
add("where", (x, y) => tl.where(tl.greater(x, 0.1), x.square(), y.mul(x)), matrixAndRow);
add("clip", (x) => tl.clip(x, -0.5, 0.5).mul(x), [[9]]);
add("astype", (x) => x.astype(x.dtype).mul(x), [[3]]);
add(
  "elementwise",
  tl.elementwise((a, b) => a.mul(b.sin()).exp()),
  [[3], [3]],
);
add("dropout", (x) => tl.dropout(x, 0.4, { seed: 3 }).square(), [[9]]);

// Folds
add("sum", (x) => x.square().sum(1), [[3, 4]]);
add("sum/broadcast operands", (x, y) => x.mul(y).sum(0), rowAndColumn);
add("mean", (x) => x.sub(x.mean(0, { keepDims: true })).square(), [[3, 4]]);
add("prod", (x) => x.prod(1), [[2, 4]], { range: positive });
add("max", (x) => x.max(1).square(), [[3, 5]]);
add("min", (x) => x.min([0, 1]).square(), [[3, 5]]);
add("variance", (x) => x.variance(1, { correction: 1 }), [[3, 4]]);
const sumOfProduct = tl.sumOf((x, y) => x.mul(y.sin()));
const rowsOfProduct = tl.rowKernel(2, 1, (row, [x, y], [factor]) => {
  const product = x!.mul(y!).exp();
  const mean = row.sum(product).div(row.count);
  const spread = row.sum(product.sub(mean).square());
  return [product.div(spread.add(factor!).sqrt()), mean.add(row.max(x!)).sub(row.min(y!.sin()))];
});
add("rowKernel", (x, y) => rowsOfProduct([x!, y!], [0.5])[0]!, [[3, 4], [4]]); // prettier-ignore
add("rowKernel/one a row", (x, y) => rowsOfProduct([x!, y!], [0.5], 0)[1]!, [[3, 4], [3, 4]]); // prettier-ignore
add("sumOf", (x, y) => sumOfProduct([x!, y!], 0), [[3, 4], [4]]); // prettier-ignore
add("std", (x) => x.std(), [[3, 4]]);
add("logsumexp", (x) => x.mul(3).logsumexp([0, 1]), [[3, 4]]);
add("softmax", (x) => x.mul(2).softmax(0), [[4, 3]]);
add("logSoftmax", (x) => x.mul(2).logSoftmax(), [[3, 4]]);
add("cumsum", (x) => x.square().cumsum(1, { exclusive: true }), [[2, 4]]);
add("cumsum/flat, reversed", (x) => tl.cumsum(x, undefined, { reverse: true }), [[2, 3]]);
add("cumprod", (x) => x.cumprod(1), [[2, 4]], { range: positive });
add("cumprod/exclusive", (x) => x.cumprod(0, { exclusive: true, reverse: true }), [[4, 2]]);
add("norm", (x) => x.norm(1), [[2, 3]]);
add("norm/of order 3", (x) => x.norm(0, { ord: 3 }), [[3, 2]]);

// Products
add("matmul", (a, b) => a.matmul(b), [[2, 3], [3, 4]]); // prettier-ignore
add("matmul/batches", (a, b) => a.matmul(b), [[2, 1, 2, 3], [3, 3, 2]]); // prettier-ignore
add("matmul/vectors", (a, b) => a.matmul(b), [[3], [3, 2]]); // prettier-ignore
add(
  "gemm",
  (a, b, c, bias) =>
    tl.gemm(a, b, {
      transposeA: true,
      transposeB: true,
      alpha: 0.5,
      beta: -2,
      c,
      bias,
      activation: "tanh",
    }),
  [[3, 2], [4, 3], [2, 4], [4]],
);
add("dot", (a, b) => a.dot(b), [[2, 3], [3]]); // prettier-ignore
add("outer", (a, b) => a.outer(b), [[2], [3]]);
add("tensordot", (a, b) => tl.tensordot(a, b, [[0], [1]]), [[3, 2], [2, 3]]); // prettier-ignore
add("einsum", (a, b, c) => tl.einsum("ij,kj,lk->il", a, b, c), [[2, 3], [4, 3], [2, 4]]); // prettier-ignore
add("einsum/diagonal and ellipsis", (a, b) => tl.einsum("...ii,i->...", a, b), [[2, 3, 3], [3]]);

// Shapes
add("reshape", (x) => x.square().reshape([3, 2]), [[2, 3]]);
add("transpose", (x) => x.square().transpose([2, 0, 1]), [[2, 3, 2]]);
add("swapAxes", (x) => x.swapAxes(0, 1).square(), [[2, 3]]);
add("squeeze", (x) => x.squeeze().square(), [[1, 3, 1]]);
add("expandDims", (x) => x.expandDims([0, 2]).square(), [[3]]);
add("broadcastTo", (x) => x.broadcastTo([4, 2, 3]).square(), [[1, 3]]);
add("flip", (x) => x.flip(1).square(), [[2, 3]]);
add("slice", (x) => x.slice([0, 1], [2, 4], [1, 2]).square(), [[3, 5]]);
add("slice/backwards", (x) => x.slice([4], [0], [-2]).square(), [[6]]);
add("split", (x) => tl.concat(tl.split(x, [1, 3]).toReversed()).square(), [[4, 2]]);
add("concat", (x, y) => tl.concat([x, y], 1).square(), [[2, 3], [2, 2]]); // prettier-ignore
add("stack", (x, y) => tl.stack([x, y], 1).square(), [[2], [2]]);
add("pad", (x) => tl.pad(x, [[1, 0], [0, 2]], 3).square(), [[2, 3]]); // prettier-ignore
add("tile", (x) => x.tile([2, 2]).square(), [[2, 1]]);
add("repeat", (x) => x.repeat([0, 2, 1], 0).square(), [[3, 2]]);
add("roll", (x) => x.roll([1, -1], [0, 1]).square(), [[2, 3]]);
add("diag", (x) => tl.diag(x, 1).square(), [[3]]);
add("diagonal", (x) => x.diagonal(-1).square(), [[2, 4, 3]]);
add("trace", (x) => x.square().trace(), [[2, 3, 3]]);
add("tril", (x) => x.tril(-1).square(), [[3, 3]]);
add("triu", (x) => x.triu(1).square(), [[2, 3, 4]]);

// Indexing
add("gather", (x) => x.square().gather([1, 1, 0], 1), [[2, 3]]);
add("takeAlongAxis", (x) => tl.takeAlongAxis(x.square(), [[2], [0]], 1), [[2, 3]]);
add("scatterAdd", (x, u) => tl.scatterAdd(x, [1, 1], u).square(), [
  [3, 2],
  [2, 2],
]);
add("sort", (x) => x.sort().square().mul([1, 2, 3, 4]), [[2, 4]]);
add("topk", (x) => tl.topk(x, 2).values.square(), [[3, 4]]);

// Windows
add("conv1d", (x, w) => tl.conv1d(x, w, { padding: 1, stride: 2 }), [[1, 6, 2], [3, 2, 2]]); // prettier-ignore
add("conv2d", (x, w, bias) => tl.conv2d(x, w, { padding: "same", bias, activation: "sigmoid" }), [
  [1, 4, 3, 2],
  [3, 3, 2, 2],
  [2],
]);
add(
  "conv2d/groups and dilation",
  (x, w) => tl.conv2d(x, w, { groups: 2, dilation: 2, padding: [[1, 0], [0, 2]] }), // prettier-ignore
  [
    [1, 4, 4, 4],
    [2, 2, 2, 4],
  ],
);
add("conv3d", (x, w) => tl.conv3d(x, w), [[1, 3, 3, 2, 1], [2, 2, 2, 1, 2]]); // prettier-ignore
add("convTranspose1d", (x, w) => tl.convTranspose1d(x, w, { stride: 2 }), [[1, 3, 2], [3, 2, 2]]); // prettier-ignore
add(
  "convTranspose2d",
  (x, w, bias) =>
    tl.convTranspose2d(x, w, { stride: 2, padding: "same", groups: 2, bias, activation: "tanh" }),
  [[1, 2, 3, 2], [2, 3, 1, 4], [4]],
);
add("convTranspose3d", (x, w) => tl.convTranspose3d(x, w), [[1, 2, 2, 1, 1], [2, 1, 2, 1, 2]]); // prettier-ignore
add("depthwiseConv2d", (x, w) => tl.depthwiseConv2d(x, w), [[1, 3, 3, 2], [2, 2, 1, 4]]); // prettier-ignore
add("separableConv2d", (x, w, p) => tl.separableConv2d(x, w, p, { padding: "same" }), [
  [1, 3, 3, 2],
  [2, 2, 1, 2],
  [1, 1, 2, 2],
]);
add("maxPool1d", (x) => tl.maxPool1d(x, 2).square(), [[1, 6, 2]]);
add("maxPool2d", (x) => tl.maxPool2d(x, 2).square(), [[1, 4, 4, 2]]);
add(
  "maxPool2d/padding and ceilMode",
  (x) => tl.maxPool2d(x, 3, { stride: 2, padding: 1, ceilMode: true }).square(),
  [[1, 4, 5, 1]],
);
add("maxPool3d", (x) => tl.maxPool3d(x, 2).square(), [[1, 2, 4, 2, 1]]);
add("avgPool1d", (x) => tl.avgPool1d(x.square(), 2, { stride: 1 }), [[1, 4, 2]]);
add(
  "avgPool2d",
  (x) => tl.avgPool2d(x.square(), 3, { padding: 1, stride: 2, countIncludePad: false }),
  [[1, 5, 5, 1]],
);
add("avgPool3d", (x) => tl.avgPool3d(x.square(), 2), [[1, 2, 2, 4, 1]]);
add("globalAvgPool", (x) => tl.globalAvgPool(x.square()), [[2, 3, 3, 2]]);
add("globalMaxPool", (x) => tl.globalMaxPool(x).square(), [[2, 3, 3, 2]]);
add("im2col", (x) => tl.im2col(x, 2, { padding: 1, stride: 2 }).square(), [[1, 3, 4, 2]]);
add("col2im", (x) => tl.col2im(x, [3, 3], 2).square(), [[1, 2, 2, 8]]);
add("resize", (x) => tl.resize(x, [3, 5]).square(), [[1, 4, 3, 2]]);
add("resize/cubic", (x) => tl.resize(x, 7, { method: "cubic" }).square(), [[1, 5, 1]]);
add("resize/nearest", (x) => tl.resize(x, 2, { method: "nearest" }).square(), [[1, 5, 3, 1]]);

// Linear algebra
const identity = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];
const definite = (x: tl.Tensor): tl.Tensor => x.matmul(x.swapAxes(-1, -2)).add(identity);
const regular = (x: tl.Tensor): tl.Tensor => x.add(identity).add(identity).add(identity);
add(
  "solve",
  (a, b) => tl.solve(regular(a), b),
  [
    [3, 3],
    [3, 2],
  ],
  { host: true },
);
add("inverse", (x) => tl.inverse(regular(x)), [[3, 3]], { host: true });
add("det", (x) => tl.det(regular(x)), [[2, 3, 3]], { host: true });
add("cholesky", (x) => tl.cholesky(definite(x)), [[3, 3]], { host: true });
add("qr", (x) => tl.concat([tl.qr(x).q, tl.qr(x).r]), [[3, 2]], { host: true });
add("eigh", (x) => tl.eigh(definite(x)).eigenvalues, [[3, 3]], { host: true });
add("eigh/vectors", (x) => tl.eigh(definite(x)).eigenvectors.square(), [[3, 3]], { host: true });
add("svd", (x) => tl.svd(x).s, [[3, 2]], { second: false, host: true });

// Differentiation itself
add("checkpoint", (x, y) => tl.checkpoint((v) => v.mul(y).tanh().square())(x), [[3], [3]]);
add(
  "customGrad",
  tl.customGrad(
    (x) => x.exp(),
    (gradient, _, value) => gradient.mul(value),
  ),
  [[3]],
);
add("vjp", (x) => tl.vjp((v) => v.square(), x).pullback(x.sin())[0]!, [[3]]);
add("jvp", (x) => tl.jvp((v) => v.pow(3), [x], [x.sin()]).tangent, [[3]]);
add("jacobian", (x) => tl.jacobian((v) => v.mul(v.sum()))(x), [[2]]);
add("hessian", (x) => tl.hessian((v) => v.pow(3).sum())(x), [[2]]);
