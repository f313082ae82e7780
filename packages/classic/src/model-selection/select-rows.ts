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

/** Returns some rows of a table, and of a typed array some columns if they are named. */
export function selectRows(
  x: Exclude<Table, Tensor>,
  places: ArrayLike<number>,
  features?: ArrayLike<number>,
): Exclude<Table, Tensor> {
  if (!("data" in x)) return Array.from(places, (i) => (x as readonly (readonly Cell[])[])[i]!);
  const { data, shape }: ShapedArray = x;
  const width = data.length / shape[0]!;
  const Type = data.constructor as new (length: number) => typeof data;
  const own = features?.length ?? width;
  const rows = new Type(places.length * own);
  for (let i = 0; i < places.length; i++) {
    const from = places[i]! * width;
    if (features === undefined) rows.set(data.subarray(from, from + width), i * width);
    else for (let c = 0; c < own; c++) rows[i * own + c] = data[from + features[c]!]!;
  }
  const rest = features === undefined ? shape.slice(1) : [own];
  return { data: rows, shape: [places.length, ...rest] };
}
