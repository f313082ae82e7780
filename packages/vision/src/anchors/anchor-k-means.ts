import { ArgumentError, random, ShapeError, tensor, type Tensor } from "@tensorloom/tensor";

/** What {@link anchorKMeans} takes. */
export interface AnchorKMeansOptions {
  /** How many anchors. */
  readonly k: number;
  /** Seeds the first choice; 0 by default. */
  readonly seed?: number;
  /** The most rounds; 300 by default. */
  readonly maxIterations?: number;
}

/** What {@link anchorKMeans} resolves to. */
export interface AnchorClusters {
  /** `[k, 2]`, as [width, height], by rising area; float32. */
  readonly anchors: Tensor<"float32">;
  /** The mean over the boxes of the IoU with their anchor. */
  readonly meanIou: number;
}

/**
 * Resolves to anchors for boxes of the sizes given: k-means where the distance is 1 - IoU of two boxes with one centre.
 *
 * @param sizes - `[n, 2]`, as [width, height], or boxes `[n, 4]`, as [x1, y1, x2, y2]
 * @param options - k, seed, the most rounds
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for sizes that are not positive or fewer than `k`
 *
 * Starts are chosen as k-means++ does. Cost: n times k a round. Source: Redmon and Farhadi 2017, arXiv:1612.08242, section 2.
 *
 * @example
 * const sizes = tensor([[10, 10], [12, 10], [50, 100], [50, 104]]);
 * (await anchorKMeans(sizes, { k: 2 })).anchors.toString(); // => [[11,  10], [50, 102]]
 */
export async function anchorKMeans(
  sizes: Tensor,
  options: AnchorKMeansOptions,
): Promise<AnchorClusters> {
  const { k, seed = 0, maxIterations = 300 } = options;
  const points = await readSizes(sizes);
  const count = points.length / 2;
  if (!Number.isInteger(k) || k < 1 || k > count) {
    throw new ArgumentError(
      `anchorKMeans: k: expected a whole number in [1, ${count}], the number of sizes, got ${k}`,
    );
  }
  using draws = random.uniform([k], { seed });
  const centres = chooseStarts(points, k, await draws.data());
  const nearest = new Int32Array(count).fill(-1);
  for (let round = 0; round < maxIterations; round++) {
    if (!assign(points, centres, nearest)) break;
    moveToMeans(points, centres, nearest);
  }
  assign(points, centres, nearest);
  let total = 0;
  for (let i = 0; i < count; i++) total += sizeIou(points, i, centres, nearest[i]!);
  const rows = Array.from({ length: k }, (_, j) => [centres[2 * j]!, centres[2 * j + 1]!]).toSorted(
    (a, b) => a[0]! * a[1]! - b[0]! * b[1]!,
  );
  return {
    anchors: tensor(rows, { dtype: "float32" }),
    meanIou: total / count,
  };
}

async function readSizes(sizes: Tensor): Promise<Float64Array> {
  const columns = sizes.shape[1];
  if (sizes.rank !== 2 || (columns !== 2 && columns !== 4)) {
    throw new ShapeError(
      `anchorKMeans: sizes: expected [n, 2] or boxes [n, 4], got [${sizes.shape.join(", ")}]`,
    );
  }
  const data = await sizes.data();
  const points = Float64Array.from({ length: sizes.shape[0]! * 2 }, (_, i) => {
    if (columns === 2) return data[i]!;
    const corner = (i >> 1) * 4 + (i & 1);
    return data[corner + 2]! - data[corner]!;
  });
  const wrong = points.findIndex((side) => !(side > 0 && side < Infinity));
  if (wrong >= 0) {
    throw new ArgumentError(
      `anchorKMeans: sizes: expected positive numbers, got ${points[wrong]} in row ${wrong >> 1}`,
    );
  }
  return points;
}

/** Each further start is drawn with a probability in proportion to its squared distance from the nearest so far. */
function chooseStarts(points: Float64Array, k: number, draws: ArrayLike<number>): Float64Array {
  const count = points.length / 2;
  const centres = new Float64Array(2 * k);
  const distances = new Float64Array(count).fill(1);
  for (let j = 0; j < k; j++) {
    const total = distances.reduce((sum, distance) => sum + distance, 0);
    let rest = draws[j]! * total;
    let chosen = distances.findIndex((distance) => (rest -= distance) < 0);
    if (chosen < 0) chosen = j % count;
    centres.set(points.subarray(2 * chosen, 2 * chosen + 2), 2 * j);
    for (let i = 0; i < count; i++) {
      const distance = (1 - sizeIou(points, i, centres, j)) ** 2;
      distances[i] = j === 0 ? distance : Math.min(distances[i]!, distance);
    }
  }
  return centres;
}

/** Gives every point its nearest centre; tells whether any changed. */
function assign(points: Float64Array, centres: Float64Array, nearest: Int32Array): boolean {
  let hasChanged = false;
  for (let i = 0; i < nearest.length; i++) {
    let best = -1;
    let bestIou = -1;
    for (let j = 0; j < centres.length / 2; j++) {
      const iou = sizeIou(points, i, centres, j);
      if (iou > bestIou) [best, bestIou] = [j, iou];
    }
    hasChanged ||= nearest[i] !== best;
    nearest[i] = best;
  }
  return hasChanged;
}

/** A centre that nobody is nearest to stays. */
function moveToMeans(points: Float64Array, centres: Float64Array, nearest: Int32Array): void {
  const sums = new Float64Array(centres.length);
  const counts = new Int32Array(centres.length / 2);
  for (let i = 0; i < nearest.length; i++) {
    const j = nearest[i]!;
    sums[2 * j]! += points[2 * i]!;
    sums[2 * j + 1]! += points[2 * i + 1]!;
    counts[j]!++;
  }
  for (let i = 0; i < sums.length; i++) {
    if (counts[i >> 1]! > 0) centres[i] = sums[i]! / counts[i >> 1]!;
  }
}

/** The IoU of two boxes with one centre. */
function sizeIou(a: Float64Array, i: number, b: Float64Array, j: number): number {
  const width = a[2 * i]!;
  const height = a[2 * i + 1]!;
  const shared = Math.min(width, b[2 * j]!) * Math.min(height, b[2 * j + 1]!);
  return shared / (width * height + b[2 * j]! * b[2 * j + 1]! - shared);
}
