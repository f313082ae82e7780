import { readFileSync } from "node:fs";
import { cpu } from "@tensorloom/backend-cpu";
import { use } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  DecisionTreeClassifier,
  ExtraTreesClassifier,
  ExtraTreesRegressor,
  GradientBoostingClassifier,
  GradientBoostingClassifierModel,
  GradientBoostingRegressor,
  RandomForestClassifier,
  RandomForestRegressor,
} from "../src/index.ts";
import { checkEstimator } from "./check-estimator.ts";

beforeAll(async () => void (await use(cpu())));

const long = { isLong: true };
const few = { nEstimators: 5 };
checkEstimator("RandomForestClassifier", () => new RandomForestClassifier(few), long);
checkEstimator("RandomForestRegressor", () => new RandomForestRegressor(few), long);
checkEstimator("ExtraTreesClassifier", () => new ExtraTreesClassifier(few), long);
checkEstimator("ExtraTreesRegressor", () => new ExtraTreesRegressor(few), long);
const boosting = { ...few, minSamplesLeaf: 2 };
checkEstimator("GradientBoostingClassifier", () => new GradientBoostingClassifier(boosting), long);
checkEstimator("GradientBoostingRegressor", () => new GradientBoostingRegressor(boosting), long);

const golden = JSON.parse(
  readFileSync(new URL("fixtures/ensembles.json", import.meta.url), "utf8"),
);
const all: number[][] = Array.from({ length: golden.x.length / 5 }, (_, i) =>
  golden.x.slice(i * 5, i * 5 + 5),
);
const [x, xTest] = [all.slice(0, golden.train), all.slice(golden.train)];
const trained = (target: string): number[] => golden[target].slice(0, golden.train);
const tested = (target: string): number[] => golden[target].slice(golden.train);

function expectClose(ours: ArrayLike<number>, theirs: number[], tolerance: number): void {
  expect(ours.length).toBe(theirs.length);
  theirs.forEach((value, i) => expect(Math.abs(ours[i]! - value)).toBeLessThanOrEqual(tolerance));
}

describe("gradient boosting equals scikit-learn's", () => {
  for (const one of golden.boosting) {
    const { kind, target, weighted, options } = one;
    test(`${kind}, ${target}, ${JSON.stringify(options)}${weighted ? ", weighted" : ""}`, async () => {
      const weights = weighted ? { sampleWeight: golden.weight.slice(0, golden.train) } : {};
      const estimator =
        kind === "classifier"
          ? new GradientBoostingClassifier(options)
          : new GradientBoostingRegressor(options);
      const model = await estimator.fit(x, trained(target), weights);
      const predicted = await (model instanceof GradientBoostingClassifierModel
        ? model.predictProba(xTest)
        : model.predict(xTest));
      // On histograms scikit-learn holds gradients in float32: 1e-7 of them, a round; exact ones differ by float32 results.
      const most = Math.max(...one.predict.map(Math.abs));
      expectClose(await predicted.data(), one.predict, 2e-6 * most);
      if (one.trainScore === undefined) return;
      // scikit-learn scores the deviance, twice the cross-entropy, and the squared error, twice its half.
      const scores = Array.from(await model.trainScore.data());
      const factor = target === "multiclass" ? 1 : 2;
      const shares = weighted ? undefined : one.trainScore;
      if (shares !== undefined) {
        const scaled = scores.map((score) => score * factor);
        const ratio = target === "multiclass" ? shares[0] / scores[0]! : 1;
        expectClose(
          scaled.map((score) => score * ratio),
          shares,
          1e-8 * Math.max(1, shares[0]),
        );
      }
      expectClose(await model.featureImportances.data(), one.importances, 1e-8);
    });
  }
});

