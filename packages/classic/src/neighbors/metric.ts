import { ArgumentError } from "@tensorloom/tensor";

/** How the distance between samples is measured. */
export type DistanceMetric = "euclidean" | "manhattan" | "minkowski" | "cosine" | "jaccard";

/** A distance as searches use it: by a number that orders samples as the distance does, and is cheaper. */
export interface Metric {
  /** Which it is. */
  readonly name: DistanceMetric;
  /** Of Minkowski's family: the power of each coordinate's difference that is summed; undefined for the others. */
  readonly power: number | undefined;
  /** Returns the number for row `i` of `a` and row `j` of `b`, both of `features` columns, in float64; for cosine of unit rows. */
  readonly between: (
    a: Float64Array,
    i: number,
    b: Float64Array,
    j: number,
    features: number,
  ) => number;
  /** Returns the distance of such a number. */
  readonly toDistance: (reduced: number) => number;
  /** Returns such a number of a distance. */
  readonly fromDistance: (distance: number) => number;
}

/** Returns the metric of a name. `p` is Minkowski's power, 2 by default. */
export function metricNamed(operation: string, name: DistanceMetric = "minkowski", p = 2): Metric {
  if (!(p >= 1 && p < Infinity)) {
    throw new ArgumentError(`${operation}: p: expected a finite number from 1, got ${p}`);
  }
  if (name === "euclidean" || (name === "minkowski" && p === 2)) return euclidean;
  if (name === "manhattan" || (name === "minkowski" && p === 1)) return manhattan;
  if (name === "minkowski") return minkowski(p);
  if (name === "cosine") return cosine;
  if (name === "jaccard") return jaccard;
  throw new ArgumentError(
    `${operation}: metric: expected euclidean, manhattan, minkowski, cosine or jaccard, got "${String(name)}"`,
  );
}

const same = (x: number): number => x;

const euclidean: Metric = {
  name: "euclidean",
  power: 2,
  between: squaredDistance,
  toDistance: Math.sqrt,
  fromDistance: (distance) => distance * distance,
};

const manhattan: Metric = {
  name: "manhattan",
  power: 1,
  between(a, i, b, j, features) {
    const [from, to] = [i * features, j * features];
    let sum = 0;
    for (let f = 0; f < features; f++) sum += Math.abs(a[from + f]! - b[to + f]!);
    return sum;
  },
  toDistance: same,
  fromDistance: same,
};

function minkowski(p: number): Metric {
  return {
    name: "minkowski",
    power: p,
    between(a, i, b, j, features) {
      const [from, to] = [i * features, j * features];
      let sum = 0;
      for (let f = 0; f < features; f++) sum += Math.abs(a[from + f]! - b[to + f]!) ** p;
      return sum;
    },
    toDistance: (reduced) => reduced ** (1 / p),
    fromDistance: (distance) => distance ** p,
  };
}

/** 1 minus the cosine of the angle: half of the squared distance on the unit sphere. */
const cosine: Metric = {
  name: "cosine",
  power: undefined,
  between: squaredDistance,
  toDistance: (reduced) => reduced / 2,
  fromDistance: (distance) => 2 * distance,
};

/** Of what is not zero in either row, the share that is zero in the other; 0 if both rows are empty. */
const jaccard: Metric = {
  name: "jaccard",
  power: undefined,
  between(a, i, b, j, features) {
    const [from, to] = [i * features, j * features];
    let both = 0;
    let either = 0;
    for (let f = 0; f < features; f++) {
      const x = a[from + f] !== 0;
      const y = b[to + f] !== 0;
      if (x && y) both++;
      if (x || y) either++;
    }
    return either === 0 ? 0 : (either - both) / either;
  },
  toDistance: same,
  fromDistance: same,
};

/**
 * Returns the squared Euclidean distance of row `i` of `a` and row `j` of `b`, in float64. Even and odd columns are summed
 * apart, as WebAssembly's vectors do, so that both give the same bits.
 */
export function squaredDistance(
  a: Float64Array,
  i: number,
  b: Float64Array,
  j: number,
  features: number,
): number {
  const from = i * features;
  const to = j * features;
  const whole = features & ~1;
  let even = 0;
  let odd = 0;
  let f = 0;
  for (; f < whole; f += 2) {
    const first = a[from + f]! - b[to + f]!;
    const second = a[from + f + 1]! - b[to + f + 1]!;
    even += first * first;
    odd += second * second;
  }
  if (f < features) {
    const last = a[from + f]! - b[to + f]!;
    even += last * last;
  }
  return even + odd;
}
