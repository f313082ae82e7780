import { ArgumentError } from "@tensorloom/tensor";
import { choleskyFactor, matrixOf } from "@tensorloom/tensor/linalg";
import type { SampleMatrix } from "../inputs.ts";

/** What the covariances of a mixture are: a matrix each, one for all, variances each, one variance each. */
export type CovarianceType = "full" | "tied" | "diag" | "spherical";

/** The parameters of a mixture of Gaussians. */
export interface Gaussians {
  readonly type: CovarianceType;
  /** `[components]`, summing to 1. */
  readonly weights: Float64Array;
  /** `[components, features]`. */
  readonly means: Float64Array;
  /** full `[components, features, features]`, tied `[features, features]`, diag `[components, features]`, spherical `[components]`. */
  readonly covariances: Float64Array;
}

/** Inverses of the covariances' Cholesky factors (of their roots, for diag and spherical), row by row; shapes as theirs. */
export function whitenings(
  { type, covariances }: Pick<Gaussians, "type" | "covariances">,
  features: number,
): Float64Array {
  if (type === "diag" || type === "spherical") {
    if (covariances.some((x) => !(x > 0))) throw notPositive();
    return covariances.map((x) => 1 / Math.sqrt(x));
  }
  const size = features * features;
  const inverses = new Float64Array(covariances.length);
  for (let at = 0; at < covariances.length; at += size) {
    const lower = choleskyFactor(matrixOf(features, features, covariances.subarray(at, at + size)));
    if (typeof lower === "number") throw notPositive();
    inverses.set(inverseOfLower(lower.data, features), at);
  }
  return inverses;
}

function notPositive(): ArgumentError {
  return new ArgumentError(
    "GaussianMixture: covariances: expected positive ones, got a component without spread; " +
      "try fewer components, a larger regCovar, or scaled features",
  );
}

function inverseOfLower(l: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n);
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = i === j ? 1 : 0;
      for (let k = j; k < i; k++) sum -= l[i * n + k]! * inverse[k * n + j]!;
      inverse[i * n + j] = sum / l[i * n + i]!;
    }
  }
  return inverse;
}

/**
 * Returns the logarithm of each component's weighted density at each sample, `[samples, components]`.
 *
 * The squared length of the whitened difference to the mean is the Mahalanobis distance.
 */
export function logDensities(
  { data, rows, columns }: SampleMatrix,
  gaussians: Gaussians,
): Float64Array {
  const { type, weights, means } = gaussians;
  const count = weights.length;
  const inverses = whitenings(gaussians, columns);
  const result = new Float64Array(rows * count);
  const differences = new Float64Array(lanes * columns);
  const squared = new Float64Array(lanes);
  for (let k = 0; k < count; k++) {
    const isFull = type === "full" || type === "tied";
    const from = type === "full" ? k * columns * columns : type === "diag" ? k * columns : 0;
    const scaleOf = (c: number): number =>
      isFull
        ? inverses[from + c * columns + c]!
        : type === "diag"
          ? inverses[from + c]!
          : inverses[k]!;
    let constant = Math.log(weights[k]!) - (columns / 2) * Math.log(2 * Math.PI);
    for (let c = 0; c < columns; c++) constant += Math.log(scaleOf(c));
    const scales = Float64Array.from({ length: columns }, (_, c) => scaleOf(c));
    const mean = means.subarray(k * columns, (k + 1) * columns);
    const triangle = inverses.subarray(from, from + columns * columns);
    if (!isFull) {
      for (let i = 0, at = 0; i < rows; i++) {
        let length = 0;
        for (let c = 0; c < columns; c++) length += ((data[at++]! - mean[c]!) * scales[c]!) ** 2;
        result[i * count + k] = constant - length / 2;
      }
      continue;
    }
    for (let first = 0; first < rows; first += lanes) {
      const held = Math.min(lanes, rows - first);
      for (let lane = 0; lane < held; lane++) {
        place(differences, lane, data, first + lane, mean);
      }
      triangleLengths(triangle, differences, squared);
      for (let lane = 0; lane < held; lane++) {
        result[(first + lane) * count + k] = constant - squared[lane]! / 2;
      }
    }
  }
  return result;
}

