import { ArgumentError, ShapeError, Tensor } from "@tensorloom/tensor";
import { sampleMatrix, targetValues, type Samples, type Targets } from "../inputs.ts";

/** Scores or probabilities: one a sample, or a row a sample with a column a class. */
export type Scores = Targets | Samples;

/** Scores on the host. */
export interface ScoreMatrix {
  /** The elements, `[rows, columns]` row-major. */
  readonly data: Float64Array;
  /** How many a sample. */
  readonly columns: number;
  /** The smallest relative step of their dtype. */
  readonly epsilon: number;
}

/** Resolves to scores as rows; throws `ShapeError` unless there are `count`. */
export async function scoreMatrix(
  operation: string,
  scores: Scores,
  count: number,
): Promise<ScoreMatrix> {
  const epsilon = isSingle(scores) ? 2 ** -23 : 2 ** -52;
  if (isFlat(scores)) {
    const data = await targetValues(operation, scores, count, "scores");
    return { data, columns: 1, epsilon };
  }
  const { data, rows, columns } = await sampleMatrix(operation, scores);
  if (rows === count) return { data, columns, epsilon };
  throw new ShapeError(`${operation}: scores: expected ${count}, one a sample, got ${rows}`);
}

function isFlat(scores: Scores): scores is Targets {
  if (scores instanceof Tensor) return scores.rank < 2;
  if (ArrayBuffer.isView(scores)) return true;
  return Array.isArray(scores) && !Array.isArray(scores[0]);
}

function isSingle(scores: Scores): boolean {
  if (scores instanceof Tensor) return scores.dtype === "float32";
  return (
    scores instanceof Float32Array || ("data" in scores && scores.data instanceof Float32Array)
  );
}

/** Returns one column. */
export function columnOf({ data, columns }: ScoreMatrix, c: number): Float64Array {
  return Float64Array.from({ length: data.length / columns }, (_, i) => data[i * columns + c]!);
}

/** Returns the scores of the positive one of two classes: the only column, or the second. */
export function binaryScores(operation: string, scores: ScoreMatrix): Float64Array {
  if (scores.columns <= 2) return columnOf(scores, scores.columns - 1);
  throw new ArgumentError(
    `${operation}: scores: expected one column, or two for two classes, got ${scores.columns}`,
  );
}
