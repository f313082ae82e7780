import { ShapeError, Tensor } from "@tensorloom/tensor";
import type { ShapedArray } from "../inputs.ts";
import type { Cell, Table } from "../table.ts";

/** Returns how many rows a table has; throws `ShapeError` for what has none. */
export function rowCount(operation: string, x: Table): number {
  const count = x instanceof Tensor || "data" in x ? x.shape[0] : x.length;
  if (count !== undefined && count > 0) return count;
  throw new ShapeError(
    `${operation}: x: expected shape [samples, features] with at least one sample, got none`,
  );
}

/** Resolves to some rows of a table on the host, in a form of their own; a tensor is read once beforehand. */
export async function hostTable(x: Table): Promise<Exclude<Table, Tensor>> {
  return x instanceof Tensor ? { data: await x.data(), shape: x.shape } : x;
}

/** Returns some rows of a table. */
export function selectRows(x: Exclude<Table, Tensor>, places: Int32Array): Exclude<Table, Tensor> {
  if (!("data" in x)) return Array.from(places, (i) => (x as readonly (readonly Cell[])[])[i]!);
  const { data, shape }: ShapedArray = x;
  const width = data.length / shape[0]!;
  const Type = data.constructor as new (length: number) => typeof data;
  const rows = new Type(places.length * width);
  places.forEach((i, place) => rows.set(data.subarray(i * width, (i + 1) * width), place * width));
  return { data: rows, shape: [places.length, ...shape.slice(1)] };
}
