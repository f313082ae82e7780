/** A dense matrix in float64, row-major: what the factorizations compute in. */
export interface Matrix {
  /** How many rows. */
  readonly rows: number;
  /** How many columns. */
  readonly columns: number;
  /** The elements. */
  readonly data: Float64Array;
}

/** Returns a matrix of zeros, or of `data`. */
export function matrixOf(rows: number, columns: number, data?: Float64Array): Matrix {
  return { rows, columns, data: data ?? new Float64Array(rows * columns) };
}

/** Returns the identity's first columns. */
export function identity(rows: number, columns: number = rows): Matrix {
  const result = matrixOf(rows, columns);
  for (let i = 0; i < Math.min(rows, columns); i++) result.data[i * columns + i] = 1;
  return result;
}

/** Returns the transpose, a copy. */
export function transposed({ rows, columns, data }: Matrix): Matrix {
  const result = matrixOf(columns, rows);
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) result.data[j * rows + i] = data[i * columns + j]!;
  }
  return result;
}

/** Returns the product, in float64. */
export function product(a: Matrix, b: Matrix): Matrix {
  const result = matrixOf(a.rows, b.columns);
  const n = b.columns;
  for (let i = 0; i < a.rows; i++) {
    for (let k = 0; k < a.columns; k++) {
      const x = a.data[i * a.columns + k]!;
      if (x === 0) continue;
      for (let j = 0; j < n; j++) result.data[i * n + j]! += x * b.data[k * n + j]!;
    }
  }
  return result;
}

/** Returns the largest magnitude, 0 of none. */
export function largestMagnitude({ data }: Matrix): number {
  return data.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
}
