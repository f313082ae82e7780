import { ArgumentError } from "@tensorloom/tensor";
import { choleskyFactor, matrixOf } from "@tensorloom/tensor/linalg";

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

/** Divides sums by their components' totals. */
export function averaged(
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
