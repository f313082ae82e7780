import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { cpu, wasm } from "@tensorloom/backend-cpu";
// The built package, which is what workers load.
import {
  BaggingClassifier,
  BaggingRegressor,
  ColumnTransformer,
  crossValidate,
  DecisionTreeClassifier,
  GradientBoostingClassifier,
  GridSearchCV,
  KNeighborsClassifier,
  learningCurve,
  LogisticRegression,
  OneHotEncoder,
  Pipeline,
  RandomForestClassifier,
  RandomizedSearchCV,
  Ridge,
  SelectKBest,
  SimpleImputer,
  StackingClassifier,
  StackingRegressor,
  StandardScaler,
  SVC,
  SVR,
  TimeSeriesSplit,
  VotingClassifier,
  VotingRegressor,
  type CrossValidationResult,
  type Estimator,
  type FittedModel,
} from "@tensorloom/classic";
import { fitWorkers, serveFits } from "@tensorloom/classic/workers";
import { ArgumentError, currentBackend, memory, random, use } from "@tensorloom/tensor";
import { deriveBackend } from "@tensorloom/tensor/backend";
import * as source from "../src/index.ts";
import { estimators as registered } from "../src/workers/estimator-registry.ts";
import { build } from "esbuild";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";

const x = { data: new Float32Array(600), shape: [150, 4] };
const y = Array.from({ length: 150 }, (_, i) => i % 3);

beforeAll(async () => {
  await use(wasm({ threads: 2 }));
  using noise = random.normal([150, 4], { seed: 3 });
  x.data.set(Array.from(await noise.data(), (value, at) => value + y[Math.floor(at / 4)]!));
});
afterEach(() => void vi.restoreAllMocks());

/** What does not depend on the clock. */
const scoresOf = ({ testScores, trainScores }: CrossValidationResult): unknown => ({
  testScores,
  trainScores,
});

/** Workers of a module as users write it, and those that were started. */
function ownWorkers(count: number) {
  const started: Worker[] = [];
  const start = (): Worker => {
    const worker = new Worker(new URL("./workers/fits.worker.mjs", import.meta.url));
    started.push(worker);
    return worker;
  };
  return { started, workers: fitWorkers({ start, count }) };
}

