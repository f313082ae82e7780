import { readFileSync } from "node:fs";
import { cpu } from "@tensorloom/backend-cpu";
import { use, type Tensor } from "@tensorloom/tensor";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import {
  LinearSVC,
  OneClassSVM,
  SVC,
  SVR,
  type Estimator,
  type WeightedFitOptions,
} from "../src/index.ts";
import { RandomStream } from "../src/random/random-stream.ts";
import { checkEstimator } from "./check-estimator.ts";

beforeAll(async () => void (await use(cpu())));
afterEach(() => void vi.restoreAllMocks());

const long = { isLong: true };
checkEstimator("SVC", () => new SVC({ probability: true }), long);
checkEstimator("SVR", () => new SVR(), long);
checkEstimator("OneClassSVM", () => new OneClassSVM(), long);
checkEstimator("LinearSVC", () => new LinearSVC(), long);

const golden = JSON.parse(readFileSync(new URL("fixtures/svm.json", import.meta.url), "utf8"));
const all: number[][] = Array.from({ length: golden.x.length / 4 }, (_, i) =>
  golden.x.slice(i * 4, i * 4 + 4),
);
const split = <T>(values: T[]): [T[], T[]] => [
  values.slice(0, golden.train),
  values.slice(golden.train),
];
const [x, xTest] = split(all);
const classes = { SVC, SVR, OneClassSVM, LinearSVC };

interface Fitted {
  readonly intercept: Tensor;
  readonly coef?: Tensor;
  readonly support?: Tensor;
  readonly dualCoef?: Tensor;
  predict(x: number[][]): Promise<Tensor>;
  decisionFunction?(x: number[][]): Promise<Tensor>;
}

async function expectClose(tensor: Tensor, theirs: number[], tolerance: number): Promise<void> {
  const ours = await tensor.data();
  expect(ours.length).toBe(theirs.length);
  theirs.forEach((value, i) => expect(Math.abs(ours[i]! - value)).toBeLessThanOrEqual(tolerance));
}

describe("support vector machines equal scikit-learn's, solved to the end", () => {
  for (const one of golden.cases) {
    const { model: name, target, weighted, options } = one;
    test(`${name}, ${target}, ${JSON.stringify(options)}${weighted ? ", weighted" : ""}`, async () => {
      const Class = classes[name as keyof typeof classes] as new (options: object) => Estimator;
      const tight = name === "LinearSVC" ? { tol: 1e-10, maxIter: 200_000 } : { tol: 1e-8 };
      const y = target === "none" ? undefined : split(golden[target] as number[])[0];
      const fitOptions: WeightedFitOptions = weighted
        ? { sampleWeight: split(golden.weight as number[])[0] }
        : {};
      const fitted = await new Class({ ...options, ...tight }).fit(x, y, fitOptions);
      const model = fitted as unknown as Fitted;
      // Both hold the kernel in float32, 6e-8 of it: the solution moves by that times its condition, some 100 here.
      const tolerance = 2e-5;
      await expectClose(model.intercept, one.intercept, tolerance);
      if (one.coef !== undefined) await expectClose(model.coef!, one.coef, tolerance);
      if (one.support !== undefined) {
        expect(Array.from(await model.support!.data())).toEqual(one.support);
        const most = Math.max(1, ...one.dualCoef.map(Math.abs));
        await expectClose(model.dualCoef!, one.dualCoef, tolerance * most);
      }
      if (one.decisionFunction !== undefined) {
        const values = await model.decisionFunction!(xTest);
        const most = Math.max(1, ...one.decisionFunction.map(Math.abs));
        await expectClose(values, one.decisionFunction, tolerance * most);
      }
      await expectClose(await model.predict(xTest), one.predict, name === "SVR" ? tolerance : 0);
    });
  }
});

const clouds = (n: number, seed: number, columns = 6): { x: number[][]; y: number[] } => {
  const random = new RandomStream(seed);
  const y = Array.from({ length: n }, (_, i) => i % 2);
  return { x: y.map((c) => Array.from({ length: columns }, () => random.normal() + 0.7 * c)), y };
};

