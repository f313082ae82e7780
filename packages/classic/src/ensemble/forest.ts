import { ArgumentError } from "@tensorloom/tensor";
import { wholeOption, shareOption } from "../options.ts";
import type { LongWork } from "../parallel/pacer.ts";
import { runParts, shared, threadsFor } from "../parallel/run-parts.ts";
import type { CriterionName } from "../tree/grow-tree.ts";
import { rankFeatures } from "../tree/ranked-features.ts";
import { featureImportances, leavesOf, type TreeData } from "../tree/tree-data.ts";
import { featureCount, growthRules, type TreeLimits } from "../tree/tree-options.ts";
import type { TreeSamples } from "../tree/tree-samples.ts";
import { drawSamples, type ForestPlan, type TreeRange } from "./grow-trees.ts";

/** What all forests take. */
export interface ForestOptions extends TreeLimits {
  /** How many trees grow; 100 by default. */
  readonly nEstimators?: number;
  /** Whether each tree draws its samples, with replacement. */
  readonly bootstrap?: boolean;
  /** How many samples a tree draws, or below 1 the share of all; as many as there are by default. */
  readonly maxSamples?: number;
  /** Whether samples are predicted by the trees that did not draw them, and that is scored; false by default. */
  readonly oobScore?: boolean;
  /** For the samples, features and thresholds that are drawn; 0 by default. */
  readonly seed?: number;
  /** How many threads grow trees; all, but at most 8, by default. Results do not depend on it. */
  readonly nJobs?: number;
}

/** What differs between kinds of forests. */
export interface ForestKind {
  readonly name: string;
  readonly criteria: readonly CriterionName[];
  readonly splitter: "best" | "random";
  /** What `maxFeatures` is by default; all if undefined. */
  readonly maxFeatures?: "sqrt";
  /** Whether trees draw their samples by default. */
  readonly bootstrap: boolean;
}

/** A forest as it has grown. */
export interface Forest {
  readonly trees: readonly TreeData[];
  /** `[features]`, summing to 1. */
  readonly importances: Float64Array;
  readonly plan: ForestPlan;
}

// Below so many steps of sorting and scanning, starting threads takes longer than the work.
const worthThreads = 5e6;

/** Grows a forest on worker threads. */
export async function growForest(
  kind: ForestKind,
  options: ForestOptions & { readonly criterion?: CriterionName },
  samples: TreeSamples,
  targets: Float64Array,
  classes: number,
  weights: Float64Array,
  work: LongWork,
): Promise<Forest> {
  const { name, criteria, splitter } = kind;
  const { rows, columns } = samples;
  const count = wholeOption(name, "nEstimators", options.nEstimators ?? 100);
  const maxFeatures = options.maxFeatures ?? kind.maxFeatures;
  const limits = { ...options, splitter, ...(maxFeatures === undefined ? {} : { maxFeatures }) };
  const rules = growthRules(name, limits, criteria, rows, columns);
  const plan: ForestPlan = {
    x: { ...rankFeatures(samples.data, rows, columns, (size) => shared(new Int32Array(size))) },
    targets: shared(targets),
    classes,
    weights: shared(weights),
    rules,
    seed: options.seed ?? 0,
    drawn: samplesDrawn(kind, options, rows),
    ccpAlpha: options.ccpAlpha ?? 0,
  };
  const cost = count * rows * featureCount(name, maxFeatures, columns) * Math.log2(rows + 1);
  const wanted = threadsFor(name, options.nJobs);
  const nJobs = cost < worthThreads ? 1 : wanted;
  const each = Math.max(1, Math.floor(count / 128));
  const ranges: TreeRange[] = [];
  for (let first = 0; first < count; first += each) {
    ranges.push({ first, count: Math.min(each, count - first) });
  }
  const grown = await runParts(name, "growTrees", plan, ranges, { ...work, nJobs });
  const trees = grown.flat();
  return { trees, importances: meanImportances(trees, columns), plan };
}

function samplesDrawn(kind: ForestKind, options: ForestOptions, rows: number): number {
  const { bootstrap = kind.bootstrap, maxSamples, oobScore = false } = options;
  if (!bootstrap) {
    const wanted = maxSamples === undefined ? (oobScore ? "oobScore" : undefined) : "maxSamples";
    if (wanted === undefined) return 0;
    throw new ArgumentError(
      `${kind.name}: ${wanted}: expected bootstrap: true, without which every tree has all samples`,
    );
  }
  if (maxSamples === undefined) return rows;
  const drawn = shareOption(kind.name, "maxSamples", maxSamples, rows, { round: Math.round });
  return Math.min(drawn, rows);
}

function meanImportances(trees: readonly TreeData[], features: number): Float64Array {
  const sum = new Float64Array(features);
  for (const tree of trees) {
    featureImportances(tree, features).forEach((value, f) => (sum[f]! += value));
  }
  const total = sum.reduce((all, value) => all + value, 0);
  return total > 0 ? sum.map((value) => value / total) : sum;
}

/** Returns each node's value, class weights as shares of 1. */
export function normalizedValues({ value, outputs }: TreeData): Float64Array {
  if (outputs === 1) return value;
  const shares = Float64Array.from(value);
  for (let at = 0; at < shares.length; at += outputs) {
    let total = 0;
    for (let c = 0; c < outputs; c++) total += shares[at + c]!;
    for (let c = 0; c < outputs; c++) shares[at + c]! /= total;
  }
  return shares;
}

/** Returns the mean of the trees' predictions, `[rows, outputs]`. */
export function meanPrediction(
  trees: readonly TreeData[],
  { data, rows, columns }: TreeSamples,
): Float64Array {
  const { outputs } = trees[0]!;
  const mean = new Float64Array(rows * outputs);
  const leaves = new Int32Array(rows);
  for (const tree of trees) {
    leavesOf(tree, data, columns, leaves);
    addValues(normalizedValues(tree), outputs, leaves, mean);
  }
  for (let i = 0; i < mean.length; i++) mean[i]! /= trees.length;
  return mean;
}

function addValues(
  values: Float64Array,
  outputs: number,
  leaves: Int32Array,
  sums: Float64Array,
): void {
  for (let i = 0, at = 0; i < leaves.length; i++) {
    const from = leaves[i]! * outputs;
    for (let c = 0; c < outputs; c++) sums[at++]! += values[from + c]!;
  }
}

/** Predictions of each training sample by the trees that did not draw it. */
export interface OutOfBag {
  /** `[rows, outputs]`: means; NaN for samples that every tree drew. */
  readonly prediction: Float64Array;
  /** The samples that some tree did not draw. */
  readonly predicted: Int32Array;
}

/** Returns what trees predict of the samples that they did not draw. */
export function outOfBag({ trees, plan }: Forest, samples: TreeSamples): OutOfBag {
  const { data, rows, columns } = samples;
  const { outputs } = trees[0]!;
  const sums = new Float64Array(rows * outputs);
  const counts = new Int32Array(rows);
  const row = new Int32Array(1);
  trees.forEach((tree, t) => {
    const values = normalizedValues(tree);
    drawSamples(plan, t).forEach((drawn, i) => {
      if (drawn > 0) return;
      leavesOf(tree, data.subarray(i * columns, (i + 1) * columns), columns, row);
      counts[i]!++;
      for (let c = 0; c < outputs; c++) sums[i * outputs + c]! += values[row[0]! * outputs + c]!;
    });
  });
  const prediction = sums.map((sum, i) => sum / counts[Math.floor(i / outputs)]!);
  const predicted = Int32Array.from(counts.keys()).filter((i) => counts[i]! > 0);
  return { prediction, predicted };
}
