import { ArgumentError } from "@tensorloom/tensor";
import { randomNumbers } from "./random-numbers.ts";
import {
  checkWhole,
  labeledSamples,
  type GeneratorOptions,
  type GeneratedSamples,
} from "./samples.ts";

/** What {@link makeMoons} takes. */
export interface MoonsOptions extends GeneratorOptions {
  /** The standard deviation of what is added to each coordinate; 0 by default. */
  readonly noise?: number;
}

/** What {@link makeCircles} takes. */
export interface CirclesOptions extends MoonsOptions {
  /** The inner circle's radius, where the outer's is 1; 0.8 by default. */
  readonly factor?: number;
}

/**
 * Resolves to two half circles that reach into each other, in random order.
 *
 * @param options - samples, noise, seed
 * @returns `x [samples, 2]`, `y [samples]` int32: 0 for the upper, 1 for the lower
 *
 * Source: scikit-learn's make_moons.
 *
 * @example
 * const { x, y } = await makeMoons({ samples: 10, seed: 1 });
 * [x.shape, y.sum().item()]; // => [[10,2],5]
 */
export async function makeMoons(options: MoonsOptions = {}): Promise<GeneratedSamples> {
  return twoCurves("makeMoons", options, (c, share) => {
    const angle = Math.PI * share;
    return c === 0
      ? [Math.cos(angle), Math.sin(angle)]
      : [1 - Math.cos(angle), 0.5 - Math.sin(angle)];
  });
}

/**
 * Resolves to a circle inside another, in random order.
 *
 * @param options - samples, noise, factor, seed
 * @returns `x [samples, 2]`, `y [samples]` int32: 0 for the outer, 1 for the inner
 * @throws `ArgumentError` for a factor outside [0, 1)
 *
 * Source: scikit-learn's make_circles.
 *
 * @example
 * const { x } = await makeCircles({ samples: 8, factor: 0.5, seed: 1 });
 * x.square().sum().item().toFixed(4); // => 5.0000
 */
export async function makeCircles(options: CirclesOptions = {}): Promise<GeneratedSamples> {
  const { factor = 0.8 } = options;
  if (!(factor >= 0 && factor < 1)) {
    throw new ArgumentError(`makeCircles: factor: expected a number in [0, 1), got ${factor}`);
  }
  return twoCurves("makeCircles", options, (c, _, turn) => {
    const radius = c === 0 ? 1 : factor;
    return [radius * Math.cos(2 * Math.PI * turn), radius * Math.sin(2 * Math.PI * turn)];
  });
}

/**
 * Half of the samples on each of two curves.
 *
 * @param place - of a class, and how far along its curve: `share` reaches 1 at the last sample, `turn` stays below it
 */
async function twoCurves(
  operation: string,
  { samples = 100, noise = 0, seed }: MoonsOptions,
  place: (c: number, share: number, turn: number) => number[],
): Promise<GeneratedSamples> {
  checkWhole(operation, "samples", samples, 2);
  const draws = await randomNumbers(5 * samples, seed);
  const first = Math.floor(samples / 2);
  const classes = Array.from({ length: samples }, (_, i) => (i < first ? 0 : 1));
  const points = classes.map((c, i) => {
    const step = i - c * first;
    const count = c === 0 ? first : samples - first;
    const exact = place(c, count === 1 ? 0 : step / (count - 1), step / count);
    return exact.map((value) => value + draws.normal(0, noise));
  });
  return labeledSamples(points, classes, draws.permutation(samples));
}
