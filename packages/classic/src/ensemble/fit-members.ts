import type { Estimator, WeightedFitOptions } from "../estimator.ts";
import type { SampleMatrix, Targets } from "../inputs.ts";
import type { FoldScores, Material, Part, Told } from "../model-selection/fit-and-score.ts";
import type { Fit } from "../workers/fit-job.ts";
import { runFits, type SharedWork } from "../workers/run-fits.ts";
import { sampleWeights } from "../weights.ts";
import { allOf } from "./members.ts";

/** What the `fit` of ensembles takes whose members do not depend on each other. */
export interface MembersFitOptions extends WeightedFitOptions, SharedWork {}

/** Members to be fitted. */
export interface MembersPlan {
  readonly operation: string;
  readonly estimators: readonly Estimator[];
  readonly matrix: SampleMatrix;
  readonly targets: Float64Array;
  readonly parts: readonly Part[];
  readonly fits: readonly Fit[];
  /** What those tell that have samples to test on. */
  readonly told?: Told;
}

/** Fits members, on worker threads if that is asked for, and resolves to what each gives, in the order of the fits. */
export async function fitMembers(
  { operation, estimators, matrix, targets, parts, told, fits }: MembersPlan,
  options: MembersFitOptions,
): Promise<FoldScores[]> {
  const material = await membersMaterial({ operation, matrix, targets }, options.sampleWeight);
  const job = { operation, estimators, material, parts };
  return runFits(told === undefined ? job : { ...job, told }, fits, options);
}

/** Resolves to samples, targets and weights as fits take them. */
export async function membersMaterial(
  { operation, matrix, targets }: Pick<MembersPlan, "operation" | "matrix" | "targets">,
  sampleWeight: Targets | undefined,
): Promise<Material> {
  const { rows } = matrix;
  const weights =
    sampleWeight === undefined
      ? undefined
      : await sampleWeights(`${operation}.fit`, sampleWeight, rows);
  return { count: rows, x: allOf(matrix), y: targets, weights };
}

/** Returns the part of which all samples are learned from. */
export function wholePart(rows: number): Part {
  return { train: Int32Array.from({ length: rows }, (_, i) => i), test: new Int32Array(0) };
}
