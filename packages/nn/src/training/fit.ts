import { ArgumentError, random, type Tensor } from "@tensorloom/tensor";
import type { Optimizer } from "@tensorloom/optim";
import type { Module } from "../module.ts";
import { loadPrunedState } from "../pruning/masks.ts";
import {
  batchesIn,
  batchesOf,
  countSamples,
  disposeBatch,
  isWhole,
  splitOff,
  type TrainingSource,
} from "./batches.ts";
import type { Callback, TrainingContext } from "./callbacks/callback.ts";
import { loadCheckpoint, saveCheckpoint, type Checkpoint } from "./checkpoint.ts";
import { evaluate, type Loss } from "./evaluate.ts";
import { History } from "./history.ts";
import { resolveMetrics, type MetricsOption } from "./metrics/metric.ts";
import { Pacer } from "./pacer.ts";
import { createProgress, type Progress, type ProgressOption } from "./progress.ts";
import { EpochOfSteps } from "./training-step.ts";

/** What {@link fit} takes. */
export interface FitOptions<Outputs = Tensor, Targets = Tensor> {
  /** Moves the parameters. */
  readonly optimizer: Optimizer;
  /** Computes a scalar from outputs and targets. */
  readonly loss: Loss<Outputs, Targets>;
  /** Added to the loss, such as `l2(1e-4)`; history holds it as `penalty`, apart from the loss. */
  readonly regularizer?: (model: Module<Outputs>) => Tensor;
  /** Metrics by name, or functions, computed in training too; for a model of several outputs, a list for each. */
  readonly metrics?: MetricsOption;
  /** How often all samples are seen; 10 by default. */
  readonly epochs?: number;
  /** Samples a step; 32 by default. Batches that come as such stay as they are. */
  readonly batchSize?: number;
  /** Data to validate on after each epoch, or a share of the training data to set aside. */
  readonly validation?: TrainingSource<Targets> | number;
  /** What else happens, in order. */
  readonly callbacks?: readonly Callback[];
  /** Seeds the global generator first, so that shuffling and dropout repeat. */
  readonly seed?: number;
  /** How progress is shown; `"auto"` by default. */
  readonly progress?: ProgressOption;
  /** A checkpoint to go on from: a path (Node), bytes, or one that was loaded. Model, optimizer and callbacks are to be made as before. */
  readonly resume?: string | Uint8Array | Checkpoint;
  /** Whether a loss that is not finite is looked into: the step is taken again, and the error names the first kernel at fault. */
  readonly debug?: boolean;
  /** Ends training after the current step. */
  readonly signal?: AbortSignal;
}

