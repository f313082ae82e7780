import { cpu, wasm } from "@tensorloom/backend-cpu";
import { memory, tensor, use, type Tensor } from "@tensorloom/tensor";
import fc from "fast-check";
import { beforeAll, describe, expect, test, vi } from "vitest";
import {
  KNeighborsClassifier,
  KNeighborsRegressor,
  NearestNeighbors,
  type DistanceMetric,
  type NeighborWeights,
} from "../src/index.ts";
import { metricNamed } from "../src/neighbors/metric.ts";
import { NearestHeaps } from "../src/neighbors/nearest-heaps.ts";
import { SmallWorldGraph } from "../src/neighbors/small-world-graph.ts";
import { RandomStream } from "../src/random/random-stream.ts";
import { checkEstimator } from "./check-estimator.ts";
import { expectNear, expectNumbersNear, golden, samplesOf, type GoldenArray } from "./golden.ts";

interface Golden {
  train: GoldenArray;
  test: GoldenArray;
  labels: number[];
  values: number[];
  cases: {
    metric: DistanceMetric;
    p: number;
    distances: GoldenArray;
    indices: number[];
    own: GoldenArray;
    radius: number;
    within: number[][];
    models: {
      k: number;
      weights: NeighborWeights;
      classes: number[];
      proba: GoldenArray;
      values: GoldenArray;
    }[];
  }[];
}

const values = golden<Golden>("neighbors");
const numbers = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

beforeAll(async () => void (await use(wasm())));

checkEstimator("KNeighborsClassifier", () => new KNeighborsClassifier({ nNeighbors: 3 }));
checkEstimator(
  "KNeighborsRegressor",
  () => new KNeighborsRegressor({ weights: "distance", algorithm: "kdTree" }),
);
checkEstimator("NearestNeighbors", () => new NearestNeighbors({ algorithm: "hnsw" }), {
  isLong: true,
});

describe.each(values.cases)("neighbours equal scikit-learn's: $metric, p $p", (one) => {
  const { metric, p } = one;
  const binary = (x: ReturnType<typeof samplesOf>) =>
    metric === "jaccard" ? { ...x, data: x.data.map((v) => Number(v > 0)) } : x;
  const [train, queries] = [binary(samplesOf(values.train)), binary(samplesOf(values.test))];
  const exact = metric === "cosine" || metric === "jaccard" ? (["brute"] as const) : (["brute", "kdTree"] as const); // prettier-ignore
  test.each(exact)("%s", async (algorithm) => {
    using model = await new NearestNeighbors({ metric, p, algorithm }).fit(train);
    const { distances, indices } = await model.kneighbors(queries);
    // Both sides compute in float64; the bound is that of the file's nine digits, of distances up to some 20.
    await expectNear(distances, one.distances, 1e-7);
    // Of samples at the same distance it is chance which scikit-learn names.
    if (metric !== "jaccard") expect(await numbers(indices)).toEqual(one.indices);
    const own = await model.kneighbors();
    await expectNear(own.distances.slice([0], [5]), one.own, 1e-7);
    const found = await model.radiusNeighbors(queries, { radius: one.radius });
    expect(found.indices.map((own_) => Array.from(own_).toSorted((a, b) => a - b))).toEqual(one.within); // prettier-ignore
    for (const list of found.distances) expect(Array.from(list)).toEqual([...list].toSorted((a, b) => a - b)); // prettier-ignore
    expect(await model.recall(queries)).toBeGreaterThan(metric === "jaccard" ? 0.5 : 0.999);
  });
  test.each(one.models)("k $k, $weights", async ({ k, weights, ...wanted }) => {
    const options = { nNeighbors: k, weights, metric, p };
    using classifier = await new KNeighborsClassifier(options).fit(train, values.labels);
    expect(await numbers(await classifier.predict(queries))).toEqual(wanted.classes);
    await expectNear(await classifier.predictProba(queries), wanted.proba, 1e-7);
    using regressor = await new KNeighborsRegressor(options).fit(train, values.values);
    await expectNear(await regressor.predict(queries), { ...wanted.values, shape: [20] }, 1e-6);
  });
});

