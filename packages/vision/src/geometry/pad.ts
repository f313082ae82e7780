import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { borderOf, type Border, type BorderOptions } from "../image/border.ts";
import { onImages } from "../image/images.ts";
import { separable } from "../separable/separable.ts";
import { shiftingTaps } from "../separable/taps.ts";

/** Pixels put at each side of an image; none by default. */
export interface SideMargins {
  /** Rows above. */
  readonly top?: number;
  /** Rows below. */
  readonly bottom?: number;
  /** Columns before. */
  readonly left?: number;
  /** Columns behind. */
  readonly right?: number;
}

/** Pixels put around an image: the same on all sides, or what each side gets. */
export type Margins = number | SideMargins;

/**
 * Returns images with pixels around them. In the umbrella package this is `padImage`: `pad` there is the tensor operation.
 *
 * @param x - `[height, width, channels]` or `[batch, height, width, channels]`; uint8 or float
 * @param margins - how many pixels: one number, or `{ top, bottom, left, right }`
 * @param options - border: `"constant"` by default, of `value` 0
 * @returns images of the larger size, of the dtype of `x`
 * @throws `ShapeError` for another rank; `ArgumentError` for margins that are not whole numbers of 0 or more
 *
 * Gradient: to a float `x`. Source: OpenCV's copyMakeBorder.
 *
 * @example
 * import { pad } from "@tensorloom/vision";
 * pad(tensor([[[1], [2]]]), { left: 2 }, { border: "reflect" }).toString(); // => [[[2], [1], [1], [2]]]
 */
export function pad(x: Tensor, margins: Margins, options: BorderOptions = {}): Tensor {
  const { border, value } = borderOf("pad", { border: "constant", ...options });
  const sides = typeof margins === "number" ? undefined : margins;
  const [top, bottom, left, right] = (["top", "bottom", "left", "right"] as const).map((side) => {
    const margin = sides === undefined ? (margins as number) : (sides[side] ?? 0);
    if (Number.isInteger(margin) && margin >= 0) return margin;
    throw new ArgumentError(
      `pad: margins: expected whole numbers of 0 or more, got ${String(margin)} at the ${side}`,
    );
  }) as [number, number, number, number];
  return onImages("pad", x, ({ batch }) =>
    padded(batch, [top, bottom], [left, right], { border, value }),
  );
}

/** Pads a batch. */
export function padded(
  batch: Tensor,
  [top, bottom]: readonly [number, number],
  [left, right]: readonly [number, number],
  { border, value }: { readonly border: Border; readonly value: number },
): Tensor {
  const [, height, width] = batch.shape as [number, number, number];
  return separable(
    batch,
    shiftingTaps(height, height + top + bottom, top, border),
    shiftingTaps(width, width + left + right, left, border),
    { fill: border === "constant" ? value : 0 },
  );
}
