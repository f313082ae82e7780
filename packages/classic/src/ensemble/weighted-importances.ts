import type { FittedModel } from "../fitted-model.ts";
import { featureImportances, type TreeData } from "../tree/tree-data.ts";

/** Returns the members' mean importances by weight; undefined unless all members are trees. */
export function weightedImportances(
  members: readonly FittedModel[],
  weights: Float64Array,
  features: number,
): Float64Array | undefined {
  const sums = new Float64Array(features);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  for (const [m, member] of members.entries()) {
    if (!("tree" in member)) return undefined;
    featureImportances(member.tree as TreeData, features).forEach((value, f) => {
      sums[f]! += (value * weights[m]!) / total;
    });
  }
  return sums;
}
