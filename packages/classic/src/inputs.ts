import {
  ArgumentError,
  ShapeError,
  Tensor,
  tensor,
  tidy,
  type TypedArray,
} from "@tensorloom/tensor";

/** Samples as rows: a tensor `[samples, features]`, or nested arrays. */
export type Samples = Tensor | readonly (readonly number[])[];

/** One class number or value a sample: a tensor `[samples]`, an array or a typed array. */
export type Targets = Tensor | readonly number[] | TypedArray;

/** A tensor that the caller may use, and must give back with `release`. */
export interface Borrowed {
  /** The tensor. */
  readonly tensor: Tensor;
  /** Disposes it if it was made here. */
  release(): void;
}

/** Returns samples as a float32 tensor `[samples, features]`; throws for other ranks, no samples, or NaN. */
export async function samplesTensor(operation: string, x: Samples): Promise<Borrowed> {
  const given = x instanceof Tensor ? x : tensor(x as number[][]);
  const matrix = given.astype("float32");
  const release = (): void => {
    if (matrix !== x) matrix.dispose();
    if (given !== x) given.dispose();
  };
  if (matrix.rank !== 2 || matrix.shape[0] === 0) {
    release();
    throw new ShapeError(
      `${operation}: x: expected shape [samples, features] with at least one sample, got [${given.shape.join(", ")}]`,
    );
  }
  const isFinite = tidy(() => matrix.sub(matrix).equal(0).all());
  const finite = await isFinite.itemAsync();
  isFinite.dispose();
  if (finite === 0) {
    release();
    throw new ArgumentError(
      `${operation}: x: expected finite numbers, got NaN or infinity; impute or drop those samples`,
    );
  }
  return { tensor: matrix, release };
}

/** Resolves to targets as numbers; throws unless there are `count`. */
export async function targetNumbers(
  operation: string,
  y: Targets,
  count: number,
): Promise<readonly number[]> {
  const numbers = y instanceof Tensor ? Array.from(await y.data()) : Array.from(y);
  if (numbers.length !== count) {
    throw new ShapeError(
      `${operation}: y: expected ${count} values, one a sample, got ${numbers.length}`,
    );
  }
  if (!numbers.every(Number.isFinite)) {
    throw new ArgumentError(`${operation}: y: expected finite numbers, got NaN or infinity`);
  }
  return numbers;
}

/** Returns the distinct values in ascending order. */
export function distinct(values: readonly number[]): number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}
