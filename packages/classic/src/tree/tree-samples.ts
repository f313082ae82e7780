import { sampleMatrix, type Samples } from "../inputs.ts";

/** Samples as trees take them: float32, as scikit-learn's. */
export interface TreeSamples {
  /** `[rows, columns]` in row-major order. */
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
  /** The dtype of what is computed from them. */
  readonly dtype: "float32" | "float64";
}

/** Resolves to samples as float32 on the host; `features` is how many there must be. */
export async function treeSamples(
  operation: string,
  x: Samples,
  features?: number,
): Promise<TreeSamples> {
  const matrix = await sampleMatrix(operation, x, features === undefined ? {} : { features });
  return { ...matrix, data: Float32Array.from(matrix.data) };
}
