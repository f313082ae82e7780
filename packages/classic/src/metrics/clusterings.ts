import { ArgumentError } from "@tensorloom/tensor";
import type { Targets } from "../inputs.ts";
import { contingency, type Contingency } from "./contingency.ts";

// Metrics that compare two clusterings of the same samples; names of clusters do not matter.

/** Of how many pairs of samples both, one or none of two clusterings say that they belong together. */
async function pairCounts(
  operation: string,
  truth: Targets,
  predicted: Targets,
): Promise<{ both: number; onlyTruth: number; onlyPredicted: number; neither: number }> {
  const { table, rowTotals, columnTotals, total } = await contingency(operation, truth, predicted);
  const squares = (counts: Float64Array): number => counts.reduce((sum, n) => sum + n * n, 0);
  const [together, rows, columns] = [squares(table), squares(rowTotals), squares(columnTotals)];
  return {
    both: together - total,
    onlyTruth: rows - together,
    onlyPredicted: columns - together,
    neither: total ** 2 - rows - columns + together,
  };
}

/**
 * Resolves to the adjusted Rand index: agreement on which pairs belong together, 1 for the same clustering, about 0 for
 * chance.
 *
 * @param truth - the labels of one clustering
 * @param predicted - the labels of the other
 * @throws `ShapeError` if there are not as many
 *
 * Source: Hubert and Arabie 1985, "Comparing partitions".
 *
 * @example
 * await metrics.adjustedRand([0, 0, 1, 1], [5, 5, 3, 3]); // => 1
 */
export async function adjustedRand(truth: Targets, predicted: Targets): Promise<number> {
  const {
    both,
    onlyTruth,
    onlyPredicted: only,
    neither,
  } = await pairCounts("adjustedRand", truth, predicted);
  if (onlyTruth === 0 && only === 0) return 1;
  return (
    (2 * (both * neither - onlyTruth * only)) /
    ((both + onlyTruth) * (onlyTruth + neither) + (both + only) * (only + neither))
  );
}

/**
 * Resolves to the Rand index: the share of pairs on which two clusterings agree.
 *
 * @param truth - the labels of one clustering
 * @param predicted - the labels of the other
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.rand([0, 0, 1, 1], [5, 5, 3, 3]); // => 1
 */
export async function rand(truth: Targets, predicted: Targets): Promise<number> {
  const { both, onlyTruth, onlyPredicted, neither } = await pairCounts("rand", truth, predicted);
  const all = both + onlyTruth + onlyPredicted + neither;
  return all === 0 ? 1 : (both + neither) / all;
}

/**
 * Resolves to the Fowlkes-Mallows index: the geometric mean of precision and recall over pairs.
 *
 * @param truth - the labels of one clustering
 * @param predicted - the labels of the other
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * await metrics.fowlkesMallows([0, 0, 1, 1], [5, 5, 3, 3]); // => 1
 */
export async function fowlkesMallows(truth: Targets, predicted: Targets): Promise<number> {
  const { both, onlyTruth, onlyPredicted } = await pairCounts("fowlkesMallows", truth, predicted);
  return both === 0
    ? 0
    : Math.sqrt(both / (both + onlyTruth)) * Math.sqrt(both / (both + onlyPredicted));
}

function entropyOf(counts: Float64Array, total: number): number {
  return -counts.reduce((sum, n) => (n === 0 ? sum : sum + (n / total) * Math.log(n / total)), 0);
}

function informationOf({ table, rowTotals, columnTotals, total }: Contingency): number {
  const n = rowTotals.length;
  const information = table.reduce((sum, count, i) => {
    if (count === 0) return sum;
    const expected = (rowTotals[Math.trunc(i / n)]! * columnTotals[i % n]!) / total;
    return sum + (count / total) * Math.log(count / expected);
  }, 0);
  return Math.max(0, information);
}

/** How many labels a clustering uses. */
function used(totals: Float64Array): number {
  return totals.filter((total) => total > 0).length;
}

/**
 * Resolves to the mutual information of two clusterings, in nats.
 *
 * @param truth - the labels of one clustering
 * @param predicted - the labels of the other
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * (await metrics.mutualInfo([0, 0, 1, 1], [5, 5, 3, 3])).toFixed(4); // => 0.6931
 */
export async function mutualInfo(truth: Targets, predicted: Targets): Promise<number> {
  return informationOf(await contingency("mutualInfo", truth, predicted));
}

/** How two entropies are averaged. */
export interface MutualInfoOptions {
  /** `"arithmetic"` by default. */
  readonly average?: "arithmetic" | "geometric" | "min" | "max";
}

function averageOf(operation: string, a: number, b: number, options: MutualInfoOptions): number {
  const { average = "arithmetic" } = options;
  if (average === "arithmetic") return (a + b) / 2;
  if (average === "geometric") return Math.sqrt(a * b);
  if (average === "min") return Math.min(a, b);
  if (average === "max") return Math.max(a, b);
  throw new ArgumentError(
    `${operation}: average: expected arithmetic, geometric, min or max, got "${String(average)}"`,
  );
}

