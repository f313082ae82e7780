import {
  ArgumentError,
  currentBackend,
  ShapeError,
  Tensor,
  tensor,
  tidy,
  type TypedArray,
} from "@tensorloom/tensor";

/** Numbers on the host with their shape: what models keep, and a form in which samples may be given. */
export interface ShapedArray<A extends TypedArray = TypedArray> {
  /** The elements, row-major. */
  readonly data: A;
  /** The sizes of the axes. */
  readonly shape: readonly number[];
}

/**
 * Samples as rows: a tensor `[samples, features]`, nested arrays, or a typed array with a shape.
 *
 * What is computed from them is float64 if they are (and the current backend has it), float32 else.
 */
export type Samples = Tensor | readonly (readonly number[])[] | ShapedArray;

/** One number a sample: a tensor `[samples]`, an array or a typed array. Names of classes become numbers by LabelEncoder. */
export type Targets = Tensor | readonly number[] | TypedArray;

/** Samples on the host, in float64: what most estimators compute on. */
export interface SampleMatrix {
  /** The elements, `[rows, columns]` row-major. The caller's own array if that was float64: never written to. */
  readonly data: Float64Array;
  /** How many samples. */
  readonly rows: number;
  /** How many features. */
  readonly columns: number;
  /** The dtype of what is computed from them. */
  readonly dtype: "float32" | "float64";
}

/** What is asked of samples beside their rank. */
export interface SampleRules {
  /** How many features there must be: those of training. */
  readonly features?: number;
  /** Whether NaN may stand for a missing value. */
  readonly allowMissing?: boolean;
  /** How many samples there must be at least; 1 by default. */
  readonly atLeast?: number;
}

/**
 * Resolves to samples as rows of float64 on the host.
 *
 * @param operation - named in errors, e.g. `Ridge.fit`
 * @param x - the samples
 * @param rules - features, missing values
 * @throws `ShapeError` unless there are rows of one length, as many as asked; `ArgumentError` for NaN or infinity
 */
export async function sampleMatrix(
  operation: string,
  x: Samples,
  rules: SampleRules = {},
): Promise<SampleMatrix> {
  const { data, shape } = await hostArray(operation, x);
  const isDouble = x instanceof Tensor ? x.dtype === "float64" : isFloat64(x);
  checkRows(operation, shape, rules);
  const doubles = data instanceof Float64Array ? data : new Float64Array(data);
  checkFinite(operation, "x", doubles, rules.allowMissing);
  const dtype = isDouble ? "float64" : "float32";
  return { data: doubles, rows: shape[0]!, columns: shape[1]!, dtype };
}

function isFloat64(x: Exclude<Samples, Tensor>): boolean {
  return "data" in x && x.data instanceof Float64Array;
}

async function hostArray(operation: string, x: Samples): Promise<ShapedArray> {
  if (x instanceof Tensor) return { data: await x.data(), shape: x.shape };
  if ("data" in x) {
    const size = x.shape.reduce((product, length) => product * length, 1);
    if (size === x.data.length) return x;
    throw new ShapeError(
      `${operation}: x: expected the size of [${x.shape.join(", ")}], ${size} elements, got ${x.data.length}`,
    );
  }
  return nestedRows(operation, x);
}

function nestedRows(operation: string, rows: readonly (readonly number[])[]): ShapedArray {
  const columns = rows[0]?.length;
  if (columns === undefined) return { data: new Float64Array(0), shape: [rows.length] };
  const data = new Float64Array(rows.length * columns);
  rows.forEach((row, r) => {
    if (row.length !== columns) {
      throw new ShapeError(
        `${operation}: x: expected rows of ${columns} features, as the first has, got ${row.length} in row ${r}`,
      );
    }
    row.forEach((value, c) => {
      // A table's empty cell is a missing value.
      const number = value === null ? Number.NaN : value;
      if (typeof number !== "number") {
        throw new ArgumentError(
          `${operation}: x: expected numbers, got ${String(value)} in row ${r}, column ${c}; try OneHotEncoder or OrdinalEncoder`,
        );
      }
      data[r * columns + c] = number;
    });
  });
  return { data, shape: [rows.length, columns] };
}

function checkRows(operation: string, shape: readonly number[], rules: SampleRules): void {
  const { features, atLeast = 1 } = rules;
  if (shape.length !== 2 || shape[1] === 0 || shape[0]! < atLeast) {
    const samples = atLeast === 1 ? "one sample" : `${atLeast} samples`;
    throw new ShapeError(
      `${operation}: x: expected shape [samples, features] with at least ${samples}, got [${shape.join(", ")}]` +
        (shape.length === 1 ? "; try reshape([-1, 1]) for one feature" : ""),
    );
  }
  if (features !== undefined && shape[1] !== features) {
    throw new ShapeError(
      `${operation}: x: expected ${features} features, as in training, got ${shape[1]}`,
    );
  }
}

