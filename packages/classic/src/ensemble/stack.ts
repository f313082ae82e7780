import { ArgumentError } from "@tensorloom/tensor";
import type { Estimator } from "../estimator.ts";
import type { FittedModel } from "../fitted-model.ts";
import type { SampleMatrix, ShapedArray } from "../inputs.ts";
import { fitted, type Told } from "../model-selection/fit-and-score.ts";
import { splitsBy, type Split } from "../model-selection/splitters.ts";
import { RandomStream } from "../random/random-stream.ts";
import {
  fitMembers,
  membersMaterial,
  wholePart,
  type MembersFitOptions,
  type MembersPlan,
} from "./fit-members.ts";
import type { NamedEstimator } from "./members.ts";

/** What stacking takes beside its estimators. */
export interface StackingOptions {
  /** The estimators whose predictions are learned from, by name. */
  readonly estimators: readonly NamedEstimator[];
  /** In how many parts samples are cut, each predicted by members fitted to the others; 5 by default. */
  readonly cv?: number;
  /** Whether the last estimator sees the features too; false by default. */
  readonly passthrough?: boolean;
  /** For the parts; 0 by default. */
  readonly seed?: number;
}

/** What a member tells of samples: columns. */
export interface Columns {
  readonly data: Float64Array;
  readonly width: number;
}

/** What is stacked. */
interface StackPlan extends Pick<MembersPlan, "operation" | "matrix" | "targets"> {
  readonly options: StackingOptions;
  readonly finalEstimator: Estimator;
  /** A number a sample: each group is spread evenly over the parts. */
  readonly groups: ArrayLike<number>;
  /** What members tell. */
  readonly told: Told;
  /** Makes columns of that. */
  columnsOf(told: Float64Array): Columns;
}

/** Members fitted to all samples, and the model that learned from what their likes told. */
interface Stack {
  readonly members: readonly FittedModel[];
  readonly final: FittedModel;
}

/**
 * Fits members to all samples, and has each sample's columns told by members that have not seen it, so that the last estimator
 * does not learn from what was learned by heart.
 */
export async function stackMembers(plan: StackPlan, work: MembersFitOptions): Promise<Stack> {
  const { operation, options, matrix, targets, groups, told, columnsOf } = plan;
  const { estimators, cv = 5, passthrough = false, seed = 0 } = options;
  const { rows } = matrix;
  if (!Number.isInteger(cv) || cv < 2 || cv > rows) {
    throw new ArgumentError(
      `${operation}: cv: expected a whole number from 2 to ${rows}, the samples, got ${cv}`,
    );
  }
  const splits = splitsBy(partsOf(groups, rows, cv, seed), cv).filter(
    ({ test }) => test.length > 0,
  );
  const parts = [...splits, wholePart(rows)];
  const each = parts.length;
  const folds = await fitMembers(
    {
      ...{ operation, matrix, targets, parts, told },
      estimators: estimators.map(([, estimator]) => estimator),
      fits: estimators.flatMap((_, m) =>
        parts.map((__, p) => ({ estimator: m, part: p, isKept: p === splits.length })),
      ),
    },
    work,
  );
  const columns = estimators.map((_, m) => {
    const own = folds.slice(m * each, m * each + splits.length);
    const columnsByFold = own.map((fold) => columnsOf(fold.told!));
    return inOrder(columnsByFold, splits, rows);
  });
  const x = joined(columns, passthrough ? matrix : undefined, rows);
  const material = await membersMaterial(plan, work.sampleWeight);
  const final = await fitted(plan.finalEstimator, { ...material, x }, work.signal);
  return { members: folds.flatMap(({ model }) => model ?? []), final };
}

/** Puts what was told of each fold's samples in the samples' order. */
function inOrder(told: readonly Columns[], splits: readonly Split[], rows: number): Columns {
  const { width } = told[0]!;
  const data = new Float64Array(rows * width);
  splits.forEach(({ test }, f) => {
    test.forEach((row, i) => {
      data.set(told[f]!.data.subarray(i * width, (i + 1) * width), row * width);
    });
  });
  return { data, width };
}

/** The part of each sample: samples of a group go round the parts, in random order. */
function partsOf(groups: ArrayLike<number>, rows: number, cv: number, seed: number): Int32Array {
  const order = Int32Array.from({ length: rows }, (_, i) => i);
  new RandomStream(seed).shuffle(order);
  const next = new Map<number, number>();
  const part = new Int32Array(rows);
  let begun = 0;
  for (const i of order) {
    const group = groups[i]!;
    const place = next.get(group) ?? begun++;
    part[i] = place % cv;
    next.set(group, place + 1);
  }
  return part;
}

/** Puts columns side by side, the features last if they are wanted. */
export function joined(
  told: readonly Columns[],
  features: SampleMatrix | undefined,
  rows: number,
): ShapedArray<Float64Array> {
  const all =
    features === undefined ? told : [...told, { data: features.data, width: features.columns }];
  const width = all.reduce((sum, one) => sum + one.width, 0);
  const data = new Float64Array(rows * width);
  let at = 0;
  for (const one of all) {
    for (let i = 0; i < rows; i++) {
      data.set(one.data.subarray(i * one.width, (i + 1) * one.width), i * width + at);
    }
    at += one.width;
  }
  return { data, shape: [rows, width] };
}
