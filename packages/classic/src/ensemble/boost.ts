import { choiceOption, numberOption, wholeOption } from "../options.ts";
import { Pacer, type LongWork } from "../parallel/pacer.ts";
import { RandomStream } from "../random/random-stream.ts";
import { TreeGrower } from "../tree/grow-tree.ts";
import { rankFeatures } from "../tree/ranked-features.ts";
import { impurityDecreases, leavesOf, type TreeData } from "../tree/tree-data.ts";
import { growthRules, type TreeLimits } from "../tree/tree-options.ts";
import type { TreeSamples } from "../tree/tree-samples.ts";
import { binFeatures } from "./binned-features.ts";
import type { BoostingLoss } from "./boosting-losses.ts";
import { HistogramGrower } from "./histogram-tree.ts";

/** What gradient boosting takes. */
export interface BoostingOptions {
  /** How many rounds there are at most, each growing a tree, or one a class if there are more than two; 100 by default. */
  readonly nEstimators?: number;
  /** By how much each tree's prediction is shrunk; 0.1 by default. */
  readonly learningRate?: number;
  /**
   * Whether splits are found in histograms of at most `maxBins` bins a feature (default): many times faster, and as good; or
   * among all thresholds, which is Friedman's original.
   */
  readonly splitter?: "histogram" | "exact";
  /** How many steps leaves are from the root at most; 3 by default. */
  readonly maxDepth?: number;
  /** How many leaves a tree has at most, the splits that help most coming first; no limit by default. */
  readonly maxLeafNodes?: number;
  /** The fewest samples of a leaf: 20 by default for histograms, 1 for exact splits. */
  readonly minSamplesLeaf?: number;
  /** How many bins a feature has at most, from 2 to 255; 255 by default. For histograms. */
  readonly maxBins?: number;
  /** How much leaves' predictions are drawn towards 0; 0 by default. For histograms. */
  readonly l2Regularization?: number;
  /** The fewest samples of a node that is split; 2 by default. For exact splits. */
  readonly minSamplesSplit?: number;
  /** How many features are looked at for each split; all by default. For exact splits. */
  readonly maxFeatures?: NonNullable<TreeLimits["maxFeatures"]>;
  /** The share of samples that each round draws, without replacement; 1 by default. */
  readonly subsample?: number;
  /** Stops when so many rounds have not lowered the loss on samples set aside by `tol`; never by default. */
  readonly nIterNoChange?: number;
  /** The share of samples set aside for that; 0.1 by default. */
  readonly validationFraction?: number;
  /** 1e-4 by default. */
  readonly tol?: number;
  /** For the samples and features that are drawn; 0 by default. */
  readonly seed?: number;
}

/** What boosting learns. */
export interface Boosted {
  /** The best constant predictions, from which it starts. */
  readonly baseline: readonly number[];
  /** Round by round the trees, as many a round as there are raw predictions; their values are shrunk already. */
  readonly trees: readonly TreeData[];
  /** `[features]`, summing to 1. */
  readonly importances: Float64Array;
  /** The loss after each round on the samples that it drew. */
  readonly trainScore: Float64Array;
  /** The loss after each round on the samples set aside; empty if none are. */
  readonly validationScore: Float64Array;
}

interface Plan {
  readonly name: string;
  readonly options: BoostingOptions;
  readonly samples: TreeSamples;
  readonly targets: Float64Array;
  readonly weights: Float64Array;
  readonly loss: BoostingLoss;
}

/** Grows one tree on the samples drawn; its leaves' values are Newton's steps. Writes which leaf every sample reaches. */
type Grow = (
  gradients: Float64Array,
  hessians: Float64Array,
  drawn: Int32Array,
  leaves: Int32Array,
) => TreeData;

