import { sampleMatrix, targetValues, type Samples, type Targets } from "../inputs.ts";
import { sampleWeights } from "../weights.ts";

/** A weighted regression whose weights and intercept are folded in: what is left is ordinary least squares. */
export interface CentredProblem {
  /** The features by columns, less their means if there is an intercept, times the weights' roots. */
  readonly columns: Float64Array[];
  /** The targets, likewise. */
  readonly target: Float64Array;
  /** The intercept that belongs to coefficients. */
  interceptOf(coef: Float64Array): number;
}

/**
 * Resolves to the problem to solve.
 *
 * @param operation - named in errors
 * @param x - `[samples, features]`
 * @param y - the targets
 * @param options - `fitIntercept`; `sampleWeight`; `meanWeight`: whether weights are scaled to a mean of 1
 */
export async function centredProblem(
  operation: string,
  x: Samples,
  y: Targets | undefined,
  options: {
    readonly fitIntercept: boolean;
    readonly sampleWeight?: Targets | undefined;
    readonly meanWeight?: boolean;
  },
): Promise<CentredProblem> {
  const { data, rows, columns: width } = await sampleMatrix(operation, x);
  const values = await targetValues(operation, y, rows);
  const given = await sampleWeights(operation, options.sampleWeight, rows);
  const total = given.reduce((sum, weight) => sum + weight, 0);
  const roots = given.map((w) => Math.sqrt(options.meanWeight === true ? (w * rows) / total : w));
  const { fitIntercept } = options;
  const centred = (of: (i: number) => number): [Float64Array, number] => {
    let mean = 0;
    if (fitIntercept) for (let i = 0; i < rows; i++) mean += (given[i]! / total) * of(i);
    const column = new Float64Array(rows);
    for (let i = 0; i < rows; i++) column[i] = (of(i) - mean) * roots[i]!;
    return [column, mean];
  };
  const centredColumns = Array.from({ length: width }, (_, c) =>
    centred((i) => data[i * width + c]!),
  );
  const [target, targetMean] = centred((i) => values[i]!);
  return {
    columns: centredColumns.map(([column]) => column),
    target,
    interceptOf: (coef) =>
      centredColumns.reduce((sum, [, mean], c) => sum - mean * coef[c]!, targetMean),
  };
}

/** Returns the sum of products of two vectors. */
export function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}
