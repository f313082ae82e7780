import type { DType } from "./dtype.ts";
import type { TensorLike } from "./ops/operand.ts";
import type { NormOptions } from "./ops/norm.ts";
import type { ReductionOptions, VarianceOptions } from "./ops/reduction.ts";
import type { ScanOptions } from "./ops/scan.ts";
import type { SortOptions } from "./ops/sorting.ts";
import type { Axis, Shape } from "./shape.ts";
import type { Tensor } from "./tensor.ts";

/** The usual operations as methods: `a.add(b)` is `add(a, b)`, where it is documented. */
export interface TensorMethods<D extends DType = DType> {
  /** See {@link neg}. */
  neg(): Tensor<D>;
  /** See {@link abs}. */
  abs(): Tensor<D>;
  /** See {@link sign}. */
  sign(): Tensor;
  /** See {@link exp}. */
  exp(): Tensor;
  /** See {@link expm1}. */
  expm1(): Tensor;
  /** See {@link log}. */
  log(): Tensor;
  /** See {@link log1p}. */
  log1p(): Tensor;
  /** See {@link sqrt}. */
  sqrt(): Tensor;
  /** See {@link rsqrt}. */
  rsqrt(): Tensor;
  /** See {@link square}. */
  square(): Tensor;
  /** See {@link reciprocal}. */
  reciprocal(): Tensor;
  /** See {@link sin}. */
  sin(): Tensor;
  /** See {@link cos}. */
  cos(): Tensor;
  /** See {@link tan}. */
  tan(): Tensor;
  /** See {@link asin}. */
  asin(): Tensor;
  /** See {@link acos}. */
  acos(): Tensor;
  /** See {@link atan}. */
  atan(): Tensor;
  /** See {@link sinh}. */
  sinh(): Tensor;
  /** See {@link cosh}. */
  cosh(): Tensor;
  /** See {@link tanh}. */
  tanh(): Tensor;
  /** See {@link erf}. */
  erf(): Tensor;
  /** See {@link floor}. */
  floor(): Tensor;
  /** See {@link ceil}. */
  ceil(): Tensor;
  /** See {@link round}. */
  round(): Tensor;
  /** See {@link trunc}. */
  trunc(): Tensor;
  /** See {@link logicalNot}. */
  logicalNot(): Tensor<"bool">;
  /** See {@link isnan}. */
  isnan(): Tensor<"bool">;
  /** See {@link isfinite}. */
  isfinite(): Tensor<"bool">;
  /** See {@link isinf}. */
  isinf(): Tensor<"bool">;
  /** See {@link relu}. */
  relu(): Tensor;
  /** See {@link sigmoid}. */
  sigmoid(): Tensor;
  /** See {@link add}. */
  add(other: TensorLike): Tensor;
  /** See {@link sub}. */
  sub(other: TensorLike): Tensor;
  /** See {@link mul}. */
  mul(other: TensorLike): Tensor;
  /** See {@link div}. */
  div(other: TensorLike): Tensor;
  /** See {@link floorDivide}. */
  floorDivide(other: TensorLike): Tensor;
  /** See {@link remainder}. */
  remainder(other: TensorLike): Tensor;
  /** See {@link pow}. */
  pow(other: TensorLike): Tensor;
  /** See {@link maximum}. */
  maximum(other: TensorLike): Tensor;
  /** See {@link minimum}. */
  minimum(other: TensorLike): Tensor;
  /** See {@link squaredDifference}. */
  squaredDifference(other: TensorLike): Tensor;
  /** See {@link equal}. */
  equal(other: TensorLike): Tensor<"bool">;
  /** See {@link notEqual}. */
  notEqual(other: TensorLike): Tensor<"bool">;
  /** See {@link less}. */
  less(other: TensorLike): Tensor<"bool">;
  /** See {@link lessEqual}. */
  lessEqual(other: TensorLike): Tensor<"bool">;
  /** See {@link greater}. */
  greater(other: TensorLike): Tensor<"bool">;
  /** See {@link greaterEqual}. */
  greaterEqual(other: TensorLike): Tensor<"bool">;
  /** See {@link logicalAnd}. */
  logicalAnd(other: TensorLike): Tensor<"bool">;
  /** See {@link logicalOr}. */
  logicalOr(other: TensorLike): Tensor<"bool">;
  /** See {@link logicalXor}. */
  logicalXor(other: TensorLike): Tensor<"bool">;
  /** See {@link clip}. */
  clip(min: TensorLike, max: TensorLike): Tensor;
  /** See {@link astype}. */
  astype<E extends DType>(dtype: E): Tensor<E>;
  /** See {@link sum}. */
  sum(axis?: Axis, options?: ReductionOptions): Tensor;
  /** See {@link prod}. */
  prod(axis?: Axis, options?: ReductionOptions): Tensor;
  /** See {@link mean}. */
  mean(axis?: Axis, options?: ReductionOptions): Tensor;
  /** See {@link max}. */
  max(axis?: Axis, options?: ReductionOptions): Tensor<D>;
  /** See {@link min}. */
  min(axis?: Axis, options?: ReductionOptions): Tensor<D>;
  /** See {@link any}. */
  any(axis?: Axis, options?: ReductionOptions): Tensor<"bool">;
  /** See {@link all}. */
  all(axis?: Axis, options?: ReductionOptions): Tensor<"bool">;
  /** See {@link logsumexp}. */
  logsumexp(axis?: Axis, options?: ReductionOptions): Tensor;
  /** See {@link variance}. */
  variance(axis?: Axis, options?: VarianceOptions): Tensor;
  /** See {@link std}. */
  std(axis?: Axis, options?: VarianceOptions): Tensor;
  /** See {@link argmax}. */
  argmax(axis?: number, options?: ReductionOptions): Tensor<"int32">;
  /** See {@link argmin}. */
  argmin(axis?: number, options?: ReductionOptions): Tensor<"int32">;
  /** See {@link norm}. */
  norm(axis?: Axis, options?: NormOptions): Tensor;
  /** See {@link cumsum}. */
  cumsum(axis?: number, options?: ScanOptions): Tensor;
  /** See {@link cumprod}. */
  cumprod(axis?: number, options?: ScanOptions): Tensor;
  /** See {@link softmax}. */
  softmax(axis?: number): Tensor;
  /** See {@link logSoftmax}. */
  logSoftmax(axis?: number): Tensor;
  /** See {@link matmul}. */
  matmul(other: TensorLike): Tensor;
  /** See {@link dot}. */
  dot(other: TensorLike): Tensor;
  /** See {@link outer}. */
  outer(other: TensorLike): Tensor;
  /** See {@link reshape}. */
  reshape(shape: Shape): Tensor<D>;
  /** See {@link transpose}. */
  transpose(permutation?: readonly number[]): Tensor<D>;
  /** See {@link swapAxes}. */
  swapAxes(a: number, b: number): Tensor<D>;
  /** See {@link squeeze}. */
  squeeze(axis?: Axis): Tensor<D>;
  /** See {@link expandDims}. */
  expandDims(axis: Axis): Tensor<D>;
  /** See {@link broadcastTo}. */
  broadcastTo(shape: Shape): Tensor<D>;
  /** See {@link flip}. */
  flip(axis?: Axis): Tensor<D>;
  /** See {@link slice}. */
  slice(begin: readonly number[], end?: readonly number[], step?: readonly number[]): Tensor<D>;
  /** See {@link split}. */
  split(parts: number | readonly number[], axis?: number): Tensor<D>[];
  /** See {@link roll}. */
  roll(shift: number | readonly number[], axis?: Axis): Tensor<D>;
  /** See {@link tile}. */
  tile(repetitions: number | readonly number[]): Tensor<D>;
  /** See {@link repeat}. */
  repeat(repeats: number | readonly number[], axis?: number): Tensor<D>;
  /** See {@link pad}. */
  pad(padding: readonly (readonly [before: number, after: number])[], value?: number): Tensor<D>;
  /** See {@link tril}. */
  tril(offset?: number): Tensor<D>;
  /** See {@link triu}. */
  triu(offset?: number): Tensor<D>;
  /** See {@link diagonal}. */
  diagonal(offset?: number): Tensor<D>;
  /** See {@link trace}. */
  trace(offset?: number): Tensor;
  /** See {@link gather}. */
  gather(indices: TensorLike, axis?: number): Tensor<D>;
  /** See {@link sort}. */
  sort(options?: SortOptions): Tensor<D>;
  /** See {@link argsort}. */
  argsort(options?: SortOptions): Tensor<"int32">;
}
