import type { Estimator } from "../estimator.ts";
import type { FittedModel } from "../fitted-model.ts";
import type { SampleMatrix } from "../inputs.ts";
import { shareOption, wholeOption } from "../options.ts";
import { RandomStream } from "../random/random-stream.ts";
import { fitMembers, type MembersFitOptions } from "./fit-members.ts";

/** What bagging takes beside its estimator. */
export interface BaggingOptions {
  /** How many members are fitted; 10 by default. */
  readonly nEstimators?: number;
  /** How many samples a member draws, or below 1 the share of all; as many as there are by default. */
  readonly maxSamples?: number;
  /** How many features a member draws, or below 1 the share of all; all by default. */
  readonly maxFeatures?: number;
  /** Whether samples are drawn with replacement; true by default. */
  readonly bootstrap?: boolean;
  /** Whether features are drawn with replacement; false by default. */
  readonly bootstrapFeatures?: boolean;
  /** Whether samples are predicted by the members that did not draw them, and that is scored; false by default. */
  readonly oobScore?: boolean;
  /** For what members draw; 0 by default. */
  readonly seed?: number;
}

/** Members, and what each drew. */
export interface Bag {
  readonly members: readonly FittedModel[];
  /** Each member's features. */
  readonly features: readonly Int32Array[];
  /** How many features there are. */
  readonly width: number;
  /** The samples that a member did not draw. */
  leftOut(member: number): Int32Array;
}

/** Fits copies of an estimator to samples and features of their own. */
export async function bagMembers(
  name: string,
  options: BaggingOptions,
  estimator: Estimator,
  matrix: SampleMatrix,
  targets: Float64Array,
  work: MembersFitOptions,
): Promise<Bag> {
  const { nEstimators = 10, maxSamples, maxFeatures, bootstrap = true, seed = 0 } = options;
  const { rows, columns } = matrix;
  const count = wholeOption(name, "nEstimators", nEstimators);
  const down = { round: Math.floor };
  const samplesDrawn =
    maxSamples === undefined ? rows : shareOption(name, "maxSamples", maxSamples, rows, down);
  const featuresDrawn =
    maxFeatures === undefined
      ? columns
      : shareOption(name, "maxFeatures", maxFeatures, columns, down);
  wholeOption(name, "maxSamples", samplesDrawn, { from: 1, to: rows });
  wholeOption(name, "maxFeatures", featuresDrawn, { from: 1, to: columns });
  const none = new Int32Array(0);
  const parts = Array.from({ length: count }, (_, m) => {
    const random = new RandomStream(seed, m);
    const own = draw(columns, featuresDrawn, options.bootstrapFeatures === true, random).sort();
    return { train: draw(rows, samplesDrawn, bootstrap, random), test: none, features: own };
  });
  const fitted = await fitMembers(
    {
      ...{ operation: name, matrix, targets, parts },
      estimators: parts.map((_, m) => estimator.withParams({ seed: seed + m })),
      fits: parts.map((_, m) => ({ estimator: m, part: m, isKept: true })),
    },
    work,
  );
  return {
    members: fitted.map(({ model }) => model!),
    features: parts.map(({ features }) => features),
    width: columns,
    leftOut(member) {
      const isDrawn = new Uint8Array(rows);
      for (const i of parts[member]!.train) isDrawn[i] = 1;
      return Int32Array.from(isDrawn.keys()).filter((i) => isDrawn[i] === 0);
    },
  };
}

function draw(
  from: number,
  count: number,
  withReplacement: boolean,
  random: RandomStream,
): Int32Array {
  if (withReplacement) return Int32Array.from({ length: count }, () => random.below(from));
  const all = Int32Array.from({ length: from }, (_, i) => i);
  if (count < from) random.shuffle(all);
  return all.slice(0, count);
}
