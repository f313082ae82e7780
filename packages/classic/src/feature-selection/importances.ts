import { Tensor, UnsupportedError, type TypedArray } from "@tensorloom/tensor";
import type { FittedModel } from "../fitted-model.ts";

/**
 * Resolves to how much each feature counts in a model: what it calls `featureImportances`, or its coefficients, over all
 * outputs.
 *
 * @param operation - named in errors
 * @param model - the model
 * @param of - what is summed over the outputs: squares or magnitudes
 * @throws `UnsupportedError` for a model that has neither
 */
export async function importancesOf(
  operation: string,
  model: FittedModel,
  of: (coefficient: number) => number,
): Promise<number[]> {
  const attributes = model as { coef?: unknown; featureImportances?: unknown };
  const found = attributes.coef ?? attributes.featureImportances;
  if (found instanceof Tensor) {
    const features = found.shape.at(-1)!;
    const sums = Array.from({ length: features }, () => 0);
    const values = (await found.data()) as TypedArray;
    values.forEach((value, i) => (sums[i % features]! += of(value)));
    return sums;
  }
  if (Array.isArray(found) || ArrayBuffer.isView(found)) {
    return Array.from(found as readonly number[], of);
  }
  throw new UnsupportedError(
    `${operation}: estimator: expected one whose model has coef or featureImportances, got ${model.constructor.name}`,
  );
}
