import { readFileSync } from "node:fs";
import { wasm } from "@tensorloom/backend-cpu";
import { tensor, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  DummyClassifier,
  DummyRegressor,
  ElasticNet,
  GaussianNB,
  GaussianNBModel,
  Lasso,
  LinearRegression,
  LinearRegressionModel,
  LogisticRegression,
  LogisticRegressionModel,
  Ridge,
  type Estimator,
  type LinearPredictor,
  type WeightedFitOptions,
} from "../src/index.ts";
import { checkEstimator } from "./check-estimator.ts";

beforeAll(async () => void (await use(wasm())));

interface Values {
  shape: number[];
  data: number[];
}
const golden = JSON.parse(readFileSync(new URL("fixtures/linear.json", import.meta.url), "utf8"));
const samples = ({ shape, data }: Values) => ({ data: Float64Array.from(data), shape });

async function expectNear(
  actual: Tensor | readonly number[],
  expected: readonly number[],
  tolerance: number,
): Promise<void> {
  const values = Array.from(Array.isArray(actual) ? actual : await (actual as Tensor).data());
  expect(values.length).toBe(expected.length);
  const scale = Math.max(1, ...expected.map(Math.abs));
  values.forEach((value, i) =>
    expect(Math.abs(value - expected[i]!), `${value} for ${expected[i]}`).toBeLessThanOrEqual(
      tolerance * scale,
    ),
  );
}

type Regressor = Estimator & {
  fit(x: unknown, y: number[], options?: WeightedFitOptions): Promise<LinearPredictor>;
};
const regressors: Record<string, new (options: object) => Regressor> = {
  LinearRegression: LinearRegression as never,
  Ridge: Ridge as never,
  Lasso: Lasso as never,
  ElasticNet: ElasticNet as never,
};

describe("linear regressors equal scikit-learn's", () => {
  for (const one of golden.regressions) {
    test(`${one.model} ${JSON.stringify(one.options)} ${one.given} ${one.weighted}`, async () => {
      const x = samples(golden.data[one.given]);
      const y = one.given === "wide" ? golden.data.wideY : golden.data.y;
      const options = one.weighted ? { sampleWeight: golden.data.weights } : {};
      using model = await new regressors[one.model]!(one.options).fit(x, y, options);
      // Factorizations are right to about the condition number, below 1e4 here, times float64's step; descents to the
      // root of the duality gap, 1e-12 of the targets' variance, over the curvature.
      const tolerance = one.options.tol === undefined ? 1e-9 : 1e-6;
      await expectNear(model.coef, one.coef, tolerance);
      await expectNear([model.intercept], [one.intercept], tolerance);
      using predicted = await model.predict(x);
      expect(predicted.dtype).toBe("float64");
      await expectNear(predicted, one.predict, tolerance);
      expect(Math.abs((await model.score(x, y)) - one.score)).toBeLessThan(tolerance);
      if (model instanceof LinearRegressionModel) {
        expect(model.rank).toBe(one.rank);
        await expectNear(model.singular, one.singular, 1e-12);
      }
    });
  }
  test("stops when scikit-learn does", async () => {
    const model = await new Lasso({ alpha: 0.2 }).fit(samples(golden.data.x), golden.data.y);
    expect(model.nIter).toBe(golden.data.lassoSweeps);
    expect(model.isConverged).toBe(true);
    const hasty = await new Lasso({ alpha: 0.2, maxIter: 1 }).fit(
      samples(golden.data.x),
      golden.data.y,
    );
    expect([hasty.nIter, hasty.isConverged]).toEqual([1, false]);
    expect(hasty.dualGap).toBeGreaterThan(0);
  });
});

