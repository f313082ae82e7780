import type { Callback, MonitorOptions } from "./callback.ts";
import { Monitor } from "./callback.ts";

/** What {@link learningRateSchedule} follows: a function of the epoch or step, which may want to see how training goes. */
export interface FollowedSchedule {
  (count: number): number;
  /** Takes in the number that is watched; `reduceOnPlateau` has it. */
  observe?(value: number): void;
  /** Returns plain numbers, for saving. */
  state?(): object;
  /** Takes them back. */
  loadState?(state: never): void;
}

/** What {@link learningRateSchedule} takes. */
export interface LearningRateScheduleOptions extends MonitorOptions {
  /** What the schedule counts, from 0: epochs (by default) or steps. */
  readonly per?: "epoch" | "step";
}

/**
 * Returns a callback that sets the optimizer's learning rate by a schedule. For one that counts steps, giving it to the optimizer
 * itself does the same; here it may count epochs, or, as `reduceOnPlateau` does, follow a number.
 *
 * @param schedule - the rate as a function of the count of epochs or steps, from 0
 * @param options - `per`; `monitor`, for schedules that observe
 *
 * @example
 * const halving = learningRateSchedule((epoch) => 0.1 * 0.5 ** epoch);
 * typeof halving.onEpochStart; // => function
 */
export function learningRateSchedule(
  schedule: FollowedSchedule,
  options: LearningRateScheduleOptions = {},
): Callback {
  const perStep = options.per === "step";
  const monitor = new Monitor("learningRateSchedule", options);
  return {
    onEpochStart(epoch, { optimizer }) {
      optimizer.learningRate = schedule(perStep ? optimizer.steps : epoch - 1);
    },
    ...(perStep && {
      onStepEnd: (_, { optimizer }) => {
        optimizer.learningRate = schedule(optimizer.steps);
      },
    }),
    ...(schedule.observe !== undefined && {
      onEpochEnd: (record) => schedule.observe!(monitor.read(record)),
    }),
    state: () => ({ numbers: { ...schedule.state?.() } as Record<string, number> }),
    loadState: ({ numbers }) => schedule.loadState?.(numbers as never),
  };
}
