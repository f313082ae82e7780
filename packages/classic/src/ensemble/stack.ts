import { ArgumentError } from "@tensorloom/tensor";
import type { Estimator, WeightedFitOptions } from "../estimator.ts";
import type { FittedModel } from "../fitted-model.ts";
import type { SampleMatrix, ShapedArray } from "../inputs.ts";
import { Pacer } from "../parallel/pacer.ts";
import { RandomStream } from "../random/random-stream.ts";
import { allOf, rowsOf, type NamedEstimator } from "./members.ts";

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

/** Columns that a fitted member tells of samples. */
export type Tell = (
  model: FittedModel,
  x: ShapedArray,
) => Promise<{ data: Float64Array; width: number }>;

/** Members fitted to all samples, and what their likes, fitted without them, tell of each. */
export interface Stack {
  readonly members: readonly FittedModel[];
  /** What the last estimator learns from. */
  readonly columns: ShapedArray<Float64Array>;
}

/**
 * Fits members to all samples, and has each sample's columns told by members that have not seen it, so that the last estimator
 * does not learn from what was learned by heart.
 *
 * @param groups - a number a sample: each group is spread evenly over the parts
 */
export async function stackMembers(
  operation: string,
  options: StackingOptions,
  matrix: SampleMatrix,
  targets: Float64Array,
  groups: ArrayLike<number>,
  tell: Tell,
  work: WeightedFitOptions,
): Promise<Stack> {
  const { estimators, cv = 5, passthrough = false, seed = 0 } = options;
  if (!Number.isInteger(cv) || cv < 2 || cv > matrix.rows) {
    throw new ArgumentError(
      `${operation}: cv: expected a whole number from 2 to ${matrix.rows}, the samples, got ${cv}`,
    );
  }
  const part = partsOf(groups, matrix.rows, cv, seed);
  const members: FittedModel[] = [];
  const told: { data: Float64Array; width: number }[] = [];
  const pacer = new Pacer(estimators.length * (cv + 1), work);
  for (const [, estimator] of estimators) {
    told.push(await crossTold(estimator, matrix, targets, part, cv, tell, pacer, members.length));
    members.push(await estimator.fit(allOf(matrix), targets));
    await pacer.done(members.length * (cv + 1));
  }
  return { members, columns: joined(told, passthrough ? matrix : undefined, matrix.rows) };
}

async function crossTold(
  estimator: Estimator,
  matrix: SampleMatrix,
  targets: Float64Array,
  part: Int32Array,
  cv: number,
  tell: Tell,
  pacer: Pacer,
  before: number,
): Promise<{ data: Float64Array; width: number }> {
  let data = new Float64Array(0);
  let width = 0;
  const all = Int32Array.from(part.keys());
  for (let fold = 0; fold < cv; fold++) {
    const kept = all.filter((i) => part[i] !== fold);
    const held = all.filter((i) => part[i] === fold);
    if (held.length === 0) continue;
    const y = Float64Array.from(kept, (i) => targets[i]!);
    const model = await estimator.fit(rowsOf(matrix, kept), y);
    const own = await tell(model, rowsOf(matrix, held));
    model.dispose();
    if (width === 0) {
      width = own.width;
      data = new Float64Array(matrix.rows * width);
    }
    held.forEach((row, i) => {
      data.set(own.data.subarray(i * width, (i + 1) * width), row * width);
    });
    await pacer.done(before * (cv + 1) + fold + 1);
  }
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
  told: readonly { data: Float64Array; width: number }[],
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
