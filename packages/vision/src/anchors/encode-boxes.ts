import { log, minimum, stack, tidy, type Tensor } from "@tensorloom/tensor";
import { checkedBoxes, columnsOf } from "../boxes/check-boxes.ts";

/** What {@link encodeBoxes} and {@link decodeBoxes} take. */
export interface BoxCoderOptions {
  /** Factors of the four numbers [dx, dy, dw, dh]; all 1 by default. Fast R-CNN's heads use [10, 10, 5, 5]. */
  readonly weights?: readonly [x: number, y: number, width: number, height: number];
}

// A decoded side is at most 1000 / 16 times its anchor's, so that exp cannot run away: torchvision's bound.
const largestLogRatio = Math.log(1000 / 16);

/**
 * Returns boxes as offsets from anchors: the centre's shift in units of the anchor's size, and the logarithms of the
 * ratios of the sizes.
 *
 * @param boxes - `[..., 4]`, as [x1, y1, x2, y2]
 * @param anchors - `[..., 4]`, broadcast
 * @param options - weights
 * @returns `[..., 4]`, as [dx, dy, dw, dh]
 * @throws `ShapeError` unless the last axes are 4
 *
 * Gradient: to both. Source: Girshick et al. 2014, arXiv:1311.2524, appendix C; torchvision's BoxCoder.
 *
 * @example
 * encodeBoxes(tensor([[5, 0, 15, 10]]), tensor([[0, 0, 10, 10]])).toString(); // => [[0.5, 0.0, 0.0, 0.0]]
 */
export function encodeBoxes(
  boxes: Tensor,
  anchors: Tensor,
  { weights = [1, 1, 1, 1] }: BoxCoderOptions = {},
): Tensor {
  return tidy(() => {
    const box = centresOf(checkedBoxes("encodeBoxes", "boxes", boxes));
    const anchor = centresOf(checkedBoxes("encodeBoxes", "anchors", anchors));
    const parts = [
      box.x.sub(anchor.x).div(anchor.width),
      box.y.sub(anchor.y).div(anchor.height),
      log(box.width.div(anchor.width)),
      log(box.height.div(anchor.height)),
    ];
    return stack(
      parts.map((part, i) => part.mul(weights[i]!)),
      -1,
    );
  });
}

/**
 * Returns the boxes that offsets from anchors mean: the inverse of {@link encodeBoxes}. Sides grow to 62.5 times the
 * anchor's at most.
 *
 * @param offsets - `[..., 4]`, as [dx, dy, dw, dh]
 * @param anchors - `[..., 4]`, as [x1, y1, x2, y2], broadcast
 * @param options - weights
 * @returns `[..., 4]`, as [x1, y1, x2, y2]
 * @throws `ShapeError` unless the last axes are 4
 *
 * Gradient: to both. Source: Girshick et al. 2014, arXiv:1311.2524, appendix C; torchvision's BoxCoder.
 *
 * @example
 * decodeBoxes(tensor([[0.5, 0, 0, 0]]), tensor([[0, 0, 10, 10]])).toString(); // => [[ 5, 0, 15, 10]]
 */
export function decodeBoxes(
  offsets: Tensor,
  anchors: Tensor,
  { weights = [1, 1, 1, 1] }: BoxCoderOptions = {},
): Tensor {
  return tidy(() => {
    const given = columnsOf(checkedBoxes("decodeBoxes", "offsets", offsets));
    const [dx, dy, dw, dh] = given.map((part, i) => part.div(weights[i]!)) as typeof given;
    const anchor = centresOf(checkedBoxes("decodeBoxes", "anchors", anchors));
    const x = dx.mul(anchor.width).add(anchor.x);
    const y = dy.mul(anchor.height).add(anchor.y);
    const halfWidth = minimum(dw, largestLogRatio).exp().mul(anchor.width).div(2);
    const halfHeight = minimum(dh, largestLogRatio).exp().mul(anchor.height).div(2);
    return stack([x.sub(halfWidth), y.sub(halfHeight), x.add(halfWidth), y.add(halfHeight)], -1);
  });
}

function centresOf(boxes: Tensor): { x: Tensor; y: Tensor; width: Tensor; height: Tensor } {
  const [x1, y1, x2, y2] = columnsOf(boxes);
  return {
    x: x1.add(x2).div(2),
    y: y1.add(y2).div(2),
    width: x2.sub(x1),
    height: y2.sub(y1),
  };
}
