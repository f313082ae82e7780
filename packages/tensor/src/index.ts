import "./methods.ts";

export { backends, currentBackend, use, withBackend } from "./backend/registry.ts";
export type { Backend, BackendInfo } from "./backend/contract.ts";
export type { DType, StoredArrayOf, TypedArray, TypedArrayOf } from "./dtype.ts";
export { promoteTypes } from "./dtype.ts";
export {
  ArgumentError,
  BackendError,
  DeviceLostError,
  DisposedError,
  DTypeError,
  FormatError,
  KernelError,
  OutOfMemoryError,
  ShapeError,
  TensorloomError,
  UnsupportedError,
  type ErrorCode,
} from "./errors.ts";
export type { Axis, Shape } from "./shape.ts";
export { keep, mapTensors, memory, tidy, type MemoryCounts } from "./scope.ts";
export { Tensor, type NestedArray } from "./tensor.ts";
export type { TensorMethods } from "./tensor-methods.ts";
export type { TensorLike } from "./ops/operand.ts";

export {
  arange,
  eye,
  full,
  linspace,
  ones,
  onesLike,
  scalar,
  tensor,
  zeros,
  zerosLike,
} from "./ops/creation.ts";
export {
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
export {
  add,
  atan2,
  div,
  floorDivide,
  hypot,
  logAddExp,
  maximum,
  minimum,
  mul,
  pow,
  remainder,
  squaredDifference,
  sub,
} from "./ops/elementwise-binary.ts";
export {
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
export { astype, clip, where } from "./ops/elementwise-ternary.ts";
export {
  elu,
  gelu,
  hardSigmoid,
  hardSwish,
  leakyRelu,
  mish,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
} from "./ops/activation.ts";
export type { ActivationName } from "./ops/activation-expressions.ts";
export { dropout } from "./ops/dropout.ts";
export { elementwise } from "./ops/elementwise.ts";
export { fusedKernel, stackedKernel, type KernelBuilder } from "./ops/fused-kernel.ts";
export { rowKernel, RowFolds, type RowBuilder } from "./ops/row-kernel.ts";
export { customKernel, type OutputSpecification } from "./ops/custom-kernel.ts";
export { shaderGrid, type ShaderGrid } from "./ops/shader-grid.ts";
export type {
  CustomKernel,
  HostArray,
  Shader,
  ShaderArray,
  WasmArray,
  WasmPlan,
  WasmVersion,
} from "./backend/contract.ts";
export { Expr, type ExprLike } from "./expression/node.ts";
export {
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
  sumOf,
  variance,
  type ReductionOptions,
  type VarianceOptions,
} from "./ops/reduction.ts";
export { norm, type NormOptions } from "./ops/norm.ts";
export { cumprod, cumsum, type ScanOptions } from "./ops/scan.ts";
export { logSoftmax, logsumexp, softmax } from "./ops/softmax.ts";
export { gemm, matmul, type GemmOptions } from "./ops/matmul.ts";
export { dot, outer, tensordot } from "./ops/contraction.ts";
export { einsum } from "./ops/einsum.ts";
export {
  cholesky,
  det,
  eigh,
  inverse,
  qr,
  solve,
  svd,
  type QrDecomposition,
  type SingularValues,
  type SymmetricEigen,
} from "./linalg/linear-algebra.ts";
export {
  broadcastTo,
  expandDims,
  flip,
  reshape,
  squeeze,
  swapAxes,
  transpose,
} from "./ops/views.ts";
export { diag, diagonal, trace, tril, triu } from "./ops/diagonals.ts";
export { slice, split } from "./ops/slicing.ts";
export { repeat, roll, tile } from "./ops/repetition.ts";
export { searchsorted, unique, type UniqueValues } from "./ops/searching.ts";
export { concat, pad, stack } from "./ops/joining.ts";
export { gather, oneHot, scatterAdd, takeAlongAxis } from "./ops/indexing.ts";
export { argsort, sort, topk, type SortOptions, type TopK } from "./ops/sorting.ts";
export { conv1d, conv2d, conv3d, type ConvolutionOptions } from "./ops/convolution.ts";
export {
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  type TransposedConvolutionOptions,
} from "./ops/transposed-convolution.ts";
export {
  depthwiseConv2d,
  separableConv2d,
  type DepthwiseOptions,
} from "./ops/depthwise-convolution.ts";
export { col2im, im2col } from "./ops/im2col.ts";
export {
  resize,
  resizeTaps,
  type CoordinateRule,
  type ResizeMethod,
  type ResizeOptions,
  type ResizeTaps,
} from "./ops/resize.ts";
export {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  globalAvgPool,
  globalMaxPool,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type AveragePoolingOptions,
  type PoolingOptions,
} from "./ops/pooling.ts";
export type { Padding, PerAxis, WindowOptions } from "./ops/window.ts";
export * as random from "./random/index.ts";
export {
  grad,
  valueAndGrad,
  type DifferentiableFunction,
  type ValueAndGradients,
} from "./autograd/grad.ts";
export { jvp, vjp, type Pullback, type ValueAndTangent } from "./autograd/vjp.ts";
export { hessian, jacobian } from "./autograd/jacobian.ts";
export { customGrad, type CustomGradient } from "./autograd/custom-grad.ts";
export { checkpoint } from "./autograd/checkpoint.ts";
export {
  firstNonFinite,
  type NonFiniteSource,
  type NonFiniteSources,
} from "./debug/first-non-finite.ts";
export { noGrad, stopGradient } from "./autograd/stop-gradient.ts";
export { gradientOrder } from "./autograd/tape.ts";
export { Parameter } from "./autograd/parameter.ts";
export type { ByteSink } from "./io/byte-sink.ts";
export { loadNpy, saveNpy } from "./io/npy.ts";
export { loadNpz, saveNpz } from "./io/npz.ts";
export {
  inspectSafetensors,
  loadSafetensors,
  saveSafetensors,
  type SafetensorsEntry,
  type SafetensorsFile,
  type SafetensorsHeader,
} from "./io/safetensors.ts";
