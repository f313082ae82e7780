import { ArgumentError } from "@tensorloom/tensor";
import type { Targets } from "../inputs.ts";
import { classCounts, type ClassCounts } from "./class-counts.ts";
import type { WeightedMetricOptions } from "./pairs.ts";

/** What {@link precision} and its kin take. */
export interface AverageOptions extends WeightedMetricOptions {
  /**
   * Of which classes: `"binary"` (default) of the positive one alone; `"micro"` of all counts together; `"macro"` the mean
   * over classes; `"weighted"` the mean weighted by how frequent each class is.
   */
  readonly average?: "binary" | "micro" | "macro" | "weighted";
  /** The positive class of `"binary"`; 1 by default. */
  readonly positive?: number;
  /** The classes that count; all that occur by default. */
  readonly labels?: readonly number[];
  /** The value where nothing is there to divide by; 0 by default. */
  readonly zeroDivision?: 0 | 1;
}

/** Precision, recall and their mean, by class. */
export interface ClassScores {
  /** The classes. */
  readonly labels: readonly number[];
  /** Which share of the samples predicted to be of the class are. */
  readonly precision: readonly number[];
  /** Which share of the class's samples are predicted so. */
  readonly recall: readonly number[];
  /** Their weighted harmonic mean. */
  readonly fScore: readonly number[];
  /** How many samples are of the class, weighted. */
  readonly support: readonly number[];
}

type Counts = Pick<ClassCounts, "both" | "predicted" | "truth">;

function scoresOf(
  { both, predicted, truth }: Counts,
  beta: number,
  zeroDivision: number,
): Omit<ClassScores, "labels"> {
  const ratio = (part: number, whole: number): number =>
    whole === 0 ? zeroDivision : part / whole;
  const precisions = Array.from(both, (count, i) => ratio(count, predicted[i]!));
  const recalls = Array.from(both, (count, i) => ratio(count, truth[i]!));
  const fScores = precisions.map((p, i) => {
    const [r, square] = [recalls[i]!, beta ** 2];
    if (predicted[i] === 0 && truth[i] === 0) return zeroDivision;
    return p === 0 && r === 0 ? 0 : ((1 + square) * p * r) / (square * p + r);
  });
  return { precision: precisions, recall: recalls, fScore: fScores, support: Array.from(truth) };
}

/**
 * Resolves to precision, recall and F-score of each class.
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - `labels`, `beta` 1, `zeroDivision`, `sampleWeight`
 * @throws `ShapeError` if there are not as many
 *
 * @example
 * (await metrics.classScores([0, 1, 1, 2], [0, 1, 2, 2])).recall; // => [1,0.5,1]
 */
export async function classScores(
  truth: Targets,
  predicted: Targets,
  options: Omit<AverageOptions, "average" | "positive"> & { readonly beta?: number } = {},
): Promise<ClassScores> {
  const counts = await classCounts("classScores", truth, predicted, options);
  const scores = scoresOf(counts, options.beta ?? 1, options.zeroDivision ?? 0);
  return { labels: counts.labels, ...scores };
}

type ScoreName = "precision" | "recall" | "fScore";

async function averaged(
  operation: string,
  name: ScoreName,
  truth: Targets,
  predicted: Targets,
  options: AverageOptions,
  beta = 1,
): Promise<number> {
  const { average = "binary", positive = 1, zeroDivision = 0 } = options;
  let counts = await classCounts(operation, truth, predicted, options);
  if (average === "binary") {
    checkBinary(operation, counts.labels, positive);
    counts = await classCounts(operation, truth, predicted, { ...options, labels: [positive] });
  }
  return averageOf(operation, name, counts, { average, beta, zeroDivision });
}

function checkBinary(operation: string, labels: readonly number[], positive: number): void {
  if (labels.length > 2) {
    throw new ArgumentError(
      `${operation}: average: expected "micro", "macro" or "weighted" for ${labels.length} classes, got "binary"`,
    );
  }
  if (labels.length === 2 && !labels.includes(positive)) {
    throw new ArgumentError(
      `${operation}: positive: expected one of the classes ${labels.join(", ")}, got ${positive}`,
    );
  }
}

