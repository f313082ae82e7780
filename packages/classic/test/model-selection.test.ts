import { readFileSync } from "node:fs";
import { wasm } from "@tensorloom/backend-cpu";
import { memory, tensor, use } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test, vi } from "vitest";
import {
  crossValidate,
  crossValScore,
  driftReport,
  fromJSON,
  GaussianNB,
  GridSearchCV,
  GroupKFold,
  KFold,
  learningCurve,
  LogisticRegression,
  Pipeline,
  PopularityRecommender,
  PopularityRecommenderModel,
  RandomizedSearchCV,
  Ridge,
  SearchModel,
  StandardScaler,
  StratifiedKFold,
  TimeSeriesSplit,
  trainTestSplit,
  withProgressBar,
  type ScorerName,
  type Splitter,
} from "../src/index.ts";
import { checkEstimator } from "./check-estimator.ts";

beforeAll(async () => void (await use(wasm())));

const golden = JSON.parse(
  readFileSync(new URL("fixtures/model-selection.json", import.meta.url), "utf8"),
);
const samples = ({ shape, data }: { shape: number[]; data: number[] }) => ({
  data: Float64Array.from(data),
  shape,
});
const splitters: Record<string, new (options: object) => Splitter> = {
  KFold,
  StratifiedKFold,
  GroupKFold,
  TimeSeriesSplit,
};
const expectNear = (actual: readonly number[], expected: readonly number[], digits = 10): void => {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, digits));
};

describe("splits equal scikit-learn's", () => {
  for (const { splitter, options, splits } of golden.splits) {
    test(`${splitter} ${JSON.stringify(options)}`, async () => {
      const { y, groups } = golden;
      const found = await new splitters[splitter]!(options).split(70, y, groups);
      expect(found.map(({ train, test: test_ }) => [[...train], [...test_]])).toEqual(
        splits.map(({ train, test: test_ }: { train: number[]; test: number[] }) => [train, test_]),
      );
    });
  }
  test("shuffled folds hold each sample once, and repeat by their seed", async () => {
    for (const Splitter of [KFold, StratifiedKFold]) {
      const split = (seed: number) =>
        new Splitter({ shuffle: true, seed, nSplits: 4 }).split(70, golden.y);
      const [one, same, other] = [await split(1), await split(1), await split(2)];
      const tests = one.flatMap(({ test: test_ }) => [...test_]);
      expect(tests.toSorted((a, b) => a - b)).toEqual([...Array(70).keys()]);
      expect(one).toEqual(same);
      expect(one).not.toEqual(other);
    }
  });
  test("that cannot be made are named", async () => {
    const wrong: [Promise<unknown>, string][] = [
      [new KFold({ nSplits: 5 }).split(4), "no more than the 4 samples"],
      [new KFold({ nSplits: 1 }).split(4), "whole number from 2"],
      [new StratifiedKFold({ nSplits: 3 }).split(4, [0, 0, 1, 1]), "largest class"],
      [new StratifiedKFold().split(6), "y: expected 6 values"],
      [new GroupKFold().split(6), "groups: expected one a sample"],
      [new GroupKFold({ nSplits: 3 }).split(3, undefined, [1, 1, 2]), "the 2 groups"],
      [new TimeSeriesSplit({ nSplits: 5, testSize: 2 }).split(10), "samples before the first test"],
    ];
    for (const [task, message] of wrong) await expect(task).rejects.toThrow(message);
  });
});

test("arrays are split as tensors are, and nothing else is left", async () => {
  const before = memory().tensors;
  const parts = await trainTestSplit([[1], [2], [3], [4]], [0, 1, 0, 1], { testSize: 1 });
  expect(parts.map(({ shape }) => shape)).toEqual([[3, 1], [1, 1], [3], [1]]);
  expect(memory().tensors).toBe(before + 4);
  const data = Float64Array.of(1, 2, 3);
  const [train] = await trainTestSplit({ data, shape: [3, 1] }, Int32Array.of(1, 2, 3));
  expect([train.dtype, train.shape]).toEqual(["float64", [2, 1]]);
});