describe("gradient boosting", () => {
  test("stops early when the loss on samples set aside does not fall, and says so", async () => {
    const options = { nEstimators: 300, learningRate: 0.5, nIterNoChange: 5, seed: 2 };
    const model = await new GradientBoostingClassifier(options).fit(x, trained("binary"));
    expect(model.nEstimators).toBeLessThan(100);
    expect(model.validationScore!.size).toBe(model.nEstimators);
    const scores = Array.from(await model.validationScore!.data());
    expect(scores.at(-1)! + 1e-4).toBeGreaterThanOrEqual(Math.min(...scores.slice(0, -1)));
    expect(await model.score(xTest, tested("binary"))).toBeGreaterThan(0.8);
  });
  test("stages end in the prediction, and the training loss falls", async () => {
    const model = await new GradientBoostingClassifier({ nEstimators: 12 }).fit(
      x,
      trained("multiclass"),
    );
    const stages: unknown[] = [];
    for await (const stage of model.stagedPredict(xTest)) stages.push(await stage.array());
    expect(stages).toHaveLength(12);
    expect(stages.at(-1)).toEqual(await (await model.predict(xTest)).array());
    const losses = Array.from(await model.trainScore.data());
    expect(losses).toEqual(losses.toSorted((a, b) => b - a));
    expect((await model.decisionFunction(xTest)).shape).toEqual([60, 3]);
  });
  test("draws samples by its seed", async () => {
    const fit = async (seed: number): Promise<number[]> => {
      const options = { nEstimators: 5, subsample: 0.5, seed };
      const model = await new GradientBoostingRegressor(options).fit(x, trained("values"));
      return Array.from(await (await model.predict(xTest)).data());
    };
    expect(await fit(1)).toEqual(await fit(1));
    expect(await fit(1)).not.toEqual(await fit(2));
  });
  test("a single class is an error", async () => {
    const pending = new GradientBoostingClassifier().fit([[1], [2]], [1, 1]);
    await expect(pending).rejects.toThrow("y: expected at least 2 classes, got 1");
  });
});

describe("forests", () => {
  test("are as good as scikit-learn's out of bag, over seeds", async () => {
    for (const [name, Class, target] of [
      ["RandomForestClassifier", RandomForestClassifier, "multiclass"],
      ["RandomForestRegressor", RandomForestRegressor, "values"],
    ] as const) {
      const found: number[] = [];
      for (let seed = 0; seed < 4; seed++) {
        const options = { nEstimators: 50, oobScore: true, seed };
        found.push((await new Class(options).fit(x, trained(target))).oobScore!);
      }
      const mean = found.reduce((sum, score) => sum + score, 0) / found.length;
      const { mean: theirs, std } = golden.scores[name];
      // Four standard errors of the difference between a mean of four and one of ten.
      expect(Math.abs(mean - theirs)).toBeLessThan(4 * std * Math.sqrt(1 / 4 + 1 / 10));
    }
  });
  test("are the same on any number of threads", async () => {
    const fit = async (nJobs: number): Promise<string> => {
      const options = { nEstimators: 30, nJobs };
      // Many times over, so that it is worth threads.
      const rows = Array.from({ length: 12 }, () => x).flat();
      const labels = Array.from({ length: 12 }, () => trained("multiclass")).flat();
      return JSON.stringify(await new RandomForestClassifier(options).fit(rows, labels));
    };
    expect(await fit(2)).toBe(await fit(1));
  });
  test("of trees that see everything are that tree", async () => {
    const options = { bootstrap: false, maxFeatures: 5, nEstimators: 3, minSamplesLeaf: 30 };
    const forest = await new RandomForestClassifier(options).fit(x, trained("binary"));
    const tree = await new DecisionTreeClassifier({ minSamplesLeaf: 30 }).fit(x, trained("binary"));
    expectClose(
      await (await forest.predictProba(xTest)).data(),
      Array.from(await (await tree.predictProba(xTest)).data()),
      1e-6,
    );
    expect(forest.estimators).toHaveLength(3);
    expect(await forest.estimators[0]!.score(xTest, tested("binary"))).toBe(
      await tree.score(xTest, tested("binary")),
    );
  });
  test("say what does not fit together", async () => {
    const fit = (options: object): Promise<unknown> =>
      new ExtraTreesClassifier(options).fit(x, trained("binary"));
    await expect(fit({ oobScore: true })).rejects.toThrow("oobScore: expected bootstrap: true");
    await expect(fit({ nEstimators: 0 })).rejects.toThrow("nEstimators: expected a whole number");
    await expect(fit({ nJobs: 0.5 })).rejects.toThrow("nJobs: expected a number of threads");
  });
});