/** Turns logarithms of weighted densities into responsibilities in place, and returns the logarithm of each sample's density. */
export function normalize(logs: Float64Array, count: number): Float64Array {
  const totals = new Float64Array(logs.length / count);
  for (let i = 0; i < totals.length; i++) {
    let most = -Infinity;
    for (let k = 0; k < count; k++) most = Math.max(most, logs[i * count + k]!);
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const share = Math.exp(logs[i * count + k]! - most);
      logs[i * count + k] = share;
      sum += share;
    }
    totals[i] = most + Math.log(sum);
    for (let k = 0; k < count; k++) logs[i * count + k]! /= sum;
  }
  return totals;
}

/**
 * Returns the Gaussians that fit samples best when each belongs to components by shares.
 *
 * @param samples - the samples
 * @param shares - `[samples, components]`, each row summing to 1
 * @param type - what the covariances are
 * @param regCovar - added to variances, so that none vanishes
 */
export function estimate(
  { data, rows, columns }: SampleMatrix,
  shares: Float64Array,
  type: CovarianceType,
  regCovar: number,
): Gaussians {
  const count = shares.length / rows;
  const totals = new Float64Array(count);
  const means = new Float64Array(count * columns);
  const sums = new Float64Array(columns);
  for (let k = 0; k < count; k++) {
    let total = 10 * Number.EPSILON;
    sums.fill(0);
    for (let i = 0, at = 0; i < rows; i++) {
      const share = shares[i * count + k]!;
      total += share;
      for (let c = 0; c < columns; c++) sums[c]! += share * data[at++]!;
    }
    totals[k] = total;
    means.set(
      sums.map((sum) => sum / total),
      k * columns,
    );
  }
  const weights = totals.map((total) => total / rows);
  const whole = weights.reduce((sum, weight) => sum + weight, 0);
  const normalized = weights.map((weight) => weight / whole);
  const scatter = scattered({ data, rows, columns, dtype: "float64" }, shares, means, type);
  const covariances = averaged(scatter, totals, columns, type, regCovar);
  return { type, weights: normalized, means, covariances };
}

/** Sums of products of differences to the means, by shares: full and tied in matrices, diag and spherical by feature. */
function scattered(
  { data, rows, columns }: SampleMatrix,
  shares: Float64Array,
  means: Float64Array,
  type: CovarianceType,
): Float64Array {
  const count = means.length / columns;
  const isMatrix = type === "full" || type === "tied";
  const size = isMatrix ? columns * columns : columns;
  const sums = new Float64Array(type === "tied" ? size : count * size);
  const differences = new Float64Array(lanes * columns);
  const weights = new Float64Array(lanes);
  for (let k = 0; k < count; k++) {
    const own = type === "tied" ? sums : sums.subarray(k * size, (k + 1) * size);
    const mean = means.subarray(k * columns, (k + 1) * columns);
    let held = 0;
    for (let i = 0; i < rows; i++) {
      const share = shares[i * count + k]!;
      // What rounding makes of it does not reach the sums.
      if (share < 1e-30) continue;
      if (!isMatrix) {
        for (let c = 0, at = i * columns; c < columns; c++, at++) {
          const difference = data[at]! - mean[c]!;
          own[c]! += share * difference * difference;
        }
        continue;
      }
      place(differences, held, data, i, mean);
      weights[held++] = share;
      if (held < lanes) continue;
      addProducts(own, differences, weights);
      held = 0;
    }
    // What lies in the other lanes is of earlier samples, and counts nothing.
    if (held > 0) addProducts(own, differences, weights.fill(0, held));
  }
  return sums;
}

// Matrices take four samples at a time, whose differences lie side by side, `[features, 4]`: their sums do not wait for each
// other, and what samples share is read once. Each sum is added up in the order of one sample after the other.

const lanes = 4;