describe("on workers", () => {
  const estimators: Record<string, Estimator> = {
    forest: new RandomForestClassifier({ nEstimators: 10, seed: 5 }),
    machine: new SVC({ kernel: "rbf", gamma: 0.5, probability: true }),
    neighbours: new KNeighborsClassifier({ nNeighbors: 3, weights: "distance" }),
    boosting: new GradientBoostingClassifier({ nEstimators: 5, seed: 2 }),
    vote: new VotingClassifier({
      estimators: [
        ["tree", new DecisionTreeClassifier({ maxDepth: 3 })],
        ["line", new LogisticRegression({ classWeight: { 0: 2, 2: 0.5 } })],
      ],
      voting: "soft",
    }),
  };
  for (const [name, estimator] of Object.entries(estimators)) {
    test(`${name}: the same to the bit, scores and models`, async () => {
      const scoring = { right: "accuracy", area: "rocAucOvr" } as const;
      const options = { scoring, returnTrainScore: true, returnEstimator: true, cv: 3 };
      const alone = await crossValidate(estimator, x, y, options);
      const shared = await crossValidate(estimator, x, y, { ...options, workers: 2 });
      expect(scoresOf(shared)).toEqual(scoresOf(alone));
      expect(JSON.stringify(shared.models)).toBe(JSON.stringify(alone.models));
      for (const model of [...alone.models!, ...shared.models!]) model.dispose();
      expect(memory().tensors).toBe(0);
    });
  }

  test("a pipeline over a table with text and gaps, weights and progress", async () => {
    const rows = y.map((label, i) => [i % 7 === 0 ? null : label + (i % 5), ["a", "b"][i % 2]!]);
    const estimator = new Pipeline([
      [
        "columns",
        new ColumnTransformer({
          transformers: [
            ["numbers", new SimpleImputer({ strategy: "mean" }), [0]],
            ["names", new OneHotEncoder(), [1]],
          ],
          remainder: "drop",
        }),
      ],
      ["scale", new StandardScaler()],
      ["model", new LogisticRegression()],
    ]);
    const sampleWeight = y.map((_, i) => 1 + (i % 3));
    const seen: number[] = [];
    const onProgress = ({ done, value }: { done: number; value?: number }): void => {
      expect(value).toBeGreaterThan(0);
      seen.push(done);
    };
    const alone = await crossValidate(estimator, rows, y, { sampleWeight });
    const options = { sampleWeight, workers: 2, onProgress };
    const shared = await crossValidate(estimator, rows, y, options);
    expect(scoresOf(shared)).toEqual(scoresOf(alone));
    expect(seen).toEqual([1, 2, 3, 4, 5]);
  });

  test("searches and learning curves", async () => {
    const estimator = new Pipeline([
      ["select", new SelectKBest({ k: 2 })],
      ["model", new LogisticRegression()],
    ]);
    const grid = new GridSearchCV({
      estimator,
      paramGrid: { select__k: [1, 3], model: [new LogisticRegression(), new SVC()] },
      cv: 3,
    });
    const drawn = new RandomizedSearchCV({
      estimator,
      paramDistributions: { model__C: (uniform: () => number) => 10 ** (2 * uniform() - 1) },
      nIter: 4,
    });
    for (const search of [grid, drawn]) {
      const [alone, shared] = [await search.fit(x, y), await search.fit(x, y, { workers: 2 })];
      const scores = ({ cvResults }: typeof alone): unknown =>
        cvResults.map(({ params, splitScores, rank }) => ({ params, splitScores, rank }));
      expect(scores(shared)).toEqual(scores(alone));
      expect(String(shared)).toBe(String(alone));
      expect(JSON.stringify(shared.bestModel)).toBe(JSON.stringify(alone.bestModel));
    }
    const options = { shuffle: true, cv: new TimeSeriesSplit({ nSplits: 3 }) };
    const alone = await learningCurve(estimator, x, y, options);
    const shared = await learningCurve(estimator, x, y, { ...options, workers: -1 });
    expect(String(shared)).toBe(String(alone));
    expect(shared.testScores).toEqual(alone.testScores);
  });

  test("on the backend in use", async () => {
    const before = currentBackend();
    await use(cpu());
    const shared = await crossValidate(estimators["machine"]!, x, y, { workers: 2 });
    expect(scoresOf(shared)).toEqual(scoresOf(await crossValidate(estimators["machine"]!, x, y)));
    await use(before);
  });
});

