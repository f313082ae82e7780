import { record } from "../autograd/tape.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { Expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
import { tidy } from "../scope.ts";
import { formatShape } from "../shape.ts";
import { viewOf, type Tensor } from "../tensor.ts";
import { insertUnitAxes } from "./unit-axes.ts";
import { pad } from "./joining.ts";
import { mapExpression } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { sum } from "./reduction.ts";

// Parameters: the numbers of rows and columns, and the diagonal's offset. The element's row and column:
const columns = Expr.parameter(1);
const row = Expr.index().floorDivide(columns).remainder(Expr.parameter(0)).cast("int32");
const column = Expr.index().remainder(columns).cast("int32");
const offsetParameter = Expr.parameter(2);
const element = Expr.input(0);
const onDiagonal = new Expression([column.sub(row).equal(offsetParameter).where(element, 0)], 1, 3);
const upToDiagonal = new Expression(
  [column.sub(row).lessEqual(offsetParameter).where(element, 0)],
  1,
  3,
);
const fromDiagonal = new Expression(
  [offsetParameter.lessEqual(column.sub(row)).where(element, 0)],
  1,
  3,
);

/**
 * Returns a diagonal of each matrix, as a view.
 *
 * @param x - `[..., m, n]`
 * @param offset - 0, the main one, by default; positive ones lie above it
 * @returns `[..., length of the diagonal]`
 * @throws {@link ShapeError} if there are no matrices
 *
 * Source: array API 2024.12, `linalg.diagonal`.
 *
 * @example
 * diagonal(tensor([[1, 2], [3, 4]])).toString(); // => [1, 4]
 */
export function diagonal(x: TensorLike, offset = 0): Tensor {
  return diagonalOf("diagonal", toTensor("diagonal", x), offset);
}

function diagonalOf(operation: string, input: Tensor, offset: number): Tensor {
  checkMatrices(operation, input);
  checkOffset(operation, offset);
  const [m, n] = input.shape.slice(-2) as [number, number];
  const [rowStride, columnStride] = input.strides.slice(-2) as [number, number];
  const length = Math.max(0, Math.min(m + Math.min(offset, 0), n - Math.max(offset, 0)));
  const start = offset >= 0 ? offset * columnStride : -offset * rowStride;
  const view = viewOf(
    input,
    [...input.shape.slice(0, -2), length],
    [...input.strides.slice(0, -2), rowStride + columnStride],
    input.offset + (length === 0 ? 0 : start),
    operation,
  );
  return record(operation, [input], view, (gradient) => [placeOnDiagonal(gradient, m, n, offset)]);
}

/** Returns matrices `[..., m, n]` that are zero but for a diagonal. */
function placeOnDiagonal(values: Tensor, m: number, n: number, offset: number): Tensor {
  const before = Math.max(0, -offset);
  const after = m - before - values.shape.at(-1)!;
  const none = values.shape.slice(0, -1).map(() => [0, 0] as const);
  const byRow = insertUnitAxes(pad(values, [...none, [before, after]]), [values.rank]);
  return mapExpression("diag", onDiagonal, [byRow], {
    parameters: [m, n, offset],
    shape: [...values.shape.slice(0, -1), m, n],
    dtype: values.dtype,
  });
}

/**
 * Returns a square matrix with a vector on a diagonal, or a diagonal of a matrix.
 *
 * @param x - `[n]` or `[m, n]`
 * @param offset - 0, the main diagonal, by default; positive ones lie above it
 * @returns `[n + |offset|, n + |offset|]`, or `[length of the diagonal]`, a view
 * @throws {@link ShapeError} for another rank
 *
 * Source: NumPy's diag.
 *
 * @example
 * diag(tensor([1, 2])).toString(); // => [[1, 0], [0, 2]]
 * diag(tensor([[1, 2], [3, 4]]), 1).toString(); // => [2]
 */
export function diag(x: TensorLike, offset = 0): Tensor {
  return tidy(() => {
    const input = toTensor("diag", x);
    if (input.rank === 2) return diagonalOf("diag", input, offset);
    if (input.rank !== 1) {
      throw new ShapeError(
        `diag: x: expected a vector or a matrix, got ${formatShape(input.shape)}; try diagonal(x)`,
      );
    }
    checkOffset("diag", offset);
    const size = input.size + Math.abs(offset);
    return placeOnDiagonal(input, size, size, offset);
  });
}

/**
 * Returns the sum of a diagonal of each matrix.
 *
 * @param x - `[..., m, n]`
 * @param offset - 0, the main one, by default
 * @returns `[...]`
 *
 * @example
 * trace(tensor([[1, 2], [3, 4]])).item(); // => 5
 */
export function trace(x: TensorLike, offset = 0): Tensor {
  return tidy(() => sum(diagonalOf("trace", toTensor("trace", x), offset), -1));
}

/**
 * Returns matrices with zeros above a diagonal.
 *
 * @param x - `[..., m, n]`
 * @param offset - the last diagonal that is kept; 0, the main one, by default
 * @throws {@link ShapeError} if there are no matrices
 *
 * @example
 * tril(ones([2, 2])).toString(); // => [[1, 0], [1, 1]]
 */
export function tril(x: TensorLike, offset = 0): Tensor {
  return triangle("tril", upToDiagonal, x, offset);
}

/**
 * Returns matrices with zeros below a diagonal.
 *
 * @param x - `[..., m, n]`
 * @param offset - the first diagonal that is kept; 0, the main one, by default
 * @throws {@link ShapeError} if there are no matrices
 *
 * @example
 * triu(ones([2, 2])).toString(); // => [[1, 1], [0, 1]]
 */
export function triu(x: TensorLike, offset = 0): Tensor {
  return triangle("triu", fromDiagonal, x, offset);
}

function triangle(operation: string, f: Expression, x: TensorLike, offset: number): Tensor {
  const input = toTensor(operation, x);
  checkMatrices(operation, input);
  checkOffset(operation, offset);
  const [m, n] = input.shape.slice(-2) as [number, number];
  return mapExpression(operation, f, [input], {
    parameters: [m, n, offset],
    dtype: input.dtype,
  });
}

function checkMatrices(operation: string, x: Tensor): void {
  if (x.rank >= 2) return;
  throw new ShapeError(
    `${operation}: x: expected matrices [..., m, n], got ${formatShape(x.shape)}; try expandDims`,
  );
}

function checkOffset(operation: string, offset: number): void {
  if (Number.isInteger(offset)) return;
  throw new ArgumentError(`${operation}: offset: expected a whole number, got ${offset}`);
}
