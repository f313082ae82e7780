import { currentBackend } from "../backend/registry.ts";
import { checkDType, type DType, type TypedArray } from "../dtype.ts";
import { ArgumentError } from "../errors.ts";
import { Expr } from "../expression/node.ts";
import { Expression } from "../expression/expression.ts";
import { dispatch } from "../backend/dispatch.ts";
import { checkShape, type Shape } from "../shape.ts";
import { allocateTensor, type NestedArray, type Tensor } from "../tensor.ts";
import { makeTensor } from "./operand.ts";
import { createdBeside } from "./placement.ts";

/**
 * Returns a tensor of the given values, on the current backend.
 *
 * @param values - a number, nested arrays of equal lengths, or a flat typed array
 * @param options - `shape`: the shape of flat values; `dtype`: float32 by default, bool where all are booleans, that of a
 * typed array
 * @throws {@link ShapeError} if rows differ in length, or the shape does not hold the values
 *
 * @example
 * tensor([[1, 2], [3, 4]]).shape; // => [2,2]
 * tensor(new Int32Array([1, 2, 3, 4]), { shape: [2, 2] }).dtype; // => int32
 */
export function tensor<D extends DType = DType>(
  values: NestedArray | TypedArray,
  options: { readonly shape?: Shape; readonly dtype?: D } = {},
): Tensor<D> {
  return makeTensor("tensor", values, options.shape, options.dtype) as Tensor<D>;
}

/**
 * Returns a tensor of one value and no axes.
 *
 * @param value - the value
 * @param dtype - float32 by default
 *
 * @example
 * scalar(3).shape; // => []
 */
export function scalar<D extends DType = DType>(value: number | boolean, dtype?: D): Tensor<D> {
  return makeTensor("scalar", value, [], dtype) as Tensor<D>;
}

const constant = new Expression([Expr.parameter(0)], 0, 1);

/**
 * Returns a tensor with every element `value`.
 *
 * @param shape - the shape
 * @param value - the value, converted to the dtype
 * @param dtype - float32 by default
 *
 * @example
 * full([2], 7).toString(); // => [7, 7]
 */
export function full<D extends DType = DType>(shape: Shape, value: number, dtype?: D): Tensor<D> {
  return filled("full", shape, value, dtype);
}

function filled<D extends DType>(
  operation: string,
  shape: Shape,
  value: number,
  dtype: D | undefined,
): Tensor<D> {
  return generate(operation, constant, [value], shape, dtype ?? "float32") as Tensor<D>;
}

/** Fills a new tensor from an expression of the element's index. */
export function generate<D extends DType>(
  operation: string,
  f: Expression,
  parameters: readonly number[],
  shape: Shape,
  dtype: D,
): Tensor<D> {
  checkDType(operation, dtype);
  const backend = currentBackend();
  const output = allocateTensor(backend, dtype, checkShape(operation, shape));
  if (output.size > 0) {
    dispatch(backend, "map", { expression: f, inputs: [], parameters, outputs: [output] });
  }
  return output;
}

/**
 * Returns a tensor of zeros.
 *
 * @param shape - the shape
 * @param dtype - float32 by default
 *
 * @example
 * zeros([2]).toString(); // => [0, 0]
 */
export function zeros<D extends DType = DType>(shape: Shape, dtype?: D): Tensor<D> {
  return filled("zeros", shape, 0, dtype);
}

/**
 * Returns a tensor of ones.
 *
 * @param shape - the shape
 * @param dtype - float32 by default
 *
 * @example
 * ones([2]).toString(); // => [1, 1]
 */
export function ones<D extends DType = DType>(shape: Shape, dtype?: D): Tensor<D> {
  return filled("ones", shape, 1, dtype);
}

/**
 * Returns zeros of the shape and dtype of `x`, on the backend of `x`.
 *
 * @param x - any tensor
 *
 * @example
 * zerosLike(tensor([1, 2])).toString(); // => [0, 0]
 */
export function zerosLike<D extends DType>(x: Tensor<D>): Tensor<D> {
  return createdBeside(x, () => zeros(x.shape, x.dtype));
}

