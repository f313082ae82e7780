import { RandomStream } from "../random/random-stream.ts";

/** A linear machine of two classes: samples with one more column, of the intercept, if there is one. */
export interface LinearPart {
  /** 1 or -1, one a sample. */
  readonly signs: Float64Array;
  /** C, one a sample. */
  readonly bounds: Float64Array;
  /** The problem's number, of which its random numbers are. */
  readonly number: number;
}

/** What the machines of one fit have in common. */
export interface LinearPlan {
  /** `[samples, columns]` in row-major order. */
  readonly data: Float64Array;
  readonly columns: number;
  /** Whether losses are squared. */
  readonly isSquared: boolean;
  readonly tol: number;
  readonly maxIter: number;
  readonly seed: number;
}

/** What was found. */
export interface LinearSolution {
  readonly weights: Float64Array;
  /** Passes over the samples. */
  readonly iterations: number;
}

/**
 * Minimises half |w|² plus C times the hinge losses by dual coordinate descent with shrinking (Hsieh et al. 2008, algorithm 3):
 * the task of linear support vector machines. Yields after each pass by how much optimality is violated.
 */
export function* descendCoordinates(
  plan: LinearPlan,
  { signs, bounds, number }: LinearPart,
): Generator<number, LinearSolution> {
  const { data, columns, isSquared, tol, maxIter, seed } = plan;
  const count = signs.length;
  const random = new RandomStream(seed, number);
  const w = new Float64Array(columns);
  const alpha = new Float64Array(count);
  const order = Int32Array.from({ length: count }, (_, i) => i);
  const shift = bounds.map((bound) => (isSquared && bound > 0 ? 0.5 / bound : 0));
  const most = bounds.map((bound) => (isSquared && bound > 0 ? Infinity : bound));
  const squares = Float64Array.from(
    signs,
    (_, i) => dot(data, i * columns, data, i * columns, columns) + shift[i]!,
  );
  let active = count;
  let highOld = Infinity;
  let lowOld = -Infinity;
  let iterations = 0;
  while (iterations < maxIter) {
    let high = -Infinity;
    let low = Infinity;
    random.shuffle(order, active);
    for (let s = 0; s < active; s++) {
      const i = order[s]!;
      const sign = signs[i]!;
      const slope = sign * dot(data, i * columns, w, 0, columns) - 1 + alpha[i]! * shift[i]!;
      const atZero = alpha[i] === 0;
      const atMost = alpha[i]! >= most[i]!;
      // At a bound that the slope holds it to by far, a sample is left aside.
      if ((atZero && slope > highOld) || (atMost && slope < lowOld)) {
        active--;
        order[s] = order[active]!;
        order[active] = i;
        s--;
        continue;
      }
      const isHeld = (atZero && slope > 0) || (atMost && slope < 0);
      const projected = isHeld ? 0 : slope;
      high = Math.max(high, projected);
      low = Math.min(low, projected);
      if (Math.abs(projected) <= 1e-12) continue;
      const old = alpha[i]!;
      alpha[i] = Math.min(most[i]!, Math.max(0, old - slope / squares[i]!));
      const step = (alpha[i]! - old) * sign;
      for (let c = 0; c < columns; c++) w[c]! += step * data[i * columns + c]!;
    }
    iterations++;
    if (high - low <= tol) {
      if (active === count) break;
      active = count;
      highOld = Infinity;
      lowOld = -Infinity;
      continue;
    }
    highOld = high <= 0 ? Infinity : high;
    lowOld = low >= 0 ? -Infinity : low;
    yield high - low;
  }
  return { weights: w, iterations };
}

function dot(a: Float64Array, i: number, b: Float64Array, j: number, count: number): number {
  let sum = 0;
  for (let c = 0; c < count; c++) sum += a[i + c]! * b[j + c]!;
  return sum;
}
