import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import { accuracy, f1, precision, recall, topKAccuracy } from "./classification.ts";
import { auc } from "./auc.ts";
import { meanAbsoluteError, meanSquaredError, r2 } from "./regression.ts";

/** Scores a batch: a scalar tensor, the mean over the batch. An epoch's score is the mean over its samples. */
export type Metric = (outputs: Tensor, targets: Tensor) => Tensor;

/** A metric of a whole epoch that is no mean over its samples: it adds up what batches measure. */
export interface EpochMetric {
  /** What history calls it. */
  readonly name: string;
  /** Begins an epoch. */
  start(): MetricState;
}

/** An {@link EpochMetric} at work. */
export interface MetricState {
  /** Returns what is to be known of a batch, computed where its tensors are. No gradient passes, and what it makes on the way is freed. */
  measure(outputs: Tensor, targets: Tensor): Tensor;
  /** Takes in what `measure` returned. */
  add(measured: ArrayLike<number>, samples: number): void;
  /** Returns the score of all that was taken in. */
  value(): number;
}

/** Metrics that are known by name, with their defaults. */
export type MetricName =
  "accuracy" | "topK" | "precision" | "recall" | "f1" | "auc" | "mae" | "mse" | "r2";

const byName: Readonly<Record<MetricName, () => Metric | EpochMetric>> = {
  accuracy: () => accuracy,
  topK: () => topKAccuracy(),
  precision: () => precision(),
  recall: () => recall(),
  f1: () => f1(),
  auc: () => auc(),
  mae: () => meanAbsoluteError,
  mse: () => meanSquaredError,
  r2: () => r2(),
};

/** A metric: by name, as a function of a batch, or one of a whole epoch. */
export type MetricLike = MetricName | Metric | EpochMetric;

/** Which metrics are computed: a list; for a model of several outputs, one list an output, by its name. */
export type MetricsOption = readonly MetricLike[] | Readonly<Record<string, readonly MetricLike[]>>;

/** Returns metrics under the names by which history holds them. */
export function resolveMetrics(operation: string, metrics: MetricsOption): EpochMetric[] {
  if (Array.isArray(metrics)) {
    return (metrics as readonly MetricLike[]).map((metric) => resolve(operation, metric));
  }
  return Object.entries(metrics).flatMap(([output, list]: [string, readonly MetricLike[]]) =>
    list.map((metric) => ofOutput(output, resolve(operation, metric))),
  );
}

function resolve(operation: string, metric: MetricLike): EpochMetric {
  if (typeof metric === "object") return metric;
  if (typeof metric === "function") return meanOf(metric.name || "metric", metric);
  if (!Object.hasOwn(byName, metric)) {
    throw new ArgumentError(
      `${operation}: metrics: expected a function or one of ${Object.keys(byName).join(", ")}, got "${String(metric)}"`,
    );
  }
  const known = byName[metric]();
  return typeof known === "function" ? meanOf(metric, known) : { ...known, name: metric };
}

/** The mean over samples of what a function gives for batches. */
export function meanOf<Outputs, Targets>(
  name: string,
  metric: (outputs: Outputs, targets: Targets) => Tensor,
): EpochMetric {
  return {
    name,
    start() {
      let [total, count] = [0, 0];
      return {
        measure: metric as unknown as Metric,
        add(measured, samples) {
          total += samples * measured[0]!;
          count += samples;
        },
        value: () => total / count,
      };
    },
  };
}

/** A metric of one of several outputs: `accuracy` of `digit` is `digitAccuracy`. */
function ofOutput(output: string, metric: EpochMetric): EpochMetric {
  const pick = (all: unknown): Tensor => (all as Record<string, Tensor>)[output]!;
  return {
    name: `${output}${metric.name[0]!.toUpperCase()}${metric.name.slice(1)}`,
    start() {
      const state = metric.start();
      return {
        ...state,
        measure: (outputs, targets) => state.measure(pick(outputs), pick(targets)),
      };
    },
  };
}