describe("linear classifiers and naive Bayes equal scikit-learn's", () => {
  for (const one of golden.classifiers) {
    test(`${one.model} ${JSON.stringify(one.options)} ${one.given} ${one.weighted}`, async () => {
      const x = samples(golden.data[one.given]);
      const y = golden.data[`${one.given}Y`];
      const sampleWeight = golden.data.classWeights.slice(0, y.length);
      const estimator =
        one.model === "GaussianNB"
          ? new GaussianNB(one.options)
          : new LogisticRegression(one.options);
      using model = await estimator.fit(x, y, one.weighted ? { sampleWeight } : {});
      using predicted = await model.predict(x);
      expect(Array.from(await predicted.data())).toEqual(one.predict);
      if (model instanceof LogisticRegressionModel) {
        expect(model.isConverged).toBe(true);
        expect(model.coef.shape).toEqual(one.coef.shape);
        // Scikit-learn stops at a gradient of 1e-8; over the least curvature, some 1e-2, and its own last step.
        await expectNear(model.coef, one.coef.data, 2e-6);
        await expectNear(model.intercept, one.intercept, 2e-6);
      }
      if (model instanceof GaussianNBModel) {
        await expectNear(model.theta, one.theta.data, 1e-12);
        await expectNear(model.variance, one.variance.data, 1e-12);
        await expectNear(model.classPrior, one.classPrior, 1e-12);
        expect(model.epsilon).toBeCloseTo(one.epsilon, 12);
      }
      using shares = await model.predictProba(x);
      expect(shares.shape).toEqual(one.predictProba.shape);
      await expectNear(shares, one.predictProba.data, 1e-6);
      using logs = await model.predictLogProba(x);
      await expectNear(logs.exp(), one.predictProba.data, 1e-6);
    });
  }
  test("features of very different scales do not hinder", async () => {
    const scale = [1, 1e6, 1e-5, 1, 100];
    const { shape, data } = golden.data.many;
    const x = {
      shape,
      data: Float64Array.from(data as number[], (value, i) => value * scale[i % 5]!),
    };
    const model = await new LogisticRegression({ penalty: "none" }).fit(x, golden.data.manyY);
    expect(model.isConverged).toBe(true);
    const plain = await new LogisticRegression({ penalty: "none" }).fit(
      samples(golden.data.many),
      golden.data.manyY,
    );
    await expectNear(
      await model.predictProba(x),
      Array.from(await (await plain.predictProba(samples(golden.data.many))).data()),
      1e-4,
    );
  });
  test("what can be separated without a penalty does not converge", async () => {
    const model = await new LogisticRegression({ penalty: "none", maxIter: 5 }).fit(
      [[0], [1]],
      [0, 1],
    );
    expect([model.nIter, model.isConverged]).toEqual([5, false]);
  });
  test("decisions have the sign of the class", async () => {
    const model = await new LogisticRegression().fit([[0], [1], [2], [3]], [4, 4, 9, 9]);
    const decisions = await (await model.decisionFunction([[0], [3]])).data();
    expect(Array.from(decisions, Math.sign)).toEqual([-1, 1]);
    expect((await model.predictProba(tensor([[1.5]]))).dtype).toBe("float32");
  });
});

describe("dummies equal scikit-learn's", () => {
  for (const { options, weighted, constant } of golden.dummies) {
    test(`${JSON.stringify(options)} ${weighted}`, async () => {
      const { x, y, weights } = golden.data;
      const model = await new DummyRegressor(options).fit(
        samples(x),
        y,
        weighted ? { sampleWeight: weights } : {},
      );
      expect(model.constant).toBeCloseTo(constant, 12);
    });
  }
  test("weighted priors", async () => {
    const { many, manyY, classWeights, classPrior } = golden.data;
    const model = await new DummyClassifier().fit(samples(many), manyY, {
      sampleWeight: classWeights,
    });
    await expectNear(model.classPrior, classPrior, 1e-12);
    using shares = await model.predictProba([[1], [2]]);
    expect(shares.shape).toEqual([2, 3]);
  });
});

checkEstimator("LinearRegression", () => new LinearRegression());
checkEstimator("Ridge", () => new Ridge({ alpha: 2 }));
checkEstimator("Lasso", () => new Lasso({ alpha: 0.1 }), { isLong: true });
checkEstimator("ElasticNet", () => new ElasticNet({ alpha: 0.1 }), { isLong: true });
checkEstimator("LogisticRegression", () => new LogisticRegression(), { isLong: true });
checkEstimator("LogisticRegression, l1", () => new LogisticRegression({ penalty: "l1" }), {
  isLong: true,
});
checkEstimator("GaussianNB", () => new GaussianNB());

test("options out of range are named", async () => {
  const [x, y] = [
    [[1], [2]],
    [0, 1],
  ];
  const wrong: [Estimator, string][] = [
    [new Ridge({ alpha: -1 }), "Ridge: alpha"],
    [new Lasso({ alpha: 0 }), "Lasso: alpha"],
    [new ElasticNet({ l1Ratio: 2 }), "l1Ratio"],
    [new ElasticNet({ maxIter: 0 }), "maxIter"],
    [new LogisticRegression({ C: 0 }), "C: expected"],
    [new LogisticRegression({ penalty: "l3" as never }), 'got "l3"'],
    [new LogisticRegression({ tol: -1 }), "tol"],
    [new LogisticRegression({ classWeight: { 5: 1 } }), "classes of 0, 1"],
    [new GaussianNB({ priors: [1] }), "priors: expected 2"],
    [new GaussianNB({ varSmoothing: -1 }), "varSmoothing"],
    [new DummyRegressor({ strategy: "quantile" }), "quantile"],
    [new DummyRegressor({ strategy: "constant" }), "constant"],
    [new DummyRegressor({ strategy: "mode" as never }), '"mode"'],
  ];
  for (const [estimator, message] of wrong) {
    await expect(estimator.fit(x, y)).rejects.toThrow(message);
  }
  await expect(new LogisticRegression().fit(x, [1, 1])).rejects.toThrow("at least 2 classes");
});
