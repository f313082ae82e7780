// Small dense matrices on host backends: a device gets its operands with `await x.to("wasm")`.
import { activeTapes, record } from "../autograd/tape.ts";
import { broadcastShapes } from "../broadcast.ts";
import { ArgumentError, ShapeError } from "../errors.ts";
import { promoteTypes } from "../dtype.ts";
import { withoutGradient } from "../ops/custom-kernel.ts";
import { div, mul, sub } from "../ops/elementwise-binary.ts";
import { neg } from "../ops/elementwise-unary.ts";
import { inDType } from "../ops/elementwise-ternary.ts";
import { add } from "../ops/elementwise-binary.ts";
import { eye } from "../ops/creation.ts";
import { tril } from "../ops/diagonals.ts";
import { matmul } from "../ops/matmul.ts";
import { toTensor, type TensorLike } from "../ops/operand.ts";
import { cumprod } from "../ops/scan.ts";
import { createdBeside } from "../ops/placement.ts";
import { floatDType } from "../ops/accumulation.ts";
import { broadcastTo, expandDims, squeeze, swapAxes } from "../ops/views.ts";
import { tidy } from "../scope.ts";
import { formatShape } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import {
  choleskyKernel,
  determinantKernel,
  eighKernel,
  inverseKernel,
  qrKernel,
  solveKernel,
  svdKernel,
} from "./factorization-kernels.ts";
import { noGrad } from "../autograd/stop-gradient.ts";

/** Returns matrices in a float dtype. */
function matrices(operation: string, name: string, x: TensorLike): Tensor {
  const given = toTensor(operation, x);
  if (given.rank >= 2) return inDType(given, floatDType(given.dtype));
  throw new ShapeError(
    `${operation}: ${name}: expected matrices [..., m, n], got ${formatShape(given.shape)}; try expandDims`,
  );
}

function squareMatrices(operation: string, name: string, x: TensorLike): Tensor {
  const result = matrices(operation, name, x);
  if (result.shape.at(-1) === result.shape.at(-2)) return result;
  throw new ShapeError(
    `${operation}: ${name}: expected square matrices [..., n, n], got ${formatShape(result.shape)}`,
  );
}

function matrixTranspose(x: Tensor): Tensor {
  return swapAxes(x, -1, -2);
}

/** Runs a kernel whose gradient is recorded apart from it. */
function run(kernel: typeof solveKernel, ...args: Parameters<typeof solveKernel>): Tensor[] {
  return noGrad(() => kernel(...args));
}

/**
 * Returns the solution x of `a · x = b`, by LU decomposition with partial pivoting.
 *
 * @param a - `[..., n, n]`
 * @param b - `[n]`, or `[..., n, k]` with leading axes that broadcast with those of `a`
 * @returns `[..., n]` for a vector, `[..., n, k]` else
 * @throws {@link ArgumentError} for a singular matrix; {@link ShapeError} if shapes do not fit
 *
 * Gradient: to both. Cost: O(n³), in float64. Source: array API 2024.12, `linalg.solve`.
 *
 * @example
 * solve(tensor([[2, 0], [0, 4]]), tensor([2, 2])).toString(); // => [1.0, 0.5]
 */
export function solve(a: TensorLike, b: TensorLike): Tensor {
  return tidy(() => {
    const left = squareMatrices("solve", "a", a);
    const given = toTensor("solve", b, a);
    const isVector = given.rank === 1;
    const right = isVector ? expandDims(given, 1) : given;
    const n = left.shape.at(-1)!;
    if (right.rank < 2 || right.shape.at(-2) !== n) {
      throw new ShapeError(
        `solve: b: expected [${n}] or [..., ${n}, k] to match a ${formatShape(left.shape)}, got ${formatShape(given.shape)}`,
      );
    }
    const dtype = promoteTypes(left.dtype, floatDType(right.dtype));
    const batch = broadcastShapes("solve", left.shape.slice(0, -2), right.shape.slice(0, -2));
    const solution = solveMatrices(
      broadcastTo(inDType(left, dtype), [...batch, n, n]),
      broadcastTo(inDType(right, dtype), [...batch, n, right.shape.at(-1)!]),
    );
    return isVector ? squeeze(solution, -1) : solution;
  });
}

