import type { AnyEstimator } from "../composition/pipeline.ts";
import { formatTable } from "../format-table.ts";
import type { Targets } from "../inputs.ts";
import type { FittedModel } from "../fitted-model.ts";
import type { Table } from "../table.ts";
import { runFits, type SharedWork } from "../workers/run-fits.ts";
import { materialOf, type FoldScores } from "./fit-and-score.ts";
import { jobScores, type Scoring } from "./scoring.ts";
import { splitsFor, type SplitRule } from "./splitters.ts";

/** What {@link crossValScore} takes. */
export interface CrossValScoreOptions extends SharedWork {
  /** How often, or by what, samples are split; 5 folds by default, of like classes for classifiers. */
  readonly cv?: SplitRule;
  /** The score, by name or as a function; the model's own `score` by default. */
  readonly scoring?: Scoring;
  /** The groups that samples belong to, for splitters that look at them. */
  readonly groups?: Targets;
  /** How much each sample counts in fitting; 1 by default. */
  readonly sampleWeight?: Targets;
}

/** What {@link crossValidate} takes. */
export interface CrossValidationOptions extends Omit<CrossValScoreOptions, "scoring"> {
  /** The scores by names of your choice, or one of them; the model's own `score` by default. */
  readonly scoring?: Scoring | Readonly<Record<string, Scoring>>;
  /** Whether scores on the training samples are computed too; false by default. */
  readonly returnTrainScore?: boolean;
  /** Whether the fitted models are returned too; false by default. */
  readonly returnEstimator?: boolean;
}

/** What {@link crossValidate} gives; prints as a table. */
export interface CrossValidationResult {
  /** For each score one value a split, on samples that were not learned from; a single score is called `score`. */
  readonly testScores: Readonly<Record<string, readonly number[]>>;
  /** The same on the samples that were learned from, if asked for. */
  readonly trainScores: Readonly<Record<string, readonly number[]>> | undefined;
  /** Each split's fitted model, if asked for; they are yours to dispose. */
  readonly models: readonly FittedModel[] | undefined;
  /** Seconds that each fit took. */
  readonly fitTimes: readonly number[];
  /** Seconds that each scoring took. */
  readonly scoreTimes: readonly number[];
  /** Returns each split's scores, those on training samples if asked for, their mean and deviation as a table. */
  toString(): string;
}

/**
 * Resolves to the scores of an estimator that is fitted on some samples and scored on the others, several times over.
 *
 * With `workers` folds are computed on worker threads, and their results are the same.
 *
 * @param estimator - what is fitted
 * @param x - `[samples, features]`
 * @param y - the targets
 * @param options - `cv`, `scoring`, `groups`, `sampleWeight`, `returnTrainScore`, `returnEstimator`, `workers`, `signal`,
 * `onProgress` (fits), `progressBar`
 * @throws what the splitter, a fit or a score throws
 *
 * Source: scikit-learn's cross_validate.
 *
 * @example
 * const x = [[1], [2], [3], [7], [8], [9]];
 * const result = await crossValidate(new GaussianNB(), x, [0, 0, 0, 1, 1, 1], { cv: 3 });
 * result.testScores.score; // => [1,1,1]
 */
export async function crossValidate(
  estimator: AnyEstimator,
  x: Table,
  y?: Targets,
  options: CrossValidationOptions = {},
): Promise<CrossValidationResult> {
  const { cv = 5, groups, sampleWeight } = options;
  const { returnTrainScore = false, returnEstimator = false } = options;
  const operation = "crossValidate";
  const scoring = scoresByName(options.scoring);
  const material = await materialOf(operation, x, y, sampleWeight);
  const isClassifier = estimator.kind === "classifier";
  const splits = await splitsFor(operation, cv, material.count, isClassifier, y, groups);
  const folds = await runFits(
    {
      ...{ operation, estimators: [estimator], material, parts: splits, returnTrainScore },
      scores: jobScores(operation, scoring),
    },
    splits.map((_, part) => ({ estimator: 0, part, isKept: returnEstimator })),
    options,
  );
  const byName = (of: (fold: FoldScores) => Readonly<Record<string, number>>) =>
    Object.fromEntries(
      [...scoring.keys()].map((name) => [name, folds.map((fold) => of(fold)[name]!)]),
    );
  const testScores = byName((fold) => fold.test);
  const trainScores = returnTrainScore ? byName((fold) => fold.train!) : undefined;
  return {
    testScores,
    trainScores,
    models: returnEstimator ? folds.map(({ model }) => model!) : undefined,
    fitTimes: folds.map(({ fitTime }) => fitTime),
    scoreTimes: folds.map(({ scoreTime }) => scoreTime),
    toString: () => scoreTable(testScores, trainScores),
  };
}

/** Returns scores by name: a single one is called `score`. */
function scoresByName(
  scoring: CrossValidationOptions["scoring"],
): ReadonlyMap<string, Scoring | undefined> {
  return new Map(typeof scoring === "object" ? Object.entries(scoring) : [["score", scoring]]);
}

type Scores = Readonly<Record<string, readonly number[]>>;

function scoreTable(test: Scores, train: Scores | undefined): string {
  const scores = { ...test };
  for (const [name, values] of Object.entries(train ?? {})) scores[`train ${name}`] = values;
  const splits = Object.values(test)[0]!.length;
  const names = Array.from({ length: splits }, (_, i) => String(i));
  const rows = Object.entries(scores).map(([name, values]) =>
    [name].concat(
      [...values, meanOf(values), deviationOf(values)].map((value) => value.toFixed(3)),
    ),
  );
  return formatTable([["", ...names, "mean", "std"], ...rows]);
}

/** Returns the mean. */
export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Returns the standard deviation, with the count as divisor, as scikit-learn's searches do. */
export function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map((value) => (value - mean) ** 2)));
}

/**
 * Resolves to one score a split of an estimator that is fitted on the other samples; see {@link crossValidate}.
 *
 * @param estimator - what is fitted
 * @param x - `[samples, features]`
 * @param y - the targets
 * @param options - `cv`, `scoring`, `groups`, `sampleWeight`, `workers`, `signal`, `onProgress`
 *
 * @example
 * const x = [[1], [2], [3], [7], [8], [9]];
 * await crossValScore(new GaussianNB(), x, [0, 0, 0, 1, 1, 1], { cv: 3 }); // => [1,1,1]
 */
export async function crossValScore(
  estimator: AnyEstimator,
  x: Table,
  y?: Targets,
  options: CrossValScoreOptions = {},
): Promise<readonly number[]> {
  const { testScores } = await crossValidate(estimator, x, y, options);
  return testScores["score"]!;
}
