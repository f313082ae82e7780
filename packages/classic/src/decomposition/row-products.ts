import { gemm, tensor } from "@tensorloom/tensor";
import type { SampleMatrix, ShapedArray } from "../inputs.ts";

/** Resolves to `x · matrix`; multiplied in float64 for float64 samples, in float32 else. */
export function rowsTimes(
  x: SampleMatrix,
  matrix: ShapedArray<Float64Array>,
): Promise<Float64Array> {
  return product(x, matrix, false);
}

/** Resolves to `x · matrixᵀ`; multiplied in float64 for float64 samples, in float32 else. */
export function rowsTimesTransposed(
  x: SampleMatrix,
  matrix: ShapedArray<Float64Array>,
): Promise<Float64Array> {
  return product(x, matrix, true);
}

async function product(
  { data, rows, columns, dtype }: SampleMatrix,
  matrix: ShapedArray<Float64Array>,
  isTransposed: boolean,
): Promise<Float64Array> {
  if (dtype === "float64") return inFloat64(data, rows, columns, matrix, isTransposed);
  const left = tensor(data, { shape: [rows, columns], dtype: "float32" });
  const right = tensor(matrix.data, { shape: matrix.shape, dtype: "float32" });
  const result = gemm(left, right, { transposeB: isTransposed });
  try {
    return new Float64Array(await result.data());
  } finally {
    for (const one of [left, right, result]) one.dispose();
  }
}

function inFloat64(
  data: Float64Array,
  rows: number,
  columns: number,
  { data: matrix, shape }: ShapedArray<Float64Array>,
  isTransposed: boolean,
): Float64Array {
  const width = shape[isTransposed ? 0 : 1]!;
  const result = new Float64Array(rows * width);
  const [along, across] = isTransposed ? [1, columns] : [width, 1];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < width; j++) {
      let sum = 0;
      for (let c = 0; c < columns; c++) sum += data[i * columns + c]! * matrix[c * along + j * across]!; // prettier-ignore
      result[i * width + j] = sum;
    }
  }
  return result;
}
