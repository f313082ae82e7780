import { dot } from "./centred-problem.ts";
import type { Objective } from "./logistic-loss.ts";

/** What {@link minimize} takes. */
export interface MinimizeOptions {
  /** Multiplies a gradient, in place, by an approximate inverse of the Hessian. */
  readonly precondition: (gradient: Float64Array) => void;
  /** How small every part of the gradient must be. */
  readonly tol: number;
  /** Iterations at most. */
  readonly maxIter: number;
}

/** What {@link minimize} gives. */
export interface Minimum {
  readonly point: Float64Array;
  readonly iterations: number;
  /** Whether the gradient is as small as asked, or nothing more can be gained in float64. */
  readonly isConverged: boolean;
}

const remembered = 10;

/**
 * Minimizes a smooth convex function from 0 by L-BFGS.
 *
 * @param objective - the function and its gradient
 * @param size - how many variables
 * @param options - preconditioner, tolerance
 * @param onIteration - called after each iteration with the value; may pause, or throw to stop
 *
 * Source: Nocedal and Wright, Numerical Optimization, 7.2.
 */
export async function minimize(
  objective: Objective,
  size: number,
  options: MinimizeOptions,
  onIteration: (iteration: number, value: number) => Promise<void>,
): Promise<Minimum> {
  const { tol, maxIter } = options;
  let point: Float64Array = new Float64Array(size);
  let gradient: Float64Array = new Float64Array(size);
  let value = objective(point, gradient);
  const history: Step[] = [];
  for (let iteration = 1; iteration <= maxIter; iteration++) {
    if (largest(gradient) <= tol) return { point, iterations: iteration - 1, isConverged: true };
    const direction = descent(gradient, history, options.precondition);
    const next = search(objective, point, value, gradient, direction);
    if (next === undefined) return { point, iterations: iteration - 1, isConverged: true };
    const moved = next.point.map((x, i) => x - point[i]!);
    const turned = next.gradient.map((g, i) => g - gradient[i]!);
    const curvature = dot(moved, turned);
    if (curvature > 0) history.push({ moved, turned, curvature });
    if (history.length > remembered) history.shift();
    ({ point, value, gradient } = next);
    await onIteration(iteration, value);
  }
  return { point, iterations: maxIter, isConverged: largest(gradient) <= tol };
}

interface Step {
  readonly moved: Float64Array;
  readonly turned: Float64Array;
  readonly curvature: number;
}

/** The two-loop recursion around the preconditioner. */
function descent(
  gradient: Float64Array,
  history: readonly Step[],
  precondition: (gradient: Float64Array) => void,
): Float64Array {
  const direction = gradient.map((g) => -g);
  const shares = history.toReversed().map((step) => {
    const share = dot(step.moved, direction) / step.curvature;
    addScaled(direction, step.turned, -share);
    return share;
  });
  precondition(direction);
  const last = history.at(-1);
  if (last !== undefined) {
    const scaled = Float64Array.from(last.turned);
    precondition(scaled);
    const scale = last.curvature / dot(last.turned, scaled);
    for (let i = 0; i < direction.length; i++) direction[i]! *= scale;
  }
  history.forEach((step, i) => {
    const share = shares[history.length - 1 - i]!;
    addScaled(direction, step.moved, share - dot(step.turned, direction) / step.curvature);
  });
  return direction;
}

function addScaled(y: Float64Array, x: Float64Array, scale: number): void {
  for (let i = 0; i < y.length; i++) y[i]! += scale * x[i]!;
}

function largest(x: Float64Array): number {
  return x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}

/** Halves the step, or takes the parabola's minimum, until the value falls enough; undefined if it cannot fall any more. */
function search(
  objective: Objective,
  point: Float64Array,
  value: number,
  gradient: Float64Array,
  direction: Float64Array,
): { point: Float64Array; value: number; gradient: Float64Array } | undefined {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return undefined;
  const next = { point: new Float64Array(point.length), gradient: new Float64Array(point.length) };
  let step = 1;
  for (let tries = 0; tries < 40; tries++) {
    for (let i = 0; i < point.length; i++) next.point[i] = point[i]! + step * direction[i]!;
    const reached = objective(next.point, next.gradient);
    if (reached <= value + 1e-4 * step * slope) return { ...next, value: reached };
    // Near the minimum rounding hides the fall; the gradient still tells it.
    const isFlat = Math.abs(reached - value) <= 1e-14 * Math.abs(value);
    if (isFlat && Math.abs(dot(next.gradient, direction)) < -slope) {
      return { ...next, value: reached };
    }
    const parabola = (-slope * step * step) / (2 * (reached - value - step * slope));
    step = Math.min(0.5 * step, Math.max(0.1 * step, Number.isFinite(parabola) ? parabola : 0));
  }
  return undefined;
}