describe("members of ensembles on workers", () => {
  const classifiers = [
    ["tree", new DecisionTreeClassifier({ maxDepth: 3 })],
    ["machine", new SVC({ probability: true })],
    ["neighbours", new KNeighborsClassifier()],
  ] as const;
  const regressors = [
    ["line", new Ridge()],
    ["machine", new SVR()],
  ] as const;
  const drawn = { nEstimators: 6, maxFeatures: 3, maxSamples: 0.7, oobScore: true, seed: 4 };
  const line = new LogisticRegression();
  type Ensemble = Estimator & {
    fit(x: object, y: number[], options: object): Promise<FittedModel>;
  };
  const ensembles: [name: string, ensemble: Ensemble, fits: number][] = [
    ["bags of trees", new BaggingClassifier(drawn), 6],
    ["bags of lines", new BaggingClassifier({ ...drawn, estimator: line }), 6],
    ["bags of regressors", new BaggingRegressor({ ...drawn, estimator: new SVR() }), 6],
    ["soft votes", new VotingClassifier({ estimators: classifiers, voting: "soft" }), 3],
    ["means", new VotingRegressor({ estimators: regressors }), 2],
    ["stacks", new StackingClassifier({ estimators: classifiers, cv: 3 }), 12],
    ["stacks of regressors", new StackingRegressor({ estimators: regressors }), 12],
  ];
  test.each(ensembles)("%s are the same to the bit", async (_, ensemble, fits) => {
    const sampleWeight = y.map((__, i) => 1 + (i % 3));
    const seen: unknown[] = [];
    const onProgress = (progress: object): void => void seen.push(progress);
    const alone = await ensemble.fit(x, y, { sampleWeight });
    const shared = await ensemble.fit(x, y, { sampleWeight, workers: 2, onProgress });
    expect(JSON.stringify(shared)).toBe(JSON.stringify(alone));
    expect(seen).toEqual(Array.from({ length: fits }, (__, i) => ({ done: i + 1, total: fits })));
    alone.dispose();
    shared.dispose();
    expect(memory().tensors).toBe(0);
  });

  test("errors are of their class, aborts reject with their reason, deaths are made good", async () => {
    const { started, workers } = ownWorkers(2);
    const wrong = new BaggingClassifier({ estimator: new LogisticRegression({ C: -1 }) });
    const pending = wrong.fit(x, y, { workers });
    await expect(pending).rejects.toThrow(ArgumentError);
    await expect(pending).rejects.toThrow("LogisticRegression: C:");
    const reason = new Error("enough");
    const controller = new AbortController();
    const stop = { workers, signal: controller.signal, onProgress: () => controller.abort(reason) };
    await expect(new BaggingClassifier({ nEstimators: 40 }).fit(x, y, stop)).rejects.toBe(reason);
    const bag = new BaggingClassifier({ nEstimators: 40 });
    const onProgress = ({ done }: { done: number }): void => {
      if (done === 2) for (const worker of started) void worker.terminate();
    };
    const shared = await bag.fit(x, y, { workers, onProgress });
    expect(JSON.stringify(shared)).toBe(JSON.stringify(await bag.fit(x, y)));
    workers.dispose();
  });

  test("that hold functions fit on the calling thread, and it is said once", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const estimator = new SVC({ kernel: (a, b) => a[0]! * b[0]! });
    const bag = new BaggingClassifier({ estimator, nEstimators: 2 });
    for (let i = 0; i < 2; i++) {
      using model = await bag.fit(x, y, { workers: 2 });
      expect(model.estimators).toHaveLength(2);
    }
    expect(warn.mock.calls).toEqual([
      [
        "classic: BaggingClassifier: SVC.kernel is a function, which cannot go to a worker, so fits run on the calling thread.",
      ],
    ]);
  });
});

test("every estimator can go to a worker", () => {
  const isEstimator = (one: unknown): boolean =>
    typeof one === "function" && one.prototype instanceof source.Estimator;
  // Two are what others are derived from, and one learns from labels alone, which nothing scores.
  const apart = new Set(["Transformer", "SearchCV", "LabelEncoder"]);
  const exported = Object.entries(source).filter(
    ([name, one]) => isEstimator(one) && !apart.has(name),
  );
  expect(registered).toEqual(Object.fromEntries(exported));
});

