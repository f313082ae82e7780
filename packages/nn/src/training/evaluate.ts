import { concat, keep, noGrad, tidy, type Tensor } from "@tensorloom/tensor";
import type { Module } from "../module.ts";
import { batchesInOrder, type TrainingData } from "./batches.ts";
import { resolveMetrics, type Metric, type MetricName } from "./metrics.ts";

/** Computes a scalar from outputs and targets. */
export type Loss = (outputs: Tensor, targets: Tensor) => Tensor;

/** What {@link evaluate} takes. */
export interface EvaluateOptions {
  /** The loss; without it, metrics alone. */
  readonly loss?: Loss;
  /** Metrics by name, or functions. */
  readonly metrics?: readonly (MetricName | Metric)[];
  /** Samples at a time; 256 by default. */
  readonly batchSize?: number;
}

/**
 * Resolves to loss and metrics of a model in evaluation mode: means over all samples.
 *
 * @param model - left in the mode that it was in
 * @param data - inputs and targets
 * @param options - loss, metrics, batch size
 *
 * @example
 * const data = { x: tensor([[1, 0]]), y: tensor([0], { dtype: "int32" }) };
 * await evaluate(new Flatten(), data, { metrics: ["accuracy"] }); // => {"accuracy":1}
 */
export async function evaluate(
  model: Module,
  data: TrainingData,
  options: EvaluateOptions = {},
): Promise<Record<string, number>> {
  const scores = new Map<string, Metric>(
    options.loss === undefined ? [] : [["loss", options.loss]],
  );
  for (const [name, metric] of resolveMetrics(options.metrics ?? [])) scores.set(name, metric);
  const totals = new Map([...scores.keys()].map((name) => [name, 0]));
  let samples = 0;
  await inEvaluation(model, async () => {
    for (const { x, y } of batchesInOrder(data, options.batchSize ?? 256)) {
      const count = x.shape[0]!;
      const values = tidy(() =>
        noGrad(() => {
          const outputs = model.forward(x);
          return [...scores].map(([name, score]) => [name, score(outputs, y)] as const);
        }),
      );
      for (const [name, value] of values) {
        totals.set(name, totals.get(name)! + count * (await value.itemAsync()));
        value.dispose();
      }
      samples += count;
    }
  });
  return Object.fromEntries([...totals].map(([name, total]) => [name, total / samples]));
}

/**
 * Resolves to a model's outputs in evaluation mode, computed batch by batch.
 *
 * @param model - left in the mode that it was in
 * @param x - `[samples, ...]`
 * @param options - `batchSize`: 256 by default
 * @returns `[samples, ...]`
 *
 * @example
 * (await predict(new ReLU(), tensor([[-1], [2]]))).toString(); // => [[0], [2]]
 */
export async function predict(
  model: Module,
  x: Tensor,
  options: { readonly batchSize?: number } = {},
): Promise<Tensor> {
  const parts: Tensor[] = [];
  await inEvaluation(model, async () => {
    for (const batch of batchesInOrder({ x, y: x }, options.batchSize ?? 256)) {
      parts.push(keep(tidy(() => noGrad(() => model.forward(batch.x).add(0)))));
    }
  });
  const result = concat(parts);
  for (const part of parts) part.dispose();
  return result;
}

async function inEvaluation(model: Module, run: () => Promise<void>): Promise<void> {
  const wasTraining = model.isTraining;
  model.eval();
  try {
    await run();
  } finally {
    if (wasTraining) model.train();
  }
}
