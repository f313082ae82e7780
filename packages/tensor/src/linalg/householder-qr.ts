import { identity, matrixOf, type Matrix } from "./matrix.ts";

/** An orthogonal matrix's columns and an upper triangle. */
export interface QrFactors {
  /** `[m, count]`, columns of unit length at right angles. */
  readonly q: Matrix;
  /** `[count, n]`, zero below the diagonal. */
  readonly r: Matrix;
}

/**
 * Returns `a = q · r` by Householder reflections, with the signs that LAPACK gives.
 *
 * @param count - how many columns of q and rows of r: min(m, n), or m for all
 *
 * Source: Golub and Van Loan, algorithms 5.1.1 and 5.2.1.
 */
export function householderQr(a: Matrix, count: number): QrFactors {
  const { rows: m, columns: n } = a;
  const work = a.data.slice();
  const steps = Math.min(m, n);
  const vectors: Float64Array[] = [];
  for (let k = 0; k < steps; k++) {
    const v = reflector(work, m, n, k);
    vectors.push(v);
    reflect(work, n, v, k, k);
  }
  const r = matrixOf(count, n);
  for (let i = 0; i < Math.min(count, n); i++) {
    for (let j = i; j < n; j++) r.data[i * n + j] = work[i * n + j]!;
  }
  const q = identity(m, count);
  for (let k = steps - 1; k >= 0; k--) reflect(q.data, count, vectors[k]!, k, 0);
  return { q, r };
}

/** The vector of the reflection that takes column k, from row k on, to a multiple of the first unit vector. */
function reflector(a: Float64Array, m: number, n: number, k: number): Float64Array {
  const v = new Float64Array(m - k);
  let scale = 0;
  for (let i = k; i < m; i++) scale = Math.max(scale, Math.abs(a[i * n + k]!));
  if (scale === 0) return v;
  let below = 0;
  for (let i = k; i < m; i++) {
    v[i - k] = a[i * n + k]! / scale;
    if (i > k) below += v[i - k]! ** 2;
  }
  // Nothing to take away: LAPACK then leaves the sign alone.
  if (below === 0) return v.fill(0);
  const length = Math.sqrt(below + v[0]! ** 2);
  v[0]! += v[0]! >= 0 ? length : -length;
  return v;
}

/** Applies the reflection `I - 2 v vᵀ / vᵀv` to rows from k on, columns from `first` on. */
function reflect(a: Float64Array, n: number, v: Float64Array, k: number, first: number): void {
  const squared = v.reduce((sum, x) => sum + x * x, 0);
  if (squared === 0) return;
  const sums = new Float64Array(n);
  v.forEach((x, i) => {
    for (let j = first; j < n; j++) sums[j]! += x * a[(k + i) * n + j]!;
  });
  v.forEach((x, i) => {
    const factor = (2 * x) / squared;
    for (let j = first; j < n; j++) a[(k + i) * n + j]! -= factor * sums[j]!;
  });
}
