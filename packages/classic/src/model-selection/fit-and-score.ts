import { Tensor } from "@tensorloom/tensor";
import type { AnyEstimator } from "../composition/pipeline.ts";
import { sharesOf, taken } from "../class-shares.ts";
import type { ClassifierModel, FittedModel, RegressorModel } from "../fitted-model.ts";
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

/** Which samples are learned from, and which are tested on: all features, or some. */
export interface Part extends Split {
  readonly features?: Int32Array;
}

/** What models tell of samples: what they predict; or each class's share, by the job's classes. */
export type Told = "predictions" | { readonly sharesOf: readonly number[] };

/** What one fit gives. */
export interface FoldScores {
  readonly test: Readonly<Record<string, number>>;
  readonly train: Readonly<Record<string, number>> | undefined;
  /** In seconds. */
  readonly fitTime: number;
  /** In seconds. */
  readonly scoreTime: number;
  /** What the model tells of samples to test on, if asked for. */
  readonly told?: Float64Array;
  /** What was fitted, if asked for. */
  readonly model?: FittedModel;
}

/** What is asked of a fit beside its scores. */
interface FoldOptions {
  readonly signal?: AbortSignal | undefined;
  /** Whether training samples are scored too. */
  readonly returnTrainScore?: boolean | undefined;
  /** Whether the model is returned; else it is disposed. */
  readonly isKept?: boolean | undefined;
  /** What the model tells of samples to test on, if there are any. */
  readonly told?: Told | undefined;
}

/**
 * Fits an estimator on some samples, and scores it on others.
 *
 * @param estimator - what is fitted
 * @param material - the samples
 * @param part - which of them
 * @param scorers - the scores by name
 * @param options - `signal`; `returnTrainScore`, `isKept`, `told`
 */
export async function fitAndScore(
  estimator: AnyEstimator,
  material: Material,
  part: Part,
  scorers: ReadonlyMap<string, Scorer> | undefined,
  options: FoldOptions,
): Promise<FoldScores> {
  const { signal, returnTrainScore = false, told } = options;
  const train = cut(material, part.train, part.features);
  const test = cut(material, part.test, part.features);
  const begin = performance.now();
  const model = await fitted(estimator, train, signal);
  let isKept = false;
  try {
    const middle = performance.now();
    const testScores = await scoresOf(model, test, scorers);
    const end = performance.now();
    const isAsked = told !== undefined && test.count > 0;
    const columns = isAsked ? await toldOf(model, test, told) : undefined;
    const scores = {
      ...(columns === undefined ? {} : { told: columns }),
      test: testScores,
      train: returnTrainScore ? await scoresOf(model, train, scorers) : undefined,
      fitTime: (middle - begin) / 1000,
      scoreTime: (end - middle) / 1000,
    };
    isKept = options.isKept === true;
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

function cut(
  { x, y, weights }: Material,
  places: Int32Array,
  features: Int32Array | undefined,
): Material {
  const some = (values: Float64Array | undefined): Float64Array | undefined =>
    values === undefined ? undefined : Float64Array.from(places, (i) => values[i]!);
  return {
    count: places.length,
    x: selectRows(x, places, features),
    y: some(y),
    weights: some(weights),
  };
}

function toldOf(model: FittedModel, { x }: Material, told: Told): Promise<Float64Array> {
  const samples = x as Samples;
  return told === "predictions"
    ? taken((model as RegressorModel).predict(samples))
    : sharesOf(model as ClassifierModel, samples, told.sharesOf);
}

async function scoresOf(
  model: FittedModel,
  { x, y }: Material,
  scorers: ReadonlyMap<string, Scorer> | undefined,
): Promise<Record<string, number>> {
  const scores: Record<string, number> = {};
  for (const [name, score] of scorers ?? [])
    scores[name] = await score(model, x, y as Float64Array);
  return scores;
}
