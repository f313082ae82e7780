import { ArgumentError, type Tensor } from "@tensorloom/tensor";
import type { Optimizer } from "@tensorloom/optim";
import type { Module } from "../module.ts";
import type { EpochRecord } from "./history.ts";

/** What callbacks see and may do. */
export interface TrainingContext {
  /** What is trained. */
  readonly model: Module;
  /** What moves its parameters. */
  readonly optimizer: Optimizer;
  /** Ends training after this epoch. */
  stop(): void;
}

/** Takes part in training. */
export interface Callback {
  /** Called after each epoch. */
  onEpochEnd?(record: EpochRecord, context: TrainingContext): void | Promise<void>;
  /** Called once, however training ends. */
  onEnd?(context: TrainingContext): void | Promise<void>;
}

/** What {@link earlyStopping} takes. */
export interface EarlyStoppingOptions {
  /** The number that is watched: `valLoss` by default. */
  readonly monitor?: string;
  /** Whether smaller or larger is better; by default smaller for names that end in `loss`, else larger. */
  readonly mode?: "min" | "max";
  /** How many epochs without improvement are borne; 5 by default. */
  readonly patience?: number;
  /** What counts as an improvement; 0 by default. */
  readonly minDelta?: number;
  /** Whether the best epoch's parameters are put back at the end; true by default. */
  readonly restoreBest?: boolean;
}

/**
 * Returns a callback that ends training when a number has stopped improving, and puts the best parameters back.
 *
 * @param options - what to watch, and for how long
 *
 * @example
 * const stopping = earlyStopping({ monitor: "valAccuracy", patience: 3 });
 * typeof stopping.onEpochEnd; // => function
 */
export function earlyStopping(options: EarlyStoppingOptions = {}): Callback {
  const { monitor = "valLoss", patience = 5, minDelta = 0, restoreBest = true } = options;
  const isMin = (options.mode ?? (/loss$/i.test(monitor) ? "min" : "max")) === "min";
  let best = isMin ? Infinity : -Infinity;
  let waited = 0;
  let saved: Map<string, Tensor> | undefined;

  const forget = (): void => {
    for (const tensor of saved?.values() ?? []) tensor.dispose();
    saved = undefined;
  };
  return {
    onEpochEnd({ values }, { model, stop }) {
      const value = values[monitor];
      if (value === undefined) {
        throw new ArgumentError(
          `earlyStopping: monitor: expected one of ${Object.keys(values).join(", ")}, got "${monitor}"` +
            (monitor.startsWith("val") ? "; give fit validation data" : ""),
        );
      }
      if (isMin ? value < best - minDelta : value > best + minDelta) {
        best = value;
        waited = 0;
        forget();
        if (restoreBest) {
          const state = Object.entries(model.stateDict());
          saved = new Map(state.map(([name, tensor]) => [name, tensor.add(0)]));
        }
        return;
      }
      waited++;
      if (waited >= patience) stop();
    },
    onEnd({ model }) {
      if (saved !== undefined) model.loadStateDict(Object.fromEntries(saved));
      forget();
    },
  };
}
