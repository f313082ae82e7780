import { ArgumentError, concat, oneHot, topk, type Tensor } from "@tensorloom/tensor";
import type { EpochMetric, Metric } from "./metric.ts";

/** How scores of classes become one. */
export type ClassAverage =
  /** The positive class's alone. */
  | "binary"
  /** The mean over classes. */
  | "macro"
  /** Of all decisions together. */
  | "micro"
  /** The mean over classes, weighted by how many samples each has. */
  | "weighted";

/** What {@link precision}, {@link recall} and {@link f1} take. */
export interface ClassScoreOptions {
  /** By default `"binary"` for two classes, `"macro"` for more. */
  readonly average?: ClassAverage;
  /** The positive class of `"binary"`; 1 by default. */
  readonly positive?: number;
  /** Of single outputs, those above this are class 1; 0 by default, the middle of a logit. */
  readonly threshold?: number;
}

/**
 * Returns the share of samples whose largest output is at the target's class.
 *
 * @param outputs - `[batch, classes]`; or logits `[batch]` or `[batch, 1]`, of which positive ones are class 1
 * @param targets - class numbers `[batch]`, or one-hot `[batch, classes]`
 *
 * @example
 * accuracy(tensor([[0, 1], [1, 0]]), tensor([1, 1], { dtype: "int32" })).item(); // => 0.5
 */
export function accuracy(outputs: Tensor, targets: Tensor): Tensor {
  const { predicted, actual } = classesOf(outputs, targets, 0);
  return predicted.equal(actual).astype("float32").mean();
}

/**
 * Returns a metric: the share of samples whose class is among those of the `k` largest outputs.
 *
 * @param options - `k`: 5 by default, or as many as there are classes
 *
 * @example
 * topKAccuracy({ k: 2 })(tensor([[3, 2, 1], [1, 2, 3]]), tensor([1, 0], { dtype: "int32" })).item(); // => 0.5
 */
export function topKAccuracy(options: { readonly k?: number } = {}): Metric {
  const { k = 5 } = options;
  if (!Number.isInteger(k) || k < 1) {
    throw new ArgumentError(`topKAccuracy: k: expected a whole number of 1 or more, got ${k}`);
  }
  const metric: Metric = (outputs, targets) => {
    const { actual } = classesOf(outputs, targets, 0);
    const flat = outputs.reshape([-1, outputs.shape.at(-1)!]);
    const { indices } = topk(flat, Math.min(k, flat.shape[1]!));
    return indices.equal(actual.expandDims(-1)).any(-1).astype("float32").mean();
  };
  return Object.defineProperty(metric, "name", { value: "topK" });
}

/**
 * Returns a metric: of the samples that were given a class, the share that are of it. 0 where none was.
 *
 * @param options - `average`, `positive`, `threshold`
 *
 * Source: scikit-learn's precision_score.
 *
 * @example
 * const data = { x: tensor([1, 2, -1]), y: tensor([1, 0, 1], { dtype: "int32" }) };
 * await evaluate(new Activation((x) => x), data, { metrics: [precision()] }); // => {"precision":0.5}
 */
export function precision(options: ClassScoreOptions = {}): EpochMetric {
  return classScore("precision", options, ({ hits, predicted }) => share(hits, predicted));
}

/**
 * Returns a metric: of the samples of a class, the share that were found. 0 where there are none.
 *
 * @param options - `average`, `positive`, `threshold`
 *
 * Source: scikit-learn's recall_score.
 *
 * @example
 * const data = { x: tensor([1, 2, -1]), y: tensor([1, 1, 1], { dtype: "int32" }) };
 * (await evaluate(new Activation((x) => x), data, { metrics: [recall()] })).recall.toFixed(2); // => 0.67
 */
export function recall(options: ClassScoreOptions = {}): EpochMetric {
  return classScore("recall", options, ({ hits, actual }) => share(hits, actual));
}

/**
 * Returns a metric: the harmonic mean of precision and recall. 0 where both are.
 *
 * @param options - `average`, `positive`, `threshold`
 *
 * Source: scikit-learn's f1_score.
 *
 * @example
 * const data = { x: tensor([1, 2, -1]), y: tensor([1, 0, 1], { dtype: "int32" }) };
 * await evaluate(new Activation((x) => x), data, { metrics: [f1()] }); // => {"f1":0.5}
 */
export function f1(options: ClassScoreOptions = {}): EpochMetric {
  return classScore("f1", options, ({ hits, predicted, actual }) =>
    share(2 * hits, predicted + actual),
  );
}

/** What decides of a class. */
interface ClassCounts {
  /** Samples of the class that were given it. */
  readonly hits: number;
  /** Samples that were given it. */
  readonly predicted: number;
  /** Samples that are of it. */
  readonly actual: number;
}

function share(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole;
}

function classScore(
  name: string,
  { average, positive = 1, threshold = 0 }: ClassScoreOptions,
  score: (counts: ClassCounts) => number,
): EpochMetric {
  return {
    name,
    start() {
      // Counts by class, as rows: hits, predicted, actual.
      let counts = new Float64Array(0);
      return {
        measure(outputs, targets) {
          const { predicted, actual, classes } = classesOf(outputs, targets, threshold);
          const [given, true_] = [oneHot(predicted, classes), oneHot(actual, classes)];
          return concat([given.mul(true_).sum(0), given.sum(0), true_.sum(0)]);
        },
        add(measured) {
          if (counts.length === 0) counts = new Float64Array(measured.length);
          for (let i = 0; i < counts.length; i++) counts[i]! += measured[i]!;
        },
        value() {
          const classes = counts.length / 3;
          const [hits, predicted, actual] = [0, 1, 2].map((row) =>
            counts.slice(row * classes, (row + 1) * classes),
          ) as [Float64Array, Float64Array, Float64Array];
          const of = (c: number): ClassCounts => ({
            hits: hits[c]!,
            predicted: predicted[c]!,
            actual: actual[c]!,
          });
          const scores = Array.from({ length: classes }, (_, c) => score(of(c)));
          const sum = (values: Float64Array): number => values.reduce((total, v) => total + v, 0);
          switch (average ?? (classes === 2 ? "binary" : "macro")) {
            case "binary":
              return scores[positive] ?? Number.NaN;
            case "macro":
              return scores.reduce((total, value) => total + value, 0) / classes;
            case "micro":
              return score({ hits: sum(hits), predicted: sum(predicted), actual: sum(actual) });
            case "weighted":
              return scores.reduce((total, v, c) => total + v * actual[c]!, 0) / sum(actual);
          }
        },
      };
    },
  };
}

/** Class numbers that outputs and targets stand for, as flat lists, and how many classes there are. */
export function classesOf(
  outputs: Tensor,
  targets: Tensor,
  threshold: number,
): { readonly predicted: Tensor; readonly actual: Tensor; readonly classes: number } {
  const width = outputs.rank < 2 ? 1 : outputs.shape.at(-1)!;
  const isOneHot = width > 1 && targets.rank === outputs.rank && targets.shape.at(-1) === width;
  const actual = (isOneHot ? targets.argmax(-1) : targets).astype("int32").reshape([-1]);
  const predicted = width > 1 ? outputs.argmax(-1) : outputs.greater(threshold).astype("int32");
  return { predicted: predicted.reshape([-1]), actual, classes: Math.max(2, width) };
}