function solveMatrices(a: Tensor, b: Tensor, kernel = solveKernel): Tensor {
  const [x] = run(kernel, [a, b], [{ shape: b.shape, dtype: b.dtype }]);
  return record("solve", [a, b], x!, (gradient, [matrix], solution, needs) => {
    const toRight = solveMatrices(matrixTranspose(matrix!), gradient);
    return [
      needs[0] === true ? neg(matmul(toRight, matrixTranspose(solution))) : undefined,
      toRight,
    ];
  });
}

/**
 * Returns the inverse of each matrix. To solve a system, {@link solve} is cheaper and more precise.
 *
 * @param x - `[..., n, n]`
 * @throws {@link ArgumentError} for a singular matrix; {@link ShapeError} unless matrices are square
 *
 * Gradient: of any order. Cost: O(n³), in float64.
 *
 * @example
 * inverse(tensor([[2, 0], [0, 4]])).toString(); // => [[0.50, 0.00], [0.00, 0.25]]
 */
export function inverse(x: TensorLike): Tensor {
  return tidy(() => {
    const input = squareMatrices("inverse", "x", x);
    const unit = createdBeside(input, () => eye(input.shape.at(-1)!, undefined, input.dtype));
    return solveMatrices(input, broadcastTo(unit, input.shape), inverseKernel);
  });
}

/**
 * Returns the determinant of each matrix.
 *
 * @param x - `[..., n, n]`
 * @returns `[...]`
 * @throws {@link ShapeError} unless matrices are square
 *
 * Gradient: the cofactors, by a singular value decomposition, so that it is right for singular matrices too; of second order
 * where the matrix is invertible. Cost: O(n³), in float64.
 *
 * @example
 * det(tensor([[1, 2], [3, 4]])).item(); // => -2
 */
export function det(x: TensorLike): Tensor {
  return tidy(() => {
    const input = squareMatrices("det", "x", x);
    const { dtype } = input;
    const [value] = run(determinantKernel, [input], [{ shape: input.shape.slice(0, -2), dtype }]);
    return record("det", [input], value!, (gradient, [matrix], determinant) => [
      activeTapes().length === 0
        ? mul(expandDims(gradient, [-1, -2]), cofactors(matrix!))
        : // What is recorded is differentiated again, which a decomposition's vectors are not.
          mul(expandDims(mul(gradient, determinant), [-1, -2]), matrixTranspose(inverse(matrix!))),
    ]);
  });
}

/** The derivative of the determinant: `det(u) det(vh) u · diag(products of the other singular values) · vh`. */
function cofactors(x: Tensor): Tensor {
  const { u, s, vh } = svd(x);
  const others = mul(
    cumprod(s, -1, { exclusive: true }),
    cumprod(s, -1, { exclusive: true, reverse: true }),
  );
  const turns = expandDims(mul(det(u), det(vh)), [-1, -2]);
  return mul(turns, matmul(mul(u, expandDims(others, -2)), vh));
}

/**
 * Returns the lower triangle L of each symmetric, positive definite matrix, with `x = L · Lᵀ`.
 *
 * @param x - `[..., n, n]`; only the lower triangle is read
 * @throws {@link ArgumentError} unless the matrix is positive definite; {@link ShapeError} unless matrices are square
 *
 * Gradient: symmetric, of any order (Murray 2016, "Differentiation of the Cholesky decomposition"). Cost: O(n³), in
 * float64.
 *
 * @example
 * cholesky(tensor([[4, 2], [2, 5]])).toString(); // => [[2, 0], [1, 2]]
 */
