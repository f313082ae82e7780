import { activeTapes, record } from "../autograd/tape.ts";
import { dispatch } from "../backend/dispatch.ts";
import { expression } from "../expression/expression.ts";
import { tidy } from "../scope.ts";
import { normalizeAxis } from "../shape.ts";
import { allocateTensor, sharedOf, type Tensor } from "../tensor.ts";
import { inDType } from "./elementwise-ternary.ts";
import { mapExpression, reduceExpression } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { accumulatorDType } from "./accumulation.ts";
import { zerosLike } from "./creation.ts";
import { add, mul } from "./elementwise-binary.ts";
import { concat } from "./joining.ts";
import { slice } from "./slicing.ts";
import { flip, reshape } from "./views.ts";

/** What running sums and products take beside the axis. */
export interface ScanOptions {
  /** Whether each element leaves itself out, so that the first is 0 or 1; false by default. */
  readonly exclusive?: boolean;
  /** Whether it runs from the last element to the first; false by default. */
  readonly reverse?: boolean;
}

/**
 * Returns the running sum along an axis.
 *
 * @param x - any shape
 * @param axis - of the row-major order of all elements by default, as in NumPy
 * @param options - `exclusive`, `reverse`
 * @returns the shape of `x`, or `[size]` without an axis; int32 for uint8 and bool
 *
 * @example
 * cumsum(tensor([1, 2, 3])).toString(); // => [1, 3, 6]
 * cumsum(tensor([1, 2, 3]), 0, { exclusive: true, reverse: true }).toString(); // => [5, 3, 0]
 */
export function cumsum(x: TensorLike, axis?: number, options: ScanOptions = {}): Tensor {
  return tidy(() => {
    const { input, along } = lineUp("cumsum", x, axis);
    return runningSum(input, along, options);
  });
}

/**
 * Returns the running product along an axis. Its gradients, of any order, are right beside zeros too; those of second order
 * cost O(n²) along the axis.
 *
 * @param x - any shape
 * @param axis - of the row-major order of all elements by default, as in NumPy
 * @param options - `exclusive`, `reverse`
 * @returns the shape of `x`, or `[size]` without an axis; int32 for uint8 and bool
 *
 * @example
 * cumprod(tensor([1, 2, 3])).toString(); // => [1, 2, 6]
 */
export function cumprod(x: TensorLike, axis?: number, options: ScanOptions = {}): Tensor {
  return tidy(() => {
    const { input, along } = lineUp("cumprod", x, axis);
    if (options.reverse !== true) return runningProduct(input, along, options.exclusive === true);
    return flip(runningProduct(flip(input, along), along, options.exclusive === true), along);
  });
}

/** Flattens where no axis is given, and puts `x` in the dtype in which it accumulates. */
function lineUp(
  operation: string,
  x: TensorLike,
  axis: number | undefined,
): { input: Tensor; along: number } {
  const given = toTensor(operation, x);
  const input = axis === undefined ? reshape(given, [-1]) : given;
  const along = normalizeAxis(operation, axis ?? 0, input.rank);
  return { input: inDType(input, accumulatorDType(input.dtype)), along };
}

function scan(
  operation: string,
  operator: "sum" | "prod",
  x: Tensor,
  axis: number,
  { exclusive = false, reverse = false }: ScanOptions,
): Tensor {
  const { backend } = sharedOf(x, operation);
  const output = allocateTensor(backend, x.dtype, x.shape);
  if (output.size > 0) {
    dispatch(backend, "scan", { operator, input: x, axis, exclusive, reverse, output });
  }
  return output;
}

/** The adjoint of a running sum is the running sum the other way. */
function runningSum(x: Tensor, axis: number, options: ScanOptions): Tensor {
  const output = scan("cumsum", "sum", x, axis, options);
  return record("cumsum", [x], output, (gradient) => [
    runningSum(gradient, axis, { ...options, reverse: options.reverse !== true }),
  ]);
}

function runningProduct(x: Tensor, axis: number, exclusive: boolean): Tensor {
  const output = scan("cumprod", "prod", x, axis, { exclusive });
  return record("cumprod", [x], output, (gradient, saved) => [
    // What is recorded is differentiated again.
    activeTapes().length === 0
      ? productGradient(saved[0]!, gradient, axis, exclusive)
      : productGradientOfParts(saved[0]!, gradient, axis, exclusive),
  ]);
}

const isFirstZero = expression((x, zerosSoFar) =>
  x.equal(0).and(zerosSoFar.equal(1)).cast("int32"),
);
const isZero = expression((x) => x.equal(0).cast("int32"));
const oneWhere = expression((x, condition) => condition.equal(1).where(1, x));
const productOf = expression((x, y) => x.mul(y));
const choose = expression((x, isFirst, total, totalWithout) =>
  isFirst.equal(1).where(
    totalWithout,
    // The inner choice keeps 0 / 0 out of the derivative of this one.
    x.equal(0).where(0, total.div(x.equal(0).where(1, x))),
  ),
);

/**
 * The same in steps that hold when they are differentiated, whatever is zero: the gradient to x[i] is the product of the
 * elements before it, times the sum over j ≥ i of gradient[j] and all elements after i, up to j.
 */
function productGradientOfParts(
  x: Tensor,
  gradient: Tensor,
  axis: number,
  exclusive: boolean,
): Tensor {
  const size = x.shape[axis]!;
  const part = (of: Tensor, from: number, to = size): Tensor =>
    slice(
      of,
      x.shape.map((_, a) => (a === axis ? from : 0)),
      x.shape.map((n, a) => (a === axis ? to : n)),
    );
  // That of an exclusive product is one place further on, and what falls off the end comes to nothing.
  const own = exclusive
    ? concat([part(gradient, 1), zerosLike(part(gradient, 0, 1))], axis)
    : gradient;
  const sums = Array.from({ length: size }, (_, i) => {
    const here = part(own, i, i + 1);
    if (i === size - 1) return here;
    const after = runningProduct(part(x, i + 1), axis, false);
    return add(
      here,
      reduceExpression("cumprod", "sum", productOf, [part(own, i + 1), after], {
        axes: [axis],
        dropAxes: [],
      }),
    );
  });
  return size === 0 ? gradient : mul(runningProduct(x, axis, true), concat(sums, axis));
}

/**
 * Without zeros, the gradient to x[i] is the sum over j ≥ i of gradient[j] · product[j] / x[i]. From the first zero of a
 * line on, products vanish: the zero's own gradient is that sum with it taken for 1, and those after it have none.
 */
function productGradient(x: Tensor, gradient: Tensor, axis: number, exclusive: boolean): Tensor {
  const zerosSoFar = scan("cumprod", "sum", mapExpression("cumprod", isZero, [x]), axis, {});
  const isFirst = mapExpression("cumprod", isFirstZero, [x, zerosSoFar]);
  const without = mapExpression("cumprod", oneWhere, [x, isFirst], { dtype: x.dtype });
  const totals = [x, without].map((factors) => {
    const products = runningProduct(factors, axis, exclusive);
    const terms = mapExpression("cumprod", productOf, [gradient, products]);
    return runningSum(terms, axis, { reverse: true, exclusive });
  });
  return mapExpression("gradient of cumprod", choose, [x, isFirst, ...totals], { dtype: x.dtype });
}
