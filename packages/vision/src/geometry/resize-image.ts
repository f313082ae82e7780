import {
  ArgumentError,
  type CoordinateRule,
  type ResizeMethod,
  type Tensor,
} from "@tensorloom/tensor";
import { onImages } from "../image/images.ts";
import { separable } from "../separable/separable.ts";
import { resizingTaps } from "../separable/taps.ts";
import { sizeOf, type ImageSize } from "./size.ts";

/** How images are resized. */
export type Interpolation = "nearest" | "bilinear" | "bicubic" | "area";

/** What {@link resizeImage} takes beside the size. */
export interface ResizeImageOptions {
  /** `"bilinear"` by default. */
  readonly method?: Interpolation;
  /** Where pixels lie; `"halfPixel"` by default, as in OpenCV and PyTorch. */
  readonly coordinates?: CoordinateRule;
  /** Whether bilinear and bicubic average over all that a shrunken pixel covers, as Pillow does; false by default. */
  readonly antialias?: boolean;
}

const methods: Readonly<Record<Interpolation, ResizeMethod>> = {
  nearest: "nearest",
  bilinear: "linear",
  bicubic: "cubic",
  area: "area",
};

/** Returns the options as `resize` of @tensorloom/tensor has them. */
export function resizingOf(
  operation: string,
  options: ResizeImageOptions,
): {
  readonly method: ResizeMethod;
  readonly coordinates: CoordinateRule;
  readonly antialias: boolean;
} {
  const { method = "bilinear", coordinates = "halfPixel", antialias = false } = options;
  if (!Object.hasOwn(methods, method)) {
    throw new ArgumentError(
      `${operation}: method: expected one of ${Object.keys(methods).join(", ")}, got ${String(method)}`,
    );
  }
  if (!["halfPixel", "alignCorners", "asymmetric"].includes(coordinates)) {
    throw new ArgumentError(
      `${operation}: coordinates: expected halfPixel, alignCorners or asymmetric, got ${String(coordinates)}`,
    );
  }
  return { method: methods[method], coordinates, antialias };
}

/**
 * Returns images at another size.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param size - `[height, width]`, or one number for both
 * @param options - method, coordinates, antialias
 * @returns images of that size, of the dtype of `x`; uint8 is rounded and clipped
 * @throws `ShapeError` for another rank; `ArgumentError` for sizes or options that do not exist
 *
 * Methods and coordinates are those of `resize` of @tensorloom/tensor; equals OpenCV's resize and, with `antialias`,
 * PyTorch's interpolate. OpenCV's nearest is `coordinates: "asymmetric"`. Gradient: to a float `x`.
 *
 * @example
 * resizeImage(tensor([[[0], [2]]]), [1, 4]).toString(); // => [[[0.0], [0.5], [1.5], [2.0]]]
 */
export function resizeImage(x: Tensor, size: ImageSize, options: ResizeImageOptions = {}): Tensor {
  const [toHeight, toWidth] = sizeOf("resizeImage", size);
  const resizing = resizingOf("resizeImage", options);
  return onImages("resizeImage", x, ({ batch, height, width }) =>
    separable(
      batch,
      resizingTaps(height, toHeight, resizing),
      resizingTaps(width, toWidth, resizing),
    ),
  );
}
