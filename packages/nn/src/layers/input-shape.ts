import { ShapeError, type Tensor } from "@tensorloom/tensor";

/**
 * Throws `ShapeError` unless `x` is `[batch, ...axes, channels]`.
 *
 * @param layer - its name, for the message
 * @param axes - the names of the axes between
 */
export function checkChannelsLast(
  layer: string,
  x: Tensor,
  axes: readonly string[],
  channels: number,
): void {
  if (x.rank === axes.length + 2 && x.shape.at(-1) === channels) return;
  throw new ShapeError(
    `${layer}: x: expected shape [${["batch", ...axes, channels].join(", ")}], got [${x.shape.join(", ")}]` +
      (x.rank === axes.length + 1 ? "; try expandDims(x, 0) or expandDims(x, -1)" : ""),
  );
}

/** Throws `ShapeError` unless the last axis of `x` has `features` elements. */
export function checkFeatures(layer: string, x: Tensor, features: number): void {
  if (x.rank > 0 && x.shape.at(-1) === features) return;
  throw new ShapeError(
    `${layer}: x: expected shape [..., ${features}], got [${x.shape.join(", ")}]`,
  );
}