describe("what cannot go to a worker is done on the calling thread, and said once", () => {
  class Own extends Ridge {}
  const ridge = new Ridge();
  const r2 = (): Promise<number> => Promise.resolve(0.5);
  const cases: [says: string, estimator: Estimator, options?: object][] = [
    ["SVC.kernel is a function", new SVC({ kernel: (a, b) => a[0]! * b[0]! })],
    ["Own is no estimator of @tensorloom/classic", new Own()],
    ["scoring score is a function", ridge, { scoring: r2 }],
    [
      "GridSearchCV.cv is a TimeSeriesSplit",
      new GridSearchCV({
        estimator: ridge,
        paramGrid: { alpha: [1, 2] },
        cv: new TimeSeriesSplit({ nSplits: 2 }),
      }) as unknown as Estimator,
    ],
  ];
  for (const [says, estimator, options = {}] of cases) {
    test(says, async () => {
      const warn = vi.spyOn(console, "warn").mockReturnValue();
      const { started, workers } = ownWorkers(2);
      const alone = await crossValidate(estimator, x, y, options);
      for (let i = 0; i < 2; i++) {
        const shared = await crossValidate(estimator, x, y, { ...options, workers });
        expect(scoresOf(shared)).toEqual(scoresOf(alone));
      }
      expect(warn.mock.calls.map(([text]) => String(text))).toEqual([
        `classic: crossValidate: ${says}, which cannot go to a worker, so fits run on the calling thread.`,
      ]);
      expect(started).toEqual([]);
    });
  }

  test("a backend that another thread cannot make", async () => {
    const before = currentBackend();
    await use(deriveBackend(cpu(), { name: "derived" }));
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const { testScores } = await crossValidate(ridge, x, y, { workers: 2 });
    expect(testScores["score"]).toHaveLength(5);
    expect(warn.mock.calls[0]![0]).toContain("such as wasm, got derived");
    await use(before);
  });
});

describe("faults", () => {
  test("a worker that dies is replaced, and its fit is done again", async () => {
    const { started, workers } = ownWorkers(2);
    const estimator = new RandomForestClassifier({ nEstimators: 20, nJobs: 1 });
    const alone = await crossValidate(estimator, x, y, { cv: 8 });
    const onProgress = ({ done }: { done: number }): void => {
      if (done === 2) for (const worker of started) void worker.terminate();
    };
    const shared = await crossValidate(estimator, x, y, { cv: 8, workers, onProgress });
    expect(scoresOf(shared)).toEqual(scoresOf(alone));
    expect(started.length).toBeGreaterThan(2);
    workers.dispose();
  });

  test("a fit's error is of its class, and the first fit's; the workers go on", async () => {
    const { workers } = ownWorkers(2);
    const search = (C: number[]): GridSearchCV =>
      new GridSearchCV({ estimator: new LogisticRegression(), paramGrid: { C }, cv: 2 });
    const wrong = search([1, -1, 2, -2]);
    const alone = await wrong.fit(x, y).catch((error: unknown) => error as ArgumentError);
    const shared = await wrong
      .fit(x, y, { workers })
      .catch((error: unknown) => error as ArgumentError);
    expect(shared).toBeInstanceOf(ArgumentError);
    expect(shared).toMatchObject({ code: "ARGUMENT", message: (alone as Error).message });
    const right = search([1, 2]);
    expect(String(await right.fit(x, y, { workers }))).toBe(String(await right.fit(x, y)));
    workers.dispose();
  });

  test("an aborted signal rejects with its reason, before and in the middle", async () => {
    const reason = new Error("enough");
    const estimator = new RandomForestClassifier({ nEstimators: 50, nJobs: 1 });
    const given = { workers: 2, cv: 10 };
    const before = crossValidate(estimator, x, y, { ...given, signal: AbortSignal.abort(reason) });
    await expect(before).rejects.toBe(reason);
    const controller = new AbortController();
    const { signal } = controller;
    const onProgress = (): void => controller.abort(reason);
    const pending = crossValidate(estimator, x, y, { ...given, signal, onProgress });
    await expect(pending).rejects.toBe(reason);
    expect((await crossValidate(estimator, x, y, given)).testScores["score"]).toHaveLength(10);
  });

  test("workers whose module does not serve are given up, as are those that fail", async () => {
    const warn = vi.spyOn(console, "warn").mockReturnValue();
    const alone = await crossValidate(new Ridge(), x, y);
    vi.useFakeTimers({ toFake: ["setTimeout"], shouldAdvanceTime: true });
    const deaf = { on: () => 0, ref: () => 0, unref: () => 0, postMessage: () => 0, terminate: () => 0 }; // prettier-ignore
    const pending = crossValidate(new Ridge(), x, y, {
      workers: fitWorkers({ start: () => deaf }),
    });
    while (vi.getTimerCount() === 0) await new Promise(setImmediate);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(scoresOf(await pending)).toEqual(scoresOf(alone));
    vi.useRealTimers();
    expect(warn.mock.calls[0]![0]).toContain("The worker has not answered in 20 s.");

    const start = (): Worker => new Worker("throw new Error('broken')", { eval: true });
    const broken = await crossValidate(new Ridge(), x, y, { workers: fitWorkers({ start }) });
    expect(scoresOf(broken)).toEqual(scoresOf(alone));
    expect(warn.mock.calls[1]![0]).toContain("broken");
  });

  test("what onProgress throws rejects, on workers as without", async () => {
    const onProgress = (): void => {
      throw new RangeError("no more");
    };
    for (const options of [{}, { workers: 2 }]) {
      const pending = crossValidate(new Ridge(), x, y, { ...options, onProgress });
      await expect(pending).rejects.toThrow(new RangeError("no more"));
    }
  });

  test("dispose sends what is not done back to the calling thread", async () => {
    const { workers } = ownWorkers(2);
    const pending = crossValidate(new Ridge(), x, y, { workers });
    await new Promise((resolve) => setTimeout(resolve, 0));
    workers.dispose();
    expect((await pending).testScores["score"]).toHaveLength(5);
  });

  test("arguments", async () => {
    for (const workers of [0, -2, 1.5]) {
      await expect(crossValidate(new Ridge(), x, y, { workers })).rejects.toThrow(
        "crossValidate: workers: expected a number of workers from 1, -1 for all, or fitWorkers()",
      );
    }
    expect(() => serveFits()).toThrow("serveFits: expected a worker thread");
  });
});

