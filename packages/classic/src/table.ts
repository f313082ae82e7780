import { ArgumentError, ShapeError, Tensor } from "@tensorloom/tensor";
import { sampleMatrix, type Samples, type ShapedArray } from "./inputs.ts";

/** One value of a table: a number, a name, or nothing; NaN is nothing too. */
export type Cell = number | string | null;

/** Rows of cells; samples of numbers are tables too. */
export type Table = Samples | readonly (readonly Cell[])[];

/** A table by columns; what is missing is null. */
export interface Columns {
  /** The cells of each column. */
  readonly columns: readonly (readonly Cell[])[];
  /** How many rows. */
  readonly rows: number;
  /** The dtype of what is computed from them. */
  readonly dtype: "float32" | "float64";
}

/**
 * Resolves to a table by columns.
 *
 * @param operation - named in errors
 * @param x - the table
 * @param features - how many columns there must be: those of training
 * @throws `ShapeError` unless rows have one length, as many as asked; `ArgumentError` for cells of other kinds
 */
export async function tableColumns(
  operation: string,
  x: Table,
  features?: number,
): Promise<Columns> {
  if (x instanceof Tensor || "data" in x || isNumeric(x)) {
    const rules = features === undefined ? {} : { features };
    const samples = await sampleMatrix(operation, x as Samples, { ...rules, allowMissing: true });
    const { data, rows, columns: width, dtype } = samples;
    const columns = Array.from({ length: width }, (_, c) =>
      Array.from({ length: rows }, (__, i) => cellOf(data[i * width + c]!)),
    );
    return { columns, rows, dtype };
  }
  const rows = x as readonly (readonly Cell[])[];
  const width = rows[0]!.length;
  rows.forEach((row, r) => {
    if (row.length !== width) {
      throw new ShapeError(
        `${operation}: x: expected rows of ${width} cells, as the first has, got ${row.length} in row ${r}`,
      );
    }
    const odd = row.find((cell) => cell !== null && !["number", "string"].includes(typeof cell));
    if (odd !== undefined) {
      throw new ArgumentError(
        `${operation}: x: expected numbers, text or null, got ${String(odd)} in row ${r}`,
      );
    }
  });
  if (features !== undefined && width !== features) {
    throw new ShapeError(
      `${operation}: x: expected ${features} features, as in training, got ${width}`,
    );
  }
  const columns = Array.from({ length: width }, (_, c) => rows.map((row) => cellOf(row[c]!)));
  return { columns, rows: rows.length, dtype: "float32" };
}

/** Whether rows hold numbers alone, or nothing at all: then what is wrong with them is said as of any samples. */
function isNumeric(rows: readonly (readonly Cell[])[]): boolean {
  return !rows.some((row) => row.some((cell) => typeof cell !== "number"));
}

function cellOf(cell: Cell): Cell {
  return typeof cell === "number" && Number.isNaN(cell) ? null : cell;
}

/** Returns the distinct cells in order: numbers rising, then text by its code units, then what is missing. */
export function distinctCells(cells: readonly Cell[]): Cell[] {
  const rank = (cell: Cell): number => {
    if (cell === null) return 2;
    return typeof cell === "number" ? 0 : 1;
  };
  return [...new Set(cells)].toSorted((a, b) => {
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    if (a === b) return 0;
    return a! < b! ? -1 : 1;
  });
}

/** Resolves to some of a table's columns, in the form in which the table came. */
export async function selectColumns(x: Table, places: readonly number[]): Promise<Table> {
  if (x instanceof Tensor) {
    const width = x.shape[1]!;
    const data = await x.data();
    const rows = x.shape[0]!;
    return pick({ data, shape: [rows, width] }, places);
  }
  if ("data" in x) return pick(x, places);
  return (x as readonly (readonly Cell[])[]).map((row) => places.map((c) => row[c]!));
}

function pick({ data, shape }: ShapedArray, places: readonly number[]): ShapedArray {
  const [rows, width] = shape as [number, number];
  const Type = data.constructor as new (length: number) => typeof data;
  const result = new Type(rows * places.length);
  for (let i = 0; i < rows; i++) {
    places.forEach((c, p) => (result[i * places.length + p] = data[i * width + c]!));
  }
  return { data: result, shape: [rows, places.length] };
}
