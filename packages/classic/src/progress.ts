import type { FitOptions } from "./estimator.ts";

/** How far a long fit has come. */
export interface Progress {
  /** Steps taken: iterations, trees, folds. */
  readonly done: number;
  /** Steps there are at most. */
  readonly total: number;
  /** What the fit makes smaller or larger, where it has such a number: a loss, an inertia. */
  readonly value?: number;
}

// How long a fit may keep the event loop waiting.
const pauseEveryMs = 50;

/** What a long fit calls after each step: it reports, pauses for other work now and then, and ends on the signal. */
export interface FitControl {
  /** Resolves at once, or after a pause of the event loop; rejects with the signal's reason once that is aborted. */
  step(done: number, total: number, value?: number): Promise<void>;
}

/** Returns the control of one fit; throws the signal's reason if it is aborted already. */
export function fitControl(options: FitOptions): FitControl {
  const { signal, onProgress } = options;
  signal?.throwIfAborted();
  let lastPause = performance.now();
  return {
    async step(done, total, value) {
      onProgress?.(value === undefined ? { done, total } : { done, total, value });
      if (performance.now() - lastPause > pauseEveryMs) {
        await nextTask();
        lastPause = performance.now();
      }
      signal?.throwIfAborted();
    },
  };
}

/** Resolves after what else waits in the event loop. */
function nextTask(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
