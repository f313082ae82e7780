import { ArgumentError, random } from "@tensorloom/tensor";
import type { Optimizer } from "@tensorloom/optim";
import type { Module } from "../module.ts";
import { batchesIn, type TrainingSource } from "../training/batches.ts";
import { learningRateSchedule } from "../training/callbacks/learning-rate-schedule.ts";
import { fit, type FitOptions } from "../training/fit.ts";
import { Ensemble, type Combination } from "./ensemble.ts";

/** What {@link snapshotEnsemble} takes: what `fit` does, but for cycles in place of epochs. */
export interface SnapshotEnsembleOptions extends Omit<
  FitOptions,
  "optimizer" | "callbacks" | "resume" | "epochs"
> {
  /** How often the learning rate falls from its height to zero; 5 by default. */
  readonly cycles?: number;
  /** Epochs a cycle; 10 by default. */
  readonly epochsPerCycle?: number;
  /** The learning rate at the beginning of each cycle. */
  readonly learningRate: number;
  /** Makes the optimizer. */
  readonly optimizer: (model: Module) => Optimizer;
  /** How outputs become one: their mean by default. */
  readonly combine?: Combination;
}

/**
 * Resolves to an ensemble for the price of one training: the learning rate falls along a cosine and starts again, cycle by cycle, and
 * where it reaches zero the model, in another valley each time, is kept.
 *
 * @param buildModel - makes a model; called once, and once a cycle for the copies
 * @param data - samples, or batches whose number is known
 * @param options - `cycles`, `epochsPerCycle`, `learningRate`, `combine`, and what `fit` takes
 * @throws `ArgumentError` if nobody knows how many batches an epoch has
 *
 * Source: Huang et al. 2017, "Snapshot ensembles: train 1, get M for free", equation 2.
 *
 * @example
 * const x = random.uniform([20, 1], { seed: 1 });
 * const ensemble = await snapshotEnsemble(() => new Linear(1, 1), { x, y: x.mul(2) }, {
 *   cycles: 2, epochsPerCycle: 3, learningRate: 0.2, seed: 1, progress: false,
 *   optimizer: (model) => new SGD(model, { learningRate: 0.2 }),
 *   loss: (outputs, targets) => outputs.sub(targets).square().mean(),
 * });
 * ensemble.members.length; // => 2
 */
export async function snapshotEnsemble(
  buildModel: () => Module,
  data: TrainingSource,
  options: SnapshotEnsembleOptions,
): Promise<Ensemble> {
  const { cycles = 5, epochsPerCycle = 10, learningRate, combine, seed, ...training } = options;
  const batches = batchesIn(data, training.batchSize ?? 32);
  if (batches === undefined) {
    throw new ArgumentError(
      "snapshotEnsemble: data: expected samples, or batches whose number is known, got a stream of unknown length",
    );
  }
  if (seed !== undefined) random.seed(seed);
  const steps = batches * epochsPerCycle;
  const model = buildModel();
  const optimizer = options.optimizer(model);
  const members: Module[] = [];
  try {
    for (let cycle = 0; cycle < cycles; cycle++) {
      const begin = optimizer.steps;
      const rate = (step: number): number =>
        (learningRate / 2) * (Math.cos((Math.PI * (step - begin)) / steps) + 1);
      await fit(model, data, {
        ...training,
        optimizer,
        epochs: epochsPerCycle,
        callbacks: [learningRateSchedule(rate, { per: "step" })],
      });
      const copy = buildModel();
      copy.loadStateDict(model.stateDict());
      members.push(copy);
    }
  } finally {
    optimizer.dispose();
    model.dispose();
  }
  return new Ensemble(members, combine === undefined ? {} : { combine }).eval();
}