/** Boosts trees: each round's follow the loss's gradient where the last round left it (Friedman 2001). */
export async function boost(plan: Plan, work: LongWork): Promise<Boosted> {
  const { name, options, samples, targets, weights, loss } = plan;
  const { rows, columns } = samples;
  const rounds = wholeOption(name, "nEstimators", options.nEstimators ?? 100);
  const learningRate = numberOption(name, "learningRate", options.learningRate ?? 0.1, {
    above: 0,
  });
  const subsample = numberOption(name, "subsample", options.subsample ?? 1, { above: 0, to: 1 });
  const random = new RandomStream(options.seed ?? 0);
  const importances = new Float64Array(columns);
  const grow = growerOf(plan, random, importances);
  const { training, validation } = setAside(plan, random);
  const trained = new Float64Array(rows);
  for (const i of training) trained[i] = weights[i]!;
  const baseline = loss.initial(targets, trained);
  const raw = baseline.map((value) => new Float64Array(rows).fill(value));
  const gradients = raw.map(() => new Float64Array(rows));
  const hessians = raw.map(() => new Float64Array(rows));
  const trees: TreeData[] = [];
  const trainScore: number[] = [];
  const validationScore: number[] = [];
  const stopping = new EarlyStopping(name, options);
  const leaves = new Int32Array(rows);
  const pacer = new Pacer(rounds, work);
  for (let round = 0; round < rounds; round++) {
    const drawn = subsample < 1 ? draw(training, subsample, random) : training;
    loss.derive(raw, targets, weights, gradients, hessians);
    const before = loss.leaf === undefined ? raw : raw.map((values) => values.slice());
    for (let k = 0; k < loss.trees; k++) {
      const tree = grow(gradients[k]!, hessians[k]!, drawn, leaves);
      if (loss.leaf !== undefined) setLeaves(tree, leaves, drawn, plan, before);
      const { value } = tree;
      for (let node = 0; node < value.length; node++) value[node]! *= learningRate;
      const own = raw[k]!;
      for (let i = 0; i < rows; i++) own[i]! += value[leaves[i]!]!;
      trees.push(tree);
    }
    const score = loss.mean(raw, targets, weights, drawn);
    trainScore.push(score);
    await pacer.done(round + 1, score);
    if (validation.length === 0) continue;
    validationScore.push(loss.mean(raw, targets, weights, validation));
    if (stopping.isOver(validationScore)) break;
  }
  const total = importances.reduce((sum, value) => sum + value, 0);
  return {
    baseline,
    trees,
    importances: total > 0 ? importances.map((value) => value / total) : importances,
    trainScore: Float64Array.from(trainScore),
    validationScore: Float64Array.from(validationScore),
  };
}

/** Ends boosting when the loss has not fallen for some rounds. */
class EarlyStopping {
  readonly #patience: number;
  readonly #tol: number;
  readonly #history: number[] = [];

  constructor(name: string, { nIterNoChange, tol = 1e-4 }: BoostingOptions) {
    this.#patience =
      nIterNoChange === undefined ? Infinity : wholeOption(name, "nIterNoChange", nIterNoChange);
    this.#tol = numberOption(name, "tol", tol, { from: 0 });
  }

  /** As scikit-learn: the loss must lie `tol` below one of the last that did. */
  isOver(scores: readonly number[]): boolean {
    const place = (scores.length - 1) % this.#patience;
    const score = scores.at(-1)!;
    for (let i = 0; i < this.#patience; i++) {
      if (score + this.#tol < (this.#history[i] ?? Infinity)) {
        this.#history[place] = score;
        return false;
      }
    }
    return true;
  }
}

function growerOf(plan: Plan, random: RandomStream, importances: Float64Array): Grow {
  const { name, options, samples } = plan;
  const { data, rows, columns } = samples;
  const splitter = choiceOption(name, "splitter", options.splitter ?? "histogram", [
    "histogram",
    "exact",
  ]);
  const isExact = splitter === "exact";
  const { maxDepth = 3, minSamplesLeaf = isExact ? 1 : 20 } = options;
  const limits = { ...options, splitter: "best" as const, maxDepth, minSamplesLeaf };
  const rules = growthRules(name, limits, ["friedman"], rows, columns);
  if (isExact) return exactGrower(plan, rules, random, importances);
  const maxBins = wholeOption(name, "maxBins", options.maxBins ?? 255, { from: 2, to: 255 });
  const l2 = options.l2Regularization ?? 0;
  const grower = new HistogramGrower(binFeatures(data, rows, columns, maxBins), {
    maxDepth: rules.maxDepth,
    maxLeafNodes: rules.maxLeafNodes === 0 ? Infinity : rules.maxLeafNodes,
    minSamplesLeaf: rules.minSamplesLeaf,
    l2Regularization: numberOption(name, "l2Regularization", l2, { from: 0 }),
  });
  return (gradients, hessians, drawn, leaves) => {
    const tree = grower.grow(gradients, hessians, drawn, leaves);
    // The grower has placed the samples that it was given; others find their leaves by themselves.
    if (drawn.length < rows) leavesOf(tree, data, columns, leaves);
    importances.set(grower.gains);
    return tree;
  };
}

