import { ArgumentError } from "@tensorloom/tensor";
import type { Targets } from "../inputs.ts";
import { classCounts } from "./class-counts.ts";
import { contingency } from "./contingency.ts";
import type { WeightedMetricOptions } from "./pairs.ts";

/**
 * Resolves to the mean over classes of the share predicted rightly, so that rare classes count as much as frequent ones.
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - `sampleWeight`; `adjusted`: whether chance is 0 and perfection 1
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.balancedAccuracy([0, 0, 0, 1], [0, 0, 0, 0]); // => 0.5
 */
export async function balancedAccuracy(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions & { readonly adjusted?: boolean } = {},
): Promise<number> {
  const counts = await classCounts("balancedAccuracy", truth, predicted, options);
  const shares = Array.from(counts.truth, (total, i) => counts.both[i]! / total).filter(
    (share) => !Number.isNaN(share),
  );
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  if (options.adjusted !== true) return mean;
  const chance = 1 / shares.length;
  return (mean - chance) / (1 - chance);
}

/**
 * Resolves to Matthews' correlation coefficient, of any number of classes: 1 for perfect predictions, 0 for chance.
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * Source: Gorodkin 2004, "Comparing two K-category assignments by a K-category correlation coefficient".
 *
 * @example
 * await metrics.matthewsCorrcoef([0, 0, 1, 1], [0, 0, 1, 1]); // => 1
 */
export async function matthewsCorrcoef(
  truth: Targets,
  predicted: Targets,
  options: WeightedMetricOptions = {},
): Promise<number> {
  const counts = await classCounts("matthewsCorrcoef", truth, predicted, options);
  const sum = (f: (i: number) => number): number =>
    counts.labels.reduce((part, _, i) => part + f(i), 0);
  const total = sum((i) => counts.truth[i]!);
  const right = sum((i) => counts.both[i]!);
  const cross = right * total - sum((i) => counts.truth[i]! * counts.predicted[i]!);
  const spread = (of: Float64Array): number => total ** 2 - sum((i) => of[i]! ** 2);
  const scale = Math.sqrt(spread(counts.truth) * spread(counts.predicted));
  return scale === 0 ? 0 : cross / scale;
}

/**
 * Resolves to Cohen's kappa: agreement beyond chance, 1 for full agreement.
 *
 * @param a - the classes that one rater says
 * @param b - the classes that the other says
 * @param options - `weights`: how disagreement grows with the distance of classes, not at all by default; `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * Source: Cohen 1960, "A coefficient of agreement for nominal scales".
 *
 * @example
 * await metrics.cohenKappa([0, 0, 1, 1], [0, 1, 1, 1]); // => 0.5
 */
export async function cohenKappa(
  a: Targets,
  b: Targets,
  options: WeightedMetricOptions & { readonly weights?: "linear" | "quadratic" } = {},
): Promise<number> {
  const { weights } = options;
  if (weights !== undefined && weights !== "linear" && weights !== "quadratic") {
    throw new ArgumentError(
      `cohenKappa: weights: expected "linear", "quadratic" or none, got "${String(weights)}"`,
    );
  }
  const { table, rowTotals, columnTotals, total, classes } = await contingency(
    "cohenKappa",
    a,
    b,
    options,
  );
  const n = classes.length;
  const disagreement = (i: number, j: number): number => {
    if (weights === undefined) return Number(i !== j);
    return weights === "linear" ? Math.abs(i - j) : (i - j) ** 2;
  };
  let [observed, expected] = [0, 0];
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++) {
      observed += disagreement(i, j) * table[i * n + j]!;
      expected += (disagreement(i, j) * rowTotals[i]! * columnTotals[j]!) / total;
    }
  }
  return 1 - observed / expected;
}
