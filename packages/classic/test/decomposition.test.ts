import { cpu, wasm } from "@tensorloom/backend-cpu";
import { memory, random, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { PCA, TruncatedSVD, TSNE, type PCAOptions } from "../src/index.ts";
import { QuadTree } from "../src/manifold/quad-tree.ts";
import { exactRepulsion } from "../src/manifold/exact-repulsion.ts";
import { RandomStream } from "../src/random/random-stream.ts";
import { checkEstimator } from "./check-estimator.ts";
import { expectNear, expectNumbersNear, golden, samplesOf, type GoldenArray } from "./golden.ts";

interface Golden {
  pca: {
    cases: {
      name: string;
      x: GoldenArray;
      options: PCAOptions;
      components: GoldenArray;
      explainedVariance: GoldenArray;
      explainedVarianceRatio: GoldenArray;
      singularValues: GoldenArray;
      mean: GoldenArray;
      noiseVariance: number;
      transform: GoldenArray;
      inverse: GoldenArray;
    }[];
    truncated: {
      components: GoldenArray;
      singularValues: GoldenArray;
      explainedVariance: GoldenArray;
      explainedVarianceRatio: GoldenArray;
      transform: GoldenArray;
    };
  };
  tsne: {
    x: GoldenArray;
    start: GoldenArray;
    cases: { method: "exact" | "barnes_hut"; divergence: number }[];
  };
}

const values = golden<Golden>("decomposition");
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
const firstRows = ({ data, shape: [, columns] }: ReturnType<typeof samplesOf>, rows: number) => ({
  data: data.subarray(0, rows * columns!),
  shape: [rows, columns!],
});

beforeAll(async () => void (await use(wasm())));

checkEstimator("PCA", () => new PCA({ nComponents: 2 }));
checkEstimator("TruncatedSVD", () => new TruncatedSVD());
checkEstimator("TSNE", () => new TSNE({ perplexity: 5, nIter: 260 }), { isLong: true });

describe("principal components equal scikit-learn's", () => {
  // Float64 throughout gives nine digits of values up to some 100; products in float32 six of the largest.
  const solvers = [
    { svdSolver: "full", bound: 1e-7 },
    { svdSolver: "covariance", bound: 3e-4 },
    { svdSolver: "randomized", bound: 3e-4 },
  ] as const;
  for (const { svdSolver, bound } of solvers) {
    const cases = values.pca.cases.filter(
      ({ options }) => svdSolver !== "randomized" || (options.nComponents ?? 0) >= 1,
    );
    test.each(cases)(`${svdSolver}, $name`, async (one) => {
      const x = samplesOf(one.x);
      const iteratedPower = 7;
      using model = await new PCA({ ...one.options, svdSolver, iteratedPower }).fit(x);
      expect(model.nComponents).toBe(one.components.shape[0]);
      await expectNear(model.components, one.components, bound);
      await expectNear(model.singularValues, one.singularValues, bound * 10);
      await expectNear(model.explainedVariance, one.explainedVariance, bound * 30);
      await expectNear(model.explainedVarianceRatio, one.explainedVarianceRatio, bound);
      await expectNear(model.mean, one.mean, 1e-7);
      expect(Math.abs(model.noiseVariance - one.noiseVariance)).toBeLessThan(bound * 10);
      using z = await model.transform(firstRows(x, 8));
      await expectNear(z, one.transform, bound * 30);
      using back = await model.inverseTransform(z.slice([0], [3]));
      await expectNear(back, one.inverse, bound * 30);
    });
  }
});

describe("principal components", () => {
  test("are the same on cpu and wasm, to float32's digits", async () => {
    const x = random.normal([300, 40], { seed: 1 });
    const given = { data: new Float64Array(await x.data()), shape: [300, 40] };
    const fit = async () => {
      using model = await new PCA({ nComponents: 3, svdSolver: "randomized" }).fit(given);
      return [...(await numbers(model.components)), ...(await numbers(model.explainedVariance))];
    };
    const first = await fit();
    await use(cpu());
    expectNumbersNear(await fit(), first, 1e-5);
    await use(wasm());
  });
  test("of samples on a line are one, and whitening leaves the rest alone", async () => {
    const rows = Array.from({ length: 9 }, (_, i) => [i, 2 * i, -i]);
    using model = await new PCA({ whiten: true }).fit(rows);
    expectNumbersNear(await numbers(model.explainedVarianceRatio), [1, 0, 0], 1e-12);
    const scores = await numbers(await model.transform(rows));
    expect(scores.every(Number.isFinite)).toBe(true);
  });
  test("name what is wrong", async () => {
    const rows = [[1, 2, 3], [4, 5, 7]]; // prettier-ignore
    await expect(new PCA({ nComponents: 3 }).fit(rows)).rejects.toThrow(
      "PCA: nComponents: expected a whole number in [1, 2], got 3",
    );
    await expect(new PCA({ nComponents: 0.5, svdSolver: "randomized" }).fit(rows)).rejects.toThrow(
      'expected a whole number for the randomized solver, got 0.5; try svdSolver "full"',
    );
    using model = await new PCA({ nComponents: 1 }).fit(rows);
    await expect(model.inverseTransform(rows)).rejects.toThrow("expected 1 features");
  });
});

test("truncated SVD equals scikit-learn's", async () => {
  const wanted = values.pca.truncated;
  const x = samplesOf(values.pca.cases[0]!.x);
  for (const [algorithm, bound] of [
    ["full", 1e-7],
    ["randomized", 3e-4],
  ] as const) {
    // prettier-ignore
    using model = await new TruncatedSVD({ nComponents: 3, algorithm, nIter: 7 }).fit(x);
    await expectNear(model.components, wanted.components, bound);
    await expectNear(model.singularValues, wanted.singularValues, bound * 10);
    await expectNear(model.explainedVariance, wanted.explainedVariance, bound * 30);
    await expectNear(model.explainedVarianceRatio, wanted.explainedVarianceRatio, bound);
    using z = await model.transform(firstRows(x, 5));
    await expectNear(z, wanted.transform, bound * 30);
    using back = await model.inverseTransform(z);
    expect(back.shape).toEqual([5, 6]);
  }
});

describe("t-SNE", () => {
  test.each(values.tsne.cases)("descends as scikit-learn's does: $method", async (one) => {
    const method = one.method === "exact" ? "exact" : "barnesHut";
    const options = { perplexity: 8, nIter: 300, learningRate: 20, earlyExaggeration: 4, angle: 0.2, method } as const; // prettier-ignore
    const init = samplesOf(values.tsne.start);
    using model = await new TSNE({ ...options, init }).fit(samplesOf(values.tsne.x));
    expect(model.nIter).toBe(300);
    // scikit-learn computes in float32: single points go elsewhere after 300 steps, the divergence hardly.
    expect(Math.abs(model.klDivergence / one.divergence - 1)).toBeLessThan(5e-3);
  });
  test("keeps clouds apart, and is the same again", async () => {
    const stream = new RandomStream(4);
    const x = Array.from({ length: 90 }, (_, i) =>
      [0, 1, 2, 3, 4].map((c) => stream.normal() + 12 * Number(c === i % 3)),
    );
    for (const method of ["auto", "exact", "barnesHut"] as const) {
      const estimator = new TSNE({ perplexity: 10, nIter: 500, method });
      using model = await estimator.fit(x);
      const map = (await model.embedding.array()) as number[][];
      const nearest = map.map((a, i) => {
        const distances = map.map((b, j) => (i === j ? Infinity : Math.hypot(a[0]! - b[0]!, a[1]! - b[1]!))); // prettier-ignore
        return distances.indexOf(Math.min(...distances));
      });
      expect(nearest.every((other, i) => other % 3 === i % 3)).toBe(true);
      using again = await estimator.fit(x);
      expect(await again.embedding.array()).toEqual(map);
    }
    using solid = await new TSNE({ perplexity: 10, nComponents: 3, nIter: 250, init: "random" }).fit(x); // prettier-ignore
    expect(solid.embedding.shape).toEqual([90, 3]);
  });
  test("the tree's forces are the exact ones when nothing is taken together, and near them else", async () => {
    const stream = new RandomStream(9);
    const points = Float64Array.from({ length: 600 }, () => stream.normal() * 3);
    points.set(points.subarray(0, 20), 20);
    const [exact, grouped] = [new Float64Array(600), new Float64Array(600)];
    const total = await exactRepulsion(points, 2, exact);
    const tree = new QuadTree(300);
    tree.build(points);
    // The exact ones are in float32, as sums of 300 numbers up to 1.
    expect(Math.abs(tree.repulsion(0, grouped) / total - 1)).toBeLessThan(1e-5);
    expectNumbersNear(grouped, [...exact], 1e-4);
    const angle = 0.5;
    expect(Math.abs(tree.repulsion(angle, grouped) / total - 1)).toBeLessThan(0.02);
    const error = Math.hypot(...grouped.map((x, i) => x - exact[i]!)) / Math.hypot(...exact);
    expect(error).toBeLessThan(0.05);
  });
  test("names what is wrong, and stops in the middle", async () => {
    const x = samplesOf(values.tsne.x);
    await expect(new TSNE({ perplexity: 80 }).fit(x)).rejects.toThrow(
      "TSNE: perplexity: expected less than the 80 samples, got 80",
    );
    await expect(new TSNE({ nComponents: 3, method: "barnesHut" }).fit(x)).rejects.toThrow(
      'TSNE: nComponents: expected 2 for Barnes-Hut, got 3; try method "exact"',
    );
    const before = memory();
    const controller = new AbortController();
    const seen: number[] = [];
    const onProgress = ({ done, value }: { done: number; value?: number }): void => {
      if (value !== undefined) seen.push(value);
      if (done === 120) controller.abort(new Error("enough"));
    };
    const { signal } = controller;
    await expect(new TSNE().fit(x, undefined, { signal, onProgress })).rejects.toThrow("enough");
    expect(seen).toHaveLength(2);
    expect(memory()).toEqual(before);
  });
});
