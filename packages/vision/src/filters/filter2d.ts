import { ArgumentError, ShapeError, type Tensor } from "@tensorloom/tensor";
import { borderOf, type BorderOptions } from "../image/border.ts";
import { onImages } from "../image/images.ts";
import { padded } from "../geometry/pad.ts";
import { correlate, type Neighbourhood } from "../neighbourhood/correlate.ts";

/** What {@link filter2d} takes beside the kernel. */
export interface Filter2dOptions extends BorderOptions {
  /** The kernel's element that lies over the pixel computed; its middle by default. */
  readonly anchor?: readonly [row: number, column: number];
  /** The result's dtype: uint8 rounds and clips; that of `x` by default. */
  readonly dtype?: "uint8" | "float32" | "float64";
}

/**
 * Returns images correlated with a kernel, each channel by itself.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param kernel - rows of numbers
 * @param options - anchor, result's dtype, border
 * @returns the shape of `x`
 * @throws `ShapeError` for another rank, or rows of different lengths; `ArgumentError` for an anchor outside
 *
 * Gradient: to a float `x`. Cost: the kernel's elements that are not 0, a pixel. Source: OpenCV's filter2D.
 *
 * @example
 * filter2d(tensor([[[1], [2], [4]]]), [[-1, 1]], { border: "replicate" }).toString(); // => [[[0], [1], [2]]]
 */
export function filter2d(
  x: Tensor,
  kernel: readonly (readonly number[])[],
  options: Filter2dOptions = {},
): Tensor {
  const [height, width] = [kernel.length, kernel[0]?.length ?? 0];
  if (height === 0 || width === 0 || kernel.some((row) => row.length !== width)) {
    throw new ShapeError(
      `filter2d: kernel: expected rows of one length, got lengths [${kernel.map((row) => row.length).join(", ")}]`,
    );
  }
  // As OpenCV: of an even kernel, the element after the middle.
  const [row, column] = options.anchor ?? [height >> 1, width >> 1];
  const isInside = (at: number, size: number): boolean =>
    Number.isInteger(at) && at >= 0 && at < size;
  if (!isInside(row, height) || !isInside(column, width)) {
    throw new ArgumentError(
      `filter2d: anchor: expected an element of a kernel ${height} by ${width}, got [${row}, ${column}]`,
    );
  }
  const { border, value } = borderOf("filter2d", options);
  const window: Neighbourhood = { height, width, weights: Float64Array.from(kernel.flat()) };
  return onImages("filter2d", x, ({ batch }) => {
    const whole = padded(
      batch,
      [row, height - 1 - row],
      [column, width - 1 - column],
      { border, value }, // prettier-ignore
    );
    return correlate(whole, window, options.dtype ?? (x.dtype as "uint8"));
  });
}
