import {
  areaOf,
  overlapOf,
  placesOfClass,
  rankedOfClass,
  type EvaluatedPicture,
} from "./match-detections.ts";
import type { MeanAveragePrecision } from "./mean-average-precision.ts";
import { curveOf } from "./precision-recall.ts";

/** The numbers of COCO's evaluation. Where there is nothing to find, NaN. */
export interface CocoResult extends MeanAveragePrecision {
  /** At an IoU of 0.5. */
  readonly map50: number;
  /** At an IoU of 0.75. */
  readonly map75: number;
  /** Of truths of up to 32² pixels. */
  readonly mapSmall: number;
  /** Of truths between 32² and 96² pixels. */
  readonly mapMedium: number;
  /** Of truths of 96² pixels and more. */
  readonly mapLarge: number;
  /** The mean recall with one detection a picture and class. */
  readonly mar1: number;
  /** The mean recall with 10. */
  readonly mar10: number;
  /** The mean recall with 100. */
  readonly mar100: number;
  /** The same of small truths. */
  readonly marSmall: number;
  /** The same of medium ones. */
  readonly marMedium: number;
  /** The same of large ones. */
  readonly marLarge: number;
}

const thresholds = Array.from({ length: 10 }, (_, i) => 0.5 + i / 20);
const mostDetections = 100;

/** Bounds of a truth's area, both inclusive, as COCO's tools have them. */
type AreaRange = readonly [least: number, most: number];
const everyArea: AreaRange = [0, Infinity];
const small: AreaRange = [0, 32 ** 2];
const medium: AreaRange = [32 ** 2, 96 ** 2];
const large: AreaRange = [96 ** 2, Infinity];

/** Precision and recall of one class at one IoU threshold; NaN where there is nothing to find. */
interface Score {
  readonly precision: number;
  readonly recall: number;
}

/** Returns COCO's numbers for the classes given. */
export function cocoEvaluation(
  pictures: readonly EvaluatedPicture[],
  labels: readonly number[],
): CocoResult {
  const evaluated = (range: AreaRange, most: number): Score[][] =>
    labels.map((label) => scoresOf(pictures, label, range, most));
  const all = evaluated(everyArea, mostDetections);
  const [ofSmall, ofMedium, ofLarge] = [small, medium, large].map((range) =>
    evaluated(range, mostDetections),
  ) as [Score[][], Score[][], Score[][]];
  return {
    map: meanOf(all, "precision"),
    perClass: new Map(labels.map((label, i) => [label, meanOf([all[i]!], "precision")])),
    map50: meanOf(all, "precision", 0),
    map75: meanOf(all, "precision", 5),
    mapSmall: meanOf(ofSmall, "precision"),
    mapMedium: meanOf(ofMedium, "precision"),
    mapLarge: meanOf(ofLarge, "precision"),
    mar1: meanOf(evaluated(everyArea, 1), "recall"),
    mar10: meanOf(evaluated(everyArea, 10), "recall"),
    mar100: meanOf(all, "recall"),
    marSmall: meanOf(ofSmall, "recall"),
    marMedium: meanOf(ofMedium, "recall"),
    marLarge: meanOf(ofLarge, "recall"),
  };
}

/** The scores of one class, one a threshold. */
function scoresOf(
  pictures: readonly EvaluatedPicture[],
  label: number,
  range: AreaRange,
  most: number,
): Score[] {
  const judged: { score: number; isRight: boolean }[][] = thresholds.map(() => []);
  let truths = 0;
  for (const picture of pictures) {
    const { found, real } = picture;
    const places = placesOfClass(real, label);
    const isOut = new Map(
      places.map((j) => [j, real.isIgnored[j]! || isOutside(areaOf(real, j), range)]),
    );
    truths += places.filter((j) => !isOut.get(j)!).length;
    const ranked = rankedOfClass(found, label).slice(0, most);
    // Truths that count come first: one that does not is taken only where none that does is left.
    const inOrder = places.toSorted((a, b) => Number(isOut.get(a)!) - Number(isOut.get(b)!));
    const overlaps = ranked.map((i) =>
      inOrder.map((j) => overlapOf(found, i, real, j, real.isIgnored[j]!)),
    );
    thresholds.forEach((threshold, t) => {
      const taken = new Set<number>();
      ranked.forEach((i, rank) => {
        const match = bestMatch(overlaps[rank]!, inOrder, threshold, taken, isOut, real.isIgnored);
        if (match >= 0) taken.add(match);
        const isLeftOut = match >= 0 ? isOut.get(match)! : isOutside(areaOf(found, i), range);
        if (!isLeftOut) judged[t]!.push({ score: found.scores[i]!, isRight: match >= 0 });
      });
    });
  }
  if (truths === 0) return thresholds.map(() => ({ precision: Number.NaN, recall: Number.NaN }));
  return judged.map((list) => {
    const { precision, recall } = curveOf(list, truths);
    return { precision: meanOver101(precision, recall), recall: recall.at(-1) ?? 0 };
  });
}

/** The truth that a detection finds, or -1: the one it overlaps most of those that nobody has found yet. */
function bestMatch(
  overlaps: readonly number[],
  places: readonly number[],
  threshold: number,
  taken: ReadonlySet<number>,
  isOut: ReadonlyMap<number, boolean>,
  isCrowd: readonly boolean[],
): number {
  let best = -1;
  let bestIou = Math.min(threshold, 1 - 1e-10);
  for (const [k, j] of places.entries()) {
    if (taken.has(j) && !isCrowd[j]) continue;
    if (best >= 0 && !isOut.get(best)! && isOut.get(j)!) break;
    // Of equal overlaps the later truth wins, as in COCO's tools.
    if (overlaps[k]! >= bestIou) [best, bestIou] = [j, overlaps[k]!];
  }
  return best;
}

function isOutside(area: number, [least, most]: AreaRange): boolean {
  return area < least || area > most;
}

/**
 * The mean of the best precisions at recalls of 0, 0.01, ..., 1 or more. The products round as those of COCO's tools do: a
 * recall of 29 in 100 does not reach 29 * 0.01.
 */
function meanOver101(precision: readonly number[], recall: readonly number[]): number {
  let best = 0;
  let total = 0;
  let at = recall.length - 1;
  for (let hundredth = 100; hundredth >= 0; hundredth--) {
    const level = hundredth === 100 ? 1 : hundredth * 0.01;
    for (; at >= 0 && recall[at]! >= level; at--) best = Math.max(best, precision[at]!);
    total += best;
  }
  return total / 101;
}

/** The mean over classes with something to find, at one threshold or all. */
function meanOf(
  scores: readonly (readonly Score[])[],
  of: keyof Score,
  threshold?: number,
): number {
  const values = scores
    .flatMap((list) => (threshold === undefined ? list : [list[threshold]!]))
    .map((score) => score[of])
    .filter((value) => !Number.isNaN(value));
  return values.reduce((total, value) => total + value, 0) / values.length;
}
