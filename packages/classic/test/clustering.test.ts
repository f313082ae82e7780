import { cpu, wasm } from "@tensorloom/backend-cpu";
import { memory, random, tensor, use, type Tensor } from "@tensorloom/tensor";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  AgglomerativeClustering,
  clusterCounts,
  DBSCAN,
  GaussianMixture,
  KMeans,
  MiniBatchKMeans,
  type CovarianceType,
  type Linkage,
  type DistanceMetric,
} from "../src/index.ts";
import { checkEstimator } from "./check-estimator.ts";
import { expectNear, expectNumbersNear, golden, samplesOf, type GoldenArray } from "./golden.ts";

interface Golden {
  kMeans: {
    x: GoldenArray;
    cases: {
      name: string;
      starts: GoldenArray;
      options: object;
      weights: number[] | null;
      centers: GoldenArray;
      labels: number[];
      inertia: number;
      nIter: number;
      predict: number[];
      transform: GoldenArray;
      score: number;
    }[];
  };
  dbscan: {
    x: GoldenArray;
    cases: {
      options: { eps: number; minSamples: number; metric: DistanceMetric };
      labels: number[];
      core: number[];
    }[];
  };
  agglomerative: {
    x: GoldenArray;
    cases: { linkage: Linkage; metric: DistanceMetric; labels: number[]; distances: GoldenArray }[];
  };
  gaussianMixture: {
    x: GoldenArray;
    cases: {
      type: CovarianceType;
      means: GoldenArray;
      weights: GoldenArray;
      covariances: GoldenArray;
      lowerBound: number;
      nIter: number;
      proba: GoldenArray;
      scores: GoldenArray;
      bic: number;
      aic: number;
    }[];
  };
}

const values = golden<Golden>("clustering");
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data());
/** Numbers clusters by where they first occur. */
const renumbered = (labels: readonly number[]): number[] => {
  const order = [...new Set(labels)];
  return labels.map((label) => order.indexOf(label));
};

beforeAll(async () => void (await use(wasm())));

checkEstimator("KMeans", () => new KMeans({ nClusters: 3 }), { isLong: true });
checkEstimator("MiniBatchKMeans", () => new MiniBatchKMeans({ nClusters: 3, batchSize: 8 }), {
  isLong: true,
});
checkEstimator("DBSCAN", () => new DBSCAN({ eps: 3 }), { isLong: true });
checkEstimator("AgglomerativeClustering", () => new AgglomerativeClustering(), { isLong: true });
checkEstimator("GaussianMixture", () => new GaussianMixture({ nComponents: 2 }), { isLong: true });

describe("k-means equals scikit-learn's", () => {
  const x = samplesOf(values.kMeans.x);
  for (const algorithm of ["lloyd", "elkan"] as const) {
    test.each(values.kMeans.cases)(`${algorithm}, $name`, async (one) => {
      const init = samplesOf(one.starts);
      using model = await new KMeans({
        nClusters: init.shape[0]!,
        init,
        algorithm,
        ...one.options,
      }).fit(x, undefined, one.weights === null ? {} : { sampleWeight: one.weights });
      // Float64 on both sides: sums differ in their order alone, by some 2^-53 of values around 10.
      await expectNear(model.clusterCenters, one.centers, 1e-7);
      expect(await numbers(model.labels)).toEqual(one.labels);
      expect(model.nIter).toBe(one.nIter);
      expect(Math.abs(model.inertia / one.inertia - 1)).toBeLessThan(1e-9);
      const some = { data: x.data.subarray(0, 60), shape: [20, 3] };
      const moved = { data: some.data.map((v) => v + 1), shape: [20, 3] };
      expect(await numbers(await model.predict(moved))).toEqual(one.predict);
      const few = { data: x.data.subarray(0, 12), shape: [4, 3] };
      await expectNear(await model.transform(few), one.transform, 1e-7);
      expect(await model.score(some)).toBeCloseTo(one.score, 6);
    });
  }
});

