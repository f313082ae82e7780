import { TreeBuilder } from "../tree/tree-builder.ts";
import type { TreeData } from "../tree/tree-data.ts";
import { openHeap, type Kernels } from "../wasm/heap.ts";
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
  /** In the order's: the gradient and the hessian of each sample. */
  readonly #derivatives: Float64Array;
  readonly #sums: Float64Array;
  readonly #kernels: Kernels | undefined;
  readonly #pool: Float64Array[] = [];

  /**
   * @param x - the features
   * @param rules - how to grow
   */
  constructor(x: BinnedFeatures, rules: HistogramRules) {
    this.#rules = rules;
    this.#width = numbers * (1 + Math.max(...x.thresholds.map(({ length }) => length)));
    const { samples, features } = x;
    const bytes = samples * (features + 4 + 16) + 8 * features * this.#width;
    const heap = openHeap(4, bytes);
    this.#kernels = heap.kernels;
    const bins = heap.uint8(features * samples);
    bins.set(x.bins);
    this.#x = { ...x, bins };
    this.#order = heap.int32(samples);
    this.#derivatives = heap.float64(2 * samples);
    this.#sums = heap.float64(features * this.#width);
    this.#spare = new Int32Array(samples);
    this.gains = new Float64Array(x.features);
  }

  /** Grows a tree on the `samples`, and writes which leaf each of them reaches; leaves' values are Newton's steps. */
  grow(
    gradients: Float64Array,
    hessians: Float64Array,
    samples: Int32Array,
    leaves: Int32Array,
  ): TreeData {
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
    for (const { node, start, end, histogram: own } of frontier) {
      for (let i = start; i < end; i++) leaves[this.#order[i]!] = node;
      if (own !== none) this.#pool.push(own);
    }
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
    const derivatives = this.#derivatives;
    for (let i = start; i < end; i++) {
      // Of equally good splits rounding decides: as in scikit-learn, which holds these in float32.
      derivatives[2 * i] = Math.fround(gradients[order[i]!]!);
      derivatives[2 * i + 1] = Math.fround(hessians[order[i]!]!);
    }
    const width = this.#width;
    const kernels = this.#kernels;
    if (kernels === undefined) {
      histogram.fill(0);
      for (let f = 0; f < features; f++) {
        sumByBin(histogram, f, width, bins, samples, order, derivatives, start, end);
      }
      return;
    }
    const sums = this.#sums;
    sums.fill(0);
    kernels["sumByBin"]!(
      ...[sums.byteOffset, bins.byteOffset, order.byteOffset, derivatives.byteOffset],
      ...[start, end, samples, features, width],
    );
    histogram.set(sums);
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
      // Written to both sides, of which one moves on: no branch that the processor could guess wrong.
      const isRight = +(bins[base + sample]! > bin);
      order[left] = sample;
      spare[right] = sample;
      left += 1 - isRight;
      right += isRight;
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

/** Sums by the bins of one feature: what the kernel does for all. */
function sumByBin(
  histogram: Float64Array,
  feature: number,
  width: number,
  bins: Uint8Array,
  samples: number,
  order: Int32Array,
  derivatives: Float64Array,
  start: number,
  end: number,
): void {
  const base = feature * width;
  const column = feature * samples;
  for (let i = start; i < end; i++) {
    const at = base + numbers * bins[column + order[i]!]!;
    histogram[at]! += derivatives[2 * i]!;
    histogram[at + 1]! += derivatives[2 * i + 1]!;
    histogram[at + 2]! += 1;
  }
}