describe("exact search", () => {
  const points = (count: number, features: number, seed: number, offset = 0) => {
    const stream = new RandomStream(seed);
    const data = Float64Array.from({ length: count * features }, () => offset + stream.normal());
    return { data, shape: [count, features] };
  };
  test("finds what measuring all finds, far from the origin and with outliers too", async () => {
    for (const offset of [0, 1000, 1e6]) {
      const train = points(700, 6, 1, offset);
      train.data.fill(offset + 1e8, 0, 6);
      const queries = points(40, 6, 2, offset);
      for (const algorithm of ["brute", "kdTree"] as const) {
        using model = await new NearestNeighbors({ nNeighbors: 7, algorithm }).fit(train);
        const { indices, distances } = await model.kneighbors(queries);
        const [found, lengths] = [await numbers(indices), await numbers(distances)];
        for (let q = 0; q < 40; q++) {
          const all = Array.from({ length: 700 }, (_, t) => {
            let sum = 0;
            for (let f = 0; f < 6; f++)
              sum += (queries.data[q * 6 + f]! - train.data[t * 6 + f]!) ** 2;
            return [Math.sqrt(sum), t] as const;
          }).toSorted(([a, i], [b, j]) => a - b || i - j);
          expect(found.slice(q * 7, (q + 1) * 7)).toEqual(all.slice(0, 7).map(([, t]) => t));
          expectNumbersNear(lengths.slice(q * 7, (q + 1) * 7), all.slice(0, 7).map(([d]) => d), 1e-9); // prettier-ignore
        }
      }
    }
  });
  test("ways agree on grids, where many are equally near", () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 2, maxLength: 2 }), { minLength: 8, maxLength: 120 }), // prettier-ignore
        fc.integer({ min: 1, max: 8 }),
        fc.constantFrom<DistanceMetric>("euclidean", "manhattan"),
        async (rows, nNeighbors, metric) => {
          const [a, b] = await Promise.all(
            (["brute", "kdTree"] as const).map(async (algorithm) => {
              using model = await new NearestNeighbors({ nNeighbors, algorithm, metric }).fit(rows);
              const { indices } = await model.kneighbors(rows.slice(0, 5));
              return numbers(indices);
            }),
          );
          expect(a).toEqual(b);
        },
      ),
      { numRuns: 60, seed: 5 },
    ));
  test("gives the same on cpu and wasm, in parts or not", async () => {
    // More than one part of 2^15.
    const train = points(33_000, 3, 7);
    const queries = points(30, 3, 8);
    const find = async () => {
      using model = await new NearestNeighbors({ algorithm: "brute" }).fit(train);
      const { indices, distances } = await model.kneighbors(queries);
      return [await numbers(indices), await numbers(distances)];
    };
    const first = await find();
    await use(cpu());
    expect(await find()).toEqual(first);
    await use(wasm());
    using tree = await new NearestNeighbors({ algorithm: "kdTree" }).fit(train);
    expect(await numbers((await tree.kneighbors(queries)).indices)).toEqual(first[0]);
  });
  test("rows of zeros are at cosine distance 1 from all", async () => {
    const rows = [[0, 0], [1, 0], [-1, 0]]; // prettier-ignore
    using model = await new NearestNeighbors({ metric: "cosine", nNeighbors: 3 }).fit(rows);
    const { distances } = await model.kneighbors([[0, 0], [2, 0]]); // prettier-ignore
    expect(await numbers(distances)).toEqual([1, 1, 1, 0, 1, 2]);
  });
  test("names what is wrong, and memory is flat", async () => {
    const x = [[0], [1], [2]];
    const before = memory();
    await expect(new KNeighborsClassifier().fit(x, [0, 1, 1])).rejects.toThrow(
      "KNeighborsClassifier: nNeighbors: expected a whole number in [1, 3], got 5",
    );
    await expect(new NearestNeighbors({ metric: "cosine", algorithm: "kdTree" }).fit(x)).rejects.toThrow('for a k-d tree, got cosine; try algorithm "brute"'); // prettier-ignore
    await expect(new NearestNeighbors({ metric: "manhattan", algorithm: "annoy" }).fit(x)).rejects.toThrow('for annoy, got manhattan; try algorithm "hnsw"'); // prettier-ignore
    await expect(new NearestNeighbors({ algorithm: "fast" as never }).fit(x)).rejects.toThrow(
      "algorithm: expected auto, brute, kdTree, annoy or hnsw, got fast",
    );
    await expect(new NearestNeighbors({ p: 0.5 }).fit(x)).rejects.toThrow("p: expected a finite number from 1"); // prettier-ignore
    const model = await new NearestNeighbors({ algorithm: "hnsw", nNeighbors: 1 }).fit(x);
    await expect(model.radiusNeighbors(x)).rejects.toThrow('expected "brute" or "kdTree"');
    await expect(model.kneighbors(x, { nNeighbors: 4 })).rejects.toThrow("in [1, 3], got 4");
    model.dispose();
    expect(memory()).toEqual(before);
  });
});

