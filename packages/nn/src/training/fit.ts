import {
  ArgumentError,
  keep,
  noGrad,
  random,
  tidy,
  valueAndGrad,
  type Tensor,
} from "@tensorloom/tensor";
import type { Optimizer } from "@tensorloom/optim";
import type { Module } from "../module.ts";
import { countSamples, shuffledBatches, splitOff, type TrainingData } from "./batches.ts";
import type { Callback, TrainingContext } from "./callbacks.ts";
import { evaluate, type Loss } from "./evaluate.ts";
import { History } from "./history.ts";
import { resolveMetrics, type Metric, type MetricName } from "./metrics.ts";
import { createProgress, type Progress, type ProgressOption } from "./progress.ts";

/** What {@link fit} takes. */
export interface FitOptions {
  /** Moves the parameters. */
  readonly optimizer: Optimizer;
  /** Computes a scalar from outputs and targets. */
  readonly loss: Loss;
  /** Metrics by name, or functions; computed in training too. */
  readonly metrics?: readonly (MetricName | Metric)[];
  /** How often all samples are seen; 10 by default. */
  readonly epochs?: number;
  /** Samples a step; 32 by default. */
  readonly batchSize?: number;
  /** Data to validate on after each epoch, or a share of the training data to set aside. */
  readonly validation?: TrainingData | number;
  /** What else happens, in order. */
  readonly callbacks?: readonly Callback[];
  /** Seeds the global generator first, so that shuffling and dropout repeat. */
  readonly seed?: number;
  /** How progress is shown; `"auto"` by default. */
  readonly progress?: ProgressOption;
  /** Ends training after the current step. */
  readonly signal?: AbortSignal;
}

// How long training may keep the event loop waiting.
const yieldEveryMs = 50;

/**
 * Trains a model, and resolves to the history of losses and metrics. The model is left in evaluation mode.
 *
 * Memory is given back after every step. A loss that is not finite ends training with an error, before it reaches the
 * parameters.
 *
 * @param model - what is trained
 * @param data - inputs and targets
 * @param options - optimizer, loss, and how to train
 * @throws `ArgumentError` for options that do not fit, or a loss that is not finite
 *
 * @example
 * const x = tensor([[0], [1], [2], [3]]);
 * const model = new Linear(1, 1);
 * const history = await fit(model, { x, y: x.mul(2) }, {
 *   optimizer: new SGD(model, { learningRate: 0.1 }),
 *   loss: (outputs, targets) => outputs.sub(targets).square().mean(),
 *   epochs: 2, seed: 1, progress: false,
 * });
 * history.values("loss").length; // => 2
 */
export async function fit(
  model: Module,
  data: TrainingData,
  options: FitOptions,
): Promise<History> {
  const { epochs = 10, batchSize = 32, validation, seed } = options;
  positiveWhole("epochs", epochs);
  positiveWhole("batchSize", batchSize);
  countSamples("fit", data);
  if (seed !== undefined) random.seed(seed);
  const split = typeof validation === "number" ? splitOff(data, share(validation)) : undefined;
  const training = split?.training ?? data;
  const held = split?.validation ?? (validation as TrainingData | undefined);
  const progress = await createProgress(options.progress ?? "auto", epochs);
  const history = new History();
  const context: TrainingContext = {
    model,
    optimizer: options.optimizer,
    stop: () => (history.endedBy = "callback"),
  };
  try {
    for (let epoch = 1; epoch <= epochs && history.endedBy === "epochs"; epoch++) {
      const start = performance.now();
      const values = await runEpoch(model.train(), training, options, batchSize, epoch, progress);
      if (values === undefined) {
        history.endedBy = "signal";
        break;
      }
      if (held !== undefined) {
        const scores = await evaluate(model.eval(), held, { ...options, batchSize: 256 });
        for (const [name, value] of Object.entries(scores)) values[validationName(name)] = value;
      }
      const record = { epoch, seconds: (performance.now() - start) / 1000, values };
      history.add(record);
      progress.epoch(record);
      for (const callback of options.callbacks ?? []) await callback.onEpochEnd?.(record, context);
    }
  } finally {
    progress.end();
    for (const callback of options.callbacks ?? []) await callback.onEnd?.(context);
    model.eval();
    if (split !== undefined) {
      for (const { x, y } of Object.values(split)) {
        x.dispose();
        y.dispose();
      }
    }
  }
  return history;
}

/** Resolves to the means over an epoch's samples; undefined if the signal ended it. */
async function runEpoch(
  model: Module,
  data: TrainingData,
  options: FitOptions,
  batchSize: number,
  epoch: number,
  progress: Progress,
): Promise<Record<string, number> | undefined> {
  const metrics = [...resolveMetrics(options.metrics ?? [])];
  const totals = new Map<string, number>(
    ["loss", ...metrics.map(([name]) => name)].map((name) => [name, 0]),
  );
  const steps = Math.ceil(data.x.shape[0]! / batchSize);
  let step = 0;
  let samples = 0;
  let lastYield = performance.now();
  for (const batch of shuffledBatches(data, batchSize)) {
    if (options.signal?.aborted === true) return undefined;
    const count = batch.x.shape[0]!;
    const scores = await takeStep(model, batch, options, metrics, epoch, ++step);
    samples += count;
    for (const [name, value] of scores) totals.set(name, totals.get(name)! + count * value);
    progress.batch(step, steps, totals.get("loss")! / samples);
    if (performance.now() - lastYield > yieldEveryMs) {
      await nextTask();
      lastYield = performance.now();
    }
  }
  return Object.fromEntries([...totals].map(([name, total]) => [name, total / samples]));
}

/** One step: loss and gradients, then the parameters move, unless the loss is not finite. */
async function takeStep(
  model: Module,
  { x, y }: TrainingData,
  { loss, optimizer }: FitOptions,
  metrics: readonly (readonly [string, Metric])[],
  epoch: number,
  step: number,
): Promise<[string, number][]> {
  const kept: [string, Tensor][] = [];
  const { value, gradients } = valueAndGrad(() => {
    const outputs = model.forward(x);
    for (const [name, metric] of metrics) {
      kept.push([name, keep(tidy(() => noGrad(() => metric(outputs, y))))]);
    }
    return loss(outputs, y);
  }, optimizer.parameters)();
  const scores: [string, number][] = [];
  for (const [name, tensor] of [["loss", value] as const, ...kept]) {
    scores.push([name, await tensor.itemAsync()]);
    tensor.dispose();
  }
  const [, lossValue] = scores[0]!;
  const isFinite = Number.isFinite(lossValue);
  if (isFinite) optimizer.step(gradients);
  for (const gradient of gradients) gradient.dispose();
  if (isFinite) return scores;
  throw new ArgumentError(
    `fit: loss: expected a finite number, got ${lossValue} in epoch ${epoch}, step ${step}; the parameters are those ` +
      "from before this step; try a smaller learning rate, clipped gradients, or look for NaN in the data",
  );
}

/** Lets timers and events run. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}

function validationName(name: string): string {
  return `val${name[0]!.toUpperCase()}${name.slice(1)}`;
}

function positiveWhole(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new ArgumentError(`fit: ${name}: expected a positive whole number, got ${value}`);
}

function share(value: number): number {
  if (value > 0 && value < 1) return value;
  throw new ArgumentError(
    `fit: validation: expected data, or a share of it between 0 and 1, got ${value}`,
  );
}
