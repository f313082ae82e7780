import { ArgumentError, customKernel, ShapeError, type Tensor } from "@tensorloom/tensor";
import { borderOf, type BorderOptions } from "../image/border.ts";
import { onImages } from "../image/images.ts";
import { visionModule } from "../wasm/module.ts";
import { sobel } from "./derivatives.ts";
import { planEdges, traceEdges } from "./trace-edges.ts";
import { tracingShaders } from "./tracing-shaders.ts";

/** What {@link canny} takes. */
export interface CannyOptions extends BorderOptions {
  /** Slopes above this are edges where they touch a strong one. */
  readonly lowThreshold: number;
  /** Slopes above this are edges. */
  readonly highThreshold: number;
  /** The size of Sobel's kernel: 3 (the default), 5 or 7. */
  readonly apertureSize?: 3 | 5 | 7;
  /** Whether a slope is the length of the derivatives' vector instead of the sum of their sizes; false by default. */
  readonly l2Gradient?: boolean;
}

/** Inputs: both derivatives. Parameters: both thresholds, whether lengths are squares. */
const kernel = customKernel({
  name: "canny",
  host: ([dx, dy], [out], [low, high, isSquare]) =>
    traceEdges(dx!, dy!, out!, { low: low!, high: high!, isSquare: isSquare === 1 }),
  wasm: { module: visionModule, plan: planEdges },
  wgsl: tracingShaders,
});

/**
 * Returns the edges of images: pixels whose slope is the steepest across the edge, and above the high threshold, or above
 * the low one and joined to such.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float. Of several channels the
 * steepest counts at each pixel
 * @param options - thresholds, aperture, kind of slope, border (`"replicate"` by default, as OpenCV has it)
 * @returns one channel, 255 on edges and 0 elsewhere; uint8
 * @throws `ShapeError` for another rank; `ArgumentError` for thresholds that are not in order
 *
 * It has no gradient. Source: Canny 1986, "A computational approach to edge detection"; OpenCV's Canny, which compares
 * slopes of uint8 images as whole numbers.
 *
 * @example
 * const step = tensor([[[0], [0], [9], [9]]]).tile([4, 1, 1]);
 * canny(step, { lowThreshold: 1, highThreshold: 2 }).slice([1, 0, 0], [2, 4, 1]).toString(); // => [[[0], [255], [0], [0]]]
 */
export function canny(x: Tensor, options: CannyOptions): Tensor {
  const { lowThreshold, highThreshold, apertureSize = 3, l2Gradient = false } = options;
  const { border, value } = borderOf("canny", { border: "replicate", ...options });
  if (!(lowThreshold >= 0 && highThreshold >= lowThreshold)) {
    throw new ArgumentError(
      `canny: thresholds: expected 0 <= lowThreshold <= highThreshold, got ${lowThreshold} and ${highThreshold}`,
    );
  }
  if (![3, 5, 7].includes(apertureSize)) {
    throw new ArgumentError(`canny: apertureSize: expected 3, 5 or 7, got ${apertureSize}`);
  }
  return onImages("canny", x, ({ batch, count, height, width, channels }) => {
    if (channels > 16) {
      throw new ShapeError(`canny: x: expected at most 16 channels, got ${channels}`);
    }
    // As OpenCV: large kernels' slopes are brought down by 16.
    const scale = apertureSize === 7 ? 1 / 16 : 1;
    const slopes = { border, value, kernelSize: apertureSize, scale } as const;
    const dx = sobel(batch, { ...slopes, dx: 1, dy: 0 });
    const dy = sobel(batch, { ...slopes, dx: 0, dy: 1 });
    const isWhole = x.dtype === "uint8" && !l2Gradient;
    const limits = [lowThreshold, highThreshold].map((limit) => {
      const scaled = limit * scale;
      if (l2Gradient) return scaled * scaled;
      return isWhole ? Math.floor(scaled) : scaled;
    });
    const shape = [count, height, width, 1];
    const parameters = [...limits, Number(l2Gradient)];
    if (x.isOnHost) return kernel([dx, dy], [{ shape, dtype: "uint8" }], parameters)[0]!;
    const onDevice = [
      { shape, dtype: "float32" },
      { shape, dtype: "int32" },
    ] as const;
    return kernel([dx, dy], onDevice, parameters)[0]!.astype("uint8");
  });
}
