import { ArgumentError } from "@tensorloom/tensor";
import { targetValues, type ClassTargets, type Targets } from "./inputs.ts";

/** How much classes count: `"balanced"` by the inverse of their frequency, or a weight by class, 1 where none is named. */
export type ClassWeight = "balanced" | Readonly<Record<number, number>>;

/**
 * Resolves to a weight a sample.
 *
 * @param operation - named in errors
 * @param weights - as given; all 1 by default
 * @param count - how many samples there are
 * @throws `ShapeError` unless there are `count`; `ArgumentError` for negative ones, or if all are 0
 */
export async function sampleWeights(
  operation: string,
  weights: Targets | undefined,
  count: number,
): Promise<Float64Array> {
  if (weights === undefined) return new Float64Array(count).fill(1);
  const values = await targetValues(operation, weights, count, "sampleWeight");
  const negative = values.find((weight) => weight < 0);
  if (negative !== undefined || values.every((weight) => weight === 0)) {
    throw new ArgumentError(
      `${operation}: sampleWeight: expected weights of 0 or more, some above, got ${negative ?? "only 0"}`,
    );
  }
  return values;
}

/**
 * Returns a weight a class, in the order of the classes.
 *
 * @param operation - named in errors
 * @param weight - as given; all 1 by default
 * @param targets - the classes, and each sample's
 * @throws `ArgumentError` for a class that does not occur, or a negative weight
 */
export function classWeights(
  operation: string,
  weight: ClassWeight | undefined,
  { classes, indices }: ClassTargets,
): Float64Array {
  const result = new Float64Array(classes.length).fill(1);
  if (weight === undefined) return result;
  if (weight === "balanced") {
    const counts = new Float64Array(classes.length);
    for (const index of indices) counts[index]!++;
    return counts.map((count) => indices.length / (classes.length * count));
  }
  if (typeof weight !== "object") {
    throw new ArgumentError(
      `${operation}: classWeight: expected "balanced" or weights by class, got ${String(weight)}`,
    );
  }
  for (const [name, value] of Object.entries(weight)) {
    const index = classes.indexOf(Number(name));
    if (index < 0 || !(value >= 0 && Number.isFinite(value))) {
      throw new ArgumentError(
        `${operation}: classWeight: expected weights of 0 or more for classes of ${classes.join(", ")}, got ${value} for ${name}`,
      );
    }
    result[index] = value;
  }
  return result;
}
