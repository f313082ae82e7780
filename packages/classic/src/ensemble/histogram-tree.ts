import { TreeBuilder } from "../tree/tree-builder.ts";
import type { TreeData } from "../tree/tree-data.ts";
import type { BinnedFeatures } from "./binned-features.ts";

/** How a tree over histograms grows. */
export interface HistogramRules {
  readonly maxDepth: number;
  readonly maxLeafNodes: number;
  readonly minSamplesLeaf: number;
  /** Added to the hessians' sum: leaves predict less. */
  readonly l2Regularization: number;
}

interface Node {
  readonly node: number;
  readonly depth: number;
  readonly start: number;
  readonly end: number;
  readonly gradient: number;
  readonly hessian: number;
  readonly histogram: Float64Array;
  gain: number;
  feature: number;
  bin: number;
}

const leastHessian = 1e-3;
/** The histogram of a node that will be a leaf. */
const none = new Float64Array(0);
const nearZero = 1e-15;
/** Numbers of a bin: the sums of gradients and of hessians, and how many samples. */
const numbers = 3;

/**
 * Grows trees on gradients and hessians, splits found in histograms over bins: of two children only the smaller one's
 * histogram is summed, the other's is the difference (as LightGBM, Ke et al. 2017, and scikit-learn's
 * HistGradientBoosting).
 */
export class HistogramGrower {
  /** `[features]`: how much the splits lowered the loss, over all trees. */
  readonly gains: Float64Array;
  readonly #x: BinnedFeatures;
  readonly #rules: HistogramRules;
  readonly #width: number;
  readonly #order: Int32Array;
  readonly #spare: Int32Array;
  readonly #gradients: Float64Array;
  readonly #hessians: Float64Array;
  readonly #pool: Float64Array[] = [];

  /**
   * @param x - the features
   * @param rules - how to grow
   */
  constructor(x: BinnedFeatures, rules: HistogramRules) {
    this.#x = x;
    this.#rules = rules;
    this.#width = numbers * (1 + Math.max(...x.thresholds.map(({ length }) => length)));
    this.#order = new Int32Array(x.samples);
    this.#spare = new Int32Array(x.samples);
    this.#gradients = new Float64Array(x.samples);
    this.#hessians = new Float64Array(x.samples);
    this.gains = new Float64Array(x.features);
  }

  /** Grows a tree on the `samples`; leaves' values are Newton's steps. */
  grow(gradients: Float64Array, hessians: Float64Array, samples: Int32Array): TreeData {
    this.#order.set(samples);
    const builder = new TreeBuilder(1);
    let gradient = 0;
    let hessian = 0;
    for (const i of samples) {
      gradient += Math.fround(gradients[i]!);
      hessian += Math.fround(hessians[i]!);
    }
    const histogram = this.#take();
    this.#fill(histogram, gradients, hessians, 0, samples.length);
    const root = this.#node(builder, -1, false, 0, 0, samples.length, gradient, hessian, histogram);
    const frontier = [root];
    let count = 1;
    for (;;) {
      const next = mostGain(frontier);
      if (next === undefined || next.gain <= 0 || count >= this.#rules.maxLeafNodes) break;
      frontier.splice(frontier.indexOf(next), 1);
      this.#split(builder, next, gradients, hessians, frontier);
      count++;
    }
    for (const { histogram: own } of frontier) if (own !== none) this.#pool.push(own);
    return builder.build();
  }

  #take(): Float64Array {
    return this.#pool.pop() ?? new Float64Array(this.#x.features * this.#width);
  }

