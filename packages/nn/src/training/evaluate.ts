import { concat, keep, mapTensors, noGrad, Tensor, tidy } from "@tensorloom/tensor";
import type { Module } from "../module.ts";
import { batchesOf, countSamples, isWhole, type TrainingSource } from "./batches.ts";
import { meanOf, resolveMetrics, type MetricsOption } from "./metrics/metric.ts";
import { EpochScores, readAll } from "./scores.ts";
import { Pacer } from "./pacer.ts";

/** Computes a scalar from outputs and targets. */
export type Loss<Outputs = Tensor, Targets = Tensor> = (
  outputs: Outputs,
  targets: Targets,
) => Tensor;

/** What {@link evaluate} takes. */
export interface EvaluateOptions<Outputs = Tensor, Targets = Tensor> {
  /** The loss; without it, metrics alone. */
  readonly loss?: Loss<Outputs, Targets>;
  /** Metrics by name, or functions; for a model of several outputs, a list for each. */
  readonly metrics?: MetricsOption;
  /** Samples at a time; 256 by default. */
  readonly batchSize?: number;
  /** Ends it with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Resolves to loss and metrics of a model in evaluation mode, over all samples.
 *
 * The loss is the mean over samples, given that it is a mean over a batch; metrics are exact however data is cut into batches.
 *
 * @param model - left in the mode that it was in
 * @param data - inputs and targets, all at once or in batches
 * @param options - loss, metrics, batch size
 *
 * @example
 * const data = { x: tensor([[1, 0]]), y: tensor([0], { dtype: "int32" }) };
 * await evaluate(new Flatten(), data, { metrics: ["accuracy"] }); // => {"accuracy":1}
 */
export async function evaluate<Outputs = Tensor, Targets = Tensor>(
  model: Module<Outputs>,
  data: TrainingSource<Targets>,
  options: EvaluateOptions<Outputs, Targets> = {},
): Promise<Record<string, number>> {
  const { loss, metrics = [], batchSize = 256, signal } = options;
  const scores = new EpochScores([
    ...(loss === undefined ? [] : [meanOf("loss", loss)]),
    ...resolveMetrics("evaluate", metrics),
  ]);
  if (isWhole(data)) countSamples("evaluate", data);
  await inEvaluation(model, async () => {
    const reading = { operation: "evaluate", batchSize, shuffle: false, epoch: 0 };
    const pacer = new Pacer();
    for await (const { x, y } of batchesOf(data, reading)) {
      signal?.throwIfAborted();
      const measured = tidy(() => noGrad(() => scores.measure(model.forward(x), y)));
      scores.add(await readAll(measured), x.shape[0]!);
      await pacer.pause();
    }
  });
  return scores.values();
}

/** What {@link predict} takes. */
export interface PredictOptions {
  /** Samples at a time; 256 by default. */
  readonly batchSize?: number;
  /** Ends it with the signal's reason. */
  readonly signal?: AbortSignal;
}

/**
 * Resolves to a model's outputs in evaluation mode, computed batch by batch.
 *
 * @param model - left in the mode that it was in
 * @param data - `[samples, ...]`, or batches `{ x, y }` whose targets are not looked at
 * @param options - `batchSize`, `signal`
 * @returns `[samples, ...]`; for a model of several outputs, each of them
 *
 * @example
 * (await predict(new ReLU(), tensor([[-1], [2]]))).toString(); // => [[0], [2]]
 */
export async function predict<Outputs = Tensor>(
  model: Module<Outputs>,
  data: Tensor | TrainingSource<unknown>,
  options: PredictOptions = {},
): Promise<Outputs> {
  const { batchSize = 256, signal } = options;
  const source: TrainingSource<unknown> = data instanceof Tensor ? { x: data, y: undefined } : data;
  const parts: Outputs[] = [];
  try {
    await inEvaluation(model, async () => {
      const reading = { operation: "predict", batchSize, shuffle: false, epoch: 0 };
      const pacer = new Pacer();
      for await (const { x } of batchesOf(source, reading)) {
        signal?.throwIfAborted();
        // A model may return its input, or a view of it.
        const own = (output: Tensor): Tensor => keep(output.add(0));
        parts.push(tidy(() => noGrad(() => mapTensors(model.forward(x), own))));
        await pacer.pause();
      }
    });
    return joined(parts);
  } finally {
    for (const part of parts) mapTensors(part, disposed);
  }
}

function disposed(tensor: Tensor): Tensor {
  tensor.dispose();
  return tensor;
}

/** Returns outputs of the same structure one after another. */
function joined<Outputs>(parts: readonly Outputs[]): Outputs {
  const lists = parts.map((part) => {
    const found: Tensor[] = [];
    mapTensors(part, (tensor) => {
      found.push(tensor);
      return tensor;
    });
    return found;
  });
  let next = 0;
  return mapTensors(parts[0]!, () => {
    const place = next++;
    return concat(lists.map((list) => list[place]!));
  });
}

/** Runs `run` with the model in evaluation mode, and puts it back into the mode that it was in. */
export async function inEvaluation(
  model: Module<unknown>,
  run: () => Promise<void>,
): Promise<void> {
  const wasTraining = model.isTraining;
  model.eval();
  try {
    await run();
  } finally {
    if (wasTraining) model.train();
  }
}