function checkFinite(
  operation: string,
  name: string,
  values: Float64Array,
  allowMissing = false,
): void {
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (Number.isFinite(value) || (allowMissing && Number.isNaN(value))) continue;
    throw new ArgumentError(
      `${operation}: ${name}: expected finite numbers, got ${value}; impute or drop those samples`,
    );
  }
}

/** A tensor that the caller may use, and must give back with `release`. */
export interface Borrowed {
  /** The tensor. */
  readonly tensor: Tensor;
  /** Disposes it if it was made here. */
  release(): void;
}

/**
 * Resolves to samples as a float32 tensor `[samples, features]`, where they are or on the current backend: for estimators
 * whose arithmetic is tensor operations.
 *
 * @param operation - named in errors
 * @param x - the samples
 * @param rules - features
 * @throws `ShapeError` unless there are rows of one length, as many as asked; `ArgumentError` for NaN or infinity
 */
export async function samplesTensor(
  operation: string,
  x: Samples,
  rules: SampleRules = {},
): Promise<Borrowed> {
  if (!(x instanceof Tensor)) {
    const { data, rows, columns } = await sampleMatrix(operation, x, rules);
    const made = tensor(data, { shape: [rows, columns], dtype: "float32" });
    return { tensor: made, release: () => made.dispose() };
  }
  checkRows(operation, x.shape, rules);
  const matrix = x.astype("float32");
  const release = (): void => {
    if (matrix !== x) matrix.dispose();
  };
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

/**
 * Resolves to targets as float64.
 *
 * @param operation - named in errors
 * @param y - the targets; missing ones are an error
 * @param count - how many samples there are
 * @param name - what they are called in errors
 * @throws `ShapeError` unless there are `count`, `ArgumentError` for what is not a finite number
 */
export async function targetValues(
  operation: string,
  y: Targets | undefined,
  count: number,
  name = "y",
): Promise<Float64Array> {
  if (y === undefined) {
    throw new ArgumentError(
      `${operation}: ${name}: expected ${count} values, one a sample, got none`,
    );
  }
  const shape = y instanceof Tensor ? y.shape : [y.length];
  if (shape[0] !== count || shape.slice(1).some((length) => length !== 1)) {
    throw new ShapeError(
      `${operation}: ${name}: expected ${count} values, one a sample, got ${shape.join(" x ")}`,
    );
  }
  const values = y instanceof Tensor ? await y.data() : y;
  if (Array.isArray(values) && values.some((value) => typeof value !== "number")) {
    throw new ArgumentError(
      `${operation}: ${name}: expected numbers, got ${String(values.find((value) => typeof value !== "number"))}; try LabelEncoder`,
    );
  }
  const doubles = values instanceof Float64Array ? values : new Float64Array(values);
  checkFinite(operation, name, doubles);
  return doubles;
}

/** Targets of a classifier. */
export interface ClassTargets {
  /** The classes, ascending. */
  readonly classes: readonly number[];
  /** For each sample the place of its class among them. */
  readonly indices: Int32Array;
}

/**
 * Resolves to the classes that occur and each sample's place among them.
 *
 * @param operation - named in errors
 * @param y - class numbers
 * @param count - how many samples there are
 * @param atLeast - how many classes there must be; 1 by default
 * @throws `ShapeError` unless there are `count`, `ArgumentError` for what is not a whole number, or for too few classes
 */
export async function classTargets(
  operation: string,
  y: Targets | undefined,
  count: number,
  atLeast = 1,
): Promise<ClassTargets> {
  const values = await targetValues(operation, y, count);
  const broken = values.find((value) => !Number.isInteger(value));
  if (broken !== undefined) {
    throw new ArgumentError(
      `${operation}: y: expected whole numbers, the classes, got ${broken}; try a regressor`,
    );
  }
  const classes = distinct(values);
  if (classes.length < atLeast) {
    throw new ArgumentError(
      `${operation}: y: expected at least ${atLeast} classes, got ${classes.length}`,
    );
  }
  const place = new Map(classes.map((label, i) => [label, i]));
  const indices = new Int32Array(count);
  for (let i = 0; i < count; i++) indices[i] = place.get(values[i]!)!;
  return { classes, indices };
}

/** Returns the distinct values in ascending order. */
export function distinct(values: Iterable<number>): number[] {
  return [...new Set(values)].toSorted((a, b) => a - b);
}

/** Returns numbers as a tensor, float64 if that is wished and the current backend has it. */
export function resultTensor(
  data: Float64Array,
  shape: readonly number[],
  dtype: "float32" | "float64",
): Tensor {
  const isDouble = dtype === "float64" && currentBackend().dtypes.includes("float64");
  return tensor(data, { shape, dtype: isDouble ? "float64" : "float32" });
}