describe("cross-validated scores equal scikit-learn's", () => {
  const x = samples(golden.x);
  const binary = golden.y.map((label: number) => Number(label > 0));
  for (const [set, make, y, cv] of [
    ["scores", () => new GaussianNB(), golden.y, 4],
    ["regression", () => new Ridge(), golden.target, 3],
    ["binary", () => new GaussianNB(), binary, 3],
  ] as const) {
    for (const [scoring, expected] of Object.entries(golden[set] as Record<string, number[]>)) {
      test(scoring, async () => {
        expectNear(
          await crossValScore(make(), x, y, { cv, scoring: scoring as ScorerName }),
          expected,
        );
      });
    }
  }
  test("several at once, with those of training and times, as a table", async () => {
    const before = memory();
    const seen: number[] = [];
    const result = await crossValidate(
      new GaussianNB(),
      tensor(golden.x.data, { shape: golden.x.shape }),
      golden.y,
      {
        cv: 4,
        scoring: { right: "accuracy", own: async () => 7 },
        returnTrainScore: true,
        onProgress: ({ done, total }) => seen.push(done / total),
      },
    );
    expectNear(result.testScores["right"]!, golden.scores.accuracy);
    expect(result.testScores["own"]).toEqual([7, 7, 7, 7]);
    expect(result.trainScores!["right"]!.length).toBe(4);
    expect(result.fitTimes.every((seconds) => seconds >= 0)).toBe(true);
    expect(seen).toEqual([0.25, 0.5, 0.75, 1]);
    expect(result.toString().split("\n")[2]).toBe(
      "own          7.000  7.000  7.000  7.000  7.000  0.000",
    );
    expect(memory().tensors).toBe(before.tensors + 1);
  });
  test("nothing of a test fold reaches its training", async () => {
    const seen: number[] = [];
    class Spy extends StandardScaler {
      override async fit(...args: Parameters<StandardScaler["fit"]>) {
        const model = await super.fit(...args);
        seen.push((await model.mean.data())[0]!);
        return model;
      }
    }
    const pipeline = new Pipeline([
      ["scale", new Spy()],
      ["model", new Ridge()],
    ]);
    await crossValScore(pipeline, [[0], [0], [100], [100]], [0, 0, 1, 1], { cv: 2 });
    expect(seen).toEqual([100, 0]);
  });
  test("stops on a signal, and names an unknown score", async () => {
    const signal = AbortSignal.abort(new Error("enough"));
    await expect(crossValScore(new GaussianNB(), x, golden.y, { signal })).rejects.toThrow(
      "enough",
    );
    await expect(
      crossValScore(new GaussianNB(), x, golden.y, { scoring: "toString" as never }),
    ).rejects.toThrow('got "toString"');
    await expect(
      crossValScore(new Ridge(), x, golden.target, { scoring: "negLogLoss" }),
    ).rejects.toThrow("expected a model with predictProba for negLogLoss, got RidgeModel");
    await expect(crossValScore(new StandardScaler(), x)).rejects.toThrow("a model without a score");
  });
  test("learning curves", async () => {
    const curve = await learningCurve(new GaussianNB(), x, golden.y, {
      cv: 3,
      trainSizes: [0.3, 0.6, 1],
    });
    expect(curve.trainSizes).toEqual(golden.curve.sizes);
    curve.trainScores.forEach((own, i) => expectNear(own, golden.curve.train[i]));
    curve.testScores.forEach((own, i) => expectNear(own, golden.curve.test[i]));
    expect(curve.toString().split("\n")[0]).toBe("samples  train   test");
    const shuffled = await learningCurve(new GaussianNB(), x, golden.y, { shuffle: true, seed: 3 });
    expect(shuffled.testScores[0]!.length).toBe(5);
    await expect(
      learningCurve(new GaussianNB(), x, golden.y, { trainSizes: [1, 500] }),
    ).rejects.toThrow("from 1 to 56, got 500");
  });
});

