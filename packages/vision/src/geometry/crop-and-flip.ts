import {
  ArgumentError,
  flip as flipAxes,
  ShapeError,
  slice,
  type Tensor,
} from "@tensorloom/tensor";
import { onImages } from "../image/images.ts";

/** A rectangle of whole pixels. */
export interface Rectangle {
  /** The first row. */
  readonly top: number;
  /** The first column. */
  readonly left: number;
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
}

/**
 * Returns a rectangle of images: a view, no copy.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`
 * @param rectangle - `{ top, left, height, width }`
 * @throws `ShapeError` for another rank, or a rectangle that is empty or reaches outside
 *
 * Gradient: to a float `x`.
 *
 * @example
 * crop(ones([5, 6, 3]), { top: 1, left: 2, height: 3, width: 4 }).shape; // => [3,4,3]
 */
export function crop(x: Tensor, { top, left, height, width }: Rectangle): Tensor {
  return onImages("crop", x, (images) => {
    const isInside = (begin: number, length: number, size: number): boolean =>
      [begin, length].every(Number.isInteger) &&
      begin >= 0 &&
      length >= 1 &&
      begin + length <= size;
    if (!isInside(top, height, images.height) || !isInside(left, width, images.width)) {
      throw new ShapeError(
        `crop: rectangle: expected whole pixels inside ${images.height} by ${images.width}, ` +
          `got ${height} by ${width} from row ${top} and column ${left}`,
      );
    }
    const { count, channels } = images;
    return slice(images.batch, [0, top, left, 0], [count, top + height, left + width, channels]);
  });
}

/** Which way a picture is turned over: left to right, upside down, or both. */
export type FlipDirection = "horizontal" | "vertical" | "both";

/**
 * Returns mirrored images: a view, no copy. In the umbrella package this is `flipImage`: `flip` there is the tensor
 * operation.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`
 * @param direction - `"horizontal"` (left to right, the default), `"vertical"` or `"both"`
 * @throws `ShapeError` for another rank; `ArgumentError` for another direction
 *
 * Gradient: to a float `x`.
 *
 * @example
 * import { flip } from "@tensorloom/vision";
 * flip(tensor([[[1], [2]]])).toString(); // => [[[2], [1]]]
 */
export function flip(x: Tensor, direction: FlipDirection = "horizontal"): Tensor {
  const axes = { horizontal: [2], vertical: [1], both: [1, 2] }[direction] as number[] | undefined;
  if (axes === undefined) {
    throw new ArgumentError(
      `flip: direction: expected horizontal, vertical or both, got ${String(direction)}`,
    );
  }
  return onImages("flip", x, ({ batch }) => flipAxes(batch, axes));
}
