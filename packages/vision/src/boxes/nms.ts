import { ArgumentError, ShapeError, tensor, type Tensor } from "@tensorloom/tensor";

/** What {@link nms} takes. */
export interface NmsOptions {
  /** Boxes that overlap a better one by more are dropped; 0.5 by default. */
  readonly iouThreshold?: number;
  /** Boxes of a lower score are dropped first; all stay by default. */
  readonly scoreThreshold?: number;
  /** At most so many are kept; all by default. */
  readonly maxOutput?: number;
  /** Added to widths and heights: 1 for the convention that pixels are inclusive; 0 by default. */
  readonly offset?: 0 | 1;
}

/**
 * Resolves to the boxes that remain when, from the best score down, each box drops those that overlap it too much:
 * non-maximum suppression, by torchvision's rules. Of equal scores the first box goes first; boxes with a NaN are never
 * kept.
 *
 * @param boxes - `[n, 4]`, as [x1, y1, x2, y2]
 * @param scores - `[n]`
 * @param options - thresholds, the number to keep, the pixel convention
 * @returns the indices kept, by falling score; `[kept]`, int32
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for a threshold outside [0, 1]
 *
 * Cost: n log n for the sort, and n times the number kept for the overlaps.
 *
 * @example
 * const boxes = tensor([[0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]]);
 * (await nms(boxes, tensor([0.8, 0.9, 0.7]))).toString(); // => [1, 2]
 */
export async function nms(
  boxes: Tensor,
  scores: Tensor,
  options: NmsOptions = {},
): Promise<Tensor> {
  const {
    iouThreshold = 0.5,
    scoreThreshold = -Infinity,
    maxOutput = Infinity,
    offset = 0,
  } = options;
  const count = boxes.shape[0] ?? 0;
  if (boxes.rank !== 2 || boxes.shape[1] !== 4 || scores.rank !== 1 || scores.shape[0] !== count) {
    throw new ShapeError(
      `nms: expected boxes [n, 4] and scores [n], got [${boxes.shape.join(", ")}] and [${scores.shape.join(", ")}]`,
    );
  }
  if (!(iouThreshold >= 0 && iouThreshold <= 1)) {
    throw new ArgumentError(`nms: iouThreshold: expected a number in [0, 1], got ${iouThreshold}`);
  }
  const [box, score] = await Promise.all([boxes.data(), scores.data()]);
  const order = Array.from({ length: count }, (_, i) => i)
    .filter(
      (i) => score[i]! >= scoreThreshold && !box.subarray(4 * i, 4 * i + 4).some(Number.isNaN),
    )
    .toSorted((i, j) => score[j]! - score[i]! || i - j);
  const areas = Float64Array.from({ length: count }, (_, i) => {
    const [x1, y1, x2, y2] = box.subarray(4 * i, 4 * i + 4) as unknown as readonly [
      number,
      number,
      number,
      number,
    ];
    return (x2 - x1 + offset) * (y2 - y1 + offset);
  });
  const kept: number[] = [];
  for (const i of order) {
    if (kept.length >= maxOutput) break;
    const isDropped = kept.some((k) => overlap(box, areas, i, k, offset) > iouThreshold);
    if (!isDropped) kept.push(i);
  }
  return tensor(Int32Array.from(kept));
}

/** Intersection over union; NaN, which is larger than nothing, for two empty boxes. */
function overlap(
  box: ArrayLike<number>,
  areas: Float64Array,
  i: number,
  j: number,
  offset: number,
): number {
  const a = 4 * i;
  const b = 4 * j;
  const width = Math.min(box[a + 2]!, box[b + 2]!) - Math.max(box[a]!, box[b]!) + offset;
  const height = Math.min(box[a + 3]!, box[b + 3]!) - Math.max(box[a + 1]!, box[b + 1]!) + offset;
  const intersection = Math.max(0, width) * Math.max(0, height);
  return intersection / (areas[i]! + areas[j]! - intersection);
}
