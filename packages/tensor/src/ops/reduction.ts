import { tidy } from "../scope.ts";
import { broadcastShapes } from "../broadcast.ts";
import { computedDType, type DType } from "../dtype.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { expression, type Expression } from "../expression/expression.ts";
import type { Expr } from "../expression/node.ts";
import type { ReduceOperator } from "../backend/contract.ts";
import { formatShape, normalizeAxes, reducedShape, sizeOf, type Axis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { activeTapes, record } from "../autograd/tape.ts";
import { noGrad } from "../autograd/stop-gradient.ts";
import { accumulatorDType, floatDType } from "./accumulation.ts";
import { mul } from "./elementwise-binary.ts";
import { mapExpression, prodGradient, reduceExpression } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { cumprod } from "./scan.ts";
import { reshape, transpose } from "./views.ts";

/** What folds take beside the axes. */
export interface ReductionOptions {
  /** Whether reduced axes stay, with size 1; false by default. */
  readonly keepDims?: boolean;
}

const identity = expression((x) => x);
const asBool = expression((x) => x.cast("bool"));

/** Folds `x` over axes; over no axes it is elementwise. */
function fold(
  operation: string,
  operator: ReduceOperator,
  x: TensorLike,
  axis: Axis | undefined,
  options: ReductionOptions,
  f: Expression = identity,
  sourceDType?: (dtype: DType) => DType,
): Tensor {
  const input = toTensor(operation, x);
  const axes = normalizeAxes(operation, axis, input.rank);
  const source = sourceDType?.(input.dtype) ?? input.dtype;
  if (axes.length === 0) return mapExpression(operation, f, [input], { dtype: source });
  if (operator === "max" || operator === "min") checkNotEmpty(operation, input, axes);
  const dropAxes = options.keepDims === true ? [] : axes;
  return reduceExpression(operation, operator, f, [input], { axes, dropAxes, sourceDType: source });
}

function checkNotEmpty(operation: string, x: Tensor, axes: readonly number[]): void {
  if (axes.every((axis) => x.shape[axis]! > 0)) return;
  throw new ShapeError(
    `${operation}: x: expected at least one element along axis ${axes.join(", ")}, got ${formatShape(x.shape)}`,
  );
}

/**
 * Returns the sum over axes; 0 over nothing. Keeps float32's precision over millions of elements.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `keepDims`
 * @returns dtype of `x`; int32 for uint8 and bool
 *
 * @example
 * sum(tensor([[1, 2], [3, 4]]), 0).toString(); // => [4, 6]
 */
export function sum(x: TensorLike, axis?: Axis, options: ReductionOptions = {}): Tensor {
  return fold("sum", "sum", x, axis, options, identity, accumulatorDType);
}

/**
 * Returns the product over axes; 1 over nothing. Its gradients, of any order, are right beside zeros too.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `keepDims`
 * @returns dtype of `x`; int32 for uint8 and bool
 *
 * @example
 * prod(tensor([2, 3, 4])).item(); // => 24
 */
export function prod(x: TensorLike, axis?: Axis, options: ReductionOptions = {}): Tensor {
  return tidy(() => {
    const input = toTensor("prod", x);
    const axes = normalizeAxes("prod", axis, input.rank);
    const run = (): Tensor =>
      fold("prod", "prod", input, axes, options, identity, accumulatorDType);
    if (axes.length === 0) return run();
    return record("prod", [input], noGrad(run), (gradient, [factors]) => {
      const kept = reshape(gradient, reducedShape(factors!.shape, axes, true));
      // What is recorded is differentiated again.
      return activeTapes().length === 0
        ? [prodGradient(factors!, kept, axes)]
        : [mul(kept, productOfOthers(factors!, axes))];
    });
  });
}

/** The product of all other elements over axes, for each: of those before and of those after, without a division. */
function productOfOthers(x: Tensor, axes: readonly number[]): Tensor {
  const order = [...x.shape.keys()].filter((axis) => !axes.includes(axis)).concat(axes);
  const lined = transpose(x, order);
  const lines = reshape(lined, [-1, sizeOf(axes.map((axis) => x.shape[axis]!))]);
  const before = cumprod(lines, 1, { exclusive: true });
  const after = cumprod(lines, 1, { exclusive: true, reverse: true });
  return transpose(
    reshape(mul(before, after), lined.shape),
    order.map((_, axis) => order.indexOf(axis)),
  );
}

/**
 * Returns the mean over axes; NaN over nothing.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `keepDims`
 * @returns dtype of `x`; float32 for integers and bools
 *
 * @example
 * mean(tensor([1, 2, 6])).item(); // => 3
 */
export function mean(x: TensorLike, axis?: Axis, options: ReductionOptions = {}): Tensor {
  return tidy(() => {
    const input = toTensor("mean", x);
    // The sum of half floats may be beyond their range, where the mean is not.
    const wide = (dtype: DType): DType => computedDType(floatDType(dtype));
    const total = fold("mean", "sum", input, axis, options, identity, wide);
    const count = countOver(input, normalizeAxes("mean", axis, input.rank));
    return mapExpression("mean", over, [total], {
      parameters: [count],
      dtype: floatDType(input.dtype),
    });
  });
}

// Not times 1 / count, which is rounded: the mean of equal elements is their value.
const over = expression((x, count) => x.div(count), 1);

function countOver(x: Tensor, axes: readonly number[]): number {
  return axes.reduce((count, axis) => count * x.shape[axis]!, 1);
}

/**
 * Returns the largest element over axes; NaN if there is one. Equal winners share the gradient.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `keepDims`
 * @throws {@link ShapeError} over nothing
 *
 * @example
 * max(tensor([[1, 5], [7, 2]]), 1).toString(); // => [5, 7]
 */
export function max(x: TensorLike, axis?: Axis, options: ReductionOptions = {}): Tensor {
  return fold("max", "max", x, axis, options);
}

/**
 * Returns the smallest element over axes; NaN if there is one. Equal winners share the gradient.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `keepDims`
 * @throws {@link ShapeError} over nothing
 *
 * @example
 * min(tensor([[1, 5], [7, 2]]), 1).toString(); // => [1, 2]
 */
export function min(x: TensorLike, axis?: Axis, options: ReductionOptions = {}): Tensor {
  return fold("min", "min", x, axis, options);
}

/**
 * Returns whether any element over axes is not zero, bool; false over nothing.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `keepDims`
 *
 * @example
 * any(tensor([0, 2])).array(); // => true
 */
export function any(x: TensorLike, axis?: Axis, options: ReductionOptions = {}): Tensor<"bool"> {
  return fold("any", "any", x, axis, options, asBool, () => "bool") as Tensor<"bool">;
}

/**
 * Returns whether all elements over axes are not zero, bool; true over nothing.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `keepDims`
 *
 * @example
 * all(tensor([0, 2])).array(); // => false
 */
export function all(x: TensorLike, axis?: Axis, options: ReductionOptions = {}): Tensor<"bool"> {
  return fold("all", "all", x, axis, options, asBool, () => "bool") as Tensor<"bool">;
}

/**
 * Returns where the largest element along an axis is, int32: the first of equal ones, or the first NaN.
 *
 * @param x - any shape
 * @param axis - of the row-major order of all elements by default
 * @param options - `keepDims`
 * @throws {@link ShapeError} over nothing
 *
 * @example
 * argmax(tensor([[1, 5], [7, 2]]), 1).toString(); // => [1, 0]
 */
export function argmax(
  x: TensorLike,
  axis?: number,
  options: ReductionOptions = {},
): Tensor<"int32"> {
  return foldToIndex("argmax", x, axis, options) as Tensor<"int32">;
}

/**
 * Returns where the smallest element along an axis is, int32: the first of equal ones, or the first NaN.
 *
 * @param x - any shape
 * @param axis - of the row-major order of all elements by default
 * @param options - `keepDims`
 * @throws {@link ShapeError} over nothing
 *
 * @example
 * argmin(tensor([[1, 5], [7, 2]]), 1).toString(); // => [0, 1]
 */
export function argmin(
  x: TensorLike,
  axis?: number,
  options: ReductionOptions = {},
): Tensor<"int32"> {
  return foldToIndex("argmin", x, axis, options) as Tensor<"int32">;
}

function foldToIndex(
  operator: "argmax" | "argmin",
  x: TensorLike,
  axis: number | undefined,
  options: ReductionOptions,
): Tensor {
  return tidy(() => {
    const given = toTensor(operator, x);
    if (axis !== undefined && typeof axis !== "number") {
      throw new ArgumentError(`${operator}: axis: expected one axis, got ${JSON.stringify(axis)}`);
    }
    const input = axis === undefined ? reshape(given, [-1]) : given;
    const axes = normalizeAxes(operator, axis ?? 0, input.rank);
    checkNotEmpty(operator, input, axes);
    const result = reduceExpression(operator, operator, identity, [input], {
      axes,
      dropAxes: options.keepDims === true ? [] : axes,
      sourceDType: input.dtype,
      dtype: "int32",
    });
    if (axis !== undefined || options.keepDims !== true) return result;
    return reshape(
      result,
      given.shape.map(() => 1),
    );
  });
}

/** What variance and standard deviation take. */
export interface VarianceOptions extends ReductionOptions {
  /** Subtracted from the count in the divisor: 0 (the population's) by default, 1 for a sample's. */
  readonly correction?: number;
}

const deviationSquared = expression((x, center) => x.sub(center).square());

/**
 * Returns the variance over axes, by two passes: mean, then mean squared deviation. NaN where the count is 1 and `correction`
 * too, or over nothing.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `correction`, `keepDims`
 * @returns dtype of `x`; float32 for integers and bools
 *
 * @example
 * variance(tensor([1, 2, 3, 4])).item(); // => 1.25
 */
export function variance(x: TensorLike, axis?: Axis, options: VarianceOptions = {}): Tensor {
  return varianceOf("variance", x, axis, options);
}

function varianceOf(
  operation: string,
  x: TensorLike,
  axis: Axis | undefined,
  options: VarianceOptions,
): Tensor {
  return tidy(() => {
    const { correction = 0 } = options;
    if (typeof correction !== "number" || Number.isNaN(correction)) {
      throw new ArgumentError(
        `${operation}: correction: expected a number, got ${String(correction)}; try 0 or 1`,
      );
    }
    const input = toTensor(operation, x);
    const axes = normalizeAxes(operation, axis, input.rank);
    const center = mean(input, axes, { keepDims: true });
    const total =
      axes.length === 0
        ? mapExpression(operation, deviationSquared, [input, center])
        : reduceExpression(operation, "sum", deviationSquared, [input, center], {
            axes,
            dropAxes: options.keepDims === true ? [] : axes,
            sourceDType: computedDType(center.dtype),
          });
    // As in NumPy, a divisor is not negative: more corrections than elements give Infinity, or NaN.
    const parameters = [Math.max(0, countOver(input, axes) - correction)];
    return mapExpression(operation, over, [total], { parameters, dtype: center.dtype });
  });
}

/** The square root, but for its slope at 0: 0 instead of Infinity, as that of norms is in PyTorch. */
export const root: Expression = expression((x) =>
  // The inner choice keeps the infinite slope out of the gradient.
  x.equal(0).where(0, x.equal(0).where(1, x).sqrt()),
);

/**
 * Returns the standard deviation over axes: the square root of {@link variance}. The gradient of equal elements is 0, as in
 * PyTorch.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `correction`, `keepDims`
 *
 * @example
 * std(tensor([1, 3])).item(); // => 1
 */
export function std(x: TensorLike, axis?: Axis, options: VarianceOptions = {}): Tensor {
  return tidy(() => mapExpression("std", root, [varianceOf("std", x, axis, options)]));
}

/**
 * Returns a fused sum of your own: of an expression of several operands over axes, in one pass that stores no elements.
 *
 * @param build - receives one expression an operand and returns what is summed of them; it runs once
 * @returns a function of tensors that broadcast, axes (all by default) and `keepDims`; it has a gradient
 *
 * @example
 * const dotOver = sumOf((x, y) => x.mul(y));
 * dotOver([tensor([[1, 2], [3, 4]]), tensor([10, 1])], 1).toString(); // => [12, 34]
 */
export function sumOf(
  build: (...operands: Expr[]) => Expr,
): (operands: readonly Tensor[], axis?: Axis, options?: ReductionOptions) => Tensor {
  const f = expression(build);
  return (operands, axis, options = {}) => {
    const shape = operands.map((x) => x.shape).reduce((a, b) => broadcastShapes("sumOf", a, b));
    const axes = normalizeAxes("sumOf", axis, shape.length);
    if (axes.length === 0) return mapExpression("sumOf", f, operands);
    const dropAxes = options.keepDims === true ? [] : axes;
    return reduceExpression("sumOf", "sum", f, operands, { axes, dropAxes, shape });
  };
}
