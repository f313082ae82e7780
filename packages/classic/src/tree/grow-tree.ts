import type { RandomStream } from "../random/random-stream.ts";
import { Entropy, Gini } from "./class-criteria.ts";
import type { Criterion, SplitLimits } from "./criterion.ts";
import { RankSorter } from "./rank-sorter.ts";
import type { RankedFeatures } from "./ranked-features.ts";
import { TreeBuilder } from "./tree-builder.ts";
import type { TreeData } from "./tree-data.ts";
import { AbsoluteError, FriedmanSquaredError, SquaredError } from "./value-criteria.ts";

/** How trees are measured. */
export type CriterionName = "gini" | "entropy" | "squaredError" | "friedman" | "absoluteError";

/** How a tree grows: all limits as numbers, `maxLeafNodes` 0 for none. */
export interface GrowthRules {
  readonly criterion: CriterionName;
  /** `"best"` of all thresholds, or one at `"random"` a feature. */
  readonly splitter: "best" | "random";
  readonly maxDepth: number;
  readonly minSamplesSplit: number;
  readonly minSamplesLeaf: number;
  /** The least share of the weight in a leaf. */
  readonly minWeightFractionLeaf: number;
  readonly minImpurityDecrease: number;
  /** How many features are looked at for a split. */
  readonly maxFeatures: number;
  readonly maxLeafNodes: number;
}

/** A node that may be split: a range of the samples' order. */
interface Frontier {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  readonly parent: number;
  readonly isLeft: boolean;
}

/** A node with the split that was found for it. */
interface SplitNode {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  readonly node: number;
  readonly middle: number;
  readonly feature: number;
  readonly threshold: number;
  readonly decrease: number;
}

/** Rounding of impurities, as scikit-learn sets it. */
const epsilon = Number.EPSILON;

/**
 * Grows trees over ranked features: classification and regression trees (Breiman et al. 1984), by scikit-learn's rules. Of
 * equally good splits it takes the first: that of the feature looked at first, at the lowest threshold.
 */
export class TreeGrower {
  readonly #x: RankedFeatures;
  readonly #targets: Float64Array;
  readonly #rules: GrowthRules;
  readonly #criterion: Criterion;
  readonly #sorter: RankSorter;
  readonly #features: Int32Array;
  readonly #order: Int32Array;
  readonly #spare: Int32Array;
  readonly #unsorted: Int32Array;
  #weights: Float64Array = new Float64Array(0);
  #random: RandomStream | undefined;
  #limits: SplitLimits = { minSamplesLeaf: 1, minWeightLeaf: 0 };
  #totalWeight = 0;
  #builder: TreeBuilder;
  /** The best split so far: the feature, the highest rank that goes left, the threshold. */
  readonly #split = { feature: 0, rank: 0, threshold: 0 };

  /**
   * @param x - the features
   * @param targets - class numbers from 0, or values
   * @param classes - how many classes there are; 1 for values
   * @param rules - how to grow
   */
  constructor(x: RankedFeatures, targets: Float64Array, classes: number, rules: GrowthRules) {
    this.#x = x;
    this.#targets = targets;
    this.#rules = rules;
    this.#criterion = criterionFor(rules.criterion, x.samples, classes, targets);
    this.#sorter = new RankSorter(x.samples);
    this.#features = Int32Array.from({ length: x.features }, (_, f) => f);
    this.#order = new Int32Array(x.samples);
    this.#spare = new Int32Array(x.samples);
    this.#unsorted = new Int32Array(x.samples);
    this.#builder = new TreeBuilder(classes);
  }

