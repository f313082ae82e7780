import { ArgumentError } from "@tensorloom/tensor";
import {
  overlapOf,
  placesOfClass,
  rankedOfClass,
  readPictures,
  type EvaluatedPicture,
  type EvaluationDetections,
  type EvaluationTruth,
} from "./match-detections.ts";

/** How right detections are as the score that counts falls. */
export interface PrecisionRecallCurve {
  /** The scores, falling. */
  readonly scores: readonly number[];
  /** The share of detections of that score or a higher one that are right. */
  readonly precision: readonly number[];
  /** The share of truths that those find. */
  readonly recall: readonly number[];
  /** How many truths there are. */
  readonly truths: number;
}

/** What {@link precisionRecallCurve} takes. */
export interface PrecisionRecallOptions {
  /** The class. */
  readonly label: number;
  /** From which IoU on a detection finds a truth; 0.5 by default. */
  readonly iouThreshold?: number;
}

/**
 * Resolves to the precision and the recall of the detections of one class, score by score, by VOC's rules: each detection
 * looks at the truth of its picture that it overlaps most; it is right if it overlaps that one enough and no better
 * detection has found it.
 *
 * @param detections - an entry a picture
 * @param truths - an entry a picture
 * @param options - the class, the IoU that counts
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` if there are not as many of both
 *
 * Source: Everingham et al. 2010, The PASCAL VOC challenge, section 4.2.
 *
 * @example
 * const labels = tensor([0], { dtype: "int32" });
 * const box = { boxes: tensor([[0, 0, 8, 8]]), labels };
 * const curve = await precisionRecallCurve([{ ...box, scores: tensor([0.5]) }], [box], { label: 0 });
 * curve.precision; // => [1]
 */
export async function precisionRecallCurve(
  detections: readonly EvaluationDetections[],
  truths: readonly EvaluationTruth[],
  options: PrecisionRecallOptions,
): Promise<PrecisionRecallCurve> {
  const { label, iouThreshold = 0.5 } = options;
  if (!(iouThreshold > 0 && iouThreshold <= 1)) {
    throw new ArgumentError(
      `precisionRecallCurve: iouThreshold: expected a number in (0, 1], got ${iouThreshold}`,
    );
  }
  const pictures = await readPictures("precisionRecallCurve", detections, truths);
  return vocCurve(pictures, label, iouThreshold);
}

/** The curve of one class by VOC's rules. */
export function vocCurve(
  pictures: readonly EvaluatedPicture[],
  label: number,
  iouThreshold: number,
): PrecisionRecallCurve {
  const judged: { score: number; isRight: boolean }[] = [];
  let truths = 0;
  for (const { found, real } of pictures) {
    const places = placesOfClass(real, label);
    truths += places.filter((j) => !real.isIgnored[j]).length;
    const taken = new Set<number>();
    for (const i of rankedOfClass(found, label)) {
      let best = -1;
      let bestIou = 0;
      for (const j of places) {
        const iou = overlapOf(found, i, real, j, false);
        if (iou > bestIou) [best, bestIou] = [j, iou];
      }
      const isFound = bestIou >= iouThreshold;
      if (isFound && real.isIgnored[best]!) continue;
      judged.push({ score: found.scores[i]!, isRight: isFound && !taken.has(best) });
      if (isFound) taken.add(best);
    }
  }
  return curveOf(judged, truths);
}

/** Runs through detections by falling score; of equal ones those of earlier pictures first. */
export function curveOf(
  judged: readonly { readonly score: number; readonly isRight: boolean }[],
  truths: number,
): PrecisionRecallCurve {
  const ranked = judged.toSorted((a, b) => b.score - a.score);
  let right = 0;
  const rights = ranked.map(({ isRight }) => (right += Number(isRight)));
  return {
    scores: ranked.map(({ score }) => score),
    precision: rights.map((count, i) => count / (i + 1)),
    recall: rights.map((count) => count / truths),
    truths,
  };
}
