import { readFileSync } from "node:fs";
import { wasm } from "@tensorloom/backend-cpu";
import { arange, tensor, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { DummyClassifier, metrics, trainTestSplit } from "../src/index.ts";

beforeAll(async () => void (await use(wasm())));

interface Values {
  shape: number[];
  data: number[];
}
const golden = JSON.parse(
  readFileSync(new URL("fixtures/sklearn.json", import.meta.url), "utf8"),
).neighbours;
const tensorOf = ({ shape, data }: Values): Tensor => tensor(Float32Array.from(data), { shape });

describe("the dummy", () => {
  test("says the most frequent class", async () => {
    const model = await new DummyClassifier().fit(tensorOf(golden.train), golden.labels);
    expect(model.classPrior).toEqual(golden.classPrior);
    expect((await model.predict([[0, 0, 0, 0]])).item()).toBe(golden.mostFrequent);
  });
  test("draws by frequency, the same by seed", async () => {
    const x = Array.from({ length: 400 }, (_, i) => [i]);
    const y = x.map((_, i) => (i % 4 === 0 ? 1 : 0));
    const fitted = await new DummyClassifier({ strategy: "stratified", seed: 2 }).fit(x, y);
    const drawn = Array.from(await (await fitted.predict(x)).data());
    const share = drawn.filter((c) => c === 1).length / 400;
    expect(Math.abs(share - 0.25)).toBeLessThan(0.087); // four standard errors
    expect(Array.from(await (await fitted.predict(x)).data())).toEqual(drawn);
  });
  test("keeps its options", () => {
    const estimator = new DummyClassifier({ strategy: "uniform", seed: 3 });
    expect(estimator.withParams({ seed: 4 }).getParams()).toEqual({ strategy: "uniform", seed: 4 });
    expect(estimator.clone().getParams()).toEqual(estimator.getParams());
    expect(estimator.clone()).toBeInstanceOf(DummyClassifier);
  });
});

describe("splits and metrics", () => {
  test("every sample is in one part, with its target", async () => {
    const x = arange(40).reshape([20, 2]);
    const y = arange(0, 20, { dtype: "int32" });
    const [xTrain, xTest, yTrain, yTest] = await trainTestSplit(x, y, { testSize: 0.3, seed: 1 });
    expect([xTrain.shape, xTest.shape]).toEqual([
      [14, 2],
      [6, 2],
    ]);
    const all = [...(await yTrain.data()), ...(await yTest.data())];
    expect(all.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, i) => i));
    const targets = await yTest.data();
    (await xTest.data()).forEach((value, i) => expect(value).toBe(targets[i >> 1]! * 2 + (i & 1)));
  });
  test("stratified parts keep proportions; unshuffled ones keep order", async () => {
    const y = tensor(Int32Array.from({ length: 100 }, (_, i) => Number(i % 10 === 0)));
    const [, , , stratified] = await trainTestSplit(arange(100), y, { testSize: 0.2, stratify: y });
    expect(await stratified.sum().itemAsync()).toBe(2);
    expect(stratified.size).toBe(20);
    const [, xTest] = await trainTestSplit(arange(10), arange(10), { testSize: 3, shuffle: false });
    expect(Array.from(await xTest.data())).toEqual([7, 8, 9]);
    await expect(trainTestSplit(arange(3), arange(3), { testSize: 3 })).rejects.toThrow(
      "testSize: expected a share",
    );
  });
  test("confusion matrix by labels", async () => {
    const matrix = await metrics.confusionMatrix([2, 0, 2], [2, 2, 0], { labels: [0, 1, 2] });
    expect(await matrix.array()).toEqual([
      [0, 0, 1],
      [0, 0, 0],
      [1, 0, 1],
    ]);
    await expect(metrics.accuracy([1], [1, 2])).rejects.toThrow(
      "expected as many predictions as true values",
    );
  });
});
