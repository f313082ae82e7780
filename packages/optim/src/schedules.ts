import { ArgumentError } from "@tensorloom/tensor";

/**
 * A learning rate as a function of how many steps have been taken: 0 before the first. Give it to an optimizer as its
 * `learningRate`. What a step is is up to who calls it: divide for epochs, as `(step) => schedule(Math.floor(step / 100))`.
 */
export type Schedule = (step: number) => number;

/**
 * Returns a schedule of one rate.
 *
 * @param rate - the learning rate
 *
 * @example
 * constant(0.1)(1000); // => 0.1
 */
export function constant(rate: number): Schedule {
  return () => rate;
}

/**
 * Returns a schedule that multiplies the rate by a factor every so many steps.
 *
 * @param rate - the first learning rate
 * @param options - `every`: so many steps; `factor`: 0.1 by default
 *
 * Source: PyTorch's StepLR.
 *
 * @example
 * [0, 9, 10, 20].map(stepDecay(8, { every: 10, factor: 0.5 })); // => [8,8,4,2]
 */
export function stepDecay(
  rate: number,
  options: { readonly every: number; readonly factor?: number },
): Schedule {
  const { every, factor = 0.1 } = options;
  positive("stepDecay", "every", every);
  return (step) => rate * factor ** Math.floor(step / every);
}

/**
 * Returns a schedule that multiplies the rate by a factor at certain steps.
 *
 * @param rate - the first learning rate
 * @param options - `milestones`: those steps, in any order; `factor`: 0.1 by default
 *
 * Source: PyTorch's MultiStepLR.
 *
 * @example
 * [0, 30, 80].map(multiStep(8, { milestones: [30, 80], factor: 0.5 })); // => [8,4,2]
 */
export function multiStep(
  rate: number,
  options: { readonly milestones: readonly number[]; readonly factor?: number },
): Schedule {
  const { milestones, factor = 0.1 } = options;
  return (step) => rate * factor ** milestones.filter((milestone) => milestone <= step).length;
}

/**
 * Returns a schedule that multiplies the rate by a factor every step.
 *
 * @param rate - the first learning rate
 * @param options - `factor`, below 1
 *
 * Source: PyTorch's ExponentialLR.
 *
 * @example
 * [0, 1, 2].map(exponential(8, { factor: 0.5 })); // => [8,4,2]
 */
export function exponential(rate: number, options: { readonly factor: number }): Schedule {
  return (step) => rate * options.factor ** step;
}

/**
 * Returns a schedule that falls along half a cosine, and stays at the end of it.
 *
 * @param rate - the first learning rate
 * @param options - `steps`: how long it falls; `minimum`: where it ends, 0 by default
 *
 * Source: Loshchilov and Hutter 2017, "SGDR", without restarts; PyTorch's CosineAnnealingLR.
 *
 * @example
 * [0, 50, 100, 200].map((step) => cosine(1, { steps: 100 })(step).toFixed(2)); // => ["1.00","0.50","0.00","0.00"]
 */
export function cosine(
  rate: number,
  options: { readonly steps: number; readonly minimum?: number },
): Schedule {
  const { steps, minimum = 0 } = options;
  positive("cosine", "steps", steps);
  return (step) => between(rate, minimum, Math.min(1, step / steps));
}

/**
 * Returns a schedule that falls along half a cosine, again and again.
 *
 * @param rate - the first learning rate, and that after each restart
 * @param options - `steps`: how long the first fall takes; `multiplier`: by which each takes longer, 1 by default; `minimum`: 0
 * by default
 *
 * Source: Loshchilov and Hutter 2017, "SGDR: stochastic gradient descent with warm restarts"; PyTorch's
 * CosineAnnealingWarmRestarts.
 *
 * @example
 * const schedule = cosineWarmRestarts(1, { steps: 10, multiplier: 2 });
 * [0, 5, 10, 20, 30].map((step) => schedule(step).toFixed(2)); // => ["1.00","0.50","1.00","0.50","1.00"]
 */