export function cholesky(x: TensorLike): Tensor {
  return tidy(() => {
    const input = squareMatrices("cholesky", "x", x);
    const [factor] = run(choleskyKernel, [input], [{ shape: input.shape, dtype: input.dtype }]);
    return record("cholesky", [input], factor!, (gradient, _, l) => {
      const inner = matmul(matrixTranspose(l), gradient);
      // The lower triangle with half of the diagonal.
      const halved = mul(add(tril(inner), tril(inner, -1)), 0.5);
      const turned = matrixTranspose(l);
      // L⁻ᵀ · halved · L⁻¹, the last factor by solving with the transpose.
      const left = solveMatrices(turned, halved);
      const both = matrixTranspose(solveMatrices(turned, matrixTranspose(left)));
      return [mul(add(both, matrixTranspose(both)), 0.5)];
    });
  });
}

/** What {@link qr} gives: `x = q · r`. */
export interface QrDecomposition {
  /** Orthonormal columns. */
  readonly q: Tensor;
  /** Upper triangles. */
  readonly r: Tensor;
}

/**
 * Returns each matrix as the product of orthonormal columns and an upper triangle, by Householder reflections.
 *
 * @param x - `[..., m, n]`
 * @param options - `mode`: `"reduced"` (the default) for `q [..., m, k]` and `r [..., k, n]` with k = min(m, n), or
 * `"complete"` for `q [..., m, m]` and `r [..., m, n]`
 *
 * Gradient: reduced, m ≥ n (Walter and Lehmann 2012, "Algorithmic differentiation of linear algebra functions"). Cost:
 * O(m n²), in float64. Signs are LAPACK's: the diagonal of r may be negative.
 *
 * @example
 * const { q, r } = qr(tensor([[3, 0], [4, 5]]));
 * matmul(q, r).round().toString(); // => [[3, 0], [4, 5]]
 */
export function qr(
  x: TensorLike,
  options: { readonly mode?: "reduced" | "complete" } = {},
): QrDecomposition {
  return tidy(() => {
    const input = matrices("qr", "x", x);
    const batch = input.shape.slice(0, -2);
    const [m, n] = input.shape.slice(-2) as [number, number];
    const { mode = "reduced" } = options;
    if (mode !== "reduced" && mode !== "complete") {
      throw new ArgumentError(
        `qr: mode: expected "reduced" or "complete", got ${JSON.stringify(mode)}`,
      );
    }
    const isComplete = mode === "complete";
    const k = isComplete ? m : Math.min(m, n);
    const { dtype } = input;
    const specifications = [
      { shape: [...batch, m, k], dtype },
      { shape: [...batch, k, n], dtype },
    ];
    const [q, r] = run(qrKernel, [input], specifications) as [Tensor, Tensor];
    const hasGradient = m >= n && (!isComplete || m === n);
    // Each of the two results has its part of the gradient, since that is linear in both.
    record("qr", [input, r], q, (gradient, [, triangle], basis) => {
      if (!hasGradient) return withoutGradient("qr (of a wide matrix, or complete)");
      const inner = neg(matmul(matrixTranspose(gradient), basis));
      return [throughTriangle(add(gradient, matmul(basis, mirrored(inner))), triangle!)];
    });
    record("qr", [input, q], r, (gradient, [, basis], triangle) => {
      if (!hasGradient) return withoutGradient("qr (of a wide matrix, or complete)");
      const inner = matmul(triangle, matrixTranspose(gradient));
      return [throughTriangle(matmul(basis!, mirrored(inner)), triangle)];
    });
    return { q, r };
  });
}

/** The symmetric matrix with this lower triangle. */
function mirrored(x: Tensor): Tensor {
  return add(tril(x), matrixTranspose(tril(x, -1)));
}

/** `x · r⁻ᵀ`. */
function throughTriangle(x: Tensor, r: Tensor): Tensor {
  return matrixTranspose(solveMatrices(r, matrixTranspose(x)));
}

/** What {@link eigh} gives. */
export interface SymmetricEigen {
  /** `[..., n]`, rising. */
  readonly eigenvalues: Tensor;
  /** `[..., n, n]`: column i belongs to eigenvalue i; of length 1, its sign is arbitrary. */
  readonly eigenvectors: Tensor;
}

