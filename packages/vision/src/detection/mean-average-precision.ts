import { ArgumentError } from "@tensorloom/tensor";
import { cocoEvaluation, type CocoResult } from "./coco-evaluation.ts";
import {
  readPictures,
  type EvaluatedPicture,
  type EvaluationDetections,
  type EvaluationTruth,
} from "./match-detections.ts";
import { vocCurve, type PrecisionRecallCurve } from "./precision-recall.ts";

/** How {@link meanAveragePrecision} is computed. */
export type AveragePrecisionStyle = "voc07" | "voc" | "coco";

/** What {@link meanAveragePrecision} takes. */
export interface MeanAveragePrecisionOptions<S extends AveragePrecisionStyle> {
  /**
   * `"coco"`, the default: 101 points of the curve, over IoU thresholds from 0.5 to 0.95; `"voc"`: the area under the
   * curve; `"voc07"`: 11 points.
   */
  readonly style?: S;
  /** From which IoU on a detection finds a truth, for the styles of VOC; 0.5 by default. */
  readonly iouThreshold?: number;
}

/** What {@link meanAveragePrecision} resolves to. Where there is nothing to find, a number is NaN. */
export interface MeanAveragePrecision {
  /** The mean over the classes that occur in the truths; with style "coco" over IoU thresholds from 0.5 to 0.95 too. */
  readonly map: number;
  /** The average precision of each class that occurs in the truths. */
  readonly perClass: ReadonlyMap<number, number>;
}

/**
 * Resolves to the mean over classes of the average precision of detections.
 *
 * @param detections - an entry a picture: boxes, scores, labels, as tensors or plain arrays
 * @param truths - an entry a picture: boxes, labels, and which are left out
 * @param options - the style, and VOC's IoU threshold
 * @returns the mean and each class's average precision; with style "coco" also COCO's other eleven numbers
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` for an unknown style, or if there are not as many of both
 *
 * Boxes are continuous: a width is x2 - x1, as in COCO; VOC's own tool adds 1 to pixel-inclusive corners. Source:
 * Everingham et al. 2010, section 4.2, for VOC (2007: 11 points; from 2010 on all points); Lin et al. 2014, arXiv:1405.0312, and the
 * COCO tools' definition of their twelve numbers.
 *
 * @example
 * const labels = tensor([0, 1], { dtype: "int32" });
 * const truth = { boxes: tensor([[0, 0, 8, 8], [8, 8, 16, 16]]), labels };
 * const found = { boxes: tensor([[0, 0, 8, 8], [0, 8, 8, 16]]), labels, scores: tensor([0.9, 0.8]) };
 * (await meanAveragePrecision([found], [truth], { style: "voc" })).map; // => 0.5
 */
export async function meanAveragePrecision<S extends AveragePrecisionStyle = "coco">(
  detections: readonly EvaluationDetections[],
  truths: readonly EvaluationTruth[],
  options: MeanAveragePrecisionOptions<S> = {},
): Promise<S extends "coco" ? CocoResult : MeanAveragePrecision> {
  return evaluate(detections, truths, options) as ReturnType<typeof meanAveragePrecision<S>>;
}

async function evaluate(
  detections: readonly EvaluationDetections[],
  truths: readonly EvaluationTruth[],
  options: MeanAveragePrecisionOptions<AveragePrecisionStyle>,
): Promise<MeanAveragePrecision> {
  const { style = "coco", iouThreshold = 0.5 } = options;
  if (style !== "coco" && style !== "voc" && style !== "voc07") {
    throw new ArgumentError(
      `meanAveragePrecision: style: expected "voc07", "voc" or "coco", got ${JSON.stringify(style)}`,
    );
  }
  if (!(iouThreshold > 0 && iouThreshold <= 1)) {
    throw new ArgumentError(
      `meanAveragePrecision: iouThreshold: expected a number in (0, 1], got ${iouThreshold}`,
    );
  }
  const pictures = await readPictures("meanAveragePrecision", detections, truths);
  const labels = classesOf(pictures);
  if (style === "coco") return cocoEvaluation(pictures, labels);
  const average = style === "voc07" ? elevenPoints : areaUnder;
  const perClass = new Map(
    labels.map((label) => [label, average(vocCurve(pictures, label, iouThreshold))]),
  );
  return { map: meanOf([...perClass.values()]), perClass };
}

/** The classes of which there is something to find, rising. */
function classesOf(pictures: readonly EvaluatedPicture[]): number[] {
  const labels = new Set<number>();
  for (const { real } of pictures) {
    for (let j = 0; j < real.count; j++) if (!real.isIgnored[j]) labels.add(real.labels[j]!);
  }
  return [...labels].toSorted((a, b) => a - b);
}

/** The mean of the best precisions at recalls of 0, 0.1, ..., 1 or more. */
function elevenPoints({ precision, recall }: PrecisionRecallCurve): number {
  const best = fallingEnvelope(precision);
  let total = 0;
  for (let tenth = 0; tenth <= 10; tenth++) {
    const at = recall.findIndex((value) => value >= tenth / 10);
    total += at < 0 ? 0 : best[at]!;
  }
  return total / 11;
}

/** The area under the curve, its precision made to fall. */
function areaUnder({ precision, recall }: PrecisionRecallCurve): number {
  const best = fallingEnvelope(precision);
  return best.reduce((area, value, i) => area + value * (recall[i]! - (recall[i - 1] ?? 0)), 0);
}

/** At each place the largest value from there on. */
function fallingEnvelope(values: readonly number[]): number[] {
  const envelope = [...values];
  for (let i = envelope.length - 2; i >= 0; i--) {
    envelope[i] = Math.max(envelope[i]!, envelope[i + 1]!);
  }
  return envelope;
}

function meanOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0) / values.length;
}
