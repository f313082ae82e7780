import { distinct, type Targets } from "../inputs.ts";
import { pairOf, type WeightedMetricOptions } from "./pairs.ts";

/** How often two labellings give each pair of labels. */
export interface Contingency {
  /** All labels of both, ascending. */
  readonly classes: readonly number[];
  /** `[classes, classes]`: weight of the samples by first label (rows) and second (columns). */
  readonly table: Float64Array;
  /** Sums of the rows. */
  readonly rowTotals: Float64Array;
  /** Sums of the columns. */
  readonly columnTotals: Float64Array;
  /** The sum of all. */
  readonly total: number;
}

/** Resolves to the counts of each pair of labels; by default of all labels that occur. */
export async function contingency(
  operation: string,
  first: Targets,
  second: Targets,
  options: WeightedMetricOptions & { readonly labels?: readonly number[] } = {},
): Promise<Contingency> {
  const { a, b, weights } = await pairOf(operation, first, second, options);
  const classes = options.labels ?? distinct([...a, ...b]);
  const n = classes.length;
  const place = new Map(classes.map((label, i) => [label, i]));
  const table = new Float64Array(n * n);
  const [rowTotals, columnTotals] = [new Float64Array(n), new Float64Array(n)];
  let total = 0;
  for (let i = 0; i < a.length; i++) {
    const row = place.get(a[i]!);
    const column = place.get(b[i]!);
    if (row === undefined || column === undefined) continue;
    table[row * n + column]! += weights[i]!;
    rowTotals[row]! += weights[i]!;
    columnTotals[column]! += weights[i]!;
    total += weights[i]!;
  }
  return { classes, table, rowTotals, columnTotals, total };
}
