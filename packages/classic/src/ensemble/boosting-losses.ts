import { weightedMedian } from "../tree/value-criteria.ts";

/** What boosting lowers: a loss of raw predictions, `trees` of them a sample. */
export interface BoostingLoss {
  /** How many raw predictions a sample has, and so how many trees a round grows. */
  readonly trees: number;
  /** Newton's steps are multiplied by this where trees are exact, as Friedman 2001 does. */
  readonly exactFactor: number;
  /** Returns the best constant predictions. */
  initial(targets: Float64Array, weights: Float64Array): number[];
  /** Writes the loss's first and second derivatives by each raw prediction, both times the weight. */
  derive(
    raw: readonly Float64Array[],
    targets: Float64Array,
    weights: Float64Array,
    gradients: readonly Float64Array[],
    hessians: readonly Float64Array[],
  ): void;
  /** Returns the weighted mean loss of some samples. */
  mean(
    raw: readonly Float64Array[],
    targets: Float64Array,
    weights: Float64Array,
    samples: Int32Array,
  ): number;
  /** Returns a leaf's value where that is not Newton's step. */
  leaf?(
    raw: readonly Float64Array[],
    targets: Float64Array,
    weights: Float64Array,
    samples: Int32Array,
  ): number;
}

function weightedMean(
  samples: Int32Array,
  weights: Float64Array,
  loss: (i: number) => number,
): number {
  let sum = 0;
  let total = 0;
  for (const i of samples) {
    sum += weights[i]! * loss(i);
    total += weights[i]!;
  }
  return sum / total;
}

/** Half the squared error. */
export const squaredError: BoostingLoss = {
  trees: 1,
  exactFactor: 1,
  initial(targets, weights) {
    const all = Int32Array.from(targets.keys());
    return [weightedMean(all, weights, (i) => targets[i]!)];
  },
  derive([raw], targets, weights, [gradients], [hessians]) {
    for (let i = 0; i < targets.length; i++) {
      gradients![i] = (raw![i]! - targets[i]!) * weights[i]!;
      hessians![i] = weights[i]!;
    }
  },
  mean: ([raw], targets, weights, samples) =>
    weightedMean(samples, weights, (i) => (raw![i]! - targets[i]!) ** 2 / 2),
};

/** The absolute error; leaves predict the median of what is left. */
export const absoluteError: BoostingLoss = {
  trees: 1,
  exactFactor: 1,
  initial: (targets, weights) => [weightedMedian(targets, weights, targets.length)],
  derive([raw], targets, weights, [gradients], [hessians]) {
    for (let i = 0; i < targets.length; i++) {
      gradients![i] = raw![i]! > targets[i]! ? weights[i]! : -weights[i]!;
      hessians![i] = weights[i]!;
    }
  },
  mean: ([raw], targets, weights, samples) =>
    weightedMean(samples, weights, (i) => Math.abs(raw![i]! - targets[i]!)),
  leaf([raw], targets, weights, samples) {
    const left = Float64Array.from(samples, (i) => targets[i]! - raw![i]!);
    const own = Float64Array.from(samples, (i) => weights[i]!);
    return weightedMedian(left, own, left.length);
  },
};

/** The cross-entropy of two classes; the raw prediction is the log-odds of the second. */
export const binaryCrossEntropy: BoostingLoss = {
  trees: 1,
  exactFactor: 1,
  initial(targets, weights) {
    const all = Int32Array.from(targets.keys());
    const share = weightedMean(all, weights, (i) => targets[i]!);
    return [Math.log(share / (1 - share))];
  },
  derive([raw], targets, weights, [gradients], [hessians]) {
    for (let i = 0; i < targets.length; i++) {
      const p = 1 / (1 + Math.exp(-raw![i]!));
      gradients![i] = (p - targets[i]!) * weights[i]!;
      hessians![i] = p * (1 - p) * weights[i]!;
    }
  },
  mean: ([raw], targets, weights, samples) =>
    weightedMean(samples, weights, (i) => {
      const odds = raw![i]!;
      // log(1 + exp(odds)) without overflow.
      return Math.max(odds, 0) + Math.log1p(Math.exp(-Math.abs(odds))) - targets[i]! * odds;
    }),
};

/** The cross-entropy of several classes; raw predictions are the logarithms of their shares, up to a constant. */
export function crossEntropy(classes: number): BoostingLoss {
  const logSum = (raw: readonly Float64Array[], i: number): number => {
    let most = -Infinity;
    for (let k = 0; k < classes; k++) most = Math.max(most, raw[k]![i]!);
    let sum = 0;
    for (let k = 0; k < classes; k++) sum += Math.exp(raw[k]![i]! - most);
    return most + Math.log(sum);
  };
  return {
    trees: classes,
    exactFactor: (classes - 1) / classes,
    initial(targets, weights) {
      const logs = new Array<number>(classes).fill(0);
      targets.forEach((target, i) => (logs[target]! += weights[i]!));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      logs.forEach((weight, k) => (logs[k] = Math.log(weight / total)));
      const mean = logs.reduce((sum, log) => sum + log, 0) / classes;
      return logs.map((log) => log - mean);
    },
    derive(raw, targets, weights, gradients, hessians) {
      for (let i = 0; i < targets.length; i++) {
        const log = logSum(raw, i);
        for (let k = 0; k < classes; k++) {
          const p = Math.exp(raw[k]![i]! - log);
          gradients[k]![i] = (p - Number(targets[i] === k)) * weights[i]!;
          hessians[k]![i] = p * (1 - p) * weights[i]!;
        }
      }
    },
    mean: (raw, targets, weights, samples) =>
      weightedMean(samples, weights, (i) => logSum(raw, i) - raw[targets[i]!]![i]!),
  };
}