  #node(
    builder: TreeBuilder,
    parent: number,
    isLeft: boolean,
    depth: number,
    start: number,
    end: number,
    gradient: number,
    hessian: number,
    histogram: Float64Array,
  ): Node {
    const { maxDepth, l2Regularization } = this.#rules;
    builder.value[builder.at] = -gradient / (hessian + l2Regularization + nearZero);
    const node = builder.add(parent, isLeft, 0, end - start, hessian);
    const made: Node = {
      ...{ node, depth, start, end, gradient, hessian, histogram },
      ...{ gain: 0, feature: -1, bin: 0 },
    };
    const canSplit = depth < maxDepth && end - start >= 2 * this.#rules.minSamplesLeaf;
    if (canSplit && hessian >= leastHessian) this.#findSplit(made);
    return made;
  }

  #findSplit(node: Node): void {
    const { minSamplesLeaf, l2Regularization: l2 } = this.#rules;
    const { thresholds, features } = this.#x;
    const { histogram, gradient, hessian } = node;
    const count = node.end - node.start;
    const loss = (-gradient / (hessian + l2 + nearZero)) * gradient;
    let best = 0;
    for (let f = 0; f < features; f++) {
      const bins = thresholds[f]!.length;
      let gradientLeft = 0;
      let hessianLeft = 0;
      let countLeft = 0;
      let at = f * this.#width;
      for (let b = 0; b < bins; b++, at += numbers) {
        gradientLeft += histogram[at]!;
        hessianLeft += histogram[at + 1]!;
        countLeft += histogram[at + 2]!;
        if (countLeft < minSamplesLeaf) continue;
        if (count - countLeft < minSamplesLeaf) break;
        if (hessianLeft < leastHessian) continue;
        const hessianRight = hessian - hessianLeft;
        if (hessianRight < leastHessian) break;
        const gradientRight = gradient - gradientLeft;
        const gain =
          loss -
          (-gradientLeft / (hessianLeft + l2 + nearZero)) * gradientLeft -
          (-gradientRight / (hessianRight + l2 + nearZero)) * gradientRight;
        if (gain > best) {
          best = gain;
          node.gain = gain;
          node.feature = f;
          node.bin = b;
        }
      }
    }
  }

  #split(
    builder: TreeBuilder,
    parent: Node,
    gradients: Float64Array,
    hessians: Float64Array,
    frontier: Node[],
  ): void {
    const { feature, bin, start, end, depth, histogram } = parent;
    builder.split(parent.node, feature, this.#x.thresholds[feature]![bin]!);
    this.gains[feature]! += parent.gain;
    const middle = this.#partition(start, end, feature, bin);
    let gradientLeft = 0;
    let hessianLeft = 0;
    const from = feature * this.#width;
    for (let at = from; at <= from + bin * numbers; at += numbers) {
      gradientLeft += histogram[at]!;
      hessianLeft += histogram[at + 1]!;
    }
    const [left, right] = this.#splitHistogram(parent, middle, gradients, hessians);
    const gradientRight = parent.gradient - gradientLeft;
    const hessianRight = parent.hessian - hessianLeft;
    const below = depth + 1;
    frontier.push(
      this.#node(builder, parent.node, true, below, start, middle, gradientLeft, hessianLeft, left),
      this.#node(
        builder,
        parent.node,
        false,
        below,
        middle,
        end,
        gradientRight,
        hessianRight,
        right,
      ),
    );
  }

  /** The children's histograms: the smaller's is summed, the parent's becomes the larger's. None if both will be leaves. */
  #splitHistogram(
    { start, end, depth, histogram }: Node,
    middle: number,
    gradients: Float64Array,
    hessians: Float64Array,
  ): [left: Float64Array, right: Float64Array] {
    const { maxDepth, minSamplesLeaf } = this.#rules;
    const larger = Math.max(middle - start, end - middle);
    if (depth + 1 >= maxDepth || larger < 2 * minSamplesLeaf) {
      this.#pool.push(histogram);
      return [none, none];
    }
    const isLeftSmaller = middle - start < end - middle;
    const smaller = this.#take();
    if (isLeftSmaller) this.#fill(smaller, gradients, hessians, start, middle);
    else this.#fill(smaller, gradients, hessians, middle, end);
    for (let i = 0; i < histogram.length; i++) histogram[i]! -= smaller[i]!;
    return isLeftSmaller ? [smaller, histogram] : [histogram, smaller];
  }

  /** Sums gradients, hessians and counts of a range of the order by bin. */
  #fill(
    histogram: Float64Array,
    gradients: Float64Array,
    hessians: Float64Array,
    start: number,
    end: number,
  ): void {
    const { samples, features, bins } = this.#x;
    const order = this.#order;
    const [ownGradients, ownHessians] = [this.#gradients, this.#hessians];
    for (let i = start; i < end; i++) {
      // Of equally good splits rounding decides: as in scikit-learn, which holds these in float32.
      ownGradients[i] = Math.fround(gradients[order[i]!]!);
      ownHessians[i] = Math.fround(hessians[order[i]!]!);
    }
    histogram.fill(0);
    const width = this.#width;
    let f = 0;
    for (; f + 4 <= features; f += 4) {
      sumFourByBin(
        histogram,
        f,
        width,
        bins,
        samples,
        order,
        ownGradients,
        ownHessians,
        start,
        end,
      );
    }
    for (; f < features; f++) {
      sumByBin(histogram, f, width, bins, samples, order, ownGradients, ownHessians, start, end);
    }
  }

  #partition(start: number, end: number, feature: number, bin: number): number {
    const order = this.#order;
    const spare = this.#spare;
    const { bins, samples } = this.#x;
    const base = feature * samples;
    let left = start;
    let right = 0;
    for (let i = start; i < end; i++) {
      const sample = order[i]!;
      if (bins[base + sample]! <= bin) order[left++] = sample;
      else spare[right++] = sample;
    }
    for (let i = 0; i < right; i++) order[left + i] = spare[i]!;
    return left;
  }
}