describe("searches", () => {
  const x = samples(golden.x);
  const pipeline = new Pipeline([
    ["scale", new StandardScaler()],
    ["model", new LogisticRegression({ tol: 1e-8 })],
  ]);
  const paramGrid = { model__C: [0.01, 0.3, 10], scale__withMean: [true, false] };
  test("over a grid give scikit-learn's results", async () => {
    const before = memory();
    const seen: number[] = [];
    const search = new GridSearchCV({ estimator: pipeline, paramGrid, cv: 3 });
    expect(search.kind).toBe("classifier");
    const model = await search.fit(x, golden.y, { onProgress: ({ done }) => seen.push(done) });
    expect(model.cvResults.map(({ params }) => params)).toEqual(golden.search.params);
    expectNear(
      model.cvResults.map((row) => row.meanTestScore),
      golden.search.mean,
    );
    expectNear(
      model.cvResults.map((row) => row.stdTestScore),
      golden.search.std,
    );
    expect(model.cvResults.map((row) => row.rank)).toEqual(golden.search.rank);
    expect(model.bestIndex).toBe(golden.search.best);
    expect(model.bestParams).toEqual(golden.search.params[golden.search.best]);
    expect(model.bestScore).toBe(model.cvResults[model.bestIndex]!.meanTestScore);
    using predicted = await model.predict(x);
    expect(Array.from(await predicted.data())).toEqual(golden.search.predict);
    expect(seen.at(-1)).toBe(18);
    const read = fromJSON(JSON.stringify(model), SearchModel);
    expect(read.cvResults).toEqual(model.cvResults);
    expect(read.toString()).toBe(model.toString());
    expect(model.toString().split("\n").length).toBe(7);
    predicted.dispose();
    model.dispose();
    expect(memory()).toEqual(before);
  });
  test("over several grids, and over estimators", async () => {
    const search = new GridSearchCV({
      estimator: pipeline,
      paramGrid: [{ model: [new GaussianNB(), new LogisticRegression()] }, { model__C: [1] }],
      cv: 2,
    });
    const model = await search.fit(x, golden.y);
    expect(model.cvResults.length).toBe(3);
    expect(model.toString()).toContain("GaussianNB");
    expect(fromJSON(JSON.stringify(model), SearchModel).cvResults.length).toBe(3);
    const empty = new GridSearchCV({ estimator: pipeline, paramGrid: { model__C: [] } });
    await expect(empty.fit(x, golden.y)).rejects.toThrow("model__C: expected an array");
  });
  test("at random draw each setting once, or from distributions, the same by seed", async () => {
    const alphas = [1, 2, 3, 4, 5];
    const fit = (
      paramDistributions: Record<string, readonly unknown[] | (() => unknown)>,
      nIter: number,
    ) =>
      new RandomizedSearchCV({
        estimator: new Ridge(),
        paramDistributions,
        nIter,
        cv: 2,
        seed: 4,
      }).fit(x, golden.target);
    const all = await fit({ alpha: alphas }, 9);
    const drawn = all.cvResults.map(({ params }) => params["alpha"] as number);
    expect(drawn.toSorted((a, b) => a - b)).toEqual(alphas);
    const free = {
      alpha: (uniform: () => number) => 10 ** (2 * uniform()),
      fitIntercept: [true, false],
    };
    const search = () =>
      new RandomizedSearchCV({ estimator: new Ridge(), paramDistributions: free, nIter: 4, cv: 2 });
    const [one, same] = [
      await search().fit(x, golden.target),
      await search().fit(x, golden.target),
    ];
    const paramsOf = (model: SearchModel) => model.cvResults.map(({ params }) => params);
    expect(paramsOf(one)).toEqual(paramsOf(same));
    expect(paramsOf(one).every((params) => (params["alpha"] as number) >= 1)).toBe(true);
  });
});

checkEstimator(
  "GridSearchCV",
  () => new GridSearchCV({ estimator: new Ridge(), paramGrid: { alpha: [1, 2] } }) as never,
  { isLong: true, isTimed: true },
);

describe("drift", () => {
  const { before, now, ks } = golden.drift;
  test("Kolmogorov-Smirnov statistics are SciPy's", async () => {
    const report = await driftReport(samples(before), samples(now), { names: ["same", "moved"] });
    report.columns.forEach((column, c) => {
      expect(column.ks).toBeCloseTo(ks[c].statistic, 12);
      // The asymptotic chance beside the exact one, for some hundred samples.
      expect(Math.abs(column.pValue - ks[c].pValue)).toBeLessThan(0.03);
    });
    expect(report.drifted).toEqual(["moved"]);
    expect(report.columns[0]!.verdict).not.toBe("drifted");
    expect(report.toString().split("\n")[1]).toMatch(/^moved .* drifted$/);
  });
  test("the population stability index is what its definition says", async () => {
    const reference = Array.from({ length: 100 }, (_, i) => [i]);
    const current = Array.from({ length: 100 }, (_, i) => [i < 70 ? i / 2 : i]);
    const report = await driftReport(reference, current, { bins: 2 });
    // Half of the reference lies below its median of 49.5, and 70 of the others.
    expect(report.columns[0]!.psi).toBeCloseTo(
      0.2 * Math.log(0.7 / 0.5) - 0.2 * Math.log(0.3 / 0.5),
      12,
    );
    const same = await driftReport(reference, reference);
    expect([same.columns[0]!.psi, same.columns[0]!.ks, same.columns[0]!.pValue]).toEqual([0, 0, 1]);
  });
  test("what goes missing is drift", async () => {
    const reference = Array.from({ length: 50 }, (_, i) => [i]);
    const current = reference.map(([v]) => [v! % 2 === 0 ? Number.NaN : v!]);
    const [column] = (await driftReport(reference, current)).columns;
    expect([column!.currentMissing, column!.verdict]).toEqual([0.5, "drifted"]);
    await expect(driftReport([[1, 2]], [[1]])).rejects.toThrow("expected 2 features");
    await expect(driftReport([[1]], [[1]], { names: [] })).rejects.toThrow(
      "expected 1, one a column",
    );
  });
});

