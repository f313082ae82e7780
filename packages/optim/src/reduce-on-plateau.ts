import { ArgumentError } from "@tensorloom/tensor";
import type { Schedule } from "./schedules.ts";

/** What {@link reduceOnPlateau} takes. */
export interface PlateauOptions {
  /** Whether smaller or larger values are better: `"min"` by default. */
  readonly mode?: "min" | "max";
  /** What the rate is multiplied by: 0.1 by default. */
  readonly factor?: number;
  /** How many observations without improvement are borne: 10 by default. */
  readonly patience?: number;
  /** The share by which a value must be better than the best to count: 1e-4 by default. */
  readonly threshold?: number;
  /** How many observations after a reduction are not counted: 0 by default. */
  readonly cooldown?: number;
  /** The smallest rate: 0 by default. */
  readonly minimum?: number;
}

/** Where a {@link PlateauSchedule} stands: plain numbers, for saving. */
export interface PlateauState {
  /** The step size now. */
  readonly rate: number;
  /** The best value so far. */
  readonly best: number;
  /** Values since then that were no better. */
  readonly waited: number;
  /** Values for which it still rests after the last reduction. */
  readonly cooling: number;
}

/** A schedule that follows what it is told rather than the step. */
export interface PlateauSchedule extends Schedule {
  /** Takes in the number that is watched, such as an epoch's validation loss. */
  observe(value: number): void;
  /** Returns where it stands. */
  state(): PlateauState;
  /** Goes on from where another stood. */
  loadState(state: PlateauState): void;
}

/**
 * Returns a schedule that lowers the rate when a number has stopped improving.
 *
 * @param rate - the first learning rate
 * @param options - mode, factor, patience, threshold, cooldown, minimum
 *
 * Source: PyTorch's ReduceLROnPlateau, with its relative threshold.
 *
 * @example
 * const schedule = reduceOnPlateau(8, { factor: 0.5, patience: 1 });
 * const optimizer = new SGD([], { learningRate: schedule });
 * for (const loss of [3, 2, 2, 2]) schedule.observe(loss);
 * optimizer.learningRate; // => 4
 */
export function reduceOnPlateau(rate: number, options: PlateauOptions = {}): PlateauSchedule {
  const { mode = "min", factor = 0.1, patience = 10, threshold = 1e-4 } = options;
  const { cooldown = 0, minimum = 0 } = options;
  if (!(factor > 0 && factor < 1)) {
    throw new ArgumentError(
      `reduceOnPlateau: factor: expected a number between 0 and 1, got ${factor}`,
    );
  }
  const sign = mode === "min" ? 1 : -1;
  let now: PlateauState = { rate, best: sign * Infinity, waited: 0, cooling: 0 };
  const isBetter = (value: number): boolean =>
    mode === "min" ? value < now.best * (1 - threshold) : value > now.best * (1 + threshold);
  const observe = (value: number): void => {
    const improved = isBetter(value);
    const best = improved ? value : now.best;
    const cooling = Math.max(0, now.cooling - 1);
    const waited = improved || now.cooling > 0 ? 0 : now.waited + 1;
    now =
      waited > patience
        ? { rate: Math.max(minimum, now.rate * factor), best, waited: 0, cooling: cooldown }
        : { rate: now.rate, best, waited, cooling };
  };
  return Object.assign(() => now.rate, {
    observe,
    state: () => now,
    loadState: (state: PlateauState) => void (now = state),
  });
}