function mostGain(nodes: readonly Node[]): Node | undefined {
  let best = nodes[0];
  for (const node of nodes) if (node.gain > best!.gain) best = node;
  return best;
}

/** Sums by the bins of one feature. */
function sumByBin(
  histogram: Float64Array,
  feature: number,
  width: number,
  bins: Uint8Array,
  samples: number,
  order: Int32Array,
  gradients: Float64Array,
  hessians: Float64Array,
  start: number,
  end: number,
): void {
  const base = feature * width;
  const column = feature * samples;
  for (let i = start; i < end; i++) {
    const at = base + numbers * bins[column + order[i]!]!;
    histogram[at]! += gradients[i]!;
    histogram[at + 1]! += hessians[i]!;
    histogram[at + 2]! += 1;
  }
}

/** The innermost loop: four features at a time, so that a sample's numbers are read once for them (measured: half the time). */
function sumFourByBin(
  histogram: Float64Array,
  feature: number,
  width: number,
  bins: Uint8Array,
  samples: number,
  order: Int32Array,
  gradients: Float64Array,
  hessians: Float64Array,
  start: number,
  end: number,
): void {
  const base0 = feature * width;
  const base1 = base0 + width;
  const base2 = base1 + width;
  const base3 = base2 + width;
  const column0 = feature * samples;
  const column1 = column0 + samples;
  const column2 = column1 + samples;
  const column3 = column2 + samples;
  for (let i = start; i < end; i++) {
    const sample = order[i]!;
    const gradient = gradients[i]!;
    const hessian = hessians[i]!;
    let at = base0 + numbers * bins[column0 + sample]!;
    histogram[at]! += gradient;
    histogram[at + 1]! += hessian;
    histogram[at + 2]! += 1;
    at = base1 + numbers * bins[column1 + sample]!;
    histogram[at]! += gradient;
    histogram[at + 1]! += hessian;
    histogram[at + 2]! += 1;
    at = base2 + numbers * bins[column2 + sample]!;
    histogram[at]! += gradient;
    histogram[at + 1]! += hessian;
    histogram[at + 2]! += 1;
    at = base3 + numbers * bins[column3 + sample]!;
    histogram[at]! += gradient;
    histogram[at + 1]! += hessian;
    histogram[at + 2]! += 1;
  }
}
