import { customGrad, eigh, matmul, ShapeError, tidy, where, type Tensor } from "@tensorloom/tensor";

/**
 * Returns the trace norm of a matrix with few rows, the sum of its singular values: a smooth stand-in for its rank. Gradient: `U Vᵀ`,
 * over the singular values that are not zero. Computed from the rows' products with each other, in O(rows² · columns).
 *
 * On host backends alone: eigenvalues are computed there.
 *
 * @param x - `[rows, columns]`
 * @returns a scalar
 * @throws `ShapeError` unless `x` is a matrix
 *
 * Source: Fazel, Hindi and Boyd 2001, "A rank minimization heuristic"; Watson 1992 for its subgradient.
 *
 * @example
 * functional.traceNorm(tensor([[3, 0, 0], [0, 4, 0]])).item(); // => 7
 */
export function traceNorm(x: Tensor): Tensor {
  if (x.rank === 2) return norm(x);
  throw new ShapeError(`traceNorm: x: expected a matrix, got [${x.shape.join(", ")}]`);
}

// Rounding leaves about this share of the largest eigenvalue where the true one is zero (float32 products).
const nullShare = 1e-6;

const norm = customGrad(
  (x) => rootsOf(x!).roots.sum(),
  (gradient, [x]) =>
    tidy(() => {
      const { roots, vectors } = rootsOf(x!);
      const isZero = roots.lessEqual(roots.max().mul(Math.sqrt(nullShare)));
      const inverse = where(isZero, 0, roots.reciprocal());
      return matmul(vectors.mul(inverse), matmul(vectors.transpose(), x!)).mul(gradient);
    }),
);

/** Singular values, rising, and left singular vectors as columns. */
function rootsOf(x: Tensor): { readonly roots: Tensor; readonly vectors: Tensor } {
  const { eigenvalues, eigenvectors } = eigh(matmul(x, x.transpose()));
  return { roots: eigenvalues.relu().sqrt(), vectors: eigenvectors };
}
