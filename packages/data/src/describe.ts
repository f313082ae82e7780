import { ShapeError, Tensor, tensor } from "@tensorloom/tensor";

/** Statistics of one column; missing values (NaN) are counted and left out of the rest. */
export interface ColumnSummary {
  /** The column's name. */
  readonly name: string;
  /** Values that are there. */
  readonly count: number;
  /** Values that are not: NaN. */
  readonly missing: number;
  /** Their mean. */
  readonly mean: number;
  /** Their standard deviation, with a divisor of count - 1. */
  readonly std: number;
  /** The smallest. */
  readonly min: number;
  /** A quarter lies below, by linear interpolation. */
  readonly q25: number;
  /** Half lies below. */
  readonly median: number;
  /** Three quarters lie below. */
  readonly q75: number;
  /** The largest. */
  readonly max: number;
}

/** What {@link describe} gives; prints as a table. */
export interface Description {
  /** One summary a column. */
  readonly columns: readonly ColumnSummary[];
  /** Pearson's correlations `[columns, columns]`, over the rows where both are there; NaN for a constant column. */
  readonly correlation: Tensor;
  /** Returns the summaries as a table, one line a column. */
  toString(): string;
}

/**
 * Resolves to what one looks at first in a table: for each column count, missing values, mean, spread and quantiles, and
 * how the columns correlate.
 *
 * @param data - `[rows, columns]`, a tensor or nested arrays; further axes count as columns
 * @param options - `names`: of the columns; their numbers by default
 * @throws `ShapeError` if there are no rows, or not as many names as columns
 *
 * Source: pandas' DataFrame.describe and DataFrame.corr.
 *
 * @example
 * const { columns } = await describe([[1, 2], [3, NaN], [5, 4]]);
 * columns[0].median; // => 3
 * columns[1].missing; // => 1
 */
export async function describe(
  data: Tensor | readonly (readonly number[])[],
  options: { readonly names?: readonly string[] } = {},
): Promise<Description> {
  const given = data instanceof Tensor ? data : tensor(data as number[][]);
  const values = await given.data();
  const rows = given.shape[0] ?? 0;
  const width = rows === 0 ? 0 : values.length / rows;
  if (given !== data) given.dispose();
  if (rows === 0 || given.rank < 2) {
    throw new ShapeError(
      `describe: data: expected shape [rows, columns] with at least one row, got [${given.shape.join(", ")}]`,
    );
  }
  const names = options.names ?? Array.from({ length: width }, (_, c) => String(c));
  if (names.length !== width) {
    throw new ShapeError(
      `describe: names: expected ${width} names, one a column, got ${names.length}`,
    );
  }
  const table = names.map((_, c) =>
    Float64Array.from({ length: rows }, (__, r) => values[r * width + c]!),
  );
  const columns = names.map((name, c) => summarize(name, table[c]!));
  return {
    columns,
    correlation: correlationOf(table),
    toString: () => formatTable(columns),
  };
}

function summarize(name: string, column: Float64Array): ColumnSummary {
  const present = column.filter((x) => !Number.isNaN(x)).sort();
  const count = present.length;
  const mean = present.reduce((sum, x) => sum + x, 0) / count;
  const squares = present.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  const quantile = (share: number): number => {
    const place = share * (count - 1);
    const low = present[Math.floor(place)] ?? Number.NaN;
    const high = present[Math.ceil(place)] ?? Number.NaN;
    return low + (high - low) * (place - Math.floor(place));
  };
  return {
    name,
    count,
    missing: column.length - count,
    mean,
    std: Math.sqrt(squares / (count - 1)),
    min: present[0] ?? Number.NaN,
    q25: quantile(0.25),
    median: quantile(0.5),
    q75: quantile(0.75),
    max: present[count - 1] ?? Number.NaN,
  };
}

function correlationOf(table: readonly Float64Array[]): Tensor {
  const size = table.length;
  const result = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      const r = pearson(table[i]!, table[j]!);
      result[i * size + j] = r;
      result[j * size + i] = r;
    }
  }
  return tensor(result, { shape: [size, size] });
}

/** Two passes, for precision: means, then products of deviations. */
function pearson(a: Float64Array, b: Float64Array): number {
  let [count, sumA, sumB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]! + b[i]!)) continue;
    count++;
    sumA += a[i]!;
    sumB += b[i]!;
  }
  const [meanA, meanB] = [sumA / count, sumB / count];
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]! + b[i]!)) continue;
    const da = a[i]! - meanA;
    const db = b[i]! - meanB;
    ab += da * db;
    aa += da * da;
    bb += db * db;
  }
  return ab / Math.sqrt(aa * bb);
}

function formatTable(columns: readonly ColumnSummary[]): string {
  const header = ["", "count", "missing", "mean", "std", "min", "25%", "50%", "75%", "max"];
  const rows = columns.map((c) => [
    c.name,
    String(c.count),
    String(c.missing),
    ...[c.mean, c.std, c.min, c.q25, c.median, c.q75, c.max].map((x) => x.toFixed(3)),
  ]);
  const widths = header.map((title, i) =>
    Math.max(title.length, ...rows.map((row) => row[i]!.length)),
  );
  return [header, ...rows]
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
        .join("  "),
    )
    .join("\n");
}
