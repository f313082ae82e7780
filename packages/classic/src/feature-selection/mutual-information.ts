import { classTargets, sampleMatrix, targetValues, type Samples, type Targets } from "../inputs.ts";
import { digamma } from "../special-functions.ts";
import type { FeatureScores } from "./score-functions.ts";

// How many neighbours estimate a density.
const neighbours = 3;

/** Divides by the standard deviation. */
function scaled(values: Float64Array): Float64Array {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
  return variance === 0 ? values : values.map((value) => value / Math.sqrt(variance));
}

function featuresOf(data: Float64Array, rows: number, columns: number): Float64Array[] {
  return Array.from({ length: columns }, (_, c) =>
    scaled(Float64Array.from({ length: rows }, (__, i) => data[i * columns + c]!)),
  );
}

/** How many of a sorted array lie nearer to `value` than `radius`: by differences, as the radius is one itself. */
function countWithin(sorted: Float64Array, value: number, radius: number): number {
  return (
    firstThat(sorted, (other) => other - value >= radius) -
    firstThat(sorted, (other) => value - other < radius)
  );
}

/** The first place of a sorted array at which a condition holds that then goes on to hold. */
function firstThat(sorted: Float64Array, holds: (value: number) => boolean): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The distance to the k-th nearest other of a sorted array, for its element at `place`. */
function kthDistance(sorted: Float64Array, place: number, k: number): number {
  let [low, high, distance] = [place - 1, place + 1, 0];
  for (let found = 0; found < k; found++) {
    const left = low < 0 ? Infinity : sorted[place]! - sorted[low]!;
    const right = high >= sorted.length ? Infinity : sorted[high]! - sorted[place]!;
    distance = Math.min(left, right);
    if (left <= right) low--;
    else high++;
  }
  return distance;
}

/**
 * Resolves to the mutual information of each feature and the class, in nats, estimated from distances to the third nearest
 * neighbours: it finds relations of any form.
 *
 * @param x - `[samples, features]`
 * @param y - class numbers
 * @throws `ShapeError` unless there are as many
 *
 * Source: Ross 2014, "Mutual information between discrete and continuous data sets"; scikit-learn's mutual_info_classif.
 *
 * @example
 * (await mutualInfoClassif([[1], [2], [3], [11], [12], [13]], [0, 0, 0, 1, 1, 1])).scores[0] > 0.5; // => true
 */
export async function mutualInfoClassif(x: Samples, y: Targets): Promise<FeatureScores> {
  const { data, rows, columns } = await sampleMatrix("mutualInfoClassif", x);
  const { classes, indices } = await classTargets("mutualInfoClassif", y, rows);
  const members = classes.map((_, k) => Array.from(indices.keys()).filter((i) => indices[i] === k));
  // A class of a single sample says nothing of its density.
  const counted = members.filter((own) => own.length > 1);
  const total = counted.reduce((sum, own) => sum + own.length, 0);
  const scores = featuresOf(data, rows, columns).map((feature) => {
    const all = Float64Array.from(counted.flat(), (i) => feature[i]!).sort();
    let mean = 0;
    for (const own of counted) {
      const sorted = Float64Array.from(own, (i) => feature[i]!).sort();
      const k = Math.min(neighbours, own.length - 1);
      sorted.forEach((value, place) => {
        const within = countWithin(all, value, kthDistance(sorted, place, k));
        mean += (digamma(k) - digamma(own.length) - digamma(Math.max(1, within))) / total;
      });
    }
    return Math.max(0, digamma(total) + mean);
  });
  return { scores };
}

/**
 * Resolves to the mutual information of each feature and the target, in nats, estimated from distances to the third nearest
 * neighbours: it finds relations of any form.
 *
 * @param x - `[samples, features]`
 * @param y - the targets
 * @throws `ShapeError` unless there are as many
 *
 * Source: Kraskov, Stögbauer and Grassberger 2004; scikit-learn's mutual_info_regression. Cost: O(samples² features).
 *
 * @example
 * const x = Array.from({ length: 50 }, (_, i) => [i]);
 * (await mutualInfoRegression(x, x.map(([v]) => (v - 25) ** 2))).scores[0] > 1; // => true
 */
export async function mutualInfoRegression(x: Samples, y: Targets): Promise<FeatureScores> {
  const { data, rows, columns } = await sampleMatrix("mutualInfoRegression", x);
  const target = scaled(await targetValues("mutualInfoRegression", y, rows));
  const sortedTarget = target.toSorted();
  const k = Math.min(neighbours, rows - 1);
  const scores = featuresOf(data, rows, columns).map((feature) => {
    const sorted = feature.toSorted();
    let mean = 0;
    for (let i = 0; i < rows; i++) {
      const radius = kthJointDistance(feature, target, i, k);
      const near = countWithin(sorted, feature[i]!, radius);
      const nearTarget = countWithin(sortedTarget, target[i]!, radius);
      mean += (digamma(Math.max(1, near)) + digamma(Math.max(1, nearTarget))) / rows;
    }
    return Math.max(0, digamma(rows) + digamma(k) - mean);
  });
  return { scores };
}

/** The k-th smallest of the larger of both distances to the other samples. */
function kthJointDistance(a: Float64Array, b: Float64Array, place: number, k: number): number {
  const nearest = new Float64Array(k).fill(Infinity);
  for (let j = 0; j < a.length; j++) {
    if (j === place) continue;
    const distance = Math.max(Math.abs(a[j]! - a[place]!), Math.abs(b[j]! - b[place]!));
    if (distance >= nearest[k - 1]!) continue;
    let at = k - 1;
    while (at > 0 && nearest[at - 1]! > distance) nearest[at] = nearest[--at]!;
    nearest[at] = distance;
  }
  return nearest[k - 1]!;
}
