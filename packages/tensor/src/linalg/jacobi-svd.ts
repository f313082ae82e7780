import { householderQr } from "./householder-qr.ts";
import {
  identity,
  largestMagnitude,
  matrixOf,
  product,
  transposed,
  type Matrix,
} from "./matrix.ts";

/** `a = u · diag(s) · vᵀ`. */
export interface SvdFactors {
  /** `[m, k]` or `[m, m]`, orthonormal columns. */
  readonly u: Matrix;
  /** Falling, not negative. */
  readonly s: Float64Array;
  /** `[k, n]` or `[n, n]`, orthonormal rows. */
  readonly vt: Matrix;
}

const mostSweeps = 60;

/**
 * Returns the singular value decomposition; undefined if it does not converge, as with NaN.
 *
 * A QR decomposition, then one-sided Jacobi rotations on its triangle: small singular values are as precise as large ones.
 *
 * @param isFull - whether u and vᵀ are square; else they have min(m, n) columns and rows
 *
 * Source: Demmel and Veselić 1992, "Jacobi's method is more accurate than QR".
 */
export function jacobiSvd(a: Matrix, isFull: boolean): SvdFactors | undefined {
  if (a.rows < a.columns) {
    const turned = jacobiSvd(transposed(a), isFull);
    return turned && { u: transposed(turned.vt), s: turned.s, vt: transposed(turned.u) };
  }
  const { rows: m, columns: n } = a;
  const scale = largestMagnitude(a);
  if (!Number.isFinite(scale)) return undefined;
  const scaled = matrixOf(m, n, scale === 0 ? a.data : a.data.map((x) => x / scale));
  const { q, r } = householderQr(scaled, isFull ? m : n);
  // Columns of the triangle, and of V, as rows: a rotation works on two that lie together.
  const columns = transposed({ rows: n, columns: n, data: r.data.subarray(0, n * n) }).data;
  const v = identity(n).data;
  if (!orthogonalize(columns, v, n)) return undefined;
  const lengths = Float64Array.from({ length: n }, (_, i) =>
    Math.hypot(...columns.subarray(i * n, (i + 1) * n)),
  );
  const order = Array.from(lengths, (_, i) => i).sort((i, j) => lengths[j]! - lengths[i]!);
  const s = Float64Array.from(order, (i) => lengths[i]! * scale);
  const vt = matrixOf(n, n);
  order.forEach((from, to) => vt.data.set(v.subarray(from * n, (from + 1) * n), to * n));
  const inner = unitColumns(columns, lengths, order, n);
  return { u: product(q, bordered(inner, q.columns)), s, vt };
}

/** Rotates pairs of rows until all are at right angles, and the rows of `v` with them. */
function orthogonalize(a: Float64Array, v: Float64Array, n: number): boolean {
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let isDone = true;
    for (let i = 0; i < n - 1; i++) {
      for (let j = i + 1; j < n; j++) {
        let [alpha, beta, gamma] = [0, 0, 0];
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[i * n + k]!, a[j * n + k]!];
          alpha += x * x;
          beta += y * y;
          gamma += x * y;
        }
        if (Number.isNaN(gamma)) return false;
        if (Math.abs(gamma) <= Number.EPSILON * Math.sqrt(alpha) * Math.sqrt(beta)) continue;
        const zeta = (beta - alpha) / (2 * gamma);
        const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.hypot(1, zeta));
        // A column that has all but vanished beside another, and a rotation that is none.
        if (t === 0) continue;
        isDone = false;
        const c = 1 / Math.hypot(1, t);
        rotate(a, n, i, j, c, c * t);
        rotate(v, n, i, j, c, c * t);
      }
    }
    if (isDone) return true;
  }
  return false;
}

function rotate(a: Float64Array, n: number, i: number, j: number, c: number, s: number): void {
  for (let k = 0; k < n; k++) {
    const [x, y] = [a[i * n + k]!, a[j * n + k]!];
    a[i * n + k] = c * x - s * y;
    a[j * n + k] = s * x + c * y;
  }
}

/** The columns divided by their lengths; those without length are completed to a basis. */
function unitColumns(
  columns: Float64Array,
  lengths: Float64Array,
  order: readonly number[],
  n: number,
): Matrix {
  const result = matrixOf(n, n);
  let known = 0;
  for (const from of order) {
    if (lengths[from] === 0) break;
    for (let k = 0; k < n; k++) {
      result.data[k * n + known] = columns[from * n + k]! / lengths[from]!;
    }
    known++;
  }
  if (known === n) return result;
  const basis = householderQr({ ...result, data: result.data.slice() }, n).q;
  for (let i = 0; i < n; i++) {
    for (let j = known; j < n; j++) result.data[i * n + j] = basis.data[i * n + j]!;
  }
  return result;
}

/** The matrix in the upper left of an identity of `size` columns. */
function bordered(inner: Matrix, size: number): Matrix {
  if (size === inner.columns) return inner;
  const result = identity(size);
  for (let i = 0; i < inner.rows; i++) {
    result.data.set(inner.data.subarray(i * inner.columns, (i + 1) * inner.columns), i * size);
  }
  return result;
}
