import { ArgumentError, ShapeError } from "@tensorloom/tensor";
import { distinctCells, tableColumns, type Cell, type Table } from "../table.ts";

/**
 * Resolves to the categories of each feature: those given, or those that occur.
 *
 * @param operation - named in errors
 * @param x - the table
 * @param given - the categories, if they are given
 * @param isStrict - whether one that occurs and is not given is an error
 */
export async function categoriesOf(
  operation: string,
  x: Table,
  given: readonly (readonly Cell[])[] | undefined,
  isStrict: boolean,
): Promise<readonly (readonly Cell[])[]> {
  const { columns } = await tableColumns(operation, x);
  if (given === undefined) return columns.map(distinctCells);
  if (given.length !== columns.length) {
    throw new ShapeError(
      `${operation}: categories: expected those of ${columns.length} features, got ${given.length}`,
    );
  }
  columns.forEach((column, f) => {
    const unknown = column.find((value) => !given[f]!.includes(value));
    if (isStrict && unknown !== undefined) throw unknownCategory(operation, f, unknown, given[f]!);
  });
  return given;
}

/** The error for a category that is not known. */
export function unknownCategory(
  operation: string,
  feature: number,
  value: Cell,
  known: readonly Cell[],
): ArgumentError {
  const names = known.slice(0, 10).map(String).join(", ");
  return new ArgumentError(
    `${operation}: x: expected one of ${names}${known.length > 10 ? ", ..." : ""} in column ${feature}, got ${String(value)}; ` +
      "try another handleUnknown",
  );
}
