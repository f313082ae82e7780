/**
 * Overwrites the lower triangle of a symmetric matrix with its Cholesky factor; false, and nothing useful in it, unless the
 * matrix is positive definite.
 *
 * @param matrix - `[n, n]` row-major
 * @param n - its size
 */
export function factorize(matrix: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = matrix[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= matrix[i * n + k]! * matrix[j * n + k]!;
      if (i > j) matrix[i * n + j] = sum / matrix[j * n + j]!;
      // What rounding leaves of a zero is not a pivot.
      else if (sum > 2 ** -50 * n * matrix[i * n + i]!) matrix[i * n + i] = Math.sqrt(sum);
      else return false;
    }
  }
  return true;
}

/** Overwrites `b` with the solution of `L Lᵀ x = b`, given the factor of {@link factorize}. */
export function solveFactorized(factor: Float64Array, n: number, b: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let sum = b[i]!;
    for (let k = 0; k < i; k++) sum -= factor[i * n + k]! * b[k]!;
    b[i] = sum / factor[i * n + i]!;
  }
  for (let i = n - 1; i >= 0; i--) {
    let sum = b[i]!;
    for (let k = i + 1; k < n; k++) sum -= factor[k * n + i]! * b[k]!;
    b[i] = sum / factor[i * n + i]!;
  }
}
