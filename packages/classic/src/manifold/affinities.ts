import type { NearestSamples } from "../neighbors/neighbor-search.ts";

/** A symmetric matrix of which few elements are kept: those of row i are from `starts[i]` to `starts[i + 1]`. */
export interface Affinities {
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  /** Summing to 1. */
  readonly values: Float64Array;
}

const mostSteps = 100;
const tolerance = 1e-5;

/**
 * Returns how near samples are to each other, as probabilities of pairs: each sample's neighbours by a Gaussian around it as
 * wide as its perplexity asks, made symmetric (van der Maaten and Hinton 2008, equations 1 and 2, with 2 log n steps of bisection).
 *
 * @param neighbors - each sample's nearest, without itself
 * @param perplexity - how many neighbours count, so to speak
 */
export function affinities(neighbors: NearestSamples, perplexity: number): Affinities {
  const { distances, indices, k } = neighbors;
  const rows = indices.length / k;
  const conditional = new Float64Array(indices.length);
  const squares = new Float64Array(k);
  for (let i = 0; i < rows; i++) {
    for (let n = 0; n < k; n++) squares[n] = distances[i * k + n]! ** 2;
    gaussianOf(squares, Math.log(perplexity), conditional.subarray(i * k, (i + 1) * k));
  }
  return symmetric(conditional, indices, k);
}

/** Writes probabilities whose entropy is as asked. */
function gaussianOf(squares: Float64Array, entropy: number, out: Float64Array): void {
  let beta = 1;
  let [low, high] = [-Infinity, Infinity];
  // Taken off all, it changes nothing but what underflows.
  const nearest = squares.reduce((least, x) => Math.min(least, x), Infinity);
  for (let step = 0; step < mostSteps; step++) {
    let [sum, weighted] = [0, 0];
    for (let n = 0; n < squares.length; n++) {
      const distance = squares[n]! - nearest;
      const p = Math.exp(-distance * beta);
      out[n] = p;
      sum += p;
      weighted += distance * p;
    }
    for (let n = 0; n < squares.length; n++) out[n]! /= sum;
    const difference = Math.log(sum) + (beta * weighted) / sum - entropy;
    if (Math.abs(difference) <= tolerance) return;
    if (difference > 0) {
      low = beta;
      beta = high === Infinity ? beta * 2 : (beta + high) / 2;
    } else {
      high = beta;
      beta = low === -Infinity ? beta / 2 : (beta + low) / 2;
    }
  }
}

/** Returns `(P + Pᵀ) / 2n` of the rows' probabilities. */
function symmetric(conditional: Float64Array, indices: Int32Array, k: number): Affinities {
  const rows = indices.length / k;
  const counts = new Int32Array(rows + 1).fill(k, 1);
  for (const column of indices) counts[column + 1]!++;
  const places = counts.slice();
  for (let i = 0; i < rows; i++) places[i + 1]! += places[i]!;
  const next = places.slice();
  const columns = new Int32Array(2 * indices.length);
  const values = new Float64Array(2 * indices.length);
  const total = conditional.reduce((sum, p) => sum + p, 0) * 2;
  indices.forEach((column, at) => {
    const row = Math.trunc(at / k);
    for (const [from, to] of [
      [row, column],
      [column, row],
    ] as const) {
      // prettier-ignore
      columns[next[from]!] = to;
      values[next[from]!++] = conditional[at]! / total;
    }
  });
  return merged(places, columns, values);
}

/** Adds up elements that stand twice in a row. */
function merged(places: Int32Array, columns: Int32Array, values: Float64Array): Affinities {
  const rows = places.length - 1;
  const starts = new Int32Array(rows + 1);
  const seenAt = new Int32Array(rows).fill(-1);
  let used = 0;
  for (let row = 0; row < rows; row++) {
    const start = used;
    for (let at = places[row]!; at < places[row + 1]!; at++) {
      const column = columns[at]!;
      if (seenAt[column]! >= start) values[seenAt[column]!]! += values[at]!;
      else {
        seenAt[column] = used;
        columns[used] = column;
        values[used++] = values[at]!;
      }
    }
    starts[row + 1] = used;
  }
  return { starts, columns: columns.slice(0, used), values: values.slice(0, used) };
}
