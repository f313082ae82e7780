import { atan2, maximum, minimum, stopGradient, tidy, type Tensor } from "@tensorloom/tensor";
import { checkedBoxes, columnsOf } from "./check-boxes.ts";

/** What {@link boxIou} and its kin take. */
export interface BoxIouOptions {
  /**
   * `"all"`, the default, compares every box of `a` with every one of `b`; `"rows"` compares row by row, broadcasting.
   */
  readonly pairing?: "all" | "rows";
}

// Areas and diagonals are at least this, so that empty boxes give 0 and finite gradients, not 0 / 0.
const tiny = 1e-12;

/**
 * Returns the intersection over union of boxes; 0 for two empty ones.
 *
 * @param a - `[..., n, 4]`, as [x1, y1, x2, y2]
 * @param b - `[..., m, 4]`
 * @param options - pairing
 * @returns `[..., n, m]`; with pairing "rows" the leading axes of both, broadcast
 * @throws `ShapeError` unless the last axes are 4
 *
 * Gradient: to both. Source: torchvision's box_iou.
 *
 * @example
 * boxIou(tensor([[0, 0, 2, 2]]), tensor([[0, 0, 2, 1], [3, 3, 4, 4]])).toString(); // => [[0.5, 0.0]]
 */
export function boxIou(a: Tensor, b: Tensor, options: BoxIouOptions = {}): Tensor {
  return tidy(() => overlapOf(pairsOf("boxIou", a, b, options)).iou);
}

/**
 * Returns the generalised IoU: IoU less the share of the smallest enclosing box that neither covers. In (-1, 1], and with
 * a gradient where boxes do not meet.
 *
 * @param a - `[..., n, 4]`, as [x1, y1, x2, y2]
 * @param b - `[..., m, 4]`
 * @param options - pairing
 * @returns `[..., n, m]`; with pairing "rows" the leading axes of both, broadcast
 * @throws `ShapeError` unless the last axes are 4
 *
 * Gradient: to both. Source: Rezatofighi et al. 2019, arXiv:1902.09630.
 *
 * @example
 * giou(tensor([[0, 0, 1, 1]]), tensor([[1, 0, 2, 1], [3, 0, 4, 1]])).toString(); // => [[0.0, -0.5]]
 */
export function giou(a: Tensor, b: Tensor, options: BoxIouOptions = {}): Tensor {
  return tidy(() => {
    const pairs = pairsOf("giou", a, b, options);
    const { iou, union } = overlapOf(pairs);
    const { width, height } = enclosureOf(pairs);
    const area = maximum(width.mul(height), tiny);
    return iou.sub(area.sub(union).div(area));
  });
}

/**
 * Returns the distance IoU: IoU less the squared distance of the centres, measured by the diagonal of the smallest
 * enclosing box.
 *
 * @param a - `[..., n, 4]`, as [x1, y1, x2, y2]
 * @param b - `[..., m, 4]`
 * @param options - pairing
 * @returns `[..., n, m]`; with pairing "rows" the leading axes of both, broadcast
 * @throws `ShapeError` unless the last axes are 4
 *
 * Gradient: to both. Source: Zheng et al. 2020, arXiv:1911.08287.
 *
 * @example
 * diou(tensor([[0, 0, 1, 1]]), tensor([[0, 0, 1, 1], [1, 0, 2, 1]])).toString(); // => [[1.0, -0.2]]
 */
export function diou(a: Tensor, b: Tensor, options: BoxIouOptions = {}): Tensor {
  return tidy(() => {
    const pairs = pairsOf("diou", a, b, options);
    return overlapOf(pairs).iou.sub(distanceOf(pairs));
  });
}

/**
 * Returns the complete IoU: the distance IoU less a penalty for another ratio of width to height.
 *
 * @param a - `[..., n, 4]`, as [x1, y1, x2, y2]
 * @param b - `[..., m, 4]`
 * @param options - pairing
 * @returns `[..., n, m]`; with pairing "rows" the leading axes of both, broadcast
 * @throws `ShapeError` unless the last axes are 4
 *
 * Gradient: to both; the weight of the penalty counts as constant, as in the paper. Source: Zheng et al. 2020,
 * arXiv:1911.08287.
 *
 * @example
 * ciou(tensor([[0, 0, 2, 2]]), tensor([[0, 0, 2, 1]])).item().toFixed(4); // => 0.4655
 */
export function ciou(a: Tensor, b: Tensor, options: BoxIouOptions = {}): Tensor {
  return tidy(() => {
    const pairs = pairsOf("ciou", a, b, options);
    const { iou } = overlapOf(pairs);
    const slopes = pairs.map(([x1, y1, x2, y2]) => atan2(x2.sub(x1), maximum(y2.sub(y1), tiny)));
    const v = slopes[0]!
      .sub(slopes[1]!)
      .square()
      .mul(4 / Math.PI ** 2);
    const weight = stopGradient(v.div(v.sub(iou).add(1 + 1e-7)));
    return iou.sub(distanceOf(pairs)).sub(weight.mul(v));
  });
}

type Columns = readonly [x1: Tensor, y1: Tensor, x2: Tensor, y2: Tensor];

/** The columns of both, shaped so that they broadcast to every pair that is asked for. */
function pairsOf(
  operation: string,
  a: Tensor,
  b: Tensor,
  { pairing = "all" }: BoxIouOptions,
): readonly [Columns, Columns] {
  const first = checkedBoxes(operation, "a", a);
  const second = checkedBoxes(operation, "b", b);
  if (pairing === "rows") return [columnsOf(first), columnsOf(second)];
  return [columnsOf(first.expandDims(-2)), columnsOf(second.expandDims(-3))];
}

function overlapOf([[ax1, ay1, ax2, ay2], [bx1, by1, bx2, by2]]: readonly [Columns, Columns]): {
  iou: Tensor;
  union: Tensor;
} {
  const width = minimum(ax2, bx2).sub(maximum(ax1, bx1)).relu();
  const height = minimum(ay2, by2).sub(maximum(ay1, by1)).relu();
  const intersection = width.mul(height);
  const areas = ax2
    .sub(ax1)
    .mul(ay2.sub(ay1))
    .add(bx2.sub(bx1).mul(by2.sub(by1)));
  const union = areas.sub(intersection);
  return { iou: intersection.div(maximum(union, tiny)), union };
}

/** The sides of the smallest box around both. */
function enclosureOf([[ax1, ay1, ax2, ay2], [bx1, by1, bx2, by2]]: readonly [Columns, Columns]): {
  width: Tensor;
  height: Tensor;
} {
  return {
    width: maximum(ax2, bx2).sub(minimum(ax1, bx1)),
    height: maximum(ay2, by2).sub(minimum(ay1, by1)),
  };
}

/** The centres' squared distance over the enclosing box's squared diagonal. */
function distanceOf(pairs: readonly [Columns, Columns]): Tensor {
  const [[ax1, ay1, ax2, ay2], [bx1, by1, bx2, by2]] = pairs;
  const { width, height } = enclosureOf(pairs);
  const dx = ax1.add(ax2).sub(bx1.add(bx2)).div(2);
  const dy = ay1.add(ay2).sub(by1.add(by2)).div(2);
  const diagonal = width.square().add(height.square());
  return dx.square().add(dy.square()).div(maximum(diagonal, tiny));
}
