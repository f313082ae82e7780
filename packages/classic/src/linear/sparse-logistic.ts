import { dot } from "./centred-problem.ts";
import { logisticObjective, weightedGram, type LogisticProblem } from "./logistic-loss.ts";
import type { Minimum } from "./lbfgs.ts";

/** What {@link minimizeSparse} takes. */
export interface SparseOptions {
  /** The penalty on magnitudes. */
  readonly l1: number;
  /** The penalty on squares. */
  readonly l2: number;
  readonly tol: number;
  readonly maxIter: number;
}

// How often a quadratic model's coefficients are swept at most.
const mostSweeps = 1000;

/**
 * Minimizes a logistic regression with a penalty on magnitudes by Newton's method, one row of coefficients after another:
 * each quadratic model is minimized with its penalty by coordinate descent, then the step is shortened until the value
 * falls.
 *
 * Source: Friedman, Hastie and Tibshirani 2010; Yuan, Ho and Lin 2012, "An improved GLMNET for L1-regularized logistic
 * regression".
 */
export async function minimizeSparse(
  problem: LogisticProblem,
  options: SparseOptions,
  onIteration: (iteration: number, value: number) => Promise<void>,
): Promise<Minimum> {
  const { width, outputs, punished } = problem;
  const { l1, l2, tol, maxIter } = options;
  const smooth = logisticObjective(problem, l2);
  const point = new Float64Array(outputs * width);
  const gradient = new Float64Array(point.length);
  const scratch = new Float64Array(point.length);
  const magnitude = (at: Float64Array): number =>
    at.reduce((sum, w, i) => (i % width < punished ? sum + Math.abs(w) : sum), 0);
  let value = smooth(point, gradient) + l1 * magnitude(point);
  for (let iteration = 1; iteration <= maxIter; iteration++) {
    let steepest = 0;
    for (let k = 0; k < outputs; k++) {
      const [begin, end] = [k * width, (k + 1) * width];
      const own = point.subarray(begin, end);
      const slopes = gradient.subarray(begin, end);
      steepest = Math.max(steepest, violation(own, slopes, l1, punished));
      const hessian = weightedGram(problem, curvatures(problem, point, k));
      for (let c = 0; c < punished; c++) hessian[c * width + c]! += l2;
      const change = modelStep(hessian, slopes, own, l1, punished, tol);
      value = shortened(change);

      function shortened(full: Float64Array): number {
        const before = Float64Array.from(own);
        const promised =
          dot(slopes, full) + l1 * (penaltyOf(before, full, 1) - penaltyOf(before, full, 0));
        for (let step = 1; step > 1e-10; step /= 2) {
          for (let c = 0; c < width; c++) own[c] = before[c]! + step * full[c]!;
          const reached = smooth(point, scratch) + l1 * magnitude(point);
          if (reached > value + 1e-4 * step * promised + 1e-14 * Math.abs(value)) continue;
          gradient.set(scratch);
          return reached;
        }
        own.set(before);
        return value;
      }
    }
    await onIteration(iteration, value);
    if (steepest <= tol) return { point, iterations: iteration, isConverged: true };
  }
  return { point, iterations: maxIter, isConverged: false };

  function penaltyOf(before: Float64Array, change: Float64Array, step: number): number {
    let sum = 0;
    for (let c = 0; c < punished; c++) sum += Math.abs(before[c]! + step * change[c]!);
    return sum;
  }
}

/** How far the optimality conditions are from holding: the smallest subgradient's largest part. */
function violation(own: Float64Array, slopes: Float64Array, l1: number, punished: number): number {
  return slopes.reduce((most, slope, c) => {
    if (c >= punished) return Math.max(most, Math.abs(slope));
    const part = own[c] === 0 ? Math.abs(slope) - l1 : Math.abs(slope + l1 * Math.sign(own[c]!));
    return Math.max(most, part);
  }, 0);
}

/** Returns wᵢ pᵢ (1 - pᵢ) of one output for each sample. */
function curvatures(problem: LogisticProblem, point: Float64Array, k: number): Float64Array {
  const { data, rows, width, outputs, weights } = problem;
  return Float64Array.from({ length: rows }, (_, i) => {
    const z = Array.from({ length: outputs }, (__, o) => {
      let sum = 0;
      for (let c = 0; c < width; c++) sum += data[i * width + c]! * point[o * width + c]!;
      return sum;
    });
    const others = outputs === 1 ? [0, z[0]!] : z;
    const largest = Math.max(...others);
    const total = others.reduce((sum, value) => sum + Math.exp(value - largest), 0);
    const p = Math.exp(z[k]! - largest) / total;
    return weights[i]! * p * (1 - p);
  });
}

/** Minimizes gᵀd + ½ dᵀHd + l1 |w + d|₁ over d, one coefficient at a time. */
function modelStep(
  hessian: Float64Array,
  slopes: Float64Array,
  own: Float64Array,
  l1: number,
  punished: number,
  tol: number,
): Float64Array {
  const width = own.length;
  const change = new Float64Array(width);
  const slope = Float64Array.from(slopes);
  for (let sweep = 0; sweep < mostSweeps; sweep++) {
    let largest = 0;
    for (let c = 0; c < width; c++) {
      const curvature = hessian[c * width + c]!;
      if (curvature <= 0) continue;
      const before = own[c]! + change[c]!;
      const free = before - slope[c]! / curvature;
      const threshold = c < punished ? l1 / curvature : 0;
      const after = Math.sign(free) * Math.max(Math.abs(free) - threshold, 0);
      const by = after - before;
      if (by === 0) continue;
      change[c]! += by;
      for (let r = 0; r < width; r++) slope[r]! += by * hessian[c * width + r]!;
      largest = Math.max(largest, Math.abs(by) * curvature);
    }
    if (largest <= 0.1 * tol) break;
  }
  return change;
}
