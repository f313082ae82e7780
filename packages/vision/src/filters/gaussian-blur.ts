import { ArgumentError, conv2d, ShapeError, tensor, tidy, type Tensor } from "@tensorloom/tensor";

/** What {@link gaussianBlur} takes. */
export interface GaussianBlurOptions {
  /** The standard deviation in pixels, for both axes or as [vertical, horizontal]. */
  readonly sigma: number | readonly [vertical: number, horizontal: number];
  /** Odd sizes of the kernel; by default `2 * round(4 sigma) + 1`, as OpenCV does for float images. */
  readonly kernelSize?: number | readonly [vertical: number, horizontal: number];
}

/**
 * Returns images blurred by a Gaussian: two one-dimensional passes. Beyond the border the image is mirrored around its
 * outermost pixels (OpenCV's BORDER_REFLECT_101).
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`
 * @param options - sigma, kernel size
 * @returns the shape of `x`; float32 unless `x` is float64
 * @throws `ShapeError` for another rank, or an image smaller than the kernel reaches; `ArgumentError` for a
 * sigma that is not positive or a kernel size that is not odd
 *
 * Gradient: to `x`. Source: OpenCV's GaussianBlur and getGaussianKernel.
 *
 * @example
 * gaussianBlur(ones([5, 5, 1]), { sigma: 0.5 }).sum().item().toFixed(3); // => 25.000
 */
export function gaussianBlur(x: Tensor, options: GaussianBlurOptions): Tensor {
  if (x.rank !== 3 && x.rank !== 4) {
    throw new ShapeError(
      `gaussianBlur: x: expected [height, width, channels] or [batch, height, width, channels], got [${x.shape.join(", ")}]`,
    );
  }
  const sigmas = pair(options.sigma);
  const sizes = pair(options.kernelSize ?? [defaultSize(sigmas[0]), defaultSize(sigmas[1])]);
  const kernels = sigmas.map((sigma, axis) => gaussianKernel(sigma, sizes[axis]!));
  return tidy(() => {
    const batch = x.rank === 3 ? x.expandDims(0) : x;
    const down = blurAlong(batch, 1, kernels[0]!);
    const both = blurAlong(down, 2, kernels[1]!);
    return x.rank === 3 ? both.squeeze(0) : both;
  });
}

function pair(value: number | readonly [number, number]): readonly [number, number] {
  return typeof value === "number" ? [value, value] : value;
}

function defaultSize(sigma: number): number {
  return 2 * Math.round(4 * sigma) + 1;
}

function gaussianKernel(sigma: number, size: number): Float32Array {
  if (!(sigma > 0 && Number.isFinite(sigma))) {
    throw new ArgumentError(`gaussianBlur: sigma: expected a positive number, got ${sigma}`);
  }
  if (!Number.isInteger(size) || size < 1 || size % 2 === 0) {
    throw new ArgumentError(
      `gaussianBlur: kernelSize: expected an odd whole number, got ${size}; try ${Math.trunc(size / 2) * 2 + 1}`,
    );
  }
  const weights = Array.from({ length: size }, (_, i) => {
    const distance = i - (size - 1) / 2;
    return Math.exp(-(distance * distance) / (2 * sigma * sigma));
  });
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float32Array.from(weights, (weight) => weight / total);
}

/** Blurs `[batch, height, width, channels]` along axis 1 or 2, every line of it a signal of its own. */
function blurAlong(x: Tensor, axis: 1 | 2, kernel: Float32Array): Tensor {
  const reach = (kernel.length - 1) / 2;
  const size = x.shape[axis]!;
  if (reach >= size) {
    throw new ShapeError(
      `gaussianBlur: x: expected more than ${reach} pixels along axis ${axis} for a kernel of ${kernel.length}, ` +
        `got [${x.shape.join(", ")}]; try a smaller sigma or kernelSize`,
    );
  }
  const mirrored = Array.from({ length: size + 2 * reach }, (_, i) => {
    const inside = Math.abs(i - reach);
    return inside < size ? inside : 2 * (size - 1) - inside;
  });
  const padded = x.gather(tensor(Int32Array.from(mirrored)), axis);
  // Channels and the other axis do not mix: they go into the batch, one image of one channel each.
  const toFront = padded.transpose(axis === 1 ? [0, 2, 3, 1] : [0, 1, 3, 2]);
  const [batch, lines, channels, length] = toFront.shape as readonly [
    number,
    number,
    number,
    number,
  ];
  const signals = toFront.reshape([batch * lines * channels, 1, length, 1]);
  const filter = tensor(kernel, { shape: [1, kernel.length, 1, 1] });
  const blurred = conv2d(signals, filter).reshape([batch, lines, channels, size]);
  return blurred.transpose(axis === 1 ? [0, 3, 1, 2] : [0, 1, 3, 2]);
}