/**
 * Trains a model, and resolves to the history of losses and metrics. The model is left in evaluation mode.
 *
 * Memory is given back after every step. A loss that is not finite ends training with an error, before it reaches the
 * parameters.
 *
 * @param model - what is trained
 * @param data - inputs and targets, all at once; or batches of them, such as a `Dataset` of `@tensorloom/data`
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
export async function fit<Outputs = Tensor, Targets = Tensor>(
  model: Module<Outputs>,
  data: TrainingSource<Targets>,
  options: FitOptions<Outputs, Targets>,
): Promise<History> {
  const { epochs = 10, batchSize = 32, validation, seed, optimizer, callbacks = [] } = options;
  positiveWhole("epochs", epochs);
  positiveWhole("batchSize", batchSize);
  if (isWhole(data)) countSamples("fit", data);
  const metrics = resolveMetrics("fit", options.metrics ?? []);
  if (seed !== undefined) random.seed(seed);
  const resumed = await checkpointOf(options.resume);
  if (resumed !== undefined) random.setState(resumed.random.start);
  const start = random.getState();
  const split = typeof validation === "number" ? setAside(data, validation) : undefined;
  const training = split?.training ?? data;
  const held = split?.validation ?? (validation as TrainingSource<Targets> | undefined);
  const history = new History();
  if (resumed !== undefined) {
    for (const record of resumed.history.epochs) history.add(record);
    loadPrunedState(model, resumed.model);
    optimizer.loadState(resumed.optimizer);
    resumed.callbacks.forEach((state, i) => callbacks[i]?.loadState?.(state));
    random.setState(resumed.random.now);
    if (resumed !== options.resume) resumed.dispose();
  }
  const progress = await createProgress(options.progress ?? "auto", epochs);
  const context: TrainingContext = {
    model,
    optimizer,
    history,
    stop: () => (history.endedBy = "callback"),
    save: (target) => saveCheckpoint(target, { model, optimizer, callbacks, history, start }),
  };
  const tell = async (each: (callback: Callback) => void | Promise<void>): Promise<void> => {
    for (const callback of callbacks) await each(callback);
  };
  try {
    await tell((callback) => callback.onStart?.(context));
    for (let epoch = history.epochs.length + 1; epoch <= epochs; epoch++) {
      const began = performance.now();
      await tell((callback) => callback.onEpochStart?.(epoch, context));
      model.train();
      const steps = new EpochOfSteps(model, options, metrics, context, epoch);
      const values = await runEpoch(steps, training, epoch, options, context, progress);
      if (values === undefined) break;
      if (held !== undefined) {
        const { loss } = options;
        const wanted = options.metrics ?? [];
        const scores = await evaluate(model.eval(), held, { loss, metrics: wanted });
        for (const [name, value] of Object.entries(scores)) values[validationName(name)] = value;
      }
      const record = { epoch, seconds: (performance.now() - began) / 1000, values };
      history.add(record);
      progress.epoch(record);
      await tell((callback) => callback.onEpochEnd?.(record, context));
      await tell((callback) => callback.onEpochDone?.(record, context));
      if (history.endedBy !== "epochs") break;
    }
  } finally {
    progress.end();
    await tell((callback) => callback.onEnd?.(context));
    model.eval();
    if (split !== undefined) {
      disposeBatch(split.training);
      disposeBatch(split.validation);
    }
  }
  return history;
}

/** Resolves to loss and metrics over an epoch's samples; undefined if training ends in it. */
async function runEpoch<Outputs, Targets>(
  steps: EpochOfSteps<Outputs, Targets>,
  data: TrainingSource<Targets>,
  epoch: number,
  { signal, callbacks = [], batchSize = 32 }: FitOptions<Outputs, Targets>,
  context: TrainingContext,
  progress: Progress,
): Promise<Record<string, number> | undefined> {
  const expected = batchesIn(data, batchSize);
  const pacer = new Pacer();
  const reading = { operation: "fit", batchSize, shuffle: true, epoch: epoch - 1 };
  for await (const batch of batchesOf(data, reading)) {
    if (signal?.aborted === true) {
      context.history.endedBy = "signal";
      return undefined;
    }
    const loss = await steps.take(batch);
    if (loss === undefined) return undefined;
    for (const callback of callbacks) {
      await callback.onStepEnd?.({ epoch, step: steps.steps, loss }, context);
    }
    progress.batch(steps.steps, expected, steps.meanLoss);
    await pacer.pause();
  }
  return steps.values();
}

async function checkpointOf(resume: FitOptions["resume"]): Promise<Checkpoint | undefined> {
  const isSource = typeof resume === "string" || resume instanceof Uint8Array;
  return isSource ? loadCheckpoint(resume) : resume;
}

function setAside<Targets>(
  data: TrainingSource<Targets>,
  share: number,
): ReturnType<typeof splitOff<Targets>> {
  if (!(share > 0 && share < 1)) {
    throw new ArgumentError(
      `fit: validation: expected data, or a share of it between 0 and 1, got ${share}`,
    );
  }
  if (isWhole(data)) return splitOff(data, share);
  throw new ArgumentError(
    "fit: validation: expected data, since a share cannot be set aside of batches; split before batching",
  );
}

function validationName(name: string): string {
  return `val${name[0]!.toUpperCase()}${name.slice(1)}`;
}

function positiveWhole(name: string, value: number): void {
  if (Number.isInteger(value) && value > 0) return;
  throw new ArgumentError(`fit: ${name}: expected a positive whole number, got ${value}`);
}
