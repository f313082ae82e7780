import {
  DTypeError,
  elementwise,
  ShapeError,
  tidy,
  withBackend,
  type Tensor,
} from "@tensorloom/tensor";

/** Images as operations see them: a batch. */
export interface Images {
  /** `[batch, height, width, channels]`; uint8, float32 or float64. */
  readonly batch: Tensor;
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Checks images and hands them over as a batch; a single one comes back without its batch axis.
 *
 * @param operation - for messages
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`, uint8 or float
 * @param f - its result has the batch first
 */
export function onImages(operation: string, x: Tensor, f: (images: Images) => Tensor): Tensor {
  if (x.rank !== 3 && x.rank !== 4) {
    throw new ShapeError(
      `${operation}: x: expected [height, width, channels] or [batch, height, width, channels], got [${x.shape.join(", ")}]`,
    );
  }
  if (x.size === 0) {
    throw new ShapeError(
      `${operation}: x: expected at least one pixel, got [${x.shape.join(", ")}]`,
    );
  }
  if (!["uint8", "float32", "float64"].includes(x.dtype)) {
    throw new DTypeError(
      `${operation}: x: expected uint8, float32 or float64, got ${x.dtype}; try x.astype("float32")`,
    );
  }
  return besides(x, () => {
    const batch = x.rank === 3 ? x.expandDims(0) : x;
    const [count, height, width, channels] = batch.shape as [number, number, number, number];
    const result = f({ batch, count, height, width, channels });
    return x.rank === 3 ? result.squeeze(0) : result;
  });
}

/** Runs `f` where `x` is, so that tables and constants are made there, and leaves its result alone behind. */
export function besides<R>(x: Tensor, f: () => R): R {
  return withBackend(x.backend, () => tidy(f));
}

/** Returns floats as whole numbers from 0 to 255, halves to even, as uint8: what OpenCV's saturate_cast does. */
export const toBytes: (x: Tensor) => Tensor = elementwise((x) =>
  x.round().clip(0, 255).cast("uint8"),
) as (x: Tensor) => Tensor;

/** The float dtype in which `x` is computed. */
export function floatOf(x: Tensor): "float32" | "float64" {
  return x.dtype === "float64" ? "float64" : "float32";
}