/**
 * Returns ones of the shape and dtype of `x`, on the backend of `x`.
 *
 * @param x - any tensor
 *
 * @example
 * onesLike(tensor([1, 2])).toString(); // => [1, 1]
 */
export function onesLike<D extends DType>(x: Tensor<D>): Tensor<D> {
  return createdBeside(x, () => ones(x.shape, x.dtype));
}

const diagonal = new Expression(
  [
    Expr.index()
      .floorDivide(Expr.parameter(0))
      .equal(Expr.index().remainder(Expr.parameter(0))),
  ],
  0,
  1,
);

/**
 * Returns a matrix with ones on the diagonal and zeros elsewhere.
 *
 * @param rows - the number of rows
 * @param columns - the number of columns; as many as rows by default
 * @param dtype - float32 by default
 *
 * @example
 * eye(2).toString(); // => [[1, 0], [0, 1]]
 */
export function eye<D extends DType = DType>(
  rows: number,
  columns: number = rows,
  dtype?: D,
): Tensor<D> {
  return generate("eye", diagonal, [columns], [rows, columns], dtype ?? "float32") as Tensor<D>;
}

const ramp = new Expression(
  [Expr.index().cast("float64").mul(Expr.parameter(1, true)).add(Expr.parameter(0, true))],
  0,
  2,
);
const ramp32 = new Expression(
  [Expr.index().cast("float32").mul(Expr.parameter(1, true)).add(Expr.parameter(0, true))],
  0,
  2,
);

const rampOfWhole = new Expression(
  [Expr.index().cast("int32").mul(Expr.parameter(1)).add(Expr.parameter(0))],
  0,
  2,
);

/**
 * Returns `start, start + step, ...` up to and without `stop`.
 *
 * @param start - the first value; with one argument, that is `stop` and it starts from 0
 * @param stop - the end, left out
 * @param options - `step`: 1 by default; `dtype`: float32 by default
 * @throws {@link ArgumentError} if `step` is 0
 *
 * @example
 * arange(3).toString(); // => [0, 1, 2]
 * arange(1, 7, { step: 2 }).toString(); // => [1, 3, 5]
 */
export function arange<D extends DType = DType>(
  start: number,
  stop?: number,
  options: { readonly step?: number; readonly dtype?: D } = {},
): Tensor<D> {
  const { step = 1, dtype } = options;
  if (step === 0 || !Number.isFinite(step)) {
    throw new ArgumentError(`arange: step: expected a finite number that is not 0, got ${step}`);
  }
  const from = stop === undefined ? 0 : start;
  const to = stop ?? start;
  const length = Math.max(0, Math.ceil((to - from) / step));
  return sequence("arange", from, step, length, dtype);
}

/**
 * Returns `count` values evenly spaced from `start` to `stop`, both included.
 *
 * @param start - the first value
 * @param stop - the last value
 * @param count - how many
 * @param dtype - float32 by default
 *
 * @example
 * linspace(0, 1, 5).toString(); // => [0.00, 0.25, 0.50, 0.75, 1.00]
 */
export function linspace<D extends DType = DType>(
  start: number,
  stop: number,
  count: number,
  dtype?: D,
): Tensor<D> {
  const step = count > 1 ? (stop - start) / (count - 1) : 0;
  return sequence("linspace", start, step, count, dtype);
}

/** Counted in int32 or float64 where that can be: float32 would count wrongly beyond 2^24. */
function sequence<D extends DType>(
  operation: string,
  start: number,
  step: number,
  length: number,
  dtype: D | undefined,
): Tensor<D> {
  const last = start + step * Math.max(0, length - 1);
  const isWhole =
    dtype === "int32" &&
    [start, step, last].every((x) => x === Math.trunc(x) && Math.abs(x) < 2 ** 31);
  const precise = currentBackend().dtypes.includes("float64") ? ramp : ramp32;
  const f = isWhole ? rampOfWhole : precise;
  return generate(operation, f, [start, step], [length], dtype ?? "float32") as Tensor<D>;
}
