import { ArgumentError } from "@tensorloom/tensor";
import { jacobiSvd, matrixOf, type Matrix } from "@tensorloom/tensor/linalg";

/** What {@link leastSquares} gives. */
export interface LeastSquares {
  /** The coefficients: of all that fit best, the shortest. */
  readonly solution: Float64Array;
  /** How many columns are linearly independent. */
  readonly rank: number;
  /** The matrix's singular values, falling. */
  readonly singular: Float64Array;
}

/**
 * Solves a least-squares problem by the singular value decomposition.
 *
 * @param columns - the matrix by columns
 * @param target - one a row
 *
 * Cost: O(rows columns²). Source: Golub and Van Loan, Matrix Computations, 5.5.
 */
export function leastSquares(columns: readonly Float64Array[], target: Float64Array): LeastSquares {
  const [n, m] = [columns.length, target.length];
  const factors = jacobiSvd(rowsOf(columns), false);
  if (factors === undefined) {
    throw new ArgumentError(
      "leastSquares: expected features whose squares are finite; try StandardScaler",
    );
  }
  const { u, s, vt } = factors;
  const least = (s[0] ?? 0) * 2 ** -52 * Math.max(m, n);
  const solution = new Float64Array(n);
  let rank = 0;
  for (const [k, value] of s.entries()) {
    if (value <= least) break;
    rank++;
    let share = 0;
    for (let i = 0; i < u.rows; i++) share += u.data[i * u.columns + k]! * target[i]!;
    for (let c = 0; c < n; c++) solution[c]! += (share / value) * vt.data[k * n + c]!;
  }
  return { solution, rank, singular: s };
}

function rowsOf(columns: readonly Float64Array[]): Matrix {
  const [m, n] = [columns[0]!.length, columns.length];
  const matrix = matrixOf(m, n);
  columns.forEach((column, c) => {
    for (let i = 0; i < m; i++) matrix.data[i * n + c] = column[i]!;
  });
  return matrix;
}