/** Sets one sample's differences to a mean. */
function place(
  differences: Float64Array,
  lane: number,
  data: Float64Array,
  row: number,
  mean: Float64Array,
): void {
  const from = row * mean.length;
  for (let c = 0; c < mean.length; c++) differences[c * lanes + lane] = data[from + c]! - mean[c]!;
}

/** Sets the squared lengths of a lower triangle times the differences. */
function triangleLengths(
  triangle: Float64Array,
  differences: Float64Array,
  squared: Float64Array,
): void {
  const columns = differences.length / lanes;
  let [total0, total1, total2, total3] = [0, 0, 0, 0];
  for (let r = 0, row = 0; r < columns; r++, row += columns) {
    let [sum0, sum1, sum2, sum3] = [0, 0, 0, 0];
    for (let c = 0, at = 0; c <= r; c++, at += lanes) {
      const factor = triangle[row + c]!;
      sum0 += factor * differences[at]!;
      sum1 += factor * differences[at + 1]!;
      sum2 += factor * differences[at + 2]!;
      sum3 += factor * differences[at + 3]!;
    }
    total0 += sum0 * sum0;
    total1 += sum1 * sum1;
    total2 += sum2 * sum2;
    total3 += sum3 * sum3;
  }
  squared[0] = total0;
  squared[1] = total1;
  squared[2] = total2;
  squared[3] = total3;
}

/** Adds the lower triangles of `weight · difference · differenceᵀ`. */
function addProducts(sums: Float64Array, differences: Float64Array, weights: Float64Array): void {
  const columns = differences.length / lanes;
  for (let r = 0, row = 0; r < columns; r++, row += columns) {
    const own = r * lanes;
    const weighted0 = weights[0]! * differences[own]!;
    const weighted1 = weights[1]! * differences[own + 1]!;
    const weighted2 = weights[2]! * differences[own + 2]!;
    const weighted3 = weights[3]! * differences[own + 3]!;
    for (let c = 0, at = 0; c <= r; c++, at += lanes) {
      let sum = sums[row + c]!;
      sum += weighted0 * differences[at]!;
      sum += weighted1 * differences[at + 1]!;
      sum += weighted2 * differences[at + 2]!;
      sum += weighted3 * differences[at + 3]!;
      sums[row + c] = sum;
    }
  }
}

/** Divides sums by their components' totals. */
function averaged(
  sums: Float64Array,
  totals: Float64Array,
  columns: number,
  type: CovarianceType,
  regCovar: number,
): Float64Array {
  const total = totals.reduce((all, one) => all + one, 0);
  if (type === "diag") return sums.map((x, i) => x / totals[Math.trunc(i / columns)]! + regCovar);
  if (type === "spherical") {
    return totals.map((own, k) => {
      const variances = sums.subarray(k * columns, (k + 1) * columns);
      return variances.reduce((all, x) => all + x / own, 0) / columns + regCovar;
    });
  }
  const size = columns * columns;
  const covariances = new Float64Array(sums.length);
  for (let at = 0; at < sums.length; at += size) {
    const divisor = type === "tied" ? total : totals[at / size]!;
    for (let r = 0; r < columns; r++) {
      for (let c = 0; c <= r; c++) {
        const value = sums[at + r * columns + c]! / divisor + (r === c ? regCovar : 0);
        covariances[at + r * columns + c] = value;
        covariances[at + c * columns + r] = value;
      }
    }
  }
  return covariances;
}

/** How many numbers a mixture can choose freely. */
export function freeParameters(type: CovarianceType, count: number, features: number): number {
  const matrix = (features * (features + 1)) / 2;
  const covariances = { full: count * matrix, tied: matrix, diag: count * features, spherical: count }[type]; // prettier-ignore
  return covariances + count * features + count - 1;
}

/** The shape of the covariances. */
export function covarianceShape(type: CovarianceType, count: number, features: number): number[] {
  return {
    full: [count, features, features],
    tied: [features, features],
    diag: [count, features],
    spherical: [count],
  }[type];
}
