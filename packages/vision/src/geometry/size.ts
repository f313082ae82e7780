import { ArgumentError } from "@tensorloom/tensor";

/** The size of an image: both sides, or height and width. */
export type ImageSize = number | readonly [height: number, width: number];

/** Returns height and width; throws `ArgumentError` unless they are positive whole numbers. */
export function sizeOf(operation: string, size: ImageSize): readonly [number, number] {
  const [height, width] = typeof size === "number" ? [size, size] : size;
  const isLegal = [height, width].every((n) => Number.isInteger(n) && n >= 1);
  if (isLegal) return [height, width];
  throw new ArgumentError(
    `${operation}: size: expected whole numbers of 1 or more, got [${height}, ${width}]`,
  );
}