/**
 * Resolves to the mutual information as a share of the clusterings' entropies: 1 for the same clustering.
 *
 * @param truth - the labels of one clustering
 * @param predicted - the labels of the other
 * @param options - `average` of the entropies
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * (await metrics.normalizedMutualInfo([0, 0, 1, 1], [5, 5, 3, 3])).toFixed(4); // => 1.0000
 */
export async function normalizedMutualInfo(
  truth: Targets,
  predicted: Targets,
  options: MutualInfoOptions = {},
): Promise<number> {
  const counts = await contingency("normalizedMutualInfo", truth, predicted);
  const { rowTotals, columnTotals, total } = counts;
  if (used(rowTotals) === 1 && used(columnTotals) === 1) return 1;
  const information = informationOf(counts);
  if (information < 2 ** -52) return 0;
  const [a, b] = [entropyOf(rowTotals, total), entropyOf(columnTotals, total)];
  return information / averageOf("normalizedMutualInfo", a, b, options);
}

/**
 * Resolves to the mutual information beyond what chance gives: 1 for the same clustering, about 0 for chance.
 *
 * @param truth - the labels of one clustering
 * @param predicted - the labels of the other
 * @param options - `average` of the entropies
 * @throws `ShapeError` if there are not as many
 *
 * Source: Vinh, Epps and Bailey 2010, "Information theoretic measures for clusterings comparison".
 *
 * @example
 * (await metrics.adjustedMutualInfo([0, 0, 1, 1], [5, 5, 3, 3])).toFixed(4); // => 1.0000
 */
export async function adjustedMutualInfo(
  truth: Targets,
  predicted: Targets,
  options: MutualInfoOptions = {},
): Promise<number> {
  const counts = await contingency("adjustedMutualInfo", truth, predicted);
  const { rowTotals, columnTotals, total } = counts;
  if (used(rowTotals) === 1 && used(columnTotals) === 1) return 1;
  const expected = expectedInformation(counts);
  const [a, b] = [entropyOf(rowTotals, total), entropyOf(columnTotals, total)];
  const range = averageOf("adjustedMutualInfo", a, b, options) - expected;
  // Rounding may hide that the average is at least what is expected.
  const denominator = range < 0 ? Math.min(range, -(2 ** -52)) : Math.max(range, 2 ** -52);
  return (informationOf(counts) - expected) / denominator;
}

/** The mean of the information over all pairs of clusterings with these sizes: each count is hypergeometric. */
function expectedInformation({ rowTotals, columnTotals, total }: Contingency): number {
  const logFactorials = new Float64Array(total + 1);
  for (let i = 2; i <= total; i++) logFactorials[i] = logFactorials[i - 1]! + Math.log(i);
  const log = (n: number): number => logFactorials[n]!;
  let sum = 0;
  for (const a of rowTotals) {
    for (const b of columnTotals) {
      for (let n = Math.max(1, a + b - total); n <= Math.min(a, b); n++) {
        const logChance =
          log(a) +
          log(b) +
          log(total - a) +
          log(total - b) -
          (log(total) + log(n) + log(a - n) + log(b - n) + log(total - a - b + n));
        sum += (n / total) * Math.log((total * n) / (a * b)) * Math.exp(logChance);
      }
    }
  }
  return sum;
}

/** What {@link vMeasure} gives. */
export interface VMeasure {
  /** 1 if each cluster holds samples of one class only. */
  readonly homogeneity: number;
  /** 1 if each class lies in one cluster. */
  readonly completeness: number;
  /** Their harmonic mean. */
  readonly vMeasure: number;
}

/**
 * Resolves to homogeneity, completeness and their mean.
 *
 * @param truth - the classes
 * @param predicted - the clusters
 * @param options - `beta`: how much more completeness counts; 1 by default
 * @throws `ShapeError` if there are not as many
 *
 * Source: Rosenberg and Hirschberg 2007, "V-measure: a conditional entropy-based external cluster evaluation measure".
 *
 * @example
 * (await metrics.vMeasure([0, 0, 1, 1], [0, 0, 1, 2])).homogeneity.toFixed(4); // => 1.0000
 */
export async function vMeasure(
  truth: Targets,
  predicted: Targets,
  options: { readonly beta?: number } = {},
): Promise<VMeasure> {
  const { beta = 1 } = options;
  const counts = await contingency("vMeasure", truth, predicted);
  const information = informationOf(counts);
  const shareOf = (totals: Float64Array): number =>
    used(totals) === 1 ? 1 : information / entropyOf(totals, counts.total);
  const [homogeneity, completeness] = [shareOf(counts.rowTotals), shareOf(counts.columnTotals)];
  const both = beta * homogeneity + completeness;
  return {
    homogeneity,
    completeness,
    vMeasure: both === 0 ? 0 : ((1 + beta) * homogeneity * completeness) / both,
  };
}
