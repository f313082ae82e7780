import { ArgumentError } from "@tensorloom/tensor";
import type { Estimator, EstimatorKind } from "../estimator.ts";
import { ClassifierModel, RegressorModel, type FittedModel } from "../fitted-model.ts";
import type { SampleMatrix, ShapedArray } from "../inputs.ts";
import { selectRows } from "../model-selection/select-rows.ts";

/** An estimator by name, as ensembles of several kinds take them. */
export type NamedEstimator = readonly [name: string, estimator: Estimator];

/** Returns some rows of samples, and some columns if they are named. */
export function rowsOf(
  matrix: SampleMatrix,
  rows: ArrayLike<number>,
  features?: ArrayLike<number>,
): ShapedArray<Float64Array> {
  return selectRows(allOf(matrix), rows, features) as ShapedArray<Float64Array>;
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