describe("the popularity recommender", () => {
  const chosen = [
    [1, 100],
    [1, 101],
    [2, 100],
    [3, 100],
    [3, 102],
    [4, 101],
  ];
  test("recommends what is popular and new to the user", async () => {
    const model = await new PopularityRecommender({ topN: 2 }).fit(chosen);
    expect([model.items, model.popularity]).toEqual([
      [100, 101, 102],
      [3, 2, 1],
    ]);
    expect(await (await model.recommend([1, 2, 7])).array()).toEqual([
      [102, -1],
      [101, 102],
      [100, 101],
    ]);
    expect(
      await model.score([
        [2, 101],
        [2, 102],
        [4, 100],
        [1, 100],
      ]),
    ).toBe(0.75);
    const read = fromJSON(JSON.stringify(model), PopularityRecommenderModel);
    expect(await (await read.recommend(tensor([3]))).array()).toEqual([[101, -1]]);
  });
  test("weighs choices, and names what is wrong", async () => {
    const sampleWeight = [1, 9, 1, 1, 1, 1];
    const model = await new PopularityRecommender({ topN: 1 }).fit(chosen, undefined, {
      sampleWeight,
    });
    expect(await (await model.recommend([9])).array()).toEqual([[101]]);
    await expect(new PopularityRecommender().fit([[1]])).rejects.toThrow("two columns");
    await expect(new PopularityRecommender().fit([[1, 0.5]])).rejects.toThrow("0.5");
    await expect(new PopularityRecommender({ topN: 0 }).fit(chosen)).rejects.toThrow("topN");
  });
});

describe("what is seen of it", () => {
  const x = Array.from({ length: 12 }, (_, i) => [i > 5 ? i + 20 : i]);
  const y = x.map(([i]) => Number(i! > 5));

  test("scores print as a table, those on training samples below", async () => {
    const options = { cv: 2, returnTrainScore: true, scoring: { right: "accuracy" } } as const;
    expect(String(await crossValidate(new GaussianNB(), x, y, options)).split("\n")).toEqual([
      "                 0      1   mean    std",
      "right        1.000  1.000  1.000  0.000",
      "train right  1.000  1.000  1.000  0.000",
    ]);
  });

  test("a bar is drawn in a terminal, is ended by errors too, and nothing is drawn elsewhere", async () => {
    const written: string[] = [];
    const terminal = Object.getOwnPropertyDescriptor(process.stderr, "isTTY");
    const write = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
    // What cli-progress asks of a terminal.
    for (const name of ["cursorTo", "clearLine", "moveCursor"] as const) {
      Object.assign(process.stderr, { [name]: () => true });
    }
    try {
      const seen: number[] = [];
      const onProgress = ({ done }: { done: number }): number => seen.push(done);
      const options = { cv: 3, progressBar: true, onProgress };
      await crossValScore(new GaussianNB(), x, y, options);
      expect(written).toEqual([]);
      Object.defineProperty(process.stderr, "isTTY", { value: true, configurable: true });
      await crossValScore(new GaussianNB(), x, y, options);
      expect(written.join("")).toContain("3/3");
      expect(seen).toEqual([1, 2, 3, 1, 2, 3]);
      written.length = 0;
      const failing = withProgressBar(() => Promise.reject(new Error("no")));
      await expect(failing).rejects.toThrow("no");
      // The cursor is shown again.
      expect(written.join("")).toContain("\u001B[?25h");
    } finally {
      write.mockRestore();
      if (terminal === undefined) delete (process.stderr as { isTTY?: boolean }).isTTY;
      else Object.defineProperty(process.stderr, "isTTY", terminal);
    }
  });
});
