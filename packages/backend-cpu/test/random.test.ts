import * as tl from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { cpu, wasm } from "../src/index.ts";

beforeAll(async () => {
  await tl.use(wasm());
  await tl.use(cpu());
});
const { random } = tl;
const count = 100_000;
const sample = (x: tl.Tensor): number[] => Array.from(x.dataSync());

/** The largest distance between a sample's distribution function and the one it should have. */
function kolmogorovDistance(values: readonly number[], cdf: (x: number) => number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted.reduce((most, x, i) => {
    const p = cdf(x);
    return Math.max(most, Math.abs(p - i / sorted.length), Math.abs((i + 1) / sorted.length - p));
  }, 0);
}
// Exceeded by chance once in a million samples: sqrt(-log(alpha / 2) / 2 / n), the Dvoretzky-Kiefer-Wolfowitz bound.
const farthest = Math.sqrt(-Math.log(1e-6 / 2) / 2 / count);
const phi = (x: number): number => 0.5 * (1 + tl.erf(tl.scalar(x / Math.SQRT2, "float64")).item());

describe("the same bits on every backend", () => {
  const draws: Record<string, () => tl.Tensor> = {
    uniform: () => random.uniform([1000], { seed: 5 }),
    randint: () => random.randint(-5, 1000, [1000], { seed: 5 }),
    bernoulli: () => random.bernoulli([1000], 0.3, { seed: 5 }),
    permutation: () => random.permutation(1000, { seed: 5 }),
    "the global generator": () => {
      random.seed(9);
      return random.uniform([10]).add(random.uniform([10]));
    },
  };
  for (const [name, draw] of Object.entries(draws)) {
    test(name, () => {
      const [here, there] = ["cpu", "wasm"].map((backend) => tl.withBackend(backend, () => sample(draw()))); // prettier-ignore
      expect(there).toEqual(here);
      expect(new Set(here).size).toBeGreaterThan(1);
    });
  }
  test("normals differ by the rounding of logarithms and cosines alone", () => {
    const [here, there] = ["cpu", "wasm"].map((backend) =>
      tl.withBackend(backend, () => sample(random.normal([1000], { seed: 5 }))),
    );
    here!.forEach((x, i) => expect(Math.abs(there![i]! - x)).toBeLessThan(1e-5));
  });
});

describe("distributions", () => {
  test("uniform", () => {
    const x = sample(random.uniform([count], { seed: 1 }));
    expect(kolmogorovDistance(x, (v) => v)).toBeLessThan(farthest);
  });
  test("normal", () => {
    const x = sample(random.normal([count], { seed: 2, mean: 3, std: 2 }));
    expect(kolmogorovDistance(x, (v) => phi((v - 3) / 2))).toBeLessThan(farthest);
  });
  test("truncated normal", () => {
    for (const [low, high] of [
      [-2, 2],
      [0.5, 4],
      [-5, 5],
    ] as const) {
      // prettier-ignore
      const x = sample(random.truncatedNormal([count], { seed: 3, mean: 1, std: 0.5, low, high }));
      const [from, to] = [phi(low), phi(high)];
      const cdf = (v: number): number => (phi((v - 1) / 0.5) - from) / (to - from);
      expect(kolmogorovDistance(x, cdf), `[${low}, ${high}]`).toBeLessThan(farthest);
      expect(Math.min(...x)).toBeGreaterThanOrEqual(Math.fround(1 + 0.5 * low));
      expect(Math.max(...x)).toBeLessThanOrEqual(Math.fround(1 + 0.5 * high));
    }
  });
  test("neighbours and calls are independent", () => {
    const x = random.normal([count], { seed: 4 });
    const y = random.normal([count], { seed: 5 });
    const [a, b] = [x.slice([0], [-1]), x.slice([1])];
    // A mean of n products of independent standard normals has standard deviation 1 / sqrt(n); five of them.
    for (const product of [a.mul(b), x.mul(y)]) {
      expect(Math.abs(product.mean().item())).toBeLessThan(5 / Math.sqrt(count));
    }
  });
  test("every bit of the whole numbers is set half of the time", () => {
    const x = sample(random.randint(0, 2 ** 20, [count], { seed: 6 }));
    for (let bit = 0; bit < 20; bit++) {
      const ones = x.filter((value) => ((value >> bit) & 1) === 1).length;
      expect(Math.abs(ones - count / 2), `bit ${bit}`).toBeLessThan((5 * Math.sqrt(count)) / 2);
    }
  });
  test("bernoulli, categorical and permutation", () => {
    const share = random.bernoulli([count], 0.3, { seed: 7 }).mean().item();
    expect(Math.abs(share - 0.3)).toBeLessThan(5 * Math.sqrt(0.21 / count));
    const logits = tl.tensor([0.2, 0.5, 0.3]).log().broadcastTo([count, 3]);
    const counts = tl.unique(random.categorical(logits, { seed: 8 })).counts;
    [0.2, 0.5, 0.3].forEach((p, i) => {
      const bound = 5 * Math.sqrt(count * p * (1 - p));
      expect(Math.abs(sample(counts)[i]! - p * count)).toBeLessThan(bound);
    });
    const places = sample(random.permutation(1000, { seed: 9 }));
    expect(new Set(places).size).toBe(1000);
    expect(places).not.toEqual(places.toSorted((a, b) => a - b));
  });
});