/** Regression trees on the negative gradients; leaves then take Newton's steps, as in Friedman 2001. */
function exactGrower(
  { samples, weights, loss }: Plan,
  rules: ConstructorParameters<typeof TreeGrower>[3],
  random: RandomStream,
  importances: Float64Array,
): Grow {
  const { data, rows, columns } = samples;
  const residuals = new Float64Array(rows);
  const own = new Float64Array(rows);
  const grower = new TreeGrower(rankFeatures(data, rows, columns), residuals, 1, rules);
  return (gradients, hessians, drawn, leaves) => {
    own.fill(0);
    for (const i of drawn) {
      own[i] = weights[i]!;
      residuals[i] = weights[i]! > 0 ? -gradients[i]! / weights[i]! : 0;
    }
    const tree = grower.grow(own, rules.maxFeatures < columns ? random : undefined);
    impurityDecreases(tree, columns).forEach((value, f) => (importances[f]! += value));
    leavesOf(tree, data, columns, leaves);
    const sums = new Float64Array(tree.nodeCount);
    const curvatures = new Float64Array(tree.nodeCount);
    for (const i of drawn) {
      sums[leaves[i]!]! -= gradients[i]!;
      curvatures[leaves[i]!]! += hessians[i]!;
    }
    tree.childrenLeft.forEach((left, node) => {
      if (left >= 0) return;
      const isFlat = curvatures[node]! < 1e-150;
      tree.value[node] = isFlat ? 0 : (loss.exactFactor * sums[node]!) / curvatures[node]!;
    });
    return tree;
  };
}

/** Gives leaves the values that the loss asks for. */
function setLeaves(
  tree: TreeData,
  leaves: Int32Array,
  drawn: Int32Array,
  { loss, targets, weights }: Plan,
  raw: readonly Float64Array[],
): void {
  const members = new Map<number, number[]>();
  for (const i of drawn) {
    const own = members.get(leaves[i]!);
    if (own === undefined) members.set(leaves[i]!, [i]);
    else own.push(i);
  }
  for (const [leaf, own] of members) {
    tree.value[leaf] = loss.leaf!(raw, targets, weights, Int32Array.from(own));
  }
}

/** Which samples are trained on, and which are set aside. */
function setAside(
  { name, options, samples: { rows } }: Plan,
  random: RandomStream,
): { training: Int32Array; validation: Int32Array } {
  const all = Int32Array.from({ length: rows }, (_, i) => i);
  if (options.nIterNoChange === undefined) return { training: all, validation: new Int32Array(0) };
  const rule = { above: 0, to: 0.999 };
  const share = numberOption(name, "validationFraction", options.validationFraction ?? 0.1, rule);
  random.shuffle(all);
  const count = Math.min(rows - 1, Math.ceil(share * rows));
  return { training: all.slice(count).sort(), validation: all.slice(0, count).sort() };
}

function draw(from: Int32Array, share: number, random: RandomStream): Int32Array {
  const drawn = from.slice();
  random.shuffle(drawn);
  return drawn.subarray(0, Math.max(1, Math.trunc(share * from.length))).sort();
}

/** Returns each raw prediction, `[rows]` each, after all rounds; `after` is told it after every round. */
export function rawPredictions(
  { baseline, trees }: Pick<Boosted, "baseline" | "trees">,
  { data, rows, columns }: TreeSamples,
  after?: (raw: readonly Float64Array[], round: number) => void,
): Float64Array[] {
  const raw = baseline.map((value) => new Float64Array(rows).fill(value));
  const leaves = new Int32Array(rows);
  trees.forEach((tree, t) => {
    leavesOf(tree, data, columns, leaves);
    const own = raw[t % raw.length]!;
    for (let i = 0; i < rows; i++) own[i]! += tree.value[leaves[i]!]!;
    if ((t + 1) % raw.length === 0) after?.(raw, (t + 1) / raw.length - 1);
  });
  return raw;
}
