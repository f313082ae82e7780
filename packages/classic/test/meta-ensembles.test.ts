import { readFileSync } from "node:fs";
import { cpu } from "@tensorloom/backend-cpu";
import { memory, use } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  AdaBoostClassifier,
  AdaBoostRegressor,
  BaggingClassifier,
  BaggingRegressor,
  DecisionTreeClassifier,
  DecisionTreeRegressor,
  DummyClassifier,
  GaussianNB,
  KNeighborsClassifier,
  LinearRegression,
  StackingClassifier,
  StackingRegressor,
  VotingClassifier,
  VotingRegressor,
  type NamedEstimator,
  type VotingClassifierModel,
  SVC,
} from "../src/index.ts";
import { checkEstimator } from "./check-estimator.ts";

beforeAll(async () => void (await use(cpu())));

const long = { isLong: true };
const few = { nEstimators: 4 };
const classifiers: NamedEstimator[] = [
  ["tree", new DecisionTreeClassifier({ maxDepth: 3 })],
  ["bayes", new GaussianNB()],
];
const regressors: NamedEstimator[] = [
  ["tree", new DecisionTreeRegressor({ maxDepth: 3 })],
  ["line", new LinearRegression()],
];
checkEstimator("BaggingClassifier", () => new BaggingClassifier(few), long);
checkEstimator("BaggingRegressor", () => new BaggingRegressor(few), long);
checkEstimator("AdaBoostClassifier", () => new AdaBoostClassifier(few), long);
checkEstimator("AdaBoostRegressor", () => new AdaBoostRegressor(few), long);
checkEstimator(
  "VotingClassifier",
  () => new VotingClassifier({ estimators: classifiers, voting: "soft" }),
  long,
);
checkEstimator("VotingRegressor", () => new VotingRegressor({ estimators: regressors }), long);
checkEstimator(
  "StackingClassifier",
  () => new StackingClassifier({ estimators: classifiers }),
  long,
);
checkEstimator("StackingRegressor", () => new StackingRegressor({ estimators: regressors }), long);

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

describe("AdaBoost equals scikit-learn's", () => {
  for (const one of golden.ada) {
    test(`${one.target}, ${JSON.stringify(one.options)}`, async () => {
      const estimator = new DecisionTreeClassifier(one.tree);
      const model = await new AdaBoostClassifier({ ...one.options, estimator }).fit(
        x,
        trained(one.target),
      );
      const count = model.estimators.length;
      // Probabilities and weights are float32 on their way; rounds carry them on.
      expectClose(await model.estimatorErrors.data(), one.estimatorErrors.slice(0, count), 2e-5);
      expectClose(await model.estimatorWeights.data(), one.estimatorWeights.slice(0, count), 1e-4);
      expectClose(await (await model.decisionFunction(xTest)).data(), one.decisionFunction, 1e-3);
      expectClose(await (await model.predictProba(xTest)).data(), one.predictProba, 1e-4);
      expectClose(await (await model.predict(xTest)).data(), one.predict, 0);
      expectClose(await model.featureImportances!.data(), one.importances, 1e-4);
    });
  }
  test("in regression is as good, over seeds", async () => {
    const found: number[] = [];
    for (let seed = 0; seed < 4; seed++) {
      const model = await new AdaBoostRegressor({ seed }).fit(x, trained("values"));
      found.push(await model.score(xTest, tested("values")));
    }
    const mean = found.reduce((sum, score) => sum + score, 0) / found.length;
    const { mean: theirs, std } = golden.scores.AdaBoostRegressor;
    // Four standard errors of the difference between a mean of four and one of ten.
    expect(Math.abs(mean - theirs)).toBeLessThan(4 * std * Math.sqrt(1 / 4 + 1 / 10));
  });
});

test("votes are scikit-learn's", async () => {
  const tree = (maxDepth: number): DecisionTreeClassifier =>
    new DecisionTreeClassifier({ maxDepth, minSamplesLeaf: 20 });
  const estimators: NamedEstimator[] = [
    ["shallow", tree(2)],
    ["deep", tree(4)],
  ];
  const fit = (voting: "hard" | "soft"): Promise<VotingClassifierModel> =>
    new VotingClassifier({ estimators, voting, weights: [1, 2] }).fit(x, trained("multiclass"));
  const soft = await fit("soft");
  expectClose(await (await soft.predictProba(xTest)).data(), golden.voting.soft, 1e-6);
  expectClose(await (await (await fit("hard")).predict(xTest)).data(), golden.voting.hard, 0);
  expect(Object.keys(soft.namedEstimators)).toEqual(["shallow", "deep"]);
  const values = (maxDepth: number): DecisionTreeRegressor =>
    new DecisionTreeRegressor({ maxDepth, minSamplesLeaf: 20 });
  const mean = await new VotingRegressor({
    estimators: [
      ["shallow", values(2)],
      ["deep", values(4)],
    ],
  }).fit(x, trained("values"));
  expectClose(await (await mean.predict(xTest)).data(), golden.voting.mean, 1e-5);
});

