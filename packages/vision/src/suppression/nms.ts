import { tensor, type Tensor } from "@tensorloom/tensor";
import {
  checkOverlapThreshold,
  checkSuppression,
  pick,
  readCandidates,
  readLabels,
  type SuppressionOptions,
} from "./candidates.ts";
import { nmsOnDevice } from "./device-nms.ts";
import { sweep } from "./sweep.ts";

/** What {@link nms} and its kin take. */
export interface NmsOptions extends SuppressionOptions {
  /** Boxes that overlap a better one by more are dropped; 0.5 by default. */
  readonly iouThreshold?: number;
}

/**
 * Resolves to the boxes that remain when, from the best score down, each box drops those that overlap it too much:
 * non-maximum suppression, by torchvision's rules.
 *
 * Of equal scores the first box goes first. An empty box, or one turned inside out, overlaps nothing: it is kept. Boxes with
 * a coordinate that is not finite, or a NaN for a score, are never kept. {@link nmsSlow} is the same, plainly.
 *
 * @param boxes - `[n, 4]`, as [x1, y1, x2, y2]
 * @param scores - `[n]`
 * @param options - thresholds, the number to keep, the pixel convention
 * @returns the indices kept, by falling score; `[kept]`, int32
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for a threshold outside [0, 1]
 *
 * Cost: n log n to sort; then each box meets the kept boxes of its neighbourhood. Memory of order n. Overlaps are computed
 * in float64. Boxes on WebGPU are compared there, all pairs, in float32, with a bit a pair.
 *
 * @example
 * const boxes = tensor([[0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]]);
 * (await nms(boxes, tensor([0.8, 0.9, 0.7]))).toString(); // => [1, 2]
 */
export async function nms(
  boxes: Tensor,
  scores: Tensor,
  options: NmsOptions = {},
): Promise<Tensor<"int32">> {
  return suppress("nms", boxes, scores, options, false);
}

/**
 * Resolves to the boxes that remain when, from the best score down, each box drops those whose IoU with it, less the
 * distance of their centres ({@link diou}), is too high: a neighbour behind another survives more often than in {@link nms}.
 *
 * @param boxes - `[n, 4]`, as [x1, y1, x2, y2]
 * @param scores - `[n]`
 * @param options - thresholds, the number to keep, the pixel convention
 * @returns the indices kept, by falling score; `[kept]`, int32
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for a threshold outside [0, 1]
 *
 * Cost, ties and empty boxes: as {@link nms}. Source: Zheng et al. 2020, arXiv:1911.08287.
 *
 * @example
 * const boxes = tensor([[0, 0, 10, 10], [3.2, 0, 13.2, 10]]);
 * (await nms(boxes, tensor([0.9, 0.8]))).size; // => 1
 * (await diouNms(boxes, tensor([0.9, 0.8]))).size; // => 2
 */
export async function diouNms(
  boxes: Tensor,
  scores: Tensor,
  options: NmsOptions = {},
): Promise<Tensor<"int32">> {
  return suppress("diouNms", boxes, scores, options, true);
}

/**
 * Resolves to the boxes that remain when {@link nms} is applied to each class by itself.
 *
 * @param boxes - `[n, 4]`, as [x1, y1, x2, y2]
 * @param scores - `[n]`
 * @param labels - `[n]`, the class of each box, whole numbers
 * @param options - thresholds, the number to keep of all classes together, the pixel convention
 * @returns the indices kept, by falling score over all classes; `[kept]`, int32
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for a threshold outside [0, 1]
 *
 * Source: torchvision's batched_nms.
 *
 * @example
 * const boxes = tensor([[0, 0, 10, 10], [1, 1, 10, 10], [0, 0, 10, 10]]);
 * const labels = tensor([0, 0, 1], { dtype: "int32" });
 * (await batchedNms(boxes, tensor([0.8, 0.9, 0.7]), labels)).toString(); // => [1, 2]
 */
