import { ArgumentError, Tensor } from "@tensorloom/tensor";
import { classTargets, type Targets } from "../inputs.ts";
import { sampleWeights } from "../weights.ts";
import type { WeightedMetricOptions } from "./pairs.ts";
import { cumulativeCounts } from "./ranking.ts";
import { binaryScores, columnOf, scoreMatrix, type ScoreMatrix, type Scores } from "./scores.ts";

/** What {@link rocAuc} takes. */
export interface RocAucOptions extends WeightedMetricOptions {
  /** For more than two classes: each against the rest, or each against each other (Hand and Till 2001). */
  readonly multiClass?: "ovr" | "ovo";
  /** How classes are averaged: evenly (default), by how frequent they are, or (`"micro"`, against the rest) all together. */
  readonly average?: "macro" | "weighted" | "micro";
}

/**
 * Resolves to the area under the ROC curve: the chance that a positive sample scores higher than a negative one.
 *
 * @param truth - the true classes
 * @param scores - for two classes higher for the larger, `[samples]` or `[samples, 2]`; for more, probabilities
 * `[samples, classes]`
 * @param options - `multiClass`, needed for more than two classes; `average`; `sampleWeight`
 * @throws `ArgumentError` for a single class, or if columns are not the classes' probabilities
 *
 * @example
 * await metrics.rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]); // => 0.75
 */
export async function rocAuc(
  truth: Targets,
  scores: Scores,
  options: RocAucOptions = {},
): Promise<number> {
  const count = truth instanceof Tensor ? truth.size : truth.length;
  const { classes, indices } = await classTargets("rocAuc", truth, count, 2);
  const weights = await sampleWeights("rocAuc", options.sampleWeight, count);
  const matrix = await scoreMatrix("rocAuc", scores, count);
  if (classes.length === 2 && matrix.columns <= 2) {
    return areaOf(indices, 1, binaryScores("rocAuc", matrix), weights);
  }
  checkProbabilities(matrix, classes.length);
  const { multiClass, average = "macro" } = options;
  if (multiClass === "ovo") return oneVersusOne(indices, matrix, average, options.sampleWeight);
  if (multiClass === "ovr") return oneVersusRest(indices, matrix, average, weights);
  throw new ArgumentError(
    `rocAuc: multiClass: expected "ovr" or "ovo" for ${classes.length} classes, got ${String(multiClass)}`,
  );
}

function checkProbabilities({ data, columns }: ScoreMatrix, classes: number): void {
  if (columns !== classes) {
    throw new ArgumentError(
      `rocAuc: scores: expected a column a class, ${classes}, got ${columns}`,
    );
  }
  for (let i = 0; i < data.length; i += columns) {
    const sum = data.subarray(i, i + columns).reduce((part, p) => part + p, 0);
    if (Math.abs(sum - 1) <= 1e-5) continue;
    throw new ArgumentError(`rocAuc: scores: expected probabilities that sum to 1, got ${sum}`);
  }
}

/** The area for one class against all others that have weight. */
function areaOf(
  indices: ArrayLike<number>,
  positive: number,
  scores: Float64Array,
  weights: Float64Array,
): number {
  const isPositive = Array.from(indices, (index) => index === positive);
  const { falsePositives: x, truePositives: y } = cumulativeCounts(isPositive, scores, weights);
  let area = 0;
  for (let i = 0; i < x.length; i++) {
    area += ((x[i]! - (x[i - 1] ?? 0)) * (y[i]! + (y[i - 1] ?? 0))) / 2;
  }
  return area / (x.at(-1)! * y.at(-1)!);
}

function oneVersusRest(
  indices: Int32Array,
  matrix: ScoreMatrix,
  average: "macro" | "weighted" | "micro",
  weights: Float64Array,
): number {
  const { columns, data } = matrix;
  if (average === "micro") {
    const all = Int32Array.from(data, (_, i) =>
      Number(indices[Math.trunc(i / columns)] === i % columns),
    );
    return areaOf(
      all,
      1,
      data,
      data.map((_, i) => weights[Math.trunc(i / columns)]!),
    );
  }
  const share = new Float64Array(columns);
  indices.forEach((index, i) => (share[index]! += average === "weighted" ? weights[i]! : 0));
  if (average !== "weighted") share.fill(1);
  return weightedAverage(
    Array.from(share, (_, c) => areaOf(indices, c, columnOf(matrix, c), weights)),
    Array.from(share),
  );
}

function oneVersusOne(
  indices: Int32Array,
  matrix: ScoreMatrix,
  average: "macro" | "weighted" | "micro",
  sampleWeight: Targets | undefined,
): number {
  if (sampleWeight !== undefined || average === "micro") {
    throw new ArgumentError(
      'rocAuc: multiClass: expected "ovr" with sampleWeight or average "micro", got "ovo"',
    );
  }
  const areas: number[] = [];
  const shares: number[] = [];
  for (let a = 0; a < matrix.columns; a++) {
    for (let b = a + 1; b < matrix.columns; b++) {
      const own = Float64Array.from(indices, (index) => Number(index === a || index === b));
      const ofA = areaOf(indices, a, columnOf(matrix, a), own);
      const ofB = areaOf(indices, b, columnOf(matrix, b), own);
      areas.push((ofA + ofB) / 2);
      shares.push(average === "weighted" ? own.reduce((sum, one) => sum + one, 0) : 1);
    }
  }
  return weightedAverage(areas, shares);
}

function weightedAverage(values: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return values.reduce((sum, value, i) => sum + value * weights[i]!, 0) / total;
}