describe("ensembles of others", () => {
  test("bagging is as good as scikit-learn's out of bag, over seeds", async () => {
    const found: number[] = [];
    for (let seed = 0; seed < 4; seed++) {
      const options = { nEstimators: 50, oobScore: true, seed };
      found.push((await new BaggingClassifier(options).fit(x, trained("multiclass"))).oobScore!);
    }
    const mean = found.reduce((sum, score) => sum + score, 0) / found.length;
    const { mean: theirs, std } = golden.scores.BaggingClassifier;
    // Four standard errors of the difference between a mean of four and one of ten.
    expect(Math.abs(mean - theirs)).toBeLessThan(4 * std * Math.sqrt(1 / 4 + 1 / 10));
  });
  test("bags draw features too", async () => {
    const model = await new BaggingRegressor({ maxFeatures: 2, maxSamples: 0.5 }).fit(
      x,
      trained("values"),
    );
    expect(model.estimatorsFeatures.shape).toEqual([10, 2]);
    expect(await model.score(xTest, tested("values"))).toBeGreaterThan(0.3);
  });
  test("stacking learns whom to trust", async () => {
    const estimators: NamedEstimator[] = [
      ["ignorant", new DummyClassifier({ strategy: "uniform" })],
      ["neighbours", new KNeighborsClassifier()],
    ];
    const before = memory();
    const model = await new StackingClassifier({ estimators }).fit(x, trained("multiclass"));
    const alone = await new KNeighborsClassifier().fit(x, trained("multiclass"));
    const y = tested("multiclass");
    expect(await model.score(xTest, y)).toBeGreaterThan((await alone.score(xTest, y)) - 0.05);
    alone.dispose();
    model.dispose();
    expect(memory()).toEqual(before);
    const wide = await new StackingClassifier({ estimators, passthrough: true }).fit(
      x,
      trained("binary"),
    );
    expect(await wide.score(xTest, tested("binary"))).toBeGreaterThan(0.7);
  });
  test("say what does not fit together", async () => {
    const y = trained("binary");
    const twice: NamedEstimator[] = [classifiers[0]!, classifiers[0]!];
    await expect(new VotingClassifier({ estimators: twice }).fit(x, y)).rejects.toThrow(
      "estimators: expected [name, estimator] pairs of different names, got tree, tree",
    );
    await expect(new VotingClassifier({ estimators: regressors }).fit(x, y)).rejects.toThrow(
      "VotingClassifier: tree: expected a classifier, got a regressor",
    );
    await expect(
      new VotingRegressor({ estimators: regressors, weights: [1] }).fit(x, y),
    ).rejects.toThrow("weights: expected 2 numbers");
    await expect(
      new StackingRegressor({ estimators: regressors, cv: 1 }).fit(x, y),
    ).rejects.toThrow("cv: expected a whole number from 2");
    const estimator = new DummyClassifier();
    const labels = x.map((_, i) => i % 2);
    await expect(
      new AdaBoostClassifier({ estimator, algorithm: "SAMME" }).fit(x, labels),
    ).rejects.toThrow("expected one better than chance");
  });
});

test("soft voting refuses who tells no probabilities; SVC says so of its model", async () => {
  const samples = [[0], [1], [2], [3], [4], [5]];
  const labels = [0, 0, 0, 1, 1, 1];
  const silent = new SVC();
  using model = await silent.fit(samples, labels);
  expect(["predict", "predictProba", "predictLogProba"].map((name) => model.supports(name))).toEqual([true, false, false]); // prettier-ignore
  using telling = await new SVC({ probability: true }).fit(samples, labels);
  expect(telling.supports("predictProba")).toBe(true);
  const vote = (voting: "hard" | "soft"): VotingClassifier =>
    new VotingClassifier({ estimators: [["machine", silent]], voting });
  await expect(vote("soft").fit(samples, labels)).rejects.toMatchObject({
    code: "UNSUPPORTED",
    message: expect.stringContaining(
      "VotingClassifier: machine: expected a classifier with predictProba for soft voting, got SVCModel",
    ) as string,
  });
  using hard = await vote("hard").fit(samples, labels);
  expect(hard.estimators).toHaveLength(1);
});