describe("approximate search", () => {
  const stream = new RandomStream(3);
  // Clouds, as real data has them.
  const centers = Array.from({ length: 20 }, () => Array.from({ length: 12 }, () => 4 * stream.normal())); // prettier-ignore
  const draw = (count: number): Tensor =>
    tensor(
      Float32Array.from({ length: count * 12 }, (_, i) => centers[Math.trunc(i / 12) % 20]![i % 12]! + stream.normal()), // prettier-ignore
      { shape: [count, 12] },
    );
  let [train, queries]: Tensor[] = [];
  beforeAll(() => void ([train, queries] = [draw(3000), draw(100)]));
  test.each([
    { algorithm: "annoy", least: 0.8 },
    { algorithm: "hnsw", least: 0.95 },
  ] as const)("$algorithm finds most, and the same again", async ({ algorithm, least }) => {
    for (const metric of ["euclidean", "cosine"] as const) {
      using model = await new NearestNeighbors({ algorithm, metric, nTrees: 20 }).fit(train!);
      expect(await model.recall(queries!)).toBeGreaterThan(least);
      const { indices, distances } = await model.kneighbors(queries!);
      using again = await new NearestNeighbors({ algorithm, metric, nTrees: 20 }).fit(train!);
      expect(await numbers((await again.kneighbors(queries!)).indices)).toEqual(await numbers(indices)); // prettier-ignore
      const ordered = (await distances.array()) as number[][];
      for (const row of ordered) expect(row).toEqual(row.toSorted((a, b) => a - b));
    }
  });
  test("a graph is the same with WebAssembly and without", () => {
    for (const features of [1, 2, 5, 8]) {
      const rows = Float64Array.from({ length: 400 * features }, () => stream.normal());
      const graphs = [true, false].map((has) => {
        if (!has) vi.stubGlobal("WebAssembly", undefined);
        const options = { links: 4, efConstruction: 20, stream: new RandomStream(1) };
        const graph = new SmallWorldGraph(
          rows,
          features,
          metricNamed("test", "euclidean"),
          options,
        );
        for (let i = 1; i < 400; i++) graph.add(i);
        const heaps = new NearestHeaps(50, 7);
        for (let i = 0; i < 50; i++) graph.nearest(rows, i, 12, heaps);
        heaps.sort();
        vi.unstubAllGlobals();
        return { keys: heaps.keys, indices: heaps.indices };
      });
      expect(graphs[1]).toEqual(graphs[0]);
      expect(graphs[0]!.keys.slice(0, 7)).toEqual(graphs[0]!.keys.slice(0, 7).sort());
    }
  });
  test("samples that are all equal are found", async () => {
    const same = Array.from({ length: 200 }, () => [1, 2]);
    for (const algorithm of ["annoy", "hnsw"] as const) {
      using model = await new NearestNeighbors({ algorithm, nNeighbors: 3 }).fit(same);
      const { distances } = await model.kneighbors([[1, 2]]);
      expect(await numbers(distances)).toEqual([0, 0, 0]);
    }
  });
});
