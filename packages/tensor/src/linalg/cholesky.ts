import { matrixOf, type Matrix } from "./matrix.ts";

/**
 * Returns the lower triangle L with `a = L · Lᵀ`, of which only the lower triangle is read; the row of the first pivot
 * that is not positive, if there is one. Source: Golub and Van Loan, section 4.2.
 */
export function choleskyFactor({ rows: n, data: a }: Matrix): Matrix | number {
  const result = matrixOf(n, n);
  const l = result.data;
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]!;
      for (let k = 0; k < j; k++) sum -= l[i * n + k]! * l[j * n + k]!;
      if (i !== j) l[i * n + j] = sum / l[j * n + j]!;
      else if (sum > 0) l[i * n + i] = Math.sqrt(sum);
      else return i;
    }
  }
  return result;
}
