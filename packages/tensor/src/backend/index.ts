export type {
  Backend,
  BackendInfo,
  BackendOrigin,
  CallOf,
  ConvCall,
  ConvFilterGradientCall,
  ConvInputGradientCall,
  CustomCall,
  CustomKernel,
  Epilogue,
  GatherCall,
  GemmCall,
  HostArray,
  KernelName,
  Kernels,
  MapCall,
  PoolCall,
  PoolGradientCall,
  PoolParameters,
  ReduceCall,
  ReduceOperator,
  RowsCall,
  ScanCall,
  ScatterAddCall,
  Shader,
  ShaderArray,
  SortCall,
  Storage,
  View,
  WasmArray,
  WasmPlan,
  WasmVersion,
  WindowParameters,
} from "./contract.ts";
export { deriveBackend } from "./derive.ts";
export { runOnHost } from "./custom.ts";
export { initializeBackend } from "./registry.ts";
export { allocateTensor, fromTypedArray, tensorOn, type Tensor } from "../tensor.ts";
export { dispatch, observeKernels, type KernelObserver } from "./dispatch.ts";
export {
  mapExpression,
  reduceExpression,
  type MapOptions,
  type ReduceOptions,
} from "../ops/map-and-reduce.ts";
export { mergeLoops, type LoopNest } from "./loop-nest.ts";
export { Expr } from "../expression/node.ts";
export type {
  BinaryOperator,
  ExprLike,
  ExprType,
  NodeKind,
  UnaryOperator,
} from "../expression/node.ts";
export { expression, Expression } from "../expression/expression.ts";
export {
  RowExpression,
  type RowFold,
  type RowOperator,
  type RowPrograms,
} from "../expression/row-expression.ts";
export { inferDType, type Instruction, type Program } from "../expression/program.ts";
export { assignRegisters, type RegisterAssignment } from "../expression/registers.ts";
export { differentiate } from "../expression/differentiate.ts";
export { evaluate, literal } from "../expression/evaluate.ts";
export { printExpression } from "../expression/print.ts";
export {
  bytesPerElement,
  computedDType,
  isFloating,
  newTypedArray,
  promoteTypes,
  storedOf,
  typedArrayOn,
  valuesOf,
  type DType,
  type StoredArrayOf,
  type TypedArray,
  type TypedArrayOf,
} from "../dtype.ts";
export { contiguousStrides, isContiguous, sizeOf, type Shape } from "../shape.ts";
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
} from "../errors.ts";
export { binaryOn, unaryFunctions } from "../expression/scalar-functions.ts";
