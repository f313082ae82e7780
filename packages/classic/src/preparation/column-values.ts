import type { SampleMatrix } from "../inputs.ts";

/** Returns the values of one feature, without missing ones. */
export function presentValues({ data, rows, columns }: SampleMatrix, c: number): Float64Array {
  const values = new Float64Array(rows);
  let count = 0;
  for (let i = 0; i < rows; i++) {
    const value = data[i * columns + c]!;
    if (!Number.isNaN(value)) values[count++] = value;
  }
  return values.subarray(0, count);
}

/** Returns what `f` makes of each value, told its column. */
export function mapColumns(
  { data, columns }: SampleMatrix,
  f: (value: number, c: number) => number,
): Float64Array {
  const result = new Float64Array(data.length);
  for (let i = 0, c = 0; i < data.length; i++) {
    result[i] = f(data[i]!, c);
    c = c + 1 === columns ? 0 : c + 1;
  }
  return result;
}
