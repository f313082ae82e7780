import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import type { Estimator, EstimatorKind } from "../estimator.ts";
import { ClassifierModel, RegressorModel, type FittedModel } from "../fitted-model.ts";
import type { SampleMatrix, Samples, ShapedArray } from "../inputs.ts";

/** An estimator by name, as ensembles of several kinds take them. */
export type NamedEstimator = readonly [name: string, estimator: Estimator];

/** Returns some rows of samples, and some columns if they are named. */
export function rowsOf(
  { data, columns }: SampleMatrix,
  rows: ArrayLike<number>,
  features?: ArrayLike<number>,
): ShapedArray<Float64Array> {
  const width = features?.length ?? columns;
  const picked = new Float64Array(rows.length * width);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * columns;
    if (features === undefined) picked.set(data.subarray(from, from + columns), i * columns);
    else {
      for (let c = 0; c < width; c++) picked[i * width + c] = data[from + features[c]!]!;
    }
  }
  return { data: picked, shape: [rows.length, width] };
}

/** Returns all rows of samples, as estimators take them. */
export function allOf({ data, rows, columns }: SampleMatrix): ShapedArray<Float64Array> {
  return { data, shape: [rows, columns] };
}

/** Throws unless an estimator is of the kind that the ensemble is made of. */
export function checkKind(
  operation: string,
  name: string,
  estimator: Estimator,
  kind: EstimatorKind,
): void {
  if (estimator?.kind === kind) return;
  throw new ArgumentError(
    `${operation}: ${name}: expected a ${kind}, got ${estimator === undefined ? "none" : `a ${estimator.kind}`}`,
  );
}

/** Checks estimators with names: there are some, of one kind, their names differ. */
export function checkNamed(
  operation: string,
  estimators: readonly NamedEstimator[],
  kind: EstimatorKind,
): void {
  const names = new Set(estimators.map(([name]) => name));
  if (estimators.length === 0 || names.size !== estimators.length) {
    throw new ArgumentError(
      `${operation}: estimators: expected [name, estimator] pairs of different names, got ${estimators.length === 0 ? "none" : estimators.map(([name]) => name).join(", ")}`,
    );
  }
  for (const [name, estimator] of estimators) checkKind(operation, name, estimator, kind);
}

/** Narrows a fitted member to a classifier. */
export function asClassifier(model: FittedModel): ClassifierModel {
  if (model instanceof ClassifierModel) return model as ClassifierModel;
  throw new ArgumentError("ensemble: estimators: expected a classifier's model");
}

/** Narrows a fitted member to a regressor. */
export function asRegressor(model: FittedModel): RegressorModel {
  if (model instanceof RegressorModel) return model as RegressorModel;
  throw new ArgumentError("ensemble: estimators: expected a regressor's model");
}

/** Resolves to a tensor's numbers, and disposes it. */
export async function taken(tensor: Tensor | Promise<Tensor>): Promise<Float64Array> {
  const made = await tensor;
  const numbers = Float64Array.from(await made.data());
  made.dispose();
  return numbers;
}

/** Whether a model can tell probabilities. */
export function tellsProbabilities(
  model: FittedModel,
): model is FittedModel & { predictProba(x: Samples): Promise<Tensor> } {
  return model.supports("predictProba");
}

/**
 * Resolves to a member's probabilities by the ensemble's classes, `[rows, classes]`: a member that missed a class in training
 * gives it 0. Members without probabilities are sure of what they predict.
 */
export async function sharesOf(
  model: ClassifierModel,
  x: Samples,
  classes: readonly number[],
): Promise<Float64Array> {
  if (!tellsProbabilities(model)) return votesOf(model, x, classes);
  const place = new Map(classes.map((label, c) => [label, c]));
  const width = classes.length;
  const own = await taken(model.predictProba(x));
  const count = model.classes.length;
  if (count === width) return own;
  const shares = new Float64Array((own.length / count) * width);
  own.forEach((share, at) => {
    const row = Math.floor(at / count);
    shares[row * width + place.get(model.classes[at % count]!)!] = share;
  });
  return shares;
}

/** Resolves to a member's votes, `[rows, classes]`: 1 for the class that it predicts. */
export async function votesOf(
  model: ClassifierModel,
  x: Samples,
  classes: readonly number[],
): Promise<Float64Array> {
  const place = new Map(classes.map((label, c) => [label, c]));
  const predicted = await taken(model.predict(x));
  const votes = new Float64Array(predicted.length * classes.length);
  predicted.forEach((label, i) => (votes[i * classes.length + place.get(label)!] = 1));
  return votes;
}

/** Returns for each row of shares the place of the largest, the first of equals. */
export function bestPlaces(shares: Float64Array, width: number): Int32Array {
  return Int32Array.from({ length: shares.length / width }, (_, i) => {
    const own = shares.subarray(i * width, (i + 1) * width);
    return own.indexOf(Math.max(...own));
  });
}

/** Returns a weight a member, as given or 1. */
export function memberWeights(
  operation: string,
  weights: readonly number[] | undefined,
  count: number,
): readonly number[] {
  if (weights === undefined) return new Array<number>(count).fill(1);
  const isRight = weights.length === count && weights.every((weight) => weight >= 0);
  if (isRight && weights.some((weight) => weight > 0)) return weights;
  throw new ArgumentError(
    `${operation}: weights: expected ${count} numbers of 0 or more, some above, got ${weights.join(", ")}`,
  );
}

/** Returns some columns of samples, of all rows or of some. */
export function columnsOf(
  matrix: SampleMatrix,
  features: Int32Array,
  rows: ArrayLike<number> = Int32Array.from({ length: matrix.rows }, (_, i) => i),
): ShapedArray<Float64Array> {
  return rowsOf(matrix, rows, features);
}
