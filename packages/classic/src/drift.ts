import { ShapeError } from "@tensorloom/tensor";
import { formatTable } from "./format-table.ts";
import { sampleMatrix, type Samples } from "./inputs.ts";
import { wholeOption } from "./options.ts";
import { presentValues } from "./preparation/column-values.ts";
import { quantile } from "./quantiles.ts";

/** What {@link driftReport} takes. */
export interface DriftOptions {
  /** The columns' names; their numbers by default. */
  readonly names?: readonly string[];
  /** Into how many bins of like size the reference is cut for the population stability index; 10 by default. */
  readonly bins?: number;
}

/** How one column has drifted. */
export interface ColumnDrift {
  /** The column's name. */
  readonly name: string;
  /** The population stability index: below 0.1 there is no change to speak of, above 0.25 a large one. */
  readonly psi: number;
  /** The Kolmogorov-Smirnov statistic: the largest difference of the shares below any value. */
  readonly ks: number;
  /** How likely so large a difference is by chance, if both parts come from one distribution. */
  readonly pValue: number;
  /** The reference's mean. */
  readonly referenceMean: number;
  /** The current mean. */
  readonly currentMean: number;
  /** The share of values that are missing in the reference. */
  readonly referenceMissing: number;
  /** The share of values that are missing now. */
  readonly currentMissing: number;
  /** What the index says in a word. */
  readonly verdict: "stable" | "moderate" | "drifted";
}

/** What {@link driftReport} gives; prints as a table. */
export interface DriftReport {
  /** The columns, in their order. */
  readonly columns: readonly ColumnDrift[];
  /** The names of those that have drifted. */
  readonly drifted: readonly string[];
  /** Returns the report as a table, the largest drift first. */
  toString(): string;
}

/**
 * Resolves to how far samples of today differ from those that a model learned from, column by column: what to look at
 * while a model is in use.
 *
 * Missing values (NaN) are a bin of their own in the population stability index, and left out of the rest.
 *
 * @param reference - `[samples, features]` as in training
 * @param current - `[samples, features]` of today
 * @param options - `names`, `bins`
 * @throws `ShapeError` unless both have the same columns, as many as names
 *
 * Source: Siddiqi 2006, "Credit risk scorecards", for the index and its limits of 0.1 and 0.25; Kolmogorov 1933 and Smirnov
 * 1939, the chance by the asymptotic distribution with Stephens' correction (1970).
 *
 * @example
 * const reference = Array.from({ length: 100 }, (_, i) => [i, i % 7]);
 * const current = Array.from({ length: 100 }, (_, i) => [i + 60, i % 7]);
 * (await driftReport(reference, current, { names: ["age", "day"] })).drifted; // => ["age"]
 */
export async function driftReport(
  reference: Samples,
  current: Samples,
  options: DriftOptions = {},
): Promise<DriftReport> {
  const { bins = 10 } = options;
  wholeOption("driftReport", "bins", bins, { from: 2 });
  const before = await sampleMatrix("driftReport", reference, { allowMissing: true });
  const now = await sampleMatrix("driftReport", current, {
    allowMissing: true,
    features: before.columns,
  });
  const names = options.names ?? Array.from({ length: before.columns }, (_, c) => String(c));
  if (names.length !== before.columns) {
    throw new ShapeError(
      `driftReport: names: expected ${before.columns}, one a column, got ${names.length}`,
    );
  }
  const columns = names.map((name, c): ColumnDrift => {
    const [a, b] = [presentValues(before, c).sort(), presentValues(now, c).sort()];
    const psi = stabilityIndex(a, b, before.rows, now.rows, bins);
    const ks = a.length > 0 && b.length > 0 ? largestGap(a, b) : Number.NaN;
    return {
      name,
      psi,
      ks,
      pValue: chanceOf(ks, a.length, b.length),
      referenceMean: meanOf(a),
      currentMean: meanOf(b),
      referenceMissing: 1 - a.length / before.rows,
      currentMissing: 1 - b.length / now.rows,
      verdict: psi > 0.25 ? "drifted" : psi > 0.1 ? "moderate" : "stable",
    };
  });
  return {
    columns,
    drifted: columns.filter(({ verdict }) => verdict === "drifted").map(({ name }) => name),
    toString: () => driftTable(columns),
  };
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Σ (now - before) ln(now / before) over the shares in bins of like size in the reference, and of what is missing. */
function stabilityIndex(
  a: Float64Array,
  b: Float64Array,
  rowsBefore: number,
  rowsNow: number,
  bins: number,
): number {
  // Values that are frequent make several edges the same: those bins are one.
  const inner = Array.from({ length: bins - 1 }, (_, i) =>
    a.length === 0 ? 0 : quantile(a, (i + 1) / bins),
  );
  const edges = [...new Set(inner)];
  const count = (sorted: Float64Array): number[] => {
    const counts = Array.from({ length: edges.length + 1 }, () => 0);
    for (const value of sorted) {
      const place = edges.findIndex((edge) => value <= edge);
      counts[place < 0 ? edges.length : place]!++;
    }
    return counts;
  };
  const countsBefore = [...count(a), rowsBefore - a.length];
  const countsNow = [...count(b), rowsNow - b.length];
  return countsBefore.reduce((sum, before, i) => {
    const now = countsNow[i]!;
    if (before === 0 && now === 0) return sum;
    // An empty bin counts as half a sample, so that the logarithm is finite.
    const [p, q] = [Math.max(before, 0.5) / rowsBefore, Math.max(now, 0.5) / rowsNow];
    return sum + (q - p) * Math.log(q / p);
  }, 0);
}

/** The largest difference of the shares of two sorted samples that lie at or below a value. */
function largestGap(a: Float64Array, b: Float64Array): number {
  let [i, j, gap] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const value = Math.min(a[i]!, b[j]!);
    while (a[i] === value) i++;
    while (b[j] === value) j++;
    gap = Math.max(gap, Math.abs(i / a.length - j / b.length));
  }
  return gap;
}

/** The asymptotic chance of a larger gap. */
function chanceOf(gap: number, n: number, m: number): number {
  if (Number.isNaN(gap)) return Number.NaN;
  const size = Math.sqrt((n * m) / (n + m));
  const x = (size + 0.12 + 0.11 / size) * gap;
  if (x < 0.2) return 1;
  let sum = 0;
  for (let k = 1; k <= 100; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return Math.min(1, Math.max(0, sum));
}

function driftTable(columns: readonly ColumnDrift[]): string {
  const rows = columns.toSorted((a, b) => b.psi - a.psi);
  return formatTable([
    ["", "psi", "ks", "p", "mean before", "mean now", "missing before", "missing now", "verdict"],
    ...rows.map((column) => [
      column.name,
      column.psi.toFixed(3),
      column.ks.toFixed(3),
      column.pValue.toFixed(3),
      column.referenceMean.toPrecision(4),
      column.currentMean.toPrecision(4),
      column.referenceMissing.toFixed(3),
      column.currentMissing.toFixed(3),
      column.verdict,
    ]),
  ]);
}
