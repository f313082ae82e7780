import { dot } from "./centred-problem.ts";

/** What {@link coordinateDescent} takes. */
export interface CoordinateDescentOptions {
  /** The penalty on magnitudes. */
  readonly l1: number;
  /** The penalty on squares. */
  readonly l2: number;
  /** Whether coefficients stay at 0 or above. */
  readonly positive: boolean;
  /** How small the duality gap must be, as a share of the targets' squared length. */
  readonly tol: number;
  /** Sweeps at most. */
  readonly maxIter: number;
}

/** What {@link coordinateDescent} gives. */
export interface CoordinateDescentResult {
  readonly coef: Float64Array;
  /** Sweeps taken. */
  readonly iterations: number;
  /** How far the objective is from its minimum at most. */
  readonly gap: number;
  /** Whether the gap is as small as asked. */
  readonly isConverged: boolean;
}

/**
 * Minimizes ½|b - A w|² + l1 |w|₁ + ½ l2 |w|² one coefficient at a time, until the duality gap is small.
 *
 * @param columns - A by columns
 * @param target - b
 * @param options - penalties, tolerance
 * @param onSweep - called after each sweep; may pause, or throw to stop
 *
 * Source: Friedman, Hastie and Tibshirani 2010; the stopping rule is scikit-learn's.
 */
export async function coordinateDescent(
  columns: readonly Float64Array[],
  target: Float64Array,
  options: CoordinateDescentOptions,
  onSweep: (sweep: number) => Promise<void>,
): Promise<CoordinateDescentResult> {
  const { l1, l2, positive, maxIter } = options;
  const coef = new Float64Array(columns.length);
  const residual = Float64Array.from(target);
  const squares = columns.map((column) => dot(column, column));
  const tolerance = options.tol * dot(target, target);
  let gap = Infinity;
  for (let sweep = 1; sweep <= maxIter; sweep++) {
    let [largest, largestChange] = [0, 0];
    for (const [j, column] of columns.entries()) {
      if (squares[j] === 0) continue;
      const before = coef[j]!;
      const pull = dot(column, residual) + squares[j]! * before;
      const shrunk = positive && pull < 0 ? 0 : Math.sign(pull) * Math.max(Math.abs(pull) - l1, 0);
      const after = shrunk / (squares[j]! + l2);
      if (after !== before) {
        coef[j] = after;
        addScaled(residual, column, before - after);
      }
      largestChange = Math.max(largestChange, Math.abs(after - before));
      largest = Math.max(largest, Math.abs(after));
    }
    await onSweep(sweep);
    const isStill = largest === 0 || largestChange / largest < options.tol;
    if (!isStill && sweep < maxIter) continue;
    gap = dualityGap(columns, target, residual, coef, options);
    if (gap < tolerance || gap === 0) return { coef, iterations: sweep, gap, isConverged: true };
  }
  return { coef, iterations: maxIter, gap, isConverged: false };
}

function addScaled(y: Float64Array, x: Float64Array, scale: number): void {
  for (let i = 0; i < y.length; i++) y[i]! += scale * x[i]!;
}

/** The objective less a lower bound of it, from the residual scaled into the dual's feasible set. */
function dualityGap(
  columns: readonly Float64Array[],
  target: Float64Array,
  residual: Float64Array,
  coef: Float64Array,
  { l1, l2, positive }: CoordinateDescentOptions,
): number {
  const steepest = columns.reduce((most, column, j) => {
    const slope = dot(column, residual) - l2 * coef[j]!;
    return Math.max(most, positive ? slope : Math.abs(slope));
  }, 0);
  const length = dot(residual, residual);
  const scale = steepest > l1 ? l1 / steepest : 1;
  const primal = steepest > l1 ? (length * (1 + scale ** 2)) / 2 : length;
  const magnitudes = coef.reduce((sum, c) => sum + Math.abs(c), 0);
  return (
    primal +
    l1 * magnitudes -
    scale * dot(residual, target) +
    (l2 / 2) * (1 + scale ** 2) * dot(coef, coef)
  );
}