export async function batchedNms(
  boxes: Tensor,
  scores: Tensor,
  labels: Tensor,
  options: NmsOptions = {},
): Promise<Tensor<"int32">> {
  const { iouThreshold = 0.5, maxOutput = Infinity } = options;
  checkOverlapThreshold("batchedNms", "iouThreshold", iouThreshold);
  checkSuppression("batchedNms", boxes, scores, options);
  const candidates = await readCandidates(boxes, scores, options);
  const label = await readLabels("batchedNms", labels, candidates, boxes);
  const members = new Map<number, number[]>();
  for (let i = 0; i < candidates.count; i++) {
    const list = members.get(label[i]!);
    if (list === undefined) members.set(label[i]!, [i]);
    else list.push(i);
  }
  const settings = { threshold: iouThreshold, maxOutput, isDistance: false };
  const kept = [...members.values()].flatMap((list) => {
    const places = Int32Array.from(list);
    return Array.from(sweep(pick(candidates, places), settings), (k) => places[k]!);
  });
  const best = Int32Array.from(kept).sort().subarray(0, maxOutput);
  return indexTensor(best.map((i) => candidates.index[i]!));
}

/**
 * Resolves to what {@link nms} does, computed as it is defined: every box meets every better box that is kept. It is here to
 * be read, and for tests to compare with.
 *
 * @param boxes - `[n, 4]`, as [x1, y1, x2, y2]
 * @param scores - `[n]`
 * @param options - thresholds, the number to keep, the pixel convention
 * @returns the indices kept, by falling score; `[kept]`, int32
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for a threshold outside [0, 1]
 *
 * Cost: n times the number kept.
 *
 * @example
 * const boxes = tensor([[0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]]);
 * (await nmsSlow(boxes, tensor([0.8, 0.9, 0.7]))).toString(); // => [1, 2]
 */
export async function nmsSlow(
  boxes: Tensor,
  scores: Tensor,
  options: NmsOptions = {},
): Promise<Tensor<"int32">> {
  const { iouThreshold = 0.5, scoreThreshold = -Infinity, maxOutput = Infinity } = options;
  const { offset = 0 } = options;
  checkSuppression("nmsSlow", boxes, scores, options);
  checkOverlapThreshold("nmsSlow", "iouThreshold", iouThreshold);
  const [box, score] = await Promise.all([boxes.data(), scores.data()]);

  const side = (i: number, axis: 0 | 1): number =>
    box[4 * i + axis + 2]! - box[4 * i + axis]! + offset;
  const sharedSide = (i: number, j: number, axis: 0 | 1): number => {
    const start = Math.max(box[4 * i + axis]!, box[4 * j + axis]!);
    const end = Math.min(box[4 * i + axis + 2]!, box[4 * j + axis + 2]!);
    return Math.max(0, end - start + offset);
  };
  const iou = (i: number, j: number): number => {
    const shared = sharedSide(i, j, 0) * sharedSide(i, j, 1);
    return shared / (side(i, 0) * side(i, 1) + side(j, 0) * side(j, 1) - shared);
  };

  const order = Array.from(score.keys())
    .filter((i) => score[i]! >= scoreThreshold)
    .filter((i) => box.subarray(4 * i, 4 * i + 4).every(Number.isFinite))
    .sort((i, j) => score[j]! - score[i]! || i - j);
  const kept: number[] = [];
  for (const i of order) {
    // The IoU of two empty boxes is NaN, which is not more than anything.
    if (!kept.some((j) => iou(j, i) > iouThreshold)) kept.push(i);
  }
  return indexTensor(Int32Array.from(kept).subarray(0, maxOutput));
}

async function suppress(
  operation: string,
  boxes: Tensor,
  scores: Tensor,
  options: NmsOptions,
  isDistance: boolean,
): Promise<Tensor<"int32">> {
  const { iouThreshold = 0.5, maxOutput = Infinity } = options;
  checkOverlapThreshold(operation, "iouThreshold", iouThreshold);
  checkSuppression(operation, boxes, scores, options);
  const onDevice = await nmsOnDevice(boxes, scores, { ...options, iouThreshold, isDistance });
  if (onDevice !== undefined) return indexTensor(onDevice);
  const candidates = await readCandidates(boxes, scores, options);
  const kept = sweep(candidates, { threshold: iouThreshold, maxOutput, isDistance });
  return indexTensor(kept.map((i) => candidates.index[i]!));
}

function indexTensor(indices: Int32Array): Tensor<"int32"> {
  return tensor(indices) as Tensor<"int32">;
}
