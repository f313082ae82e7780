// The factorizations as custom kernels: stacks of matrices in, computed in float64, rounded once at the end.
import type { HostArray } from "../backend/contract.ts";
import { ArgumentError } from "../errors.ts";
import { customKernel } from "../ops/custom-kernel.ts";
import { choleskyFactor } from "./cholesky.ts";
import { householderQr } from "./householder-qr.ts";
import { jacobiSvd } from "./jacobi-svd.ts";
import { lu, luDeterminant, luSolve, type LuFactors } from "./lu.ts";
import type { Matrix } from "./matrix.ts";
import { symmetricEigen } from "./symmetric-eigen.ts";

/** The matrices of a stack, each a copy in float64. */
function* matricesOf({ data, shape }: HostArray): Generator<Matrix> {
  const [rows, columns] = shape.slice(-2) as [number, number];
  const size = rows * columns;
  const count = shape.slice(0, -2).reduce((product, n) => product * n, 1);
  for (let i = 0; i < count; i++) {
    yield { rows, columns, data: Float64Array.from(data.subarray(i * size, (i + 1) * size)) };
  }
}

function invertible(operation: string, name: string, a: Matrix): LuFactors {
  const factors = lu(a);
  if (factors.singularAt === undefined) return factors;
  throw new ArgumentError(
    `${operation}: ${name}: expected an invertible matrix, got a singular one (no pivot in column ${factors.singularAt}); ` +
      "try adding a small multiple of eye(n)",
  );
}

function converged<T>(operation: string, result: T | undefined): T {
  if (result !== undefined) return result;
  throw new ArgumentError(
    `${operation}: x: expected finite elements, got a matrix for which it does not converge; look for NaN with isfinite`,
  );
}

/** `[a, b]` to the solution of `a · x = b`, for an operation that calls `a` by that name. */
function solver(operation: string, name: string): ReturnType<typeof customKernel> {
  return customKernel({
    name: operation,
    host([a, b], [x]) {
      const right = matricesOf(b!);
      let position = 0;
      for (const matrix of matricesOf(a!)) {
        const factors = invertible(operation, name, matrix);
        const solution = luSolve(factors, right.next().value as Matrix);
        x!.data.set(solution.data, position);
        position += solution.data.length;
      }
    },
  });
}

/** The solution of `a · x = b`. */
export const solveKernel: ReturnType<typeof customKernel> = solver("solve", "a");
/** The same, where b is the identity. */
export const inverseKernel: ReturnType<typeof customKernel> = solver("inverse", "x");

/** A determinant a matrix. */
export const determinantKernel: ReturnType<typeof customKernel> = customKernel({
  name: "det",
  host([a], [result]) {
    let i = 0;
    for (const matrix of matricesOf(a!)) result!.data[i++] = luDeterminant(lu(matrix));
  },
});

/** The lower triangle. */
export const choleskyKernel: ReturnType<typeof customKernel> = customKernel({
  name: "cholesky",
  host([a], [l]) {
    let position = 0;
    for (const matrix of matricesOf(a!)) {
      const factor = choleskyFactor(matrix);
      if (typeof factor === "number") {
        throw new ArgumentError(
          `cholesky: x: expected a positive definite matrix, got one whose leading ${factor + 1} × ${factor + 1} part is not; ` +
            "try adding a small multiple of eye(n)",
        );
      }
      l!.data.set(factor.data, position);
      position += factor.data.length;
    }
  },
});

/** q and r. */
export const qrKernel: ReturnType<typeof customKernel> = customKernel({
  name: "qr",
  host([a], [q, r]) {
    let [ofQ, ofR] = [0, 0];
    for (const matrix of matricesOf(a!)) {
      const factors = householderQr(matrix, q!.shape.at(-1)!);
      q!.data.set(factors.q.data, ofQ);
      r!.data.set(factors.r.data, ofR);
      ofQ += factors.q.data.length;
      ofR += factors.r.data.length;
    }
  },
});

/** Eigenvalues and eigenvectors. */
export const eighKernel: ReturnType<typeof customKernel> = customKernel({
  name: "eigh",
  host([a], [values, vectors]) {
    let i = 0;
    for (const matrix of matricesOf(a!)) {
      const pairs = converged("eigh", symmetricEigen(matrix));
      const n = matrix.rows;
      values!.data.set(pairs.values, i * n);
      vectors!.data.set(pairs.vectors.data, i * n * n);
      i++;
    }
  },
});

/** u, s and the transpose of v. */
export const svdKernel: ReturnType<typeof customKernel> = customKernel({
  name: "svd",
  host([a], [u, s, vt], [isFull]) {
    let [ofU, ofS, ofV] = [0, 0, 0];
    for (const matrix of matricesOf(a!)) {
      const factors = converged("svd", jacobiSvd(matrix, isFull === 1));
      u!.data.set(factors.u.data, ofU);
      s!.data.set(factors.s, ofS);
      vt!.data.set(factors.vt.data, ofV);
      ofU += factors.u.data.length;
      ofS += factors.s.length;
      ofV += factors.vt.data.length;
    }
  },
});
