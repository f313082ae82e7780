import { ArgumentError } from "@tensorloom/tensor";
import type { AnyEstimator } from "../composition/pipeline.ts";
import { formatTable } from "../format-table.ts";
import type { Targets } from "../inputs.ts";
import { RandomStream } from "../random/random-stream.ts";
import type { Table } from "../table.ts";
import { runFits } from "../workers/run-fits.ts";
import { meanOf, type CrossValScoreOptions } from "./cross-validate.ts";
import { materialOf } from "./fit-and-score.ts";
import { jobScores } from "./scoring.ts";
import { splitsFor, type Split } from "./splitters.ts";

/** What {@link learningCurve} takes. */
export interface LearningCurveOptions extends CrossValScoreOptions {
  /** Shares of the training samples if all are at most 1, else their numbers; 0.1, 0.325, 0.55, 0.775 and 1 by default. */
  readonly trainSizes?: readonly number[];
  /** Whether training samples are shuffled before some of them are taken; false by default. */
  readonly shuffle?: boolean;
  /** The seed of the shuffle; 0 by default. */
  readonly seed?: number;
}

/** What {@link learningCurve} gives; prints as a table. */
export interface LearningCurve {
  /** How many samples were learned from. */
  readonly trainSizes: readonly number[];
  /** For each size, one score a split on the samples that were learned from. */
  readonly trainScores: readonly (readonly number[])[];
  /** For each size, one score a split on other samples. */
  readonly testScores: readonly (readonly number[])[];
  /** Returns mean scores by size as a table. */
  toString(): string;
}

/**
 * Resolves to scores by how many samples were learned from: where both curves have met, more samples help no more; where
 * the one on training samples stays far above, the model over-fits.
 *
 * @param estimator - what is fitted
 * @param x - `[samples, features]`
 * @param y - the targets
 * @param options - `trainSizes`, `cv`, `scoring`, `shuffle`, `seed`, `workers`, `signal`, `onProgress` (fits), `progressBar`
 * @throws `ArgumentError` for sizes that are none
 *
 * Source: scikit-learn's learning_curve.
 *
 * @example
 * const x = Array.from({ length: 20 }, (_, i) => [i]);
 * const curve = await learningCurve(new LinearRegression(), x, x.map(([v]) => 2 * v), { trainSizes: [4, 8] });
 * curve.testScores.map((scores) => Math.min(...scores).toFixed(3)); // => ["1.000","1.000"]
 */
export async function learningCurve(
  estimator: AnyEstimator,
  x: Table,
  y?: Targets,
  options: LearningCurveOptions = {},
): Promise<LearningCurve> {
  const operation = "learningCurve";
  const { cv = 5, groups, sampleWeight, shuffle = false, seed = 0 } = options;
  const material = await materialOf(operation, x, y, sampleWeight);
  const isClassifier = estimator.kind === "classifier";
  const splits = await splitsFor(operation, cv, material.count, isClassifier, y, groups);
  const most = splits[0]!.train.length;
  const sizes = sizesOf(options.trainSizes ?? [0.1, 0.325, 0.55, 0.775, 1], most);
  const random = new RandomStream(seed);
  const parts: Split[] = splits.flatMap(({ train, test }) => {
    const order = Int32Array.from(train);
    if (shuffle) random.shuffle(order);
    return sizes.map((size) => ({ train: order.subarray(0, size), test }));
  });
  const scores = jobScores(operation, new Map([["score", options.scoring]]));
  const folds = await runFits(
    {
      ...{ operation, estimators: [estimator], material, parts, scores },
      returnTrainScore: true,
    },
    parts.map((_, part) => ({ estimator: 0, part })),
    options,
  );
  const bySize = (s: number) => folds.filter((_, i) => i % sizes.length === s);
  const trainScores = sizes.map((_, s) => bySize(s).map(({ train }) => train!["score"]!));
  const testScores = sizes.map((_, s) => bySize(s).map(({ test }) => test["score"]!));
  return {
    trainSizes: sizes,
    trainScores,
    testScores,
    toString: () =>
      formatTable([
        ["samples", "train", "test"],
        ...sizes.map((size, s) => [
          String(size),
          meanOf(trainScores[s]!).toFixed(3),
          meanOf(testScores[s]!).toFixed(3),
        ]),
      ]),
  };
}

/** Returns numbers of samples, rising, each once. */
function sizesOf(given: readonly number[], most: number): number[] {
  const areShares = given.every((size) => size > 0 && size <= 1);
  const sizes = given.map((size) => (areShares ? Math.max(1, Math.floor(size * most)) : size));
  const odd = sizes.find((size) => !(Number.isInteger(size) && size >= 1 && size <= most));
  if (sizes.length === 0 || odd !== undefined) {
    throw new ArgumentError(
      `learningCurve: trainSizes: expected shares in (0, 1] or whole numbers from 1 to ${most}, got ${odd ?? "none"}`,
    );
  }
  return [...new Set(sizes)].toSorted((a, b) => a - b);
}
