import { ArgumentError } from "@tensorloom/tensor";
import { choiceOption, numberOption, shareOption, wholeOption } from "../options.ts";
import type { CriterionName, GrowthRules } from "./grow-tree.ts";

/** How far a tree grows. */
export interface TreeLimits {
  /** How many steps leaves are from the root at most; no limit by default. */
  readonly maxDepth?: number;
  /** The fewest samples of a node that is split, or below 1 the share of all; 2 by default. */
  readonly minSamplesSplit?: number;
  /** The fewest samples of a leaf, or below 1 the share of all; 1 by default. */
  readonly minSamplesLeaf?: number;
  /** The least share of the weight in a leaf; 0 by default. */
  readonly minWeightFractionLeaf?: number;
  /** Nodes are split where that lowers the impurity, weighted by the share of samples, by so much; 0 by default. */
  readonly minImpurityDecrease?: number;
  /** How many features are looked at for each split: their number, a share below 1, `"sqrt"` or `"log2"`. */
  readonly maxFeatures?: number | "sqrt" | "log2";
  /** How many leaves there are at most, the splits that help most coming first; no limit by default. */
  readonly maxLeafNodes?: number;
  /** Branches whose leaves lower the impurity by less than so much each are cut; 0 by default. */
  readonly ccpAlpha?: number;
}

/** What is measured of a split of classes. */
export type ClassCriterionName = "gini" | "entropy";
/** What is measured of a split of values. */
export type ValueCriterionName = "squaredError" | "absoluteError";

/** What a tree for classes takes. */
export interface ClassTreeOptions extends TreeLimits {
  /** Gini's impurity (default), or the entropy: splits by information gain. */
  readonly criterion?: ClassCriterionName;
}

/** What a tree for values takes. */
export interface ValueTreeOptions extends TreeLimits {
  /** The squared error (default): leaves predict means; or the absolute error: they predict medians, more slowly. */
  readonly criterion?: ValueCriterionName;
}

/** The criteria for classes, the default first. */
export const classCriteria: readonly CriterionName[] = ["gini", "entropy"];
/** The criteria for values, the default first. */
export const valueCriteria: readonly CriterionName[] = ["squaredError", "absoluteError"];

/**
 * Returns how trees grow by these options, checked.
 *
 * @param operation - named in errors
 * @param options - as given
 * @param criteria - those that are allowed, the default first
 * @param samples - how many there are
 * @param features - how many there are
 */
export function growthRules(
  operation: string,
  options: TreeLimits & {
    readonly criterion?: CriterionName;
    readonly splitter?: "best" | "random";
  },
  criteria: readonly CriterionName[],
  samples: number,
  features: number,
): GrowthRules {
  const { maxDepth, maxLeafNodes, minSamplesSplit = 2, minSamplesLeaf = 1 } = options;
  numberOption(operation, "ccpAlpha", options.ccpAlpha ?? 0, { from: 0 });
  const fraction = options.minWeightFractionLeaf ?? 0;
  return {
    criterion: choiceOption(operation, "criterion", options.criterion ?? criteria[0]!, criteria),
    splitter: choiceOption(operation, "splitter", options.splitter ?? "best", ["best", "random"]),
    maxDepth: maxDepth === undefined ? Infinity : wholeOption(operation, "maxDepth", maxDepth),
    minSamplesSplit: shareOption(operation, "minSamplesSplit", minSamplesSplit, samples, {
      least: 2,
    }),
    minSamplesLeaf: shareOption(operation, "minSamplesLeaf", minSamplesLeaf, samples),
    minWeightFractionLeaf: numberOption(operation, "minWeightFractionLeaf", fraction, {
      from: 0,
      to: 0.5,
    }),
    minImpurityDecrease: numberOption(
      operation,
      "minImpurityDecrease",
      options.minImpurityDecrease ?? 0,
      { from: 0 },
    ),
    maxFeatures: featureCount(operation, options.maxFeatures, features),
    maxLeafNodes:
      maxLeafNodes === undefined
        ? 0
        : wholeOption(operation, "maxLeafNodes", maxLeafNodes, { from: 2 }),
  };
}

/** Returns how many features `maxFeatures` stands for. */
export function featureCount(
  operation: string,
  maxFeatures: TreeLimits["maxFeatures"],
  features: number,
): number {
  if (maxFeatures === undefined) return features;
  if (maxFeatures === "sqrt") return Math.max(1, Math.floor(Math.sqrt(features)));
  if (maxFeatures === "log2") return Math.max(1, Math.floor(Math.log2(features)));
  if (typeof maxFeatures === "number" && maxFeatures <= features) {
    return shareOption(operation, "maxFeatures", maxFeatures, features, { round: Math.floor });
  }
  throw new ArgumentError(
    `${operation}: maxFeatures: expected "sqrt", "log2", a share in (0, 1) or at most the ${features} features, got ${String(maxFeatures)}`,
  );
}
