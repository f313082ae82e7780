import type { SampleMatrix } from "../inputs.ts";
import { squaredDistance } from "../neighbors/metric.ts";
import type { RandomStream } from "../random/random-stream.ts";

/**
 * Returns samples to start k-means from: each is drawn with a probability that is proportional to the squared distance to
 * those before (Arthur and Vassilvitskii 2007), the best of 2 + log k draws. In float64, the same on every backend.
 *
 * @returns the samples' numbers
 */
export function kMeansPlusPlus(
  samples: SampleMatrix,
  clusters: number,
  stream: RandomStream,
  sampleWeight?: Float64Array,
): number[] {
  const { rows } = samples;
  const trials = 2 + Math.trunc(Math.log(clusters));
  const weights = sampleWeight ?? new Float64Array(rows).fill(1);
  const state = new Potentials(samples, weights);
  const chosen = [drawn(weights, weights.reduce(sum, 0), stream)];
  state.take(chosen[0]!);
  while (chosen.length < clusters) {
    let best = -1;
    let least = Infinity;
    for (let trial = 0; trial < trials; trial++) {
      const candidate = state.draw(stream);
      const potential = state.potentialWith(candidate);
      if (potential < least) [best, least] = [candidate, potential];
    }
    state.take(best);
    chosen.push(best);
  }
  return chosen;
}

/** Each sample's weighted squared distance to the nearest of the chosen. */
class Potentials {
  readonly #samples: SampleMatrix;
  readonly #weights: Float64Array;
  /** Squared distances, not weighted. */
  readonly #closest: Float64Array;
  /** The place of the nearest in `chosen`. */
  readonly #nearest: Int32Array;
  readonly #chosen: number[] = [];

  constructor(samples: SampleMatrix, weights: Float64Array) {
    this.#samples = samples;
    this.#weights = weights;
    this.#closest = new Float64Array(samples.rows).fill(Infinity);
    this.#nearest = new Int32Array(samples.rows);
  }

  /** Draws a sample with a probability that is proportional to its potential. */
  draw(stream: RandomStream): number {
    let total = 0;
    for (let i = 0; i < this.#closest.length; i++) total += this.#closest[i]! * this.#weights[i]!;
    return drawn(this.#closest, total, stream, this.#weights);
  }

  /** Returns the sum of potentials if `candidate` were chosen too. */
  potentialWith(candidate: number): number {
    const closest = this.#closest;
    let total = 0;
    for (let i = 0; i < closest.length; i++) total += closest[i]! * this.#weights[i]!;
    this.#improvedBy(candidate, (i, squared) => {
      total -= (closest[i]! - squared) * this.#weights[i]!;
    });
    return total;
  }

  /** Chooses a sample. */
  take(sample: number): void {
    const place = this.#chosen.length;
    this.#improvedBy(sample, (i, squared) => {
      this.#closest[i] = squared;
      this.#nearest[i] = place;
    });
    this.#chosen.push(sample);
  }

  /** Calls `improve` with each sample that is nearer to `candidate` than to the chosen. */
  #improvedBy(candidate: number, improve: (sample: number, squared: number) => void): void {
    const { data, rows, columns } = this.#samples;
    // By the triangle inequality, no sample that is at most half as far from its nearest as that is from the candidate.
    const limits = Float64Array.from(
      this.#chosen,
      (one) => (squaredDistance(data, one, data, candidate, columns) / 4) * (1 - 1e-12),
    );
    for (let i = 0; i < rows; i++) {
      const closest = this.#closest[i]!;
      if (closest < limits[this.#nearest[i]!]!) continue;
      const squared = squaredDistance(data, i, data, candidate, columns);
      if (squared < closest) improve(i, squared);
    }
  }
}

/** The first place where the running sum of weights passes a random share of the total. */
function drawn(
  values: Float64Array,
  total: number,
  stream: RandomStream,
  factors?: Float64Array,
): number {
  const target = stream.uniform() * total;
  let running = 0;
  let last = 0;
  for (let i = 0; i < values.length; i++) {
    const value = factors === undefined ? values[i]! : values[i]! * factors[i]!;
    if (value <= 0) continue;
    running += value;
    last = i;
    if (running > target) return i;
  }
  return last;
}

function sum(a: number, b: number): number {
  return a + b;
}
