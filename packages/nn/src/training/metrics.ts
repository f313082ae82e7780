import { ArgumentError, type Tensor } from "@tensorloom/tensor";

/** Scores a batch: a scalar tensor, the mean over the batch. */
export type Metric = (outputs: Tensor, targets: Tensor) => Tensor;

/** Metrics that are known by name. */
export type MetricName = "accuracy";

/**
 * Returns the share of samples whose largest output is at the target's class.
 *
 * @param outputs - `[batch, classes]`
 * @param targets - class numbers `[batch]`, or one-hot `[batch, classes]`
 *
 * @example
 * accuracy(tensor([[0, 1], [1, 0]]), tensor([1, 1], { dtype: "int32" })).item(); // => 0.5
 */
export function accuracy(outputs: Tensor, targets: Tensor): Tensor {
  const classes = targets.rank === outputs.rank ? targets.argmax(-1) : targets;
  return outputs.argmax(-1).equal(classes).astype("float32").mean();
}

const byName: Readonly<Record<MetricName, Metric>> = { accuracy };

/** Returns metrics by the name under which history holds them. */
export function resolveMetrics(
  metrics: readonly (MetricName | Metric)[],
): ReadonlyMap<string, Metric> {
  return new Map(
    metrics.map((metric) => {
      if (typeof metric === "function")
        return [metric.name === "" ? "metric" : metric.name, metric];
      if (Object.hasOwn(byName, metric)) return [metric, byName[metric]];
      throw new ArgumentError(
        `fit: metrics: expected a function or one of ${Object.keys(byName).join(", ")}, got "${metric}"`,
      );
    }),
  );
}
