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
  return (point, gradient) => {
    let value = 0;
    for (let i = 0, at = 0; i < rows; i++, at += width) {
      let z = 0;
      for (let c = 0; c < width; c++) z += data[at + c]! * point[c]!;
      // With e = exp(-|z|) neither the probability nor its logarithm overflows.
      const e = Math.exp(-Math.abs(z));
      const p = z >= 0 ? 1 / (1 + e) : e / (1 + e);
      const isPositive = labels[i] === 1;
      const wrong = isPositive ? Math.max(0, -z) : Math.max(0, z);
      value += weights[i]! * (wrong + Math.log1p(e));
      const slope = weights[i]! * (isPositive ? p - 1 : p);
      for (let c = 0; c < width; c++) gradient[c]! += slope * data[at + c]!;
    }
    return value;
  };
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
  for (let i = 0, at = 0; i < rows; i++, at += width) {
    for (let r = 0; r < width; r++) {
      const scaled = weights[i]! * data[at + r]!;
      if (scaled === 0) continue;
      for (let c = 0; c <= r; c++) gram[r * width + c]! += scaled * data[at + c]!;
    }
  }
  for (let r = 0; r < width; r++) {
    for (let c = 0; c < r; c++) gram[c * width + r] = gram[r * width + c]!;
  }
  return gram;
}
