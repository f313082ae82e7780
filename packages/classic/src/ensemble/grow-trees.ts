import { RandomStream } from "../random/random-stream.ts";
import { TreeGrower, type GrowthRules } from "../tree/grow-tree.ts";
import { pruneTree } from "../tree/prune-tree.ts";
import type { RankedFeatures } from "../tree/ranked-features.ts";
import type { TreeData } from "../tree/tree-data.ts";

/** What all trees of a forest have in common. */
export interface ForestPlan {
  readonly x: RankedFeatures;
  /** Class numbers from 0, or values. */
  readonly targets: Float64Array;
  /** How many classes there are; 1 for values. */
  readonly classes: number;
  readonly weights: Float64Array;
  readonly rules: GrowthRules;
  readonly seed: number;
  /** How many samples each tree draws, with replacement; 0 if all take part. */
  readonly drawn: number;
  /** Branches whose leaves lower the impurity by less than so much each are cut. */
  readonly ccpAlpha: number;
}

/** Trees of a forest, by their numbers. */
export interface TreeRange {
  readonly first: number;
  readonly count: number;
}

/** Returns how often tree `tree` drew each sample. */
export function drawSamples({ seed, drawn, weights }: ForestPlan, tree: number): Int32Array {
  const random = new RandomStream(seed, 2 * tree + 1);
  const counts = new Int32Array(weights.length);
  for (let i = 0; i < drawn; i++) counts[random.below(weights.length)]!++;
  return counts;
}

/** Grows some trees of a forest: the task of forests. Each draws from streams of its own. */
export function growTrees(plan: ForestPlan, { first, count }: TreeRange): TreeData[] {
  const { x, targets, classes, weights, rules, seed, drawn, ccpAlpha } = plan;
  const grower = new TreeGrower(x, targets, classes, rules);
  return Array.from({ length: count }, (_, i) => {
    const random = new RandomStream(seed, 2 * (first + i));
    const counts = drawn === 0 ? undefined : drawSamples(plan, first + i);
    const own = counts === undefined ? weights : weights.map((weight, s) => weight * counts[s]!);
    const tree = grower.grow(own, random);
    return ccpAlpha > 0 ? pruneTree(tree, ccpAlpha).tree : tree;
  });
}
