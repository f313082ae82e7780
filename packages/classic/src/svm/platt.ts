/** The probability 1 / (1 + exp(a f + b)) of a decision value f. */
export interface Sigmoid {
  readonly a: number;
  readonly b: number;
}

const mostSteps = 100;
const leastStep = 1e-10;
const ridge = 1e-12;
const precise = 1e-5;

/** Returns the sigmoid of largest likelihood, targets drawn in from 0 and 1 (Platt 1999), by Newton's method (Lin, Lin and Weng 2007). */
export function fitSigmoid(decisions: Float64Array, signs: Float64Array): Sigmoid {
  let positive = 0;
  for (const sign of signs) if (sign > 0) positive++;
  const negative = signs.length - positive;
  const targets = signs.map((sign) =>
    sign > 0 ? (positive + 1) / (positive + 2) : 1 / (negative + 2),
  );
  const loss = (a: number, b: number): number => {
    let sum = 0;
    for (let i = 0; i < targets.length; i++) {
      const z = decisions[i]! * a + b;
      sum += targets[i]! * z + Math.max(-z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
    }
    return sum;
  };
  let a = 0;
  let b = Math.log((negative + 1) / (positive + 1));
  let value = loss(a, b);
  for (let step = 0; step < mostSteps; step++) {
    let [aa, bb, ab, ga, gb] = [ridge, ridge, 0, 0, 0];
    for (let i = 0; i < targets.length; i++) {
      const f = decisions[i]!;
      const p = 1 / (1 + Math.exp(f * a + b));
      const curvature = p * (1 - p);
      aa += f * f * curvature;
      bb += curvature;
      ab += f * curvature;
      const slope = targets[i]! - p;
      ga += f * slope;
      gb += slope;
    }
    if (Math.abs(ga) < precise && Math.abs(gb) < precise) break;
    const det = aa * bb - ab * ab;
    const da = -(bb * ga - ab * gb) / det;
    const db = -(aa * gb - ab * ga) / det;
    const slope = ga * da + gb * db;
    let size = 1;
    for (; size >= leastStep; size /= 2) {
      const next = loss(a + size * da, b + size * db);
      if (next >= value + 1e-4 * size * slope) continue;
      a += size * da;
      b += size * db;
      value = next;
      break;
    }
    if (size < leastStep) break;
  }
  return { a, b };
}

/** Returns the probability of a decision value, without overflow. */
export function sigmoidAt({ a, b }: Sigmoid, decision: number): number {
  const z = a * decision + b;
  return z >= 0 ? Math.exp(-z) / (1 + Math.exp(-z)) : 1 / (1 + Math.exp(z));
}

/**
 * Writes the class probabilities that agree best with the probabilities of each class against each other (Wu, Lin and Weng
 * 2004, their second method).
 *
 * @param pairs - `[classes, classes]`: that of class i against class j
 */
export function coupleProbabilities(
  pairs: Float64Array,
  classes: number,
  out: Float64Array,
  at: number,
): void {
  const q = new Float64Array(classes * classes);
  for (let i = 0; i < classes; i++) {
    for (let j = 0; j < classes; j++) {
      if (i === j) continue;
      const other = pairs[j * classes + i]!;
      q[i * classes + i]! += other * other;
      q[i * classes + j] = -other * pairs[i * classes + j]!;
    }
  }
  const p = new Float64Array(classes).fill(1 / classes);
  const qp = new Float64Array(classes);
  for (let step = 0; step < Math.max(100, classes); step++) {
    let pqp = 0;
    for (let i = 0; i < classes; i++) {
      let sum = 0;
      for (let j = 0; j < classes; j++) sum += q[i * classes + j]! * p[j]!;
      qp[i] = sum;
      pqp += p[i]! * sum;
    }
    if (qp.every((value) => Math.abs(value - pqp) < 0.005 / classes)) break;
    for (let i = 0; i < classes; i++) {
      const own = q[i * classes + i]!;
      const change = (pqp - qp[i]!) / own;
      p[i]! += change;
      pqp = (pqp + change * (change * own + 2 * qp[i]!)) / (1 + change) ** 2;
      for (let j = 0; j < classes; j++) {
        qp[j] = (qp[j]! + change * q[i * classes + j]!) / (1 + change);
        p[j]! /= 1 + change;
      }
    }
  }
  out.set(p, at);
}
