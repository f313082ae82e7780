/** A weighted logistic regression with a column of ones for the intercept. */
export interface LogisticProblem {
  /** `[rows, width]` row-major; the last column is 1 if there is an intercept. */
  readonly data: Float64Array;
  readonly rows: number;
  readonly width: number;
  /** Each sample's class. */
  readonly labels: Int32Array;
  /** How much each sample counts. */
  readonly weights: Float64Array;
  /** How many rows of coefficients there are: 1 for two classes, else one a class. */
  readonly outputs: number;
  /** How many of a row's coefficients are punished: all but the intercept. */
  readonly punished: number;
}

/** A function to minimize: fills the gradient, and returns the value. */
export type Objective = (point: Float64Array, gradient: Float64Array) => number;

/**
 * Returns the summed cross-entropy plus `l2` / 2 times the squared length of the coefficients, as a function of
 * coefficients `[outputs, width]`.
 */
export function logisticObjective(problem: LogisticProblem, l2: number): Objective {
  const loss = problem.outputs === 1 ? binaryLoss(problem) : multinomialLoss(problem);
  const { width, punished } = problem;
  return (point, gradient) => {
    gradient.fill(0);
    let value = loss(point, gradient);
    for (let i = 0; i < point.length; i++) {
      if (i % width >= punished) continue;
      value += (l2 / 2) * point[i]! * point[i]!;
      gradient[i]! += l2 * point[i]!;
    }
    return value;
  };
}

function binaryLoss({ data, rows, width, labels, weights }: LogisticProblem): Objective {
  const isEven = weights.every((weight) => weight === weights[0]);
  const scores = new Float64Array(rows);
  return (point, gradient) => {
    fillScores(data, point, scores);
    const value = lossAndSlopes(scores, labels, weights, isEven);
    addWeightedRows(data, scores, width, gradient);
    return value;
  };
}

// The loops are functions of their own, so that the compiler keeps what they use in registers.

/** Sets each score to the weighted sum of its row. */
function fillScores(data: Float64Array, point: Float64Array, scores: Float64Array): void {
  const width = point.length;
  for (let i = 0, at = 0; i < scores.length; i++) {
    let even = 0;
    let odd = 0;
    let c = 0;
    // Two sums wait less for each other's additions than one.
    for (; c + 1 < width; c += 2, at += 2) {
      even += data[at]! * point[c]!;
      odd += data[at + 1]! * point[c + 1]!;
    }
    if (c < width) even += data[at++]! * point[c]!;
    scores[i] = even + odd;
  }
}

/** Returns the loss, and overwrites each score by the loss's slope there. */
function lossAndSlopes(
  scores: Float64Array,
  labels: Int32Array,
  weights: Float64Array,
  isEven: boolean,
): number {
  let value = 0;
  let product = 1;
  for (let i = 0; i < scores.length; i++) {
    const z = scores[i]!;
    const weight = weights[i]!;
    const isPositive = labels[i] === 1;
    // With e = exp(-|z|) neither the probability nor its logarithm overflows.
    const e = Math.exp(-Math.abs(z));
    value += weight * Math.max(0, isPositive ? -z : z);
    if (isEven) {
      // Of some hundred factors from 1 to 2, one logarithm.
      product *= 1 + e;
      if (product > 1e150) {
        value += weight * Math.log(product);
        product = 1;
      }
    } else value += weight * Math.log1p(e);
    const p = (z >= 0 ? 1 : e) / (1 + e);
    scores[i] = weight * (isPositive ? p - 1 : p);
  }
  return isEven ? value + weights[0]! * Math.log(product) : value;
}

/** Adds weighted rows to a sum. */
function addWeightedRows(
  data: Float64Array,
  weights: Float64Array,
  width: number,
  sum: Float64Array,
): void {
  for (let i = 0, at = 0; i < weights.length; i++) {
    const weight = weights[i]!;
    for (let c = 0; c < width; c++, at++) sum[c]! += weight * data[at]!;
  }
}

function multinomialLoss(problem: LogisticProblem): Objective {
  const { data, rows, width, labels, weights, outputs } = problem;
  const shares = new Float64Array(outputs);
  return (point, gradient) => {
    let value = 0;
    for (let i = 0, at = 0; i < rows; i++, at += width) {
      let largest = -Infinity;
      for (let k = 0; k < outputs; k++) {
        let z = 0;
        for (let c = 0; c < width; c++) z += data[at + c]! * point[k * width + c]!;
        shares[k] = z;
        if (z > largest) largest = z;
      }
      const own = shares[labels[i]!]!;
      let total = 0;
      for (let k = 0; k < outputs; k++) {
        shares[k] = Math.exp(shares[k]! - largest);
        total += shares[k]!;
      }
      value += weights[i]! * (Math.log(total) + largest - own);
      for (let k = 0; k < outputs; k++) {
        const slope = weights[i]! * (shares[k]! / total - Number(labels[i] === k));
        for (let c = 0; c < width; c++) gradient[k * width + c]! += slope * data[at + c]!;
      }
    }
    return value;
  };
}

/**
 * Returns Σ wᵢ xᵢ xᵢᵀ over the rows, `[width, width]`.
 *
 * @param problem - the rows
 * @param weights - one a row
 */
export function weightedGram(
  { data, rows, width }: Pick<LogisticProblem, "data" | "rows" | "width">,
  weights: Float64Array,
): Float64Array {
  const gram = new Float64Array(width * width);
  for (let i = 0; i < rows; i++) addOuterProduct(data, i * width, width, weights[i]!, gram);
  for (let r = 0; r < width; r++) {
    for (let c = 0; c < r; c++) gram[c * width + r] = gram[r * width + c]!;
  }
  return gram;
}

/** Adds w x xᵀ of one row to the lower triangle. */
function addOuterProduct(
  data: Float64Array,
  at: number,
  width: number,
  weight: number,
  gram: Float64Array,
): void {
  for (let r = 0, place = 0; r < width; r++, place += width) {
    const scaled = weight * data[at + r]!;
    for (let c = 0; c <= r; c++) gram[place + c]! += scaled * data[at + c]!;
  }
}