describe("k-means", () => {
  const clouds = (seed: number, spread: number): Tensor => {
    const noise = random.normal([300, 2], { seed, std: spread });
    const centers = tensor(Float32Array.from({ length: 600 }, (_, i) => ((i >> 1) % 4) * 5 * (i % 2 === 0 ? 1 : -1))); // prettier-ignore
    return noise.add(centers.reshape([300, 2]));
  };
  test("finds clouds that lie apart, from either start", async () => {
    for (const init of ["k-means++", "random"] as const) {
      using model = await new KMeans({ nClusters: 4, init, seed: 3 }).fit(clouds(1, 0.4));
      const labels = renumbered(await numbers(model.labels));
      expect(labels).toEqual(Array.from({ length: 300 }, (_, i) => i % 4));
    }
    using few = await new MiniBatchKMeans({ nClusters: 4, batchSize: 64 }).fit(clouds(1, 0.4));
    expect(renumbered(await numbers(few.labels))).toEqual(Array.from({ length: 300 }, (_, i) => i % 4)); // prettier-ignore
    expect(few.nSteps).toBeGreaterThan(1);
  });
  test("is the same to the bit on every backend, whatever the way", async () => {
    const given = { data: new Float64Array(await clouds(2, 3).data()), shape: [300, 2] };
    const fit = async (algorithm: "lloyd" | "elkan") => {
      using model = await new KMeans({ nClusters: 7, algorithm, seed: 5 }).fit(given);
      return [await numbers(model.clusterCenters), await numbers(model.labels), model.nIter];
    };
    const expected = await fit("lloyd");
    expect(await fit("elkan")).toEqual(expected);
    await use(cpu());
    expect(await fit("lloyd")).toEqual(expected);
    await use(wasm({ threads: 2 }));
    expect(await fit("lloyd")).toEqual(expected);
    await use(wasm());
  });
  test("Elkan's bounds change nothing, equal samples and centers included", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.integer({ min: 0, max: 6 }), fc.integer({ min: 0, max: 6 })), { minLength: 5, maxLength: 30 }), // prettier-ignore
        fc.integer({ min: 1, max: 5 }),
        async (rows, nClusters) => {
          const init = rows.slice(0, nClusters);
          const [a, b] = await Promise.all(
            (["lloyd", "elkan"] as const).map(async (algorithm) => {
              using model = await new KMeans({ nClusters, init, algorithm }).fit(rows);
              return [await numbers(model.labels), model.inertia, model.nIter];
            }),
          );
          expect(a).toEqual(b);
        },
      ),
      { numRuns: 60, seed: 11 },
    ));
  test("by cosine looks at directions alone", async () => {
    const rows = [[1, 0.1], [50, 4], [0.1, 2], [3, 90]]; // prettier-ignore
    using model = await new KMeans({ nClusters: 2, metric: "cosine" }).fit(rows);
    expect(renumbered(await numbers(model.labels))).toEqual([0, 0, 1, 1]);
    const lengths = await numbers(model.clusterCenters.square().sum(1));
    for (const length of lengths) expect(length).toBeCloseTo(1, 12);
    expect(await numbers(await model.predict([[1000, 0]]))).toEqual([(await numbers(model.labels))[0]]); // prettier-ignore
  });
  test("names what is wrong", async () => {
    const rows = [[1, 2], [3, 4]]; // prettier-ignore
    await expect(new KMeans({ nClusters: 3 }).fit(rows)).rejects.toThrow(
      "KMeans: nClusters: expected a whole number in [1, 2], got 3",
    );
    await expect(new KMeans({ nClusters: 2, init: [[1, 2]] }).fit(rows)).rejects.toThrow(
      "KMeans: init: expected centers [2, 2], got [1, 2]",
    );
    await expect(new KMeans({ nClusters: 1, init: "best" as never }).fit(rows)).rejects.toThrow(
      "KMeans: init: expected k-means++ or random, got best",
    );
    await expect(new KMeans({ nClusters: 1, tol: -1 }).fit(rows)).rejects.toThrow("tol: expected");
  });
  test("frees all when it is stopped in the middle", async () => {
    const x = clouds(3, 2);
    const before = memory();
    const controller = new AbortController();
    const fit = new KMeans({ nClusters: 6 }).fit(x, undefined, {
      signal: controller.signal,
      onProgress: ({ done }) => done === 2 && controller.abort(new Error("enough")),
    });
    await expect(fit).rejects.toThrow("enough");
    expect(memory()).toEqual(before);
  });
});

test("clusterCounts finds how many clouds there are", async () => {
  const rows = Array.from({ length: 60 }, (_, i) => [20 * (i % 3), Math.sin(i), Math.cos(3 * i)]);
  const counts = await clusterCounts(rows, { max: 6 });
  expect([counts.best, counts.elbow]).toEqual([3, 3]);
  expect(counts.nClusters).toEqual([1, 2, 3, 4, 5, 6]);
  counts.inertia.slice(1).forEach((inertia, i) => expect(inertia).toBeLessThan(counts.inertia[i]!));
  expect(counts.silhouette[0]).toBeNaN();
  await expect(clusterCounts(rows, { min: 3, max: 3 })).rejects.toThrow("max: expected");
});

test.each(values.dbscan.cases)("DBSCAN equals scikit-learn's: $options", async (one) => {
  for (const algorithm of one.options.metric === "cosine"
    ? (["brute"] as const)
    : (["brute", "kdTree"] as const)) {
    // prettier-ignore
    using model = await new DBSCAN({ ...one.options, algorithm }).fit(samplesOf(values.dbscan.x));
    expect(await numbers(model.labels)).toEqual(one.labels);
    expect(await numbers(model.coreSampleIndices)).toEqual(one.core);
    expect(model.components.shape).toEqual([one.core.length, 2]);
  }
});