  /** Grows a tree. Samples without weight take no part; features are drawn from `random`, or looked at in their order. */
  grow(weights: Float64Array, random: RandomStream | undefined): TreeData {
    this.#weights = weights;
    this.#random = random;
    this.#features.forEach((_, f) => (this.#features[f] = f));
    let count = 0;
    this.#totalWeight = 0;
    for (let i = 0; i < weights.length; i++) {
      if (weights[i]! <= 0) continue;
      this.#order[count++] = i;
      this.#totalWeight += weights[i]!;
    }
    const { minSamplesLeaf, minWeightFractionLeaf, maxLeafNodes } = this.#rules;
    this.#limits = { minSamplesLeaf, minWeightLeaf: minWeightFractionLeaf * this.#totalWeight };
    this.#builder = new TreeBuilder(this.#criterion.outputs);
    const root = { start: 0, end: count, depth: 0, parent: -1, isLeft: false };
    if (maxLeafNodes > 0) this.#growBestFirst(root, maxLeafNodes);
    else this.#growDepthFirst(root);
    return this.#builder.build();
  }

  #growDepthFirst(root: Frontier): void {
    const stack: Frontier[] = [root];
    for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
      const split = this.#visit(next);
      if (split === undefined) continue;
      this.#builder.split(split.node, split.feature, split.threshold);
      stack.push(rightOf(split), leftOf(split));
    }
  }

  #growBestFirst(root: Frontier, maxLeafNodes: number): void {
    const frontier: SplitNode[] = [];
    const visit = (next: Frontier): void => {
      const split = this.#visit(next);
      if (split !== undefined) frontier.push(split);
    };
    visit(root);
    for (let leaves = 1; leaves < maxLeafNodes && frontier.length > 0; leaves++) {
      let best = 0;
      frontier.forEach(({ decrease }, i) => {
        if (decrease > frontier[best]!.decrease) best = i;
      });
      const [split] = frontier.splice(best, 1) as [SplitNode];
      this.#builder.split(split.node, split.feature, split.threshold);
      visit(leftOf(split));
      visit(rightOf(split));
    }
  }

  /** Adds a node, and splits its samples if they should be. */
  #visit({ start, end, depth, parent, isLeft }: Frontier): SplitNode | undefined {
    const count = end - start;
    const criterion = this.#criterion;
    criterion.load(this.#targets, this.#weights, this.#order, start, count);
    const impurity = criterion.begin(count);
    criterion.writeValue(this.#builder.value, this.#builder.at, count);
    const node = this.#builder.add(parent, isLeft, impurity, count, criterion.total);
    const rules = this.#rules;
    const isLeaf =
      depth >= rules.maxDepth ||
      count < rules.minSamplesSplit ||
      count < 2 * rules.minSamplesLeaf ||
      criterion.total < 2 * this.#limits.minWeightLeaf ||
      impurity <= epsilon;
    if (isLeaf || !this.#findSplit(start, count)) return undefined;
    const decrease = criterion.decrease(impurity) / this.#totalWeight;
    if (decrease + epsilon < rules.minImpurityDecrease) return undefined;
    const { feature, threshold, rank } = this.#split;
    const middle = this.#partition(start, end, feature, rank);
    return { start, end, depth, node, middle, feature, threshold, decrease };
  }

  /** Finds the best split; false if there is none. */
  #findSplit(start: number, count: number): boolean {
    const { samples, features, ranks: all } = this.#x;
    const order = this.#order;
    const unsorted = this.#unsorted;
    const isRandom = this.#rules.splitter === "random";
    let isFound = false;
    let varied = 0;
    for (let visited = 0; visited < features; visited++) {
      // At least one feature that varies is looked at, however many that takes.
      if (visited >= this.#rules.maxFeatures && varied > 0) break;
      const feature = this.#nextFeature(visited);
      const base = feature * samples;
      let least = all[base + order[start]!]!;
      let most = least;
      for (let i = 0; i < count; i++) {
        const rank = all[base + order[start + i]!]!;
        unsorted[i] = rank;
        if (rank < least) least = rank;
        else if (rank > most) most = rank;
      }
      if (this.#isConstant(feature, least, most)) continue;
      varied++;
      const isBetter = isRandom
        ? this.#tryRandom(feature, count, least, most)
        : this.#tryBest(feature, count, least, most);
      isFound ||= isBetter;
    }
    return isFound;
  }

  #nextFeature(visited: number): number {
    const features = this.#features;
    if (this.#random !== undefined) {
      const drawn = visited + this.#random.below(features.length - visited);
      const held = features[visited]!;
      features[visited] = features[drawn]!;
      features[drawn] = held;
    }
    return features[visited]!;
  }

  #isConstant(feature: number, least: number, most: number): boolean {
    if (least === most) return true;
    const { values, offsets } = this.#x;
    return values[offsets[feature]! + most]! <= values[offsets[feature]! + least]! + 1e-7;
  }

  #tryBest(feature: number, count: number, least: number, most: number): boolean {
    const { values, offsets } = this.#x;
    const offset = offsets[feature]!;
    const sorter = this.#sorter;
    sorter.sort(this.#unsorted, count, least, most);
    const { ranks, positions } = sorter;
    if (!this.#criterion.scan(count, ranks, positions, values, offset, this.#limits)) return false;
    const place = this.#criterion.bestPlace;
    const rank = ranks[place - 1]!;
    const low = values[offset + rank]!;
    const high = values[offset + ranks[place]!]!;
    const middle = low / 2 + high / 2;
    this.#keep(feature, rank, middle < high && Number.isFinite(middle) ? middle : low);
    return true;
  }

  /** A threshold drawn between the least and the largest value (Geurts, Ernst and Wehenkel 2006). */
  #tryRandom(feature: number, count: number, least: number, most: number): boolean {
    const { values, offsets } = this.#x;
    const offset = offsets[feature]!;
    const low = values[offset + least]!;
    const high = values[offset + most]!;
    const drawn = low + this.#random!.uniform() * (high - low);
    const threshold = drawn >= high ? low : drawn;
    let rank = least;
    let above = most;
    while (above - rank > 1) {
      const middle = (rank + above) >> 1;
      if (values[offset + middle]! <= threshold) rank = middle;
      else above = middle;
    }
    // Two ranks, one a side: the only split that a scan finds between them.
    const { ranks, positions } = this.#sorter;
    const unsorted = this.#unsorted;
    let left = 0;
    let right = count;
    for (let i = 0; i < count; i++) {
      if (unsorted[i]! <= rank) {
        ranks[left] = least;
        positions[left++] = i;
      } else {
        ranks[--right] = most;
        positions[right] = i;
      }
    }
    if (!this.#criterion.scan(count, ranks, positions, values, offset, this.#limits)) return false;
    this.#keep(feature, rank, threshold);
    return true;
  }

  #keep(feature: number, rank: number, threshold: number): void {
    this.#split.feature = feature;
    this.#split.rank = rank;
    this.#split.threshold = threshold;
  }

  /** Puts the samples that go left before the others, each in their order; returns where the others begin. */
  #partition(start: number, end: number, feature: number, rank: number): number {
    const order = this.#order;
    const spare = this.#spare;
    const { ranks, samples } = this.#x;
    const base = feature * samples;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const sample = order[i]!;
      if (ranks[base + sample]! <= rank) order[left++] = sample;
      else spare[right++] = sample;
    }
    for (let i = 0; i < right; i++) order[left + i] = spare[i]!;
    return left;
  }
}

function leftOf({ start, middle, depth, node }: SplitNode): Frontier {
  return { start, end: middle, depth: depth + 1, parent: node, isLeft: true };
}

function rightOf({ middle, end, depth, node }: SplitNode): Frontier {
  return { start: middle, end, depth: depth + 1, parent: node, isLeft: false };
}

function criterionFor(
  name: CriterionName,
  samples: number,
  classes: number,
  targets: Float64Array,
): Criterion {
  if (name === "gini") return new Gini(samples, classes);
  if (name === "entropy") return new Entropy(samples, classes);
  if (name === "absoluteError") return new AbsoluteError(samples, targets);
  return name === "friedman" ? new FriedmanSquaredError(samples) : new SquaredError(samples);
}
