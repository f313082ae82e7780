import { ArgumentError, Tensor } from "@tensorloom/tensor";
import { distinct, targetValues, type Targets } from "../inputs.ts";
import { sampleWeights } from "../weights.ts";
import type { WeightedMetricOptions } from "./pairs.ts";
import { binaryScores, scoreMatrix, type Scores } from "./scores.ts";

/** What curves take. */
export interface CurveOptions extends WeightedMetricOptions {
  /** The positive class; the larger one by default. */
  readonly positive?: number;
}

/** Weight of false and true positives at each threshold. */
interface Cumulative {
  readonly falsePositives: Float64Array;
  readonly truePositives: Float64Array;
  readonly thresholds: Float64Array;
}

/** Returns the counts at each distinct score, falling; samples of weight 0 are left out. */
export function cumulativeCounts(
  isPositive: readonly boolean[],
  scores: Float64Array,
  weights: Float64Array,
): Cumulative {
  const order = Array.from(scores.keys())
    .filter((i) => weights[i]! > 0)
    .toSorted((i, j) => scores[j]! - scores[i]!);
  const [falsePositives, truePositives, thresholds]: [number[], number[], number[]] = [[], [], []];
  let [wrong, right] = [0, 0];
  order.forEach((i, place) => {
    if (isPositive[i]!) right += weights[i]!;
    else wrong += weights[i]!;
    const next = order[place + 1];
    if (next !== undefined && scores[next] === scores[i]) return;
    falsePositives.push(wrong);
    truePositives.push(right);
    thresholds.push(scores[i]!);
  });
  return {
    falsePositives: Float64Array.from(falsePositives),
    truePositives: Float64Array.from(truePositives),
    thresholds: Float64Array.from(thresholds),
  };
}

async function binaryCurve(
  operation: string,
  truth: Targets,
  scores: Scores,
  options: CurveOptions,
): Promise<Cumulative> {
  const count = truth instanceof Tensor ? truth.size : truth.length;
  const labels = await targetValues(operation, truth, count);
  const classes = distinct(labels);
  if (classes.length > 2) {
    throw new ArgumentError(
      `${operation}: truth: expected two classes, got ${classes.length}; take one class at a time`,
    );
  }
  const positive = options.positive ?? Math.max(1, classes.at(-1)!);
  const weights = await sampleWeights(operation, options.sampleWeight, labels.length);
  const matrix = await scoreMatrix(operation, scores, labels.length);
  const isPositive = Array.from(labels, (label) => label === positive);
  return cumulativeCounts(isPositive, binaryScores(operation, matrix), weights);
}

/** Points of a ROC curve, thresholds falling. */
export interface RocCurve {
  /** The share of negative samples that score at least the threshold, rising. */
  readonly falsePositiveRate: readonly number[];
  /** The share of positive samples that do, rising. */
  readonly truePositiveRate: readonly number[];
  /** The thresholds; the first is infinite, above all scores. */
  readonly thresholds: readonly number[];
}

/**
 * Resolves to the receiver operating characteristic: how many positives are found at the price of how many false alarms.
 *
 * @param truth - two classes
 * @param scores - higher for the positive class: probabilities or decisions, `[samples]` or `[samples, 2]`
 * @param options - `positive`; `dropIntermediate` (true by default): whether points on a straight line are left out;
 * `sampleWeight`
 * @throws `ArgumentError` for more than two classes; `ShapeError` if there are not as many scores
 *
 * Rates are NaN where there are no samples of the kind. Source: scikit-learn's roc_curve.
 *
 * @example
 * (await metrics.rocCurve([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8])).truePositiveRate; // => [0,0.5,0.5,1,1]
 */
export async function rocCurve(
  truth: Targets,
  scores: Scores,
  options: CurveOptions & { readonly dropIntermediate?: boolean } = {},
): Promise<RocCurve> {
  const counts = await binaryCurve("rocCurve", truth, scores, options);
  const { falsePositives: wrong, truePositives: right, thresholds } = counts;
  const last = wrong.length - 1;
  const isCorner = (i: number): boolean =>
    i === 0 ||
    i === last ||
    wrong[i - 1]! + wrong[i + 1]! !== 2 * wrong[i]! ||
    right[i - 1]! + right[i + 1]! !== 2 * right[i]!;
  const kept = Array.from(wrong.keys()).filter(
    (i) => options.dropIntermediate === false || isCorner(i),
  );
  return {
    falsePositiveRate: [0, ...kept.map((i) => wrong[i]!)].map((count) => count / wrong[last]!),
    truePositiveRate: [0, ...kept.map((i) => right[i]!)].map((count) => count / right[last]!),
    thresholds: [Infinity, ...kept.map((i) => thresholds[i]!)],
  };
}

