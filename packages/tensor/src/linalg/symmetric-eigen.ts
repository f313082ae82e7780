import { identity, type Matrix } from "./matrix.ts";

/** Eigenvalues in rising order, and their vectors. */
export interface EigenPairs {
  /** In rising order. */
  readonly values: Float64Array;
  /** `[n, n]`: column i belongs to value i. */
  readonly vectors: Matrix;
}

const mostSteps = 60;

/**
 * Returns eigenvalues and eigenvectors of a symmetric matrix, of which only the lower triangle is read; undefined if
 * elements are not finite.
 *
 * Householder reflections make it tridiagonal, implicit QR steps with Wilkinson's shift diagonal. Source: Golub and Van
 * Loan, algorithms 8.3.1 to 8.3.3.
 */
export function symmetricEigen(a: Matrix): EigenPairs | undefined {
  const n = a.rows;
  const scale = scaleOf(a);
  if (scale === undefined) return undefined;
  const { diagonal, beside, basis } = tridiagonal(a, scale);
  // From here the basis is kept transposed, so that a rotation works on two rows that lie together.
  const rows = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) rows[j * n + i] = basis.data[i * n + j]!;
  }
  if (!diagonalize(diagonal, beside, rows)) return undefined;
  const order = Array.from(diagonal, (_, i) => i).sort((i, j) => diagonal[i]! - diagonal[j]!);
  const vectors = identity(n);
  order.forEach((from, to) => {
    for (let i = 0; i < n; i++) vectors.data[i * n + to] = rows[from * n + i]!;
  });
  return { values: Float64Array.from(order, (i) => diagonal[i]! * scale), vectors };
}

/**
 * A power of two near the largest element, so that nothing is rounded, where squares of elements would leave float64's range;
 * 1 elsewhere; undefined if an element is not finite.
 */
function scaleOf({ rows: n, data }: Matrix): number | undefined {
  let largest = 0;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) largest = Math.max(largest, Math.abs(data[i * n + j]!));
  }
  if (!Number.isFinite(largest)) return undefined;
  const isModerate = largest === 0 || (largest > 2 ** -250 && largest < 2 ** 250);
  return isModerate ? 1 : 2 ** Math.floor(Math.log2(largest));
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** Element i stands beside diagonal elements i and i + 1. */
  readonly beside: Float64Array;
  /** What takes the tridiagonal matrix back: `a = basis · T · basisᵀ`. */
  readonly basis: Matrix;
}

/** Makes `a / unit` tridiagonal. */
function tridiagonal({ rows: n, data }: Matrix, unit: number): Tridiagonal {
  const a = new Float64Array(n * n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) a[i * n + j] = a[j * n + i] = data[i * n + j]! / unit;
  }
  const reflections: { vector: Float64Array; beta: number }[] = [];
  const beside = new Float64Array(Math.max(0, n - 1));
  for (let k = 0; k < n - 2; k++) {
    const first = k + 1;
    const vector = Float64Array.from({ length: n - first }, (_, i) => a[(first + i) * n + k]!);
    const scale = vector.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const tail = vector.subarray(1).reduce((sum, x) => sum + (x / scale) ** 2, 0);
    if (scale === 0 || tail === 0) {
      beside[k] = vector[0]!;
      reflections.push({ vector, beta: 0 });
      continue;
    }
    const length = scale * Math.sqrt(tail + (vector[0]! / scale) ** 2);
    beside[k] = vector[0]! >= 0 ? -length : length;
    vector[0]! -= beside[k]!;
    const beta = 2 / vector.reduce((sum, x) => sum + x * x, 0);
    reflections.push({ vector, beta });
    reflectBothSides(a, n, first, vector, beta);
  }
  if (n > 1) beside[n - 2] = a[(n - 1) * n + n - 2]!;
  const basis = identity(n);
  for (let k = reflections.length - 1; k >= 0; k--) {
    const { vector, beta } = reflections[k]!;
    if (beta !== 0) reflectRows(basis.data, n, k + 1, vector, beta);
  }
  return { diagonal: Float64Array.from({ length: n }, (_, i) => a[i * n + i]!), beside, basis };
}

