import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { borderOf, type BorderOptions } from "../image/border.ts";
import { floatOf, onImages } from "../image/images.ts";
import { separable } from "../separable/separable.ts";
import { correlationTaps } from "../separable/taps.ts";
import { filter2d } from "./filter2d.ts";

/** What {@link sobel} takes. */
export interface SobelOptions extends BorderOptions {
  /** The order of the derivative along rows, to the right. */
  readonly dx: number;
  /** The order of the derivative along columns, downwards. */
  readonly dy: number;
  /** 1, 3, 5 or 7; 3 by default. 1 differentiates without smoothing across. */
  readonly kernelSize?: 1 | 3 | 5 | 7;
  /** By which derivatives are multiplied; 1 by default. */
  readonly scale?: number;
}

/** What {@link scharr} takes: a derivative along one axis. */
export interface ScharrOptions extends BorderOptions {
  /** 1 for the derivative along rows, to the right; 0 else. */
  readonly dx: 0 | 1;
  /** 1 for the derivative along columns, downwards; 0 else. */
  readonly dy: 0 | 1;
  /** By which derivatives are multiplied; 1 by default. */
  readonly scale?: number;
}

/** What {@link laplacian} takes. */
export interface LaplacianOptions extends BorderOptions {
  /** 1, 3, 5 or 7; 1 by default: the four neighbours less four times the pixel. */
  readonly kernelSize?: 1 | 3 | 5 | 7;
  /** By which derivatives are multiplied; 1 by default. */
  readonly scale?: number;
}

/**
 * Returns derivatives of images, smoothed across: Sobel's operator.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param options - orders, kernel size, scale, border
 * @returns the shape of `x`; float32, or float64 if `x` is
 * @throws `ShapeError` for another rank; `ArgumentError` for orders that the kernel is too small for
 *
 * Gradient: to a float `x`. Source: OpenCV's Sobel and getDerivKernels.
 *
 * @example
 * sobel(tensor([[[0], [1], [2], [3]]]), { dx: 1, dy: 0 }).toString(); // => [[[0], [8], [8], [0]]]
 */
export function sobel(x: Tensor, options: SobelOptions): Tensor {
  const { dx, dy, kernelSize = 3, scale = 1 } = options;
  const isLegal = (order: number): boolean =>
    Number.isInteger(order) && order >= 0 && order < Math.max(3, kernelSize);
  if (![1, 3, 5, 7].includes(kernelSize)) {
    throw new ArgumentError(`sobel: kernelSize: expected 1, 3, 5 or 7, got ${kernelSize}`);
  }
  if (!isLegal(dx) || !isLegal(dy) || dx + dy === 0) {
    throw new ArgumentError(
      `sobel: dx, dy: expected whole orders below ${Math.max(3, kernelSize)}, not both 0, got ${dx} and ${dy}`,
    );
  }
  const [down, across] = [dy, dx].map((order) => derivativeKernel(order, kernelSize)) as [
    number[],
    number[],
  ];
  return derivative("sobel", x, [down, across], scale, options);
}

/**
 * Returns first derivatives of images by Scharr's operator, whose direction is more precise than that of `sobel`'s.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param options - the axis, scale, border
 * @returns the shape of `x`; float32, or float64 if `x` is
 * @throws `ShapeError` for another rank; `ArgumentError` unless one of `dx` and `dy` is 1
 *
 * Gradient: to a float `x`. Source: OpenCV's Scharr.
 *
 * @example
 * scharr(tensor([[[0], [1], [2], [3]]]), { dx: 1, dy: 0 }).toString(); // => [[[0], [32], [32], [0]]]
 */
export function scharr(x: Tensor, options: ScharrOptions): Tensor {
  const { dx, dy, scale = 1 } = options;
  if (!((dx === 1 && dy === 0) || (dx === 0 && dy === 1))) {
    throw new ArgumentError(
      `scharr: dx, dy: expected one of them to be 1 and the other 0, got ${dx} and ${dy}`,
    );
  }
  const kernels = [dy, dx].map((order) => (order === 1 ? [-1, 0, 1] : [3, 10, 3]));
  return derivative("scharr", x, kernels as [number[], number[]], scale, options);
}

/**
 * Returns the sum of both second derivatives of images.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param options - kernel size, scale, border
 * @returns the shape of `x`; float32, or float64 if `x` is
 * @throws `ShapeError` for another rank; `ArgumentError` for another kernel size
 *
 * Gradient: to a float `x`. Source: OpenCV's Laplacian.
 *
 * @example
 * laplacian(tensor([[[0], [1], [4], [9]]]), {}).toString(); // => [[[2], [2], [2], [-10]]]
 */
export function laplacian(x: Tensor, options: LaplacianOptions = {}): Tensor {
  const { kernelSize = 1, scale = 1, ...border } = options;
  const k = kernelSize === 1 ? [0, 1, 0, 1, -4] : [2, 0, 2, 0, -8];
  if (kernelSize === 1 || kernelSize === 3) {
    const rows = [0, 1, 2].map((i) =>
      [0, 1, 2].map((j) => k[Math.min(3 * i + j, 8 - (3 * i + j))]! * scale),
    );
    return filter2d(x, rows, { ...border, dtype: floatOf(x) });
  }
  if (kernelSize !== 5 && kernelSize !== 7) {
    throw new ArgumentError(
      `laplacian: kernelSize: expected 1, 3, 5 or 7, got ${String(kernelSize)}`,
    );
  }
  const across = sobel(x, { ...border, dx: 2, dy: 0, kernelSize, scale });
  const down = sobel(x, { ...border, dx: 0, dy: 2, kernelSize, scale });
  const sum = across.add(down);
  across.dispose();
  down.dispose();
  return sum;
}

/** A binomial kernel, differentiated. */
function derivativeKernel(order: number, kernelSize: number): number[] {
  const size = kernelSize === 1 && order > 0 ? 3 : kernelSize;
  let kernel = [1];
  for (let step = 0; step < size - 1; step++) {
    const isSmoothing = step < size - order - 1;
    kernel = Array.from({ length: kernel.length + 1 }, (_, i) => {
      const [before, here] = [kernel[i - 1] ?? 0, kernel[i] ?? 0];
      return isSmoothing ? here + before : before - here;
    });
  }
  return kernel;
}

function derivative(
  operation: string,
  x: Tensor,
  [down, across]: readonly [readonly number[], readonly number[]],
  scale: number,
  options: BorderOptions,
): Tensor {
  const { border, value } = borderOf(operation, options);
  const scaled = across.map((weight) => weight * scale);
  return onImages(operation, x, ({ batch, height, width }) =>
    separable(
      batch,
      correlationTaps(height, down, border),
      correlationTaps(width, scaled, border),
      { dtype: floatOf(batch), fill: border === "constant" ? value : 0, total: 0 },
    ),
  );
}
