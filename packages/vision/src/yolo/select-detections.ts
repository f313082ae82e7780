import { ArgumentError, ShapeError, tensor, type Tensor } from "@tensorloom/tensor";
import type { Detections } from "../detection/detections.ts";
import { batchedNms } from "../suppression/nms.ts";

/** What predictions mean, place by place: most of them nothing. */
export interface DecodedBoxes {
  /** `[pictures, places, 4]`, as [x1, y1, x2, y2] in pixels. */
  readonly boxes: Tensor;
  /** `[pictures, places]`: how sure the detector is that something is there. */
  readonly objectness: Tensor;
  /** `[pictures, places, C]`: the probability of each class, if something is there. */
  readonly classes: Tensor;
}

/** What {@link selectDetections} takes. */
export interface SelectDetectionsOptions {
  /** Boxes of a lower score are dropped; 0.25 by default. Use 0.01 or less to compute a mean average precision. */
  readonly scoreThreshold?: number;
  /** Boxes that overlap a better one of their class by more are dropped; 0.45 by default. */
  readonly iouThreshold?: number;
  /** At most so many are kept of a picture; 100 by default. */
  readonly maxOutput?: number;
}

/**
 * Resolves to the boxes that count, for each picture by falling score: each place has its likeliest class, its score is the
 * objectness times that class's probability, and of those that overlap too much within a class the best stays.
 *
 * @param decoded - what {@link yoloDecode} or {@link yoloV1Decode} returns
 * @param options - thresholds, the number to keep
 * @returns an entry a picture, its tensors on the current backend: boxes `[n, 4]`, scores `[n]`, labels `[n]` (int32)
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for thresholds out of range
 *
 * @example
 * const decoded = yoloDecode(tensor([[[[0, 0, 0, 0, 9, 9]]]]), {
 *   anchors: [[40, 40]], C: 1, imageSize: [100, 100],
 * });
 * const [found] = await selectDetections(decoded);
 * found.boxes.toString(); // => [[30, 30, 70, 70]]
 */
export async function selectDetections(
  decoded: DecodedBoxes,
  options: SelectDetectionsOptions = {},
): Promise<Detections[]> {
  const { scoreThreshold = 0.25, iouThreshold = 0.45, maxOutput = 100 } = options;
  const [pictures = 0, places = 0] = decoded.boxes.shape;
  const count = decoded.classes.shape[2] ?? 0;
  const isFit =
    String(decoded.boxes.shape) === String([pictures, places, 4]) &&
    String(decoded.objectness.shape) === String([pictures, places]) &&
    String(decoded.classes.shape) === String([pictures, places, count]) &&
    count > 0;
  if (!isFit) {
    throw new ShapeError(
      "selectDetections: decoded: expected boxes [pictures, places, 4], objectness [pictures, places] and classes " +
        `[pictures, places, C], got [${decoded.boxes.shape.join(", ")}], [${decoded.objectness.shape.join(", ")}] and ` +
        `[${decoded.classes.shape.join(", ")}]`,
    );
  }
  if (Number.isNaN(scoreThreshold)) {
    throw new ArgumentError("selectDetections: scoreThreshold: expected a number, got NaN");
  }
  const [boxes, objectness, classes] = await Promise.all([
    decoded.boxes.data(),
    decoded.objectness.data(),
    decoded.classes.data(),
  ]);
  const found: Detections[] = [];
  for (let picture = 0; picture < pictures; picture++) {
    const kept: { box: ArrayLike<number>; score: number; label: number }[] = [];
    for (let place = picture * places; place < (picture + 1) * places; place++) {
      // A probability is at most 1: most places end here.
      if (!(objectness[place]! >= scoreThreshold)) continue;
      const probabilities = classes.subarray(place * count, (place + 1) * count);
      let label = 0;
      for (let c = 1; c < count; c++) if (probabilities[c]! > probabilities[label]!) label = c;
      const score = objectness[place]! * probabilities[label]!;
      if (score >= scoreThreshold) {
        kept.push({ box: boxes.subarray(4 * place, 4 * place + 4), score, label });
      }
    }
    found.push(await suppressed(kept, iouThreshold, maxOutput));
  }
  return found;
}

async function suppressed(
  candidates: readonly { box: ArrayLike<number>; score: number; label: number }[],
  iouThreshold: number,
  maxOutput: number,
): Promise<Detections> {
  const detectionsOf = (chosen: typeof candidates): Detections => ({
    boxes: tensor(Float32Array.from(chosen.flatMap(({ box }) => Array.from(box))), {
      shape: [chosen.length, 4],
    }),
    scores: tensor(Float32Array.from(chosen, ({ score }) => score)),
    labels: tensor(Int32Array.from(chosen, ({ label }) => label)),
  });
  const { boxes, scores, labels } = detectionsOf(candidates);
  const kept = await batchedNms(boxes, scores, labels, { iouThreshold, maxOutput });
  const indices = await kept.data();
  for (const one of [boxes, scores, labels, kept]) one.dispose();
  return detectionsOf(Array.from(indices, (i) => candidates[i]!));
}
