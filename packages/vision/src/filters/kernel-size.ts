import { ArgumentError } from "@tensorloom/tensor";

/** One value for both axes, or one an axis. */
export type PerAxis2d = number | readonly [vertical: number, horizontal: number];

/** Returns the two values. */
export function pairOf(value: PerAxis2d): readonly [vertical: number, horizontal: number] {
  return typeof value === "number" ? [value, value] : value;
}

/** Returns a size that is an odd positive whole number; throws `ArgumentError` for others. */
export function oddSize(operation: string, size: number): number {
  if (Number.isInteger(size) && size >= 1 && size % 2 === 1) return size;
  throw new ArgumentError(
    `${operation}: kernelSize: expected an odd whole number, got ${size}; try ${Math.trunc(size / 2) * 2 + 1}`,
  );
}

/** Returns a size that is a positive whole number; throws `ArgumentError` for others. */
export function wholeSize(operation: string, name: string, size: number): number {
  if (Number.isInteger(size) && size >= 1) return size;
  throw new ArgumentError(
    `${operation}: ${name}: expected a whole number of 1 or more, got ${size}`,
  );
}