export function cosineWarmRestarts(
  rate: number,
  options: { readonly steps: number; readonly multiplier?: number; readonly minimum?: number },
): Schedule {
  const { steps, multiplier = 1, minimum = 0 } = options;
  positive("cosineWarmRestarts", "steps", steps);
  if (multiplier < 1) {
    throw new ArgumentError(
      `cosineWarmRestarts: multiplier: expected 1 or more, got ${multiplier}; the falls would never end`,
    );
  }
  return (step) => {
    let [begun, length] = [0, steps];
    if (multiplier === 1) begun = Math.floor(step / steps) * steps;
    else {
      while (step >= begun + length) {
        begun += length;
        length *= multiplier;
      }
    }
    return between(rate, minimum, (step - begun) / length);
  };
}

/**
 * Returns a schedule that rises in a line to the rate of another one, which then begins.
 *
 * @param next - a rate, or the schedule that follows
 * @param options - `steps`: how long it rises; `startFactor`: with what share of the rate it begins, 1/3 by default
 *
 * Source: PyTorch's LinearLR, and SequentialLR after it. Goyal et al. 2017, "Accurate, large minibatch SGD", for the use.
 *
 * @example
 * const schedule = linearWarmup(stepDecay(8, { every: 10, factor: 0.5 }), { steps: 4, startFactor: 0.5 });
 * [0, 2, 4, 14].map(schedule); // => [4,6,8,4]
 */
export function linearWarmup(
  next: number | Schedule,
  options: { readonly steps: number; readonly startFactor?: number },
): Schedule {
  const { steps, startFactor = 1 / 3 } = options;
  positive("linearWarmup", "steps", steps);
  const after = typeof next === "number" ? constant(next) : next;
  return (step) =>
    step < steps
      ? after(0) * (startFactor + ((1 - startFactor) * step) / steps)
      : after(step - steps);
}

/** What {@link oneCycle} takes. */
export interface OneCycleOptions {
  /** How many steps there are. */
  readonly steps: number;
  /** The share of them in which the rate rises: 0.3 by default. */
  readonly warmupShare?: number;
  /** The largest rate over the first: 25 by default. */
  readonly startDivisor?: number;
  /** The first rate over the last: 10,000 by default. */
  readonly endDivisor?: number;
  /** The shape of rise and fall: `"cosine"` by default. */
  readonly annealing?: "cosine" | "linear";
}

/**
 * Returns a schedule that rises from a small rate to the largest, then falls to almost none.
 *
 * @param rate - the largest learning rate
 * @param options - steps, warmupShare, divisors, annealing
 *
 * Source: Smith and Topin 2018, "Super-convergence"; PyTorch's OneCycleLR (which may cycle momentum too: this does not).
 *
 * @example
 * const schedule = oneCycle(1, { steps: 11, warmupShare: 0.5, startDivisor: 10 });
 * [0, 4.5, 10].map((step) => schedule(step).toFixed(3)); // => ["0.100","1.000","0.000"]
 */
export function oneCycle(rate: number, options: OneCycleOptions): Schedule {
  const { steps, warmupShare = 0.3, startDivisor = 25, endDivisor = 1e4 } = options;
  positive("oneCycle", "steps", steps);
  const first = rate / startDivisor;
  const peak = warmupShare * steps - 1;
  const shape = options.annealing === "linear" ? line : between;
  return (step) => {
    if (step <= peak) return shape(first, rate, peak === 0 ? 1 : step / peak);
    return shape(rate, first / endDivisor, Math.min(1, (step - peak) / (steps - 1 - peak)));
  };
}

/** The point at `share` of the way from one value to another, along half a cosine. */
function between(from: number, to: number, share: number): number {
  return to + ((from - to) * (1 + Math.cos(Math.PI * share))) / 2;
}

function line(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}

function positive(operation: string, name: string, value: number): void {
  if (value > 0 && Number.isFinite(value)) return;
  throw new ArgumentError(`${operation}: ${name}: expected a positive number, got ${value}`);
}
