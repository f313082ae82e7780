import { Tensor } from "@tensorloom/tensor";
import type { AnyEstimator } from "../composition/pipeline.ts";
import type { FittedModel } from "../fitted-model.ts";
import { targetValues, type Samples, type Targets } from "../inputs.ts";
import type { Table } from "../table.ts";
import { sampleWeights } from "../weights.ts";
import type { Scorer } from "./scoring.ts";
import { hostTable, rowCount, selectRows } from "./select-rows.ts";
import type { Split } from "./splitters.ts";

/** Samples, targets and weights on the host: what folds are cut from. */
export interface Material {
  readonly count: number;
  readonly x: Exclude<Table, Tensor>;
  readonly y: Float64Array | undefined;
  readonly weights: Float64Array | undefined;
}

/** Resolves to samples, targets and weights on the host; throws `ShapeError` unless there are as many of each. */
export async function materialOf(
  operation: string,
  x: Table,
  y: Targets | undefined,
  sampleWeight: Targets | undefined,
): Promise<Material> {
  const count = rowCount(operation, x);
  return {
    count,
    x: await hostTable(x),
    y: y === undefined ? undefined : await targetValues(operation, y, count),
    weights:
      sampleWeight === undefined ? undefined : await sampleWeights(operation, sampleWeight, count),
  };
}

/** What one fit gives. */
export interface FoldScores {
  readonly test: Readonly<Record<string, number>>;
  readonly train: Readonly<Record<string, number>> | undefined;
  /** In seconds. */
  readonly fitTime: number;
  /** In seconds. */
  readonly scoreTime: number;
  /** What was fitted, if asked for. */
  readonly model?: FittedModel;
}

/** What is asked of a fit beside its scores. */
interface FoldOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether training samples are scored too. */
  readonly returnTrainScore?: boolean | undefined;
  /** Whether the model is returned; else it is given up. */
  readonly returnModel?: boolean | undefined;
}

/**
 * Fits an estimator on some samples, and scores it on others.
 *
 * @param estimator - what is fitted
 * @param material - the samples
 * @param split - which of them
 * @param scorers - the scores by name
 * @param options - `signal`; `returnTrainScore`, `returnModel`
 */
export async function fitAndScore(
  estimator: AnyEstimator,
  material: Material,
  split: Split,
  scorers: ReadonlyMap<string, Scorer>,
  options: FoldOptions,
): Promise<FoldScores> {
  const { signal, returnTrainScore = false, returnModel = false } = options;
  const train = cut(material, split.train);
  const test = cut(material, split.test);
  const begin = performance.now();
  const model = await fitted(estimator, train, signal);
  let isKept = false;
  try {
    const middle = performance.now();
    const testScores = await scoresOf(model, test, scorers);
    const end = performance.now();
    const scores = {
      test: testScores,
      train: returnTrainScore ? await scoresOf(model, train, scorers) : undefined,
      fitTime: (middle - begin) / 1000,
      scoreTime: (end - middle) / 1000,
    };
    isKept = returnModel;
    return isKept ? { ...scores, model } : scores;
  } finally {
    if (!isKept) model.dispose();
  }
}

/** Resolves to the model of an estimator that was fitted on all of the material. */
export function fitted(
  estimator: AnyEstimator,
  { x, y, weights }: Material,
  signal: AbortSignal | undefined,
): Promise<FittedModel> {
  const options = {
    ...(signal === undefined ? {} : { signal }),
    ...(weights === undefined ? {} : { sampleWeight: weights }),
  };
  return estimator.fit(x as Samples, y, options);
}

function cut({ x, y, weights }: Material, places: Int32Array): Material {
  const some = (values: Float64Array | undefined): Float64Array | undefined =>
    values === undefined ? undefined : Float64Array.from(places, (i) => values[i]!);
  return { count: places.length, x: selectRows(x, places), y: some(y), weights: some(weights) };
}

async function scoresOf(
  model: FittedModel,
  { x, y }: Material,
  scorers: ReadonlyMap<string, Scorer>,
): Promise<Record<string, number>> {
  const scores: Record<string, number> = {};
  for (const [name, score] of scorers) scores[name] = await score(model, x, y as Float64Array);
  return scores;
}