describe("agglomerative clustering", () => {
  const x = samplesOf(values.agglomerative.x);
  test.each(values.agglomerative.cases)("equals scikit-learn's: $linkage $metric", async (one) => {
    const { linkage, metric } = one;
    using model = await new AgglomerativeClustering({ nClusters: 3, linkage, metric }).fit(x);
    expect(await numbers(model.labels)).toEqual(renumbered(one.labels));
    // scikit-learn computes Ward's distances, and cosines, with roundings of 2^-53 of values around 10, under a root.
    await expectNear(model.distances, one.distances, 1e-6);
    const cut = one.distances.data.at(-3)! + 1e-5;
    using byDistance = await new AgglomerativeClustering({ linkage, metric, distanceThreshold: cut }).fit(x); // prettier-ignore
    expect(byDistance.nClusters).toBe(3);
    expect(await numbers(byDistance.labels)).toEqual(await numbers(model.labels));
  });
  test("its tree holds every cluster but the last once", async () => {
    using model = await new AgglomerativeClustering().fit(x);
    const children = await numbers(model.children);
    expect(children.toSorted((a, b) => a - b)).toEqual(children.map((_, i) => i));
    expect(model.nLeaves).toBe(40);
  });
  test("names what is wrong", async () => {
    await expect(new AgglomerativeClustering().fit([[1, 2]])).rejects.toThrow("at least 2 samples");
    await expect(new AgglomerativeClustering({ nClusters: 41 }).fit(x)).rejects.toThrow(
      "nClusters: expected a whole number in [1, 40], got 41",
    );
    await expect(new AgglomerativeClustering({ metric: "manhattan" }).fit(x)).rejects.toThrow(
      "metric: expected euclidean for ward linkage, got manhattan",
    );
    const both = new AgglomerativeClustering({ nClusters: 2, distanceThreshold: 1 });
    await expect(both.fit(x)).rejects.toThrow("nClusters: expected none beside distanceThreshold");
  });
});

describe("Gaussian mixtures", () => {
  const x = samplesOf(values.gaussianMixture.x);
  test.each(values.gaussianMixture.cases)("equal scikit-learn's: $type", async (one) => {
    using model = await new GaussianMixture({ nComponents: 3, covarianceType: one.type }).fit(x);
    const means = await numbers(model.means);
    const order = [0, 1, 2].toSorted((a, b) => means[2 * a]! - means[2 * b]!);
    const inOrder = (t: Tensor): Tensor => t.gather(order);
    // Both stop when the bound grows by less than 1e-3, after the same steps from the same clusters, in float64.
    expect(model.nIter).toBe(one.nIter);
    expect(model.converged).toBe(true);
    expect(model.lowerBound).toBeCloseTo(one.lowerBound, 8);
    await expectNear(inOrder(model.means), one.means, 1e-7);
    await expectNear(inOrder(model.weights), one.weights, 1e-8);
    await expectNear(one.type === "tied" ? model.covariances : inOrder(model.covariances), one.covariances, 1e-6); // prettier-ignore
    const few = { data: x.data.subarray(0, 12), shape: [6, 2] };
    const shares = await model.predictProba(few);
    await expectNear(shares.gather(order, 1), one.proba, 1e-7);
    await expectNear(await model.scoreSamples(few), one.scores, 1e-6);
    expect(await model.bic(x)).toBeCloseTo(one.bic, 5);
    expect(await model.aic(x)).toBeCloseTo(one.aic, 5);
    expect(await numbers(await model.predict(few))).toEqual(await numbers(shares.argmax(1)));
    // Draws have the mixture's mean, to four standard errors of 4000.
    const { samples, labels } = model.sample(4000, { seed: 2 });
    const mean = await numbers(samples.mean(0));
    const wanted = await numbers(model.weights.reshape([3, 1]).mul(model.means).sum(0));
    expectNumbersNear(mean, wanted, 4 * (10 / Math.sqrt(4000)));
    expect(labels.shape).toEqual([4000]);
  });
  test("start from given means and weights, and name what is wrong", async () => {
    const meansInit = [[0, 0], [5, 5]]; // prettier-ignore
    const options = { nComponents: 2, meansInit, weightsInit: [0.5, 0.5], initParams: "random" } as const; // prettier-ignore
    using model = await new GaussianMixture(options).fit(x);
    expect(model.converged).toBe(true);
    await expect(new GaussianMixture({ ...options, nComponents: 3 }).fit(x)).rejects.toThrow(
      "meansInit: expected [3, 2], got [2, 2]",
    );
    await expect(
      new GaussianMixture({ regCovar: 0 }).fit([[0, 2], [0, 3], [0, 5]]), // prettier-ignore
    ).rejects.toThrow("expected positive ones, got a component without spread");
    await expect(new GaussianMixture({ nComponents: 91 }).fit(x)).rejects.toThrow("nComponents");
  });
});