/** Points of a precision-recall curve, thresholds rising. */
export interface PrecisionRecallCurve {
  /** Which share of those that score at least the threshold is positive; the last is 1. */
  readonly precision: readonly number[];
  /** Which share of the positives scores at least the threshold, falling; the last is 0. */
  readonly recall: readonly number[];
  /** The thresholds: one fewer than there are points. */
  readonly thresholds: readonly number[];
}

/**
 * Resolves to precision and recall at every threshold: for rare positives it says more than {@link rocCurve}.
 *
 * @param truth - two classes
 * @param scores - higher for the positive class, `[samples]` or `[samples, 2]`
 * @param options - `positive`, `sampleWeight`
 * @throws `ArgumentError` for more than two classes; `ShapeError` if there are not as many scores
 *
 * Source: scikit-learn's precision_recall_curve.
 *
 * @example
 * (await metrics.precisionRecallCurve([0, 1, 1], [0.1, 0.4, 0.8])).recall; // => [1,1,0.5,0]
 */
export async function precisionRecallCurve(
  truth: Targets,
  scores: Scores,
  options: CurveOptions = {},
): Promise<PrecisionRecallCurve> {
  const counts = await binaryCurve("precisionRecallCurve", truth, scores, options);
  const { falsePositives: wrong, truePositives: right, thresholds } = counts;
  const total = right.at(-1)!;
  const places = Array.from(right.keys()).toReversed();
  return {
    precision: [...places.map((i) => right[i]! / (right[i]! + wrong[i]!)), 1],
    // Without positives all of them are found.
    recall: [...places.map((i) => (total === 0 ? 1 : right[i]! / total)), 0],
    thresholds: places.map((i) => thresholds[i]!),
  };
}

/**
 * Resolves to the mean precision over the recall gained at each threshold: the area under the precision-recall curve,
 * without interpolation.
 *
 * @param truth - two classes
 * @param scores - higher for the positive class, `[samples]` or `[samples, 2]`
 * @param options - `positive`, `sampleWeight`
 * @throws `ArgumentError` for more than two classes; `ShapeError` if there are not as many scores
 *
 * @example
 * await metrics.averagePrecision([0, 1, 1], [0.1, 0.4, 0.8]); // => 1
 */
export async function averagePrecision(
  truth: Targets,
  scores: Scores,
  options: CurveOptions = {},
): Promise<number> {
  const { truePositives: right, falsePositives: wrong } = await binaryCurve(
    "averagePrecision",
    truth,
    scores,
    options,
  );
  const total = right.at(-1)!;
  if (total === 0) return 0;
  return right.reduce((sum, count, i) => {
    const gained = (count - (right[i - 1] ?? 0)) / total;
    return sum + (gained * count) / (count + wrong[i]!);
  }, 0);
}

/**
 * Returns the area under a curve of straight pieces.
 *
 * @param x - rising or falling
 * @param y - one a value of x
 * @throws `ArgumentError` unless x rises or falls throughout, with at least two points and as many of y
 *
 * @example
 * metrics.auc([0, 0.5, 1], [0, 1, 1]); // => 0.75
 */
export function auc(x: readonly number[], y: readonly number[]): number {
  const steps = x.slice(1).map((value, i) => value - x[i]!);
  const isMonotonic = steps.every((step) => step >= 0) || steps.every((step) => step <= 0);
  if (x.length < 2 || x.length !== y.length || !isMonotonic) {
    throw new ArgumentError(
      `auc: x: expected at least two values that rise or fall, and as many of y, got ${x.length} and ${y.length}`,
    );
  }
  const area = steps.reduce((sum, step, i) => sum + (step * (y[i]! + y[i + 1]!)) / 2, 0);
  return steps.some((step) => step < 0) ? -area : area;
}
