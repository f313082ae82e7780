import type { Tensor } from "@tensorloom/tensor";
import { borderOf, type BorderOptions } from "../image/border.ts";
import { onImages } from "../image/images.ts";
import { separable } from "../separable/separable.ts";
import { correlationTaps } from "../separable/taps.ts";
import { pairOf, wholeSize, type PerAxis2d } from "./kernel-size.ts";

/** What {@link boxBlur} takes. */
export interface BoxBlurOptions extends BorderOptions {
  /** The sizes of the box. */
  readonly kernelSize: PerAxis2d;
}

/**
 * Returns images whose every pixel is the mean of a box around it.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param options - kernel size, border
 * @returns the shape and dtype of `x`; uint8 is rounded
 * @throws `ShapeError` for another rank; `ArgumentError` for a kernel size that is not a positive whole number
 *
 * Gradient: to a float `x`. Source: OpenCV's blur; the middle of an even box is the element after its middle.
 *
 * @example
 * boxBlur(tensor([[[3], [0], [0]]]), { kernelSize: [1, 3] }).toString(); // => [[[1], [1], [0]]]
 */
export function boxBlur(x: Tensor, options: BoxBlurOptions): Tensor {
  const { border, value } = borderOf("boxBlur", options);
  const [down, across] = pairOf(options.kernelSize).map((given) => {
    const size = wholeSize("boxBlur", "kernelSize", given);
    return new Float64Array(size).fill(1 / size);
  }) as [Float64Array, Float64Array];
  return onImages("boxBlur", x, ({ batch, height, width }) =>
    separable(
      batch,
      correlationTaps(height, down, border, down.length >> 1),
      correlationTaps(width, across, border, across.length >> 1),
      { fill: border === "constant" ? value : 0 },
    ),
  );
}