/** Returns the average of one score over classes. */
export function averageOf(
  operation: string,
  name: ScoreName,
  counts: Counts,
  options: { readonly average: string; readonly beta?: number; readonly zeroDivision: number },
): number {
  const { average, beta = 1, zeroDivision } = options;
  const total = (values: Float64Array): Float64Array =>
    Float64Array.of(values.reduce((sum, value) => sum + value, 0));
  if (average === "micro") {
    const all = {
      both: total(counts.both),
      predicted: total(counts.predicted),
      truth: total(counts.truth),
    };
    return scoresOf(all, beta, zeroDivision)[name][0]!;
  }
  const scores = scoresOf(counts, beta, zeroDivision)[name];
  const sum = (values: readonly number[]): number => values.reduce((part, x) => part + x, 0);
  if (average === "binary") return scores[0]!;
  if (average === "macro") return sum(scores) / scores.length;
  if (average !== "weighted") {
    throw new ArgumentError(
      `${operation}: average: expected binary, micro, macro or weighted, got "${average}"`,
    );
  }
  const support = total(counts.truth)[0]!;
  return support === 0
    ? zeroDivision
    : sum(scores.map((score, i) => score * counts.truth[i]!)) / support;
}

/**
 * Resolves to the precision: which share of the samples predicted positive are.
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - `average`, `positive`, `labels`, `zeroDivision`, `sampleWeight`
 * @throws `ArgumentError` for `"binary"` on more than two classes; `ShapeError` if there are not as many
 *
 * @example
 * await metrics.precision([0, 1, 1, 0], [1, 1, 0, 0]); // => 0.5
 */
export function precision(
  truth: Targets,
  predicted: Targets,
  options: AverageOptions = {},
): Promise<number> {
  return averaged("precision", "precision", truth, predicted, options);
}

/**
 * Resolves to the recall: which share of the positive samples are predicted so.
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - `average`, `positive`, `labels`, `zeroDivision`, `sampleWeight`
 * @throws `ArgumentError` for `"binary"` on more than two classes; `ShapeError` if there are not as many
 *
 * @example
 * await metrics.recall([0, 1, 1, 1, 1], [1, 1, 0, 1, 1]); // => 0.75
 */
export function recall(
  truth: Targets,
  predicted: Targets,
  options: AverageOptions = {},
): Promise<number> {
  return averaged("recall", "recall", truth, predicted, options);
}

/**
 * Resolves to the harmonic mean of precision and recall.
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - `average`, `positive`, `labels`, `zeroDivision`, `sampleWeight`
 * @throws `ArgumentError` for `"binary"` on more than two classes; `ShapeError` if there are not as many
 *
 * @example
 * await metrics.f1([0, 1, 1, 0], [1, 1, 0, 0]); // => 0.5
 */
export function f1(
  truth: Targets,
  predicted: Targets,
  options: AverageOptions = {},
): Promise<number> {
  return averaged("f1", "fScore", truth, predicted, options);
}

/**
 * Resolves to the weighted harmonic mean of precision and recall.
 *
 * @param truth - the true classes
 * @param predicted - the predicted classes
 * @param options - as for {@link f1}, and `beta`: how many times as much recall counts as precision
 * @throws `ArgumentError` unless `beta` is positive
 *
 * @example
 * await metrics.fBeta([0, 1, 1, 0], [1, 1, 0, 0], { beta: 2 }); // => 0.5
 */
export async function fBeta(
  truth: Targets,
  predicted: Targets,
  options: AverageOptions & { readonly beta: number },
): Promise<number> {
  if (!(options.beta > 0)) {
    throw new ArgumentError(`fBeta: beta: expected a positive number, got ${options.beta}`);
  }
  return averaged("fBeta", "fScore", truth, predicted, options, options.beta);
}
