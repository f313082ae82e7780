import type { SampleMatrix } from "../inputs.ts";
import type { RandomStream } from "../random/random-stream.ts";
import { SquaredDistances } from "./squared-distances.ts";

/**
 * Resolves to samples to start k-means from: each is drawn with a probability that is proportional to the squared distance to
 * those before (Arthur and Vassilvitskii 2007), the best of 2 + log k draws. In float64, the same on every backend.
 *
 * @returns the samples' numbers
 */
export async function kMeansPlusPlus(
  samples: SampleMatrix,
  clusters: number,
  stream: RandomStream,
  sampleWeight?: Float64Array,
): Promise<number[]> {
  const { data, rows, columns } = samples;
  const trials = 2 + Math.trunc(Math.log(clusters));
  const weights = sampleWeight ?? new Float64Array(rows).fill(1);
  const chosen = [drawn(weights, stream)];
  const distances = new SquaredDistances(samples);
  try {
    // Weighted squared distances to the nearest of the chosen.
    let potentials: Float64Array = new Float64Array(rows).fill(Infinity);
    const choose = async (candidates: readonly number[]): Promise<number> => {
      const points = new Float64Array(candidates.length * columns);
      candidates.forEach((sample, i) => {
        points.set(data.subarray(sample * columns, (sample + 1) * columns), i * columns);
      });
      const found = await distances.to(points);
      let best = 0;
      let least = Infinity;
      for (let c = 0; c < candidates.length; c++) {
        const total = lowered(found.subarray(c * rows, (c + 1) * rows), weights, potentials);
        if (total < least) [best, least] = [c, total];
      }
      potentials = found.subarray(best * rows, (best + 1) * rows);
      return candidates[best]!;
    };
    await choose(chosen);
    while (chosen.length < clusters) {
      chosen.push(await choose(Array.from({ length: trials }, () => drawn(potentials, stream))));
    }
  } finally {
    distances.dispose();
  }
  return chosen;
}

/** Turns squared distances to one more sample into potentials, in place, and returns their sum. */
function lowered(squares: Float64Array, weights: Float64Array, potentials: Float64Array): number {
  let total = 0;
  for (let i = 0; i < squares.length; i++) {
    const own = squares[i]! * weights[i]!;
    const before = potentials[i]!;
    const value = own < before ? own : before;
    squares[i] = value;
    total += value;
  }
  return total;
}

/** The first place where the running sum of weights passes a random share of the total. */
function drawn(weights: Float64Array, stream: RandomStream): number {
  let total = 0;
  for (let i = 0; i < weights.length; i++) total += weights[i]!;
  const target = stream.uniform() * total;
  let running = 0;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    if (weights[i]! <= 0) continue;
    running += weights[i]!;
    last = i;
    if (running > target) return i;
  }
  return last;
}
