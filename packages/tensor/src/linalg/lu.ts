import type { Matrix } from "./matrix.ts";

/** A square matrix as a product of triangles, rows exchanged. */
export interface LuFactors {
  /** Below the diagonal L, whose diagonal is 1; from the diagonal on U. */
  readonly factors: Matrix;
  /** For each row of the product, the row of the matrix. */
  readonly order: readonly number[];
  /** 1 or -1: the determinant of the exchange. */
  readonly sign: number;
  /** The first column in which no pivot was found; undefined for an invertible matrix. */
  readonly singularAt: number | undefined;
}

/** Factorizes by Gaussian elimination with partial pivoting. Source: Golub and Van Loan, algorithm 3.4.1. */
export function lu({ rows: n, columns, data }: Matrix): LuFactors {
  const factors = { rows: n, columns, data: data.slice() };
  const a = factors.data;
  const order = Array.from({ length: n }, (_, i) => i);
  let sign = 1;
  let singularAt: number | undefined;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) {
      if (Math.abs(a[i * n + k]!) > Math.abs(a[pivot * n + k]!)) pivot = i;
    }
    if (pivot !== k) {
      const row = a.slice(k * n, (k + 1) * n);
      a.copyWithin(k * n, pivot * n, (pivot + 1) * n);
      a.set(row, pivot * n);
      [order[k], order[pivot]] = [order[pivot]!, order[k]!];
      sign = -sign;
    }
    const diagonal = a[k * n + k]!;
    if (diagonal === 0) {
      singularAt ??= k;
      continue;
    }
    for (let i = k + 1; i < n; i++) {
      const factor = a[i * n + k]! / diagonal;
      a[i * n + k] = factor;
      if (factor === 0) continue;
      for (let j = k + 1; j < n; j++) a[i * n + j]! -= factor * a[k * n + j]!;
    }
  }
  return { factors, order, sign, singularAt };
}

/** Returns the solution of the system for every column of `b`. */
export function luSolve({ factors, order }: LuFactors, b: Matrix): Matrix {
  const n = factors.rows;
  const count = b.columns;
  const a = factors.data;
  const x = new Float64Array(n * count);
  order.forEach((from, i) => x.set(b.data.subarray(from * count, (from + 1) * count), i * count));
  const eliminate = (i: number, k: number): void => {
    const factor = a[i * n + k]!;
    if (factor === 0) return;
    for (let j = 0; j < count; j++) x[i * count + j]! -= factor * x[k * count + j]!;
  };
  for (let i = 0; i < n; i++) for (let k = 0; k < i; k++) eliminate(i, k);
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) eliminate(i, k);
    for (let j = 0; j < count; j++) x[i * count + j]! /= a[i * n + i]!;
  }
  return { rows: n, columns: count, data: x };
}

/** Returns the determinant: the product of the pivots. */
export function luDeterminant({ factors, sign }: LuFactors): number {
  let product = sign;
  for (let i = 0; i < factors.rows; i++) product *= factors.data[i * factors.rows + i]!;
  return product;
}