/**
 * Returns the eigenvalues and eigenvectors of each symmetric matrix.
 *
 * @param x - `[..., n, n]`; only the lower triangle is read
 * @throws {@link ArgumentError} for elements that are not finite; {@link ShapeError} unless matrices are square
 *
 * Gradient: symmetric; that through eigenvectors exists where eigenvalues differ. Cost: O(n³), in float64.
 *
 * @example
 * eigh(tensor([[2, 1], [1, 2]])).eigenvalues.mul(1000).round().toString(); // => [1000, 3000]
 */
export function eigh(x: TensorLike): SymmetricEigen {
  return tidy(() => {
    const input = squareMatrices("eigh", "x", x);
    const { dtype, shape } = input;
    const specifications = [
      { shape: shape.slice(0, -1), dtype },
      { shape, dtype },
    ];
    const [values, vectors] = run(eighKernel, [input], specifications) as [Tensor, Tensor];
    const around = (v: Tensor, middle: Tensor): Tensor => {
      const product = matmul(matmul(v, middle), matrixTranspose(v));
      return mul(add(product, matrixTranspose(product)), 0.5);
    };
    record("eigh", [input, values], vectors, (gradient, [, w], v) => {
      const differences = sub(expandDims(w!, -2), expandDims(w!, -1));
      // The diagonal is left out: 1 stands there against a division by zero.
      const unit = createdBeside(w!, () => eye(w!.shape.at(-1)!, undefined, w!.dtype));
      const inner = matmul(matrixTranspose(v), gradient);
      const offDiagonal = sub(inner, mul(inner, unit));
      return [around(v, div(offDiagonal, add(differences, unit)))];
    });
    record("eigh", [input, vectors], values, (gradient, [, v]) => [
      matmul(mul(v!, expandDims(gradient, -2)), matrixTranspose(v!)),
    ]);
    return { eigenvalues: values, eigenvectors: vectors };
  });
}

/** What {@link svd} gives: `x = u · diag(s) · vh`. */
export interface SingularValues {
  /** `[..., m, k]`: orthonormal columns. */
  readonly u: Tensor;
  /** `[..., k]`: falling, not negative. */
  readonly s: Tensor;
  /** `[..., k, n]`: orthonormal rows. */
  readonly vh: Tensor;
}

/**
 * Returns the singular value decomposition of each matrix, by one-sided Jacobi rotations.
 *
 * @param x - `[..., m, n]`
 * @param options - `fullMatrices`: whether `u` is `[..., m, m]` and `vh` `[..., n, n]`; false by default, and k = min(m, n)
 * @throws {@link ArgumentError} for elements that are not finite
 *
 * Gradient: through the singular values, so that `svd(x).s.sum()` is the trace norm; one that reaches `u` or `vh` is an
 * error. Cost: O(m n²), in float64, with a factor of about 10.
 *
 * @example
 * svd(tensor([[0, 2], [3, 0]])).s.toString(); // => [3, 2]
 */
export function svd(
  x: TensorLike,
  options: { readonly fullMatrices?: boolean } = {},
): SingularValues {
  return tidy(() => {
    const input = matrices("svd", "x", x);
    const batch = input.shape.slice(0, -2);
    const [m, n] = input.shape.slice(-2) as [number, number];
    const k = Math.min(m, n);
    const isFull = options.fullMatrices === true;
    const { dtype } = input;
    const specifications = [
      { shape: [...batch, m, isFull ? m : k], dtype },
      { shape: [...batch, k], dtype },
      { shape: [...batch, isFull ? n : k, n], dtype },
    ];
    const [u, s, vh] = run(svdKernel, [input], specifications, [isFull ? 1 : 0]) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    record("svd", [input], u, () => withoutGradient("svd's u"));
    record("svd", [input], vh, () => withoutGradient("svd's vh"));
    const needed = isFull ? [input] : [input, u, vh];
    record("svd", needed, s, (gradient, [saved, ...known]) => {
      const [left, right] = isFull ? factorsOf(saved!) : (known as [Tensor, Tensor]);
      return [matmul(mul(left, expandDims(gradient, -2)), right)];
    });
    return { u, s, vh };
  });
}

function factorsOf(x: Tensor): [Tensor, Tensor] {
  const { u, vh } = svd(x);
  return [u, vh];
}