describe("processes", () => {
  afterAll(() => rmSync(folder, { recursive: true }));
  // In the package, so that its imports are found.
  const folder = mkdtempSync(fileURLToPath(new URL("./workers/script-", import.meta.url)));
  const script = path.join(folder, "folds.mjs");
  writeFileSync(
    script,
    `import { crossValScore, Ridge } from "@tensorloom/classic";
     import { wasm } from "@tensorloom/backend-cpu";
     import { use } from "@tensorloom/tensor";
     await use(wasm({ threads: 1 }));
     const x = Array.from({ length: 20 }, (_, i) => [i]);
     console.log(await crossValScore(new Ridge({ alpha: 0 }), x, x.flat(), { workers: 2, cv: 2 }));`,
  );
  const output = (file: string, ...flags: string[]): { stdout: string; stderr: string } =>
    spawnSync(process.execPath, [...flags, file], { encoding: "utf8", timeout: 20_000 });

  test("end by themselves when the work is done", () => {
    expect(output(script)).toMatchObject({ stdout: "[ 1, 1 ]\n", stderr: "" });
  });
  test("of one file, bundled, fit on the calling thread, and are told once how not to", async () => {
    const outfile = path.join(folder, "bundled.mjs");
    const options = { platform: "node", format: "esm", target: "node20" } as const;
    await build({ entryPoints: [script], bundle: true, outfile, ...options, logLevel: "error" });
    const { stdout, stderr } = output(outfile);
    expect(stdout).toBe("[ 1, 1 ]\n");
    expect(stderr.trim()).toBe(
      "classic: crossValidate: workers: expected node-worker.js of @tensorloom/classic beside this module, got none, as in an app bundled into one file, so fits run on the calling thread; try fitWorkers() with a module of your own that calls serveFits().",
    );
  });
  test("that may not have workers fit on the calling thread, and are told once", () => {
    const { stdout, stderr } = output(script, "--experimental-permission", "--allow-fs-read=*");
    expect(stdout).toBe("[ 1, 1 ]\n");
    expect(stderr.match(/classic: /g)).toHaveLength(1);
  });
});
