import { choleskyFactor, matrixOf } from "@tensorloom/tensor/linalg";

/**
 * Returns the solver of a symmetric, positive definite system: it overwrites a right side with the solution. Undefined for
 * a matrix that is not positive definite, or is so by rounding alone.
 *
 * @param matrix - `[n, n]` row-major; only the lower triangle is read
 * @param n - its size
 */
export function choleskySolver(
  matrix: Float64Array,
  n: number,
): ((b: Float64Array) => void) | undefined {
  const factor = choleskyFactor(matrixOf(n, n, matrix));
  if (typeof factor === "number") return undefined;
  const l = factor.data;
  for (let i = 0; i < n; i++) {
    if (l[i * n + i]! ** 2 <= 2 ** -52 * n * matrix[i * n + i]!) return undefined;
  }
  return (b) => {
    for (let i = 0; i < n; i++) {
      let sum = b[i]!;
      for (let k = 0; k < i; k++) sum -= l[i * n + k]! * b[k]!;
      b[i] = sum / l[i * n + i]!;
    }
    for (let i = n - 1; i >= 0; i--) {
      let sum = b[i]!;
      for (let k = i + 1; k < n; k++) sum -= l[k * n + i]! * b[k]!;
      b[i] = sum / l[i * n + i]!;
    }
  };
}
