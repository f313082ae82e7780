import { ArgumentError, ShapeError, type Tensor, type TypedArray } from "@tensorloom/tensor";

/** What every suppression takes. */
export interface SuppressionOptions {
  /** Boxes of a lower score are dropped first; all stay by default. */
  readonly scoreThreshold?: number;
  /** At most so many are kept; all by default. */
  readonly maxOutput?: number;
  /** Added to widths and heights: 1 for the convention that pixels are inclusive; 0 by default. */
  readonly offset?: 0 | 1;
}

/**
 * The boxes that take part, best score first, column by column; of equal scores the first box goes first. Boxes with a
 * coordinate that is not finite, or a NaN for a score, do not.
 */
export interface Candidates {
  readonly count: number;
  /** Which box each was. */
  readonly index: Int32Array;
  readonly score: Float64Array;
  readonly x1: Float64Array;
  readonly y1: Float64Array;
  /** The offset is in it: sides are plain differences. */
  readonly x2: Float64Array;
  readonly y2: Float64Array;
  /** 0 for boxes that are empty or turned inside out: those overlap nothing. */
  readonly area: Float64Array;
}

/** Resolves to the boxes that take part, sorted. */
export async function readCandidates(
  boxes: Tensor,
  scores: Tensor,
  options: SuppressionOptions,
): Promise<Candidates> {
  const [box, score] = await Promise.all([boxes.data(), scores.data()]);
  const { scoreThreshold = -Infinity, offset = 0 } = options;
  const index = rankByScore(box, score, scoreThreshold);
  const count = index.length;
  const columns = Array.from({ length: 6 }, () => new Float64Array(count));
  const [sorted, x1, y1, x2, y2, area] = columns as [
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
    Float64Array,
  ];
  for (let i = 0; i < count; i++) {
    const at = 4 * index[i]!;
    sorted[i] = score[index[i]!]!;
    x1[i] = box[at]!;
    y1[i] = box[at + 1]!;
    x2[i] = box[at + 2]! + offset;
    y2[i] = box[at + 3]! + offset;
    area[i] = Math.max(0, x2[i]! - x1[i]!) * Math.max(0, y2[i]! - y1[i]!);
  }
  return { count, index, score: sorted, x1, y1, x2, y2, area };
}

/** Returns some of the candidates, still sorted. */
export function pick(candidates: Candidates, places: Int32Array): Candidates {
  const { count: _, index, ...columns } = candidates;
  const picked = Object.entries(columns).map(([name, column]) => [
    name,
    Float64Array.from(places, (i) => column[i]!),
  ]);
  return {
    count: places.length,
    index: places.map((i) => index[i]!),
    ...(Object.fromEntries(picked) as typeof columns),
  };
}

/** Throws unless boxes, scores and options fit. */
export function checkSuppression(
  operation: string,
  boxes: Tensor,
  scores: Tensor,
  { scoreThreshold = -Infinity, maxOutput = Infinity, offset = 0 }: SuppressionOptions,
): void {
  const count = boxes.shape[0] ?? 0;
  if (boxes.rank !== 2 || boxes.shape[1] !== 4 || scores.rank !== 1 || scores.shape[0] !== count) {
    throw new ShapeError(
      `${operation}: expected boxes [n, 4] and scores [n], got [${boxes.shape.join(", ")}] and [${scores.shape.join(", ")}]`,
    );
  }
  if (Number.isNaN(scoreThreshold)) {
    throw new ArgumentError(`${operation}: scoreThreshold: expected a number, got NaN`);
  }
  if (!(maxOutput >= 0) || (maxOutput !== Infinity && !Number.isInteger(maxOutput))) {
    throw new ArgumentError(
      `${operation}: maxOutput: expected a whole number of 0 or more, got ${maxOutput}`,
    );
  }
  if (offset !== 0 && offset !== 1) {
    throw new ArgumentError(`${operation}: offset: expected 0 or 1, got ${String(offset)}`);
  }
}

/** Throws unless a threshold on overlaps lies in [0, 1]. */
export function checkOverlapThreshold(operation: string, name: string, value: number): void {
  if (value >= 0 && value <= 1) return;
  throw new ArgumentError(`${operation}: ${name}: expected a number in [0, 1], got ${value}`);
}

/** Returns the labels of the candidates, or zeros where there are none. */
export async function readLabels(
  operation: string,
  labels: Tensor | undefined,
  { count, index }: Candidates,
  boxes: Tensor,
): Promise<ArrayLike<number>> {
  if (labels === undefined) return new Int32Array(count);
  if (labels.rank !== 1 || labels.shape[0] !== boxes.shape[0]) {
    throw new ShapeError(
      `${operation}: labels: expected [${boxes.shape[0]}], one a box, got [${labels.shape.join(", ")}]`,
    );
  }
  const data = await labels.data();
  return Int32Array.from(index, (i) => data[i]!);
}

/** The intersection over union of two candidates; 0 where either is empty. */
export function iouOf({ x1, y1, x2, y2, area }: Candidates, i: number, j: number): number {
  const width = Math.min(x2[i]!, x2[j]!) - Math.max(x1[i]!, x1[j]!);
  const height = Math.min(y2[i]!, y2[j]!) - Math.max(y1[i]!, y1[j]!);
  if (!(width > 0 && height > 0)) return 0;
  const shared = width * height;
  return shared / (area[i]! + area[j]! - shared);
}

/** The centres' squared distance over the squared diagonal of the smallest box around two candidates. */
export function centreDistance({ x1, y1, x2, y2 }: Candidates, i: number, j: number): number {
  const dx = (x1[i]! + x2[i]! - x1[j]! - x2[j]!) / 2;
  const dy = (y1[i]! + y2[i]! - y1[j]! - y2[j]!) / 2;
  const width = Math.max(x2[i]!, x2[j]!) - Math.min(x1[i]!, x1[j]!);
  const height = Math.max(y2[i]!, y2[j]!) - Math.min(y1[i]!, y1[j]!);
  return (dx * dx + dy * dy) / (width * width + height * height);
}

/** Returns the boxes that take part, by falling score. */
function rankByScore(box: TypedArray, score: TypedArray, threshold: number): Int32Array {
  const takesPart = (i: number): boolean =>
    score[i]! >= threshold &&
    Number.isFinite(box[4 * i]! + box[4 * i + 1]! + box[4 * i + 2]! + box[4 * i + 3]!);
  // Sorting numbers is several times faster than sorting by a comparison. A float32's bits, made to rise as the score
  // falls, and the place of the box share one float64 without loss.
  if (score instanceof Float32Array && score.length <= 2 ** 20) {
    const bits = new Int32Array(score.buffer, score.byteOffset, score.length);
    const keys = new Float64Array(score.length);
    let count = 0;
    for (let i = 0; i < score.length; i++) {
      if (!takesPart(i)) continue;
      // -0 and 0 are equal.
      const raw = score[i] === 0 ? 0 : bits[i]!;
      const rising = raw < 0 ? -(raw & 0x7fffffff) : raw;
      keys[count++] = -rising * 2 ** 20 + i;
    }
    return Int32Array.from(keys.subarray(0, count).sort(), (key) => key & (2 ** 20 - 1));
  }
  const order = Array.from(score.keys()).filter(takesPart);
  return Int32Array.from(order.sort((i, j) => score[j]! - score[i]! || i - j));
}