describe("support vector machines", () => {
  test("end in the same place without shrinking, and with next to no cache", async () => {
    const { x: samples, y } = clouds(600, 1);
    const fit = async (options: object): Promise<number[]> => {
      const model = await new SVC({ tol: 1e-6, ...options }).fit(samples, y);
      return Array.from(await (await model.decisionFunction(samples.slice(0, 50))).data());
    };
    const expected = await fit({});
    for (const options of [{ shrinking: false }, { cacheSize: 0.01 }]) {
      (await fit(options)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 4));
    }
  });
  test("take a kernel of one's own", async () => {
    const { x: samples, y } = clouds(60, 2);
    const kernel = (a: Float64Array, b: Float64Array): number =>
      a.reduce((sum, value, i) => sum + value * b[i]!, 0);
    const own = await new SVC({ kernel }).fit(samples, y);
    const linear = await new SVC({ kernel: "linear" }).fit(samples, y);
    expect(await own.support.array()).toEqual(await linear.support.array());
    expect(() => own.toJSON()).toThrow("got a function, which no file can hold");
  });
  test("are the same on workers", async () => {
    const random = new RandomStream(3);
    const y = Array.from({ length: 900 }, (_, i) => i % 3);
    const samples = y.map((c) =>
      Array.from({ length: 40 }, (_, f) => random.normal() + Number(f === c)),
    );
    const fit = async (nJobs: number): Promise<string> =>
      JSON.stringify(await new SVC({ nJobs }).fit(samples, y));
    expect(await fit(2)).toBe(await fit(1));
  });
  test("keep their margin: free support vectors lie on it, the others on their sides", async () => {
    const { x: samples, y } = clouds(200, 4);
    const model = await new SVC({ C: 2, tol: 1e-8 }).fit(samples, y);
    const values = await (await model.decisionFunction(samples)).data();
    const support = Array.from(await model.support.data());
    const alpha = await model.dualCoef.data();
    samples.forEach((_, i) => {
      const margin = (2 * y[i]! - 1) * values[i]!;
      const s = support.indexOf(i);
      if (s < 0) expect(margin).toBeGreaterThan(1 - 1e-5);
      else if (Math.abs(alpha[s]!) < 2 - 1e-6) expect(margin).toBeCloseTo(1, 4);
      else expect(margin).toBeLessThan(1 + 1e-5);
    });
    expect(model.nSupport.reduce((sum, count) => sum + count, 0)).toBe(support.length);
    expect(await (await new SVC({ kernel: "linear" }).fit(samples, y)).coef!.array()).toHaveLength(
      1,
    );
  });
  test("tell probabilities as good as scikit-learn's, over folds", async () => {
    for (const target of ["binary", "multiclass"]) {
      const [y, yTest] = split(golden[target] as number[]);
      const found: number[] = [];
      for (let seed = 0; seed < 4; seed++) {
        const model = await new SVC({ probability: true, seed }).fit(x, y);
        const shares = await model.predictProba(xTest);
        const width = model.classes.length;
        const data = await shares.data();
        found.push(
          yTest.reduce((sum, c, i) => sum - Math.log(data[i * width + c]!), 0) / yTest.length,
        );
      }
      const mean = found.reduce((sum, loss) => sum + loss, 0) / found.length;
      const { mean: theirs, std } = golden.losses[target];
      // Four standard errors of the difference between a mean of four and one of ten.
      expect(Math.abs(mean - theirs)).toBeLessThan(4 * std * Math.sqrt(1 / 4 + 1 / 10));
    }
    const [y] = split(golden.binary as number[]);
    const without = await new SVC().fit(x, y);
    await expect(without.predictProba(xTest)).rejects.toThrow("new SVC({ probability: true })");
  });
  test("warn once of features that are not scaled", async () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => {});
    const { x: samples, y } = clouds(40, 5, 2);
    const unscaled = samples.map(([a, b]) => [a!, 1e4 * b!]);
    for (let i = 0; i < 2; i++) await new SVC().fit(unscaled, y);
    expect(warn).toHaveBeenCalledTimes(1);
    expect(warn.mock.calls[0]![0]).toMatch(/SVC.fit: feature 1 varies .* StandardScaler/);
  });
  test("say what is wrong", async () => {
    const { x: samples, y } = clouds(10, 6);
    await expect(new SVC({ C: 0 }).fit(samples, y)).rejects.toThrow(
      "SVC: C: expected a number above 0",
    );
    await expect(new SVC({ kernel: "cosine" as never }).fit(samples, y)).rejects.toThrow(
      'kernel: expected one of linear, poly, rbf, sigmoid or a function, got "cosine"',
    );
    await expect(
      new SVC().fit(
        samples,
        y.map(() => 1),
      ),
    ).rejects.toThrow("at least 2 classes, got 1");
    await expect(new OneClassSVM({ nu: 2 }).fit(samples)).rejects.toThrow("nu: expected a number");
  });
});
