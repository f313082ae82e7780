import type { DType } from "@tensorloom/tensor/backend";

/** Floats that kernels get wrong: zeros of both signs, halves, the smallest normal and the largest, infinities, NaN. */
export const specialFloats: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  3,
  -7.25,
  0.1,
  100.75,
  1e-3,
  -1e-3,
  1.1754943508222875e-38,
  3.4028234663852886e38,
  -3.4028234663852886e38,
  88.5,
  -103.5,
  16777217,
  Infinity,
  -Infinity,
  Number.NaN,
];

/** Floats below the smallest normal float32, and next to it. */
export const subnormalFloats: readonly number[] = [
  1e-40, -1e-40, 1.401298464324817e-45, -1.401298464324817e-45, 1.1754942106924411e-38,
  1.1754943508222875e-38, 2, 0.5, -0,
];

/** Integers at the ends of their range and around 0. */
export const specialIntegers: readonly number[] = [
  0, 1, -1, 2, -3, 7, 31, 100, -128, 65537, 2147483647, -2147483648,
];

/** What the samples of each dtype are. */
export function specialValues(dtype: DType): readonly number[] {
  if (dtype === "bool") return [0, 1];
  if (dtype === "uint8") return [0, 1, 2, 7, 31, 127, 128, 255];
  return dtype === "int32" ? specialIntegers : specialFloats;
}

/** Every pair of two lists, as two lists. */
export function allPairs(a: readonly number[], b: readonly number[]): [number[], number[]] {
  return [a.flatMap((x) => b.map(() => x)), a.flatMap(() => [...b])];
}

/** Reproducible numbers in [-1, 1), or small integers; the same everywhere. */
export function pseudoRandom(count: number, seed: number, dtype: DType = "float32"): number[] {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Array.from({ length: count }, () => {
    // Numerical Recipes' linear congruence: enough to tell elements apart.
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (dtype === "bool") return state >>> 31;
    if (dtype === "int32") return (state >>> 24) - 128;
    if (dtype === "uint8") return state >>> 24;
    return state / 2 ** 31 - 1;
  });
}

/** Returns `count` numbers spread over a range, the same at each call, each of which float32 holds exactly. */
export function uniformSamples(
  count: number,
  seed: number,
  [low, high]: readonly [low: number, high: number],
): Float64Array {
  // Knuth's multiplicative hashing of the counter (The Art of Computer Programming, volume 3, 6.4).
  return Float64Array.from({ length: count }, (_, i) => {
    const bits = Math.imul(i + 1 + seed * 7919, 2_654_435_761) >>> 0;
    return Math.fround(low + (high - low) * (bits / 2 ** 32));
  });
}
