import { keep, type Tensor } from "@tensorloom/tensor";
import { Monitor, type Callback, type MonitorOptions } from "./callback.ts";

/** What {@link earlyStopping} takes. */
export interface EarlyStoppingOptions extends MonitorOptions {
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
  const { patience = 5, minDelta = 0, restoreBest = true } = options;
  const monitor = new Monitor("earlyStopping", options, minDelta);
  let waited = 0;
  let saved: Record<string, Tensor> | undefined;

  const forget = (): void => {
    for (const tensor of Object.values(saved ?? {})) tensor.dispose();
    saved = undefined;
  };
  const remember = (state: Readonly<Record<string, Tensor>>): void => {
    forget();
    saved = Object.fromEntries(
      Object.entries(state).map(([name, tensor]) => [name, keep(tensor.add(0))]),
    );
  };
  return {
    onEpochEnd(record, { model, stop }) {
      if (monitor.improves(record)) {
        waited = 0;
        if (restoreBest) remember(model.stateDict());
        return;
      }
      waited++;
      if (waited >= patience) stop();
    },
    onEnd({ model }) {
      if (saved !== undefined) model.loadStateDict(saved);
      forget();
    },
    state: () => ({ numbers: { best: monitor.best, waited }, ...(saved && { tensors: saved }) }),
    loadState({ numbers, tensors }) {
      monitor.best = numbers["best"]!;
      waited = numbers["waited"]!;
      if (tensors !== undefined && Object.keys(tensors).length > 0) remember(tensors);
    },
  };
}
