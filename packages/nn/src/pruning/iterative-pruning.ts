import { ArgumentError } from "@tensorloom/tensor";
import type { Module } from "../module.ts";
import { pruneWeights, type PruneOptions } from "./prune-weights.ts";

/** What {@link iterativePruning} follows. */
export interface PruningSchedule extends Omit<PruneOptions, "amount"> {
  /** The share that is pruned at the end, in (0, 1). */
  readonly amount: number;
  /** How often is pruned and trained; 5 by default. */
  readonly steps?: number;
  /** How the share grows: fast at first and slowly at the end (`"cubic"`, the default), or evenly. */
  readonly growth?: "cubic" | "linear";
  /** Trains the model on, after each pruning; make a new optimizer, or go on with one. */
  readonly train: (step: PruningStep) => Promise<unknown>;
  /** Scores the model after each training, such as its accuracy on validation data. */
  readonly evaluate?: () => Promise<number>;
}

/** One step of {@link iterativePruning}. */
export interface PruningStep {
  /** From 1. */
  readonly step: number;
  /** The share asked for. */
  readonly amount: number;
  /** The share of all weights that are zero. */
  readonly sparsity: number;
  /** What `evaluate` gave after training. */
  readonly score?: number;
}

/**
 * Prunes a model a little, trains it on, and so forth; resolves to what each step came to.
 *
 * @param model - changed in place
 * @param schedule - how much in how many steps, by which method, and how to train between
 * @throws `ArgumentError` for an amount outside (0, 1), or a number of steps that is not positive
 *
 * Source: Han et al. 2015 for the iteration; Zhu and Gupta 2017, "To prune, or not to prune", equation 1, for the cubic growth.
 *
 * @example
 * const model = new Sequential(new Linear(8, 16), new ReLU(), new Linear(16, 2));
 * const steps = await iterativePruning(model, { method: "l1", amount: 0.75, steps: 2, growth: "linear", train: async () => {} });
 * steps.map(({ sparsity }) => sparsity); // => [0.375,0.75]
 */
export async function iterativePruning(
  model: Module<unknown>,
  schedule: PruningSchedule,
): Promise<PruningStep[]> {
  const { amount, steps = 5, growth = "cubic", train, evaluate, ...pruning } = schedule;
  if (!(amount > 0 && amount < 1)) {
    throw new ArgumentError(
      `iterativePruning: amount: expected a number between 0 and 1, got ${amount}`,
    );
  }
  if (!Number.isInteger(steps) || steps < 1) {
    throw new ArgumentError(
      `iterativePruning: steps: expected a positive whole number, got ${steps}`,
    );
  }
  const done: PruningStep[] = [];
  for (let step = 1; step <= steps; step++) {
    const share = step / steps;
    const now = amount * (growth === "linear" ? share : 1 - (1 - share) ** 3);
    const sparsity = await pruneWeights(model, { ...pruning, amount: now });
    const record = { step, amount: now, sparsity };
    await train(record);
    done.push(evaluate === undefined ? record : { ...record, score: await evaluate() });
  }
  return done;
}
