import type { SampleMatrix } from "./inputs.ts";

/** Returns the mean of each column. */
export function columnMeans({ data, rows, columns }: SampleMatrix): Float64Array {
  const sums = new Float64Array(columns);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++) sums[c]! += data[at++]!;
  }
  return sums.map((sum) => sum / rows);
}

/** Returns rows from `begin` without the mean, in float32 and filled up with zeros, and their squared lengths. */
export function centredRows(
  { data, columns }: SampleMatrix,
  mean: Float64Array,
  begin: number,
  count: number,
  filled: number,
): { centred: Float32Array; squares: Float64Array } {
  const centred = new Float32Array(filled * columns);
  const squares = new Float64Array(filled);
  let from = begin * columns;
  for (let i = 0, at = 0; i < count; i++) {
    let sum = 0;
    for (let c = 0; c < columns; c++, at++) {
      const value = data[from++]! - mean[c]!;
      centred[at] = value;
      sum += value * value;
    }
    squares[i] = sum;
  }
  return { centred, squares };
}

/** Returns rows without the mean. */
export function centredBy(samples: SampleMatrix, mean: Float64Array): SampleMatrix {
  const { data, rows, columns } = samples;
  const centred = new Float64Array(data.length);
  for (let i = 0, at = 0; i < rows; i++) {
    for (let c = 0; c < columns; c++, at++) centred[at] = data[at]! - mean[c]!;
  }
  return { ...samples, data: centred };
}
