import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { borderOf, type BorderOptions } from "../image/border.ts";
import { onImages } from "../image/images.ts";
import { separable } from "../separable/separable.ts";
import { correlationTaps } from "../separable/taps.ts";
import { oddSize, pairOf, type PerAxis2d } from "./kernel-size.ts";

/** What {@link gaussianBlur} takes. Either may be left out, and follows from the other. */
export interface GaussianBlurOptions extends BorderOptions {
  /** The standard deviation in pixels; by default `0.3 ((size - 1) / 2 - 1) + 0.8`. */
  readonly sigma?: PerAxis2d;
  /** Odd sizes of the kernel; by default the odd number next to `8 sigma + 1`, to `6 sigma + 1` for uint8. */
  readonly kernelSize?: PerAxis2d;
}

/**
 * Returns images blurred by a Gaussian, along columns and along rows.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param options - sigma, kernel size, border
 * @returns the shape and dtype of `x`; uint8 is rounded
 * @throws `ShapeError` for another rank; `ArgumentError` for a sigma that is not positive, a kernel size that is not odd,
 * or neither
 *
 * Gradient: to a float `x`. Cost: the sum of both kernel sizes an element. Source: OpenCV's GaussianBlur and
 * getGaussianKernel.
 *
 * @example
 * gaussianBlur(ones([5, 5, 1]), { sigma: 0.5 }).sum().item().toFixed(3); // => 25.000
 */
export function gaussianBlur(x: Tensor, options: GaussianBlurOptions): Tensor {
  const { border, value } = borderOf("gaussianBlur", options);
  const reach = x.dtype === "uint8" ? 6 : 8;
  const sigmas = options.sigma === undefined ? undefined : pairOf(options.sigma);
  const sizes = options.kernelSize === undefined ? undefined : pairOf(options.kernelSize);
  const [down, across] = [0, 1].map((axis) =>
    gaussianKernel(sigmas?.[axis], sizes?.[axis], reach),
  ) as [number[], number[]];
  return onImages("gaussianBlur", x, ({ batch, height, width }) =>
    separable(
      batch,
      correlationTaps(height, down, border),
      correlationTaps(width, across, border),
      { fill: border === "constant" ? value : 0 },
    ),
  );
}

/** OpenCV's kernels of a size alone, where sigma is left out. */
const smallKernels: Readonly<Record<number, readonly number[]>> = {
  1: [1],
  3: [0.25, 0.5, 0.25],
  5: [0.0625, 0.25, 0.375, 0.25, 0.0625],
  7: [0.03125, 0.109375, 0.21875, 0.28125, 0.21875, 0.109375, 0.03125],
  9: [4, 13, 30, 51, 60, 51, 30, 13, 4].map((weight) => weight / 256),
};

function gaussianKernel(
  sigma: number | undefined,
  givenSize: number | undefined,
  reach: number,
): readonly number[] {
  if (sigma !== undefined && !(sigma > 0 && Number.isFinite(sigma))) {
    throw new ArgumentError(`gaussianBlur: sigma: expected a positive number, got ${sigma}`);
  }
  if (sigma === undefined && givenSize === undefined) {
    throw new ArgumentError(
      "gaussianBlur: options: expected sigma or kernelSize, got neither; try { sigma: 1 }",
    );
  }
  const size = oddSize("gaussianBlur", givenSize ?? Math.round(reach * sigma! + 1) | 1);
  if (sigma === undefined && smallKernels[size] !== undefined) return smallKernels[size];
  const spread = sigma ?? 0.3 * ((size - 1) / 2 - 1) + 0.8;
  const weights = Array.from({ length: size }, (_, i) => {
    const distance = i - (size - 1) / 2;
    return Math.exp(-(distance * distance) / (2 * spread * spread));
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / total);
}