/** Replaces the lower right part S by `H S H`, with `H = I - beta v vᵀ`. */
function reflectBothSides(
  a: Float64Array,
  n: number,
  first: number,
  v: Float64Array,
  beta: number,
): void {
  const size = v.length;
  const w = new Float64Array(size);
  for (let i = 0; i < size; i++) {
    let sum = 0;
    for (let j = 0; j < size; j++) sum += a[(first + i) * n + first + j]! * v[j]!;
    w[i] = beta * sum;
  }
  const half = (beta / 2) * w.reduce((sum, x, i) => sum + x * v[i]!, 0);
  for (let i = 0; i < size; i++) w[i]! -= half * v[i]!;
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      a[(first + i) * n + first + j]! -= v[i]! * w[j]! + w[i]! * v[j]!;
    }
  }
}

function reflectRows(
  a: Float64Array,
  n: number,
  first: number,
  v: Float64Array,
  beta: number,
): void {
  const sums = new Float64Array(n);
  v.forEach((x, i) => {
    for (let j = first; j < n; j++) sums[j]! += x * a[(first + i) * n + j]!;
  });
  v.forEach((x, i) => {
    for (let j = first; j < n; j++) a[(first + i) * n + j]! -= beta * x * sums[j]!;
  });
}

/** Makes the tridiagonal matrix diagonal in place; each rotation is applied to two rows of `basis`. */
function diagonalize(d: Float64Array, e: Float64Array, basis: Float64Array): boolean {
  let last = d.length - 1;
  let steps = 0;
  while (last > 0) {
    const tiny = (i: number): boolean =>
      Math.abs(e[i]!) <= Number.EPSILON * (Math.abs(d[i]!) + Math.abs(d[i + 1]!));
    if (tiny(last - 1)) {
      e[last - 1] = 0;
      last--;
      steps = 0;
      continue;
    }
    if (++steps > mostSteps || Number.isNaN(d[last]!) || Number.isNaN(e[last - 1]!)) return false;
    let first = last - 1;
    while (first > 0 && !tiny(first - 1)) first--;
    qrStep(d, e, basis, first, last);
  }
  return !d.some(Number.isNaN);
}

/** One implicit QR step on the unreduced part from `first` to `last`. */
function qrStep(
  d: Float64Array,
  e: Float64Array,
  basis: Float64Array,
  first: number,
  last: number,
): void {
  const n = d.length;
  const half = (d[last - 1]! - d[last]!) / 2;
  const corner = e[last - 1]!;
  const root = Math.hypot(half, corner);
  const shift = d[last]! - (corner / (half + (half >= 0 ? root : -root))) * corner;
  let x = d[first]! - shift;
  let bulge = e[first]!;
  for (let k = first; k < last; k++) {
    const length = Math.hypot(x, bulge);
    const c = length === 0 ? 1 : x / length;
    const s = length === 0 ? 0 : -bulge / length;
    if (k > first) e[k - 1] = length;
    const [a, b, o] = [d[k]!, d[k + 1]!, e[k]!];
    d[k] = c * c * a - 2 * c * s * o + s * s * b;
    d[k + 1] = s * s * a + 2 * c * s * o + c * c * b;
    e[k] = c * s * (a - b) + (c * c - s * s) * o;
    if (k < last - 1) {
      bulge = -s * e[k + 1]!;
      e[k + 1]! *= c;
      x = e[k]!;
    }
    for (let i = 0; i < n; i++) {
      const [p, q] = [basis[k * n + i]!, basis[(k + 1) * n + i]!];
      basis[k * n + i] = c * p - s * q;
      basis[(k + 1) * n + i] = s * p + c * q;
    }
  }
}
