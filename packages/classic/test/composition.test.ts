import { readFileSync } from "node:fs";
import { wasm } from "@tensorloom/backend-cpu";
import { memory, tensor, use } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  chi2,
  ColumnTransformer,
  ColumnTransformerModel,
  fClassif,
  fRegression,
  fromJSON,
  GaussianNB,
  Lasso,
  LinearRegression,
  LogisticRegression,
  MinMaxScaler,
  mutualInfoClassif,
  mutualInfoRegression,
  OneHotEncoder,
  Pipeline,
  PipelineModel,
  RFE,
  Ridge,
  SelectFromModel,
  SelectKBest,
  SimpleImputer,
  StandardScaler,
  VarianceThreshold,
} from "../src/index.ts";
import { digamma, incompleteBeta, logGamma, upperGamma } from "../src/special-functions.ts";
import { checkEstimator } from "./check-estimator.ts";

beforeAll(async () => void (await use(wasm())));

const { selection } = JSON.parse(
  readFileSync(new URL("fixtures/preparation.json", import.meta.url), "utf8"),
);
const samples = ({ shape, data }: { shape: number[]; data: number[] }) => ({
  data: Float64Array.from(data),
  shape,
});
const scorers = { chi2, fClassif, fRegression, mutualInfoClassif, mutualInfoRegression };

describe("feature selection equals scikit-learn's", () => {
  for (const one of selection.scores) {
    test(one.name, async () => {
      const score = scorers[one.name as keyof typeof scorers];
      const { scores, pValues } = await score(samples(selection[one.x]), selection[one.y]);
      // Scikit-learn adds noise of 1e-10 to the features of mutual information.
      const digits = one.pValues === undefined ? 6 : 9;
      one.scores.forEach((s: number, i: number) => expect(scores[i]).toBeCloseTo(s, digits));
      one.pValues?.forEach((p: number, i: number) =>
        // Twelve digits of however small a chance.
        expect(Math.abs(pValues![i]! - p)).toBeLessThan(1e-10 * p),
      );
    });
  }
  test("the best, by elimination, from a model, by variance", async () => {
    const x = samples(selection.x);
    expect((await new SelectKBest({ k: 3 }).fit(x, selection.classes)).kept).toEqual(
      selection.best,
    );
    const rfe = await new RFE({ estimator: new LinearRegression(), nFeaturesToSelect: 3 }).fit(
      x,
      selection.target,
    );
    expect([rfe.kept, rfe.ranking]).toEqual([selection.rfe.kept, selection.rfe.ranking]);
    const steps = await new RFE({ estimator: new LogisticRegression(), step: 0.25 }).fit(
      x,
      selection.classes,
    );
    expect(steps.ranking).toEqual(selection.rfe.stepRanking);
    for (const { estimator, options, kept, threshold } of selection.fromModel) {
      const isLasso = estimator === "Lasso";
      const model = await new SelectFromModel({
        estimator: isLasso ? new Lasso({ alpha: 0.1 }) : new LogisticRegression({ tol: 1e-8 }),
        ...options,
      }).fit(x, isLasso ? selection.target : selection.classes);
      expect(model.kept).toEqual(kept);
      expect(model.threshold).toBeCloseTo(threshold, 5);
    }
    const varied = await new VarianceThreshold({ threshold: 0.9 }).fit(x);
    expect(varied.kept).toEqual(selection.varied);
    selection.variances.forEach((v: number, i: number) =>
      expect(varied.variances[i]).toBeCloseTo(v, 12),
    );
  });
  test("what was dropped comes back as 0", async () => {
    const model = await new SelectKBest({ k: 1 }).fit(
      [
        [1, 5],
        [2, 6],
        [8, 6],
      ],
      [0, 0, 1],
    );
    expect(await (await model.inverseTransform([[3]])).array()).toEqual([[3, 0]]);
    expect(model.support).toEqual([true, false]);
    expect(model.featureNames(["a", "b"])).toEqual(["a"]);
    const own = await new SelectKBest({ k: 1, scoreFunc: async () => ({ scores: [1, 2] }) }).fit(
      [[1, 2]],
      [0],
    );
    expect([own.kept, own.pValues]).toEqual([[1], undefined]);
  });
});

test("special functions have known values", () => {
  expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.sqrt(Math.PI)), 13);
  expect(logGamma(11)).toBeCloseTo(Math.log(3628800), 12);
  expect(digamma(1)).toBeCloseTo(-0.577_215_664_901_532_9, 13);
  expect(incompleteBeta(0.3, 2, 3)).toBeCloseTo(0.3483, 12);
  expect(upperGamma(1, 2)).toBeCloseTo(Math.exp(-2), 14);
  expect(upperGamma(0.5, 0)).toBe(1);
});

const steps = () =>
  [
    ["scale", new StandardScaler()],
    ["model", new LogisticRegression()],
  ] as const;

describe("a pipeline", () => {
  const [x, y] = [
    [
      [1, 3],
      [2, 1],
      [3, 5],
      [9, 7],
      [8, 9],
      [7, 6],
    ],
    [0, 0, 0, 1, 1, 1],
  ];
  test("does what its steps do one after another", async () => {
    using model = await new Pipeline(steps()).fit(x, y);
    using scaled = await new StandardScaler().fitTransform(x);
    using alone = await new LogisticRegression().fit(scaled, y);
    expect(await (await model.predictProba(x)).array()).toEqual(
      await (await alone.predictProba(scaled)).array(),
    );
    expect(await model.score(x, y)).toBe(1);
    expect(model.classes).toEqual([0, 1]);
    expect([...model.steps.keys()]).toEqual(["scale", "model"]);
  });
  test("scales by the training samples alone", async () => {
    using model = await new Pipeline(steps()).fit(x, y);
    using small = await model.decisionFunction([[5, 5]]);
    using large = await model.decisionFunction([
      [5, 5],
      [1000, 1000],
    ]);
    expect((await large.data())[0]).toBe((await small.data())[0]);
  });
  test("has what its last step has", async () => {
    using model = await new Pipeline([
      ["scale", new StandardScaler()],
      ["model", new Ridge()],
    ]).fit(x, y);
    expect([model.supports("predict"), model.supports("predictProba")]).toEqual([true, false]);
    await expect(model.predictProba(x)).rejects.toThrow("got RidgeModel");
    using scaler = await new Pipeline([
      ["a", new SimpleImputer()],
      ["b", new MinMaxScaler()],
    ]).fit(x);
    expect(await (await scaler.transform([[1, 1]])).array()).toEqual([[0, 0]]);
  });
  test("changes options of its steps, and steps", () => {
    const pipeline = new Pipeline(steps());
    const changed = pipeline.withParams({ model__C: 5, scale: new MinMaxScaler() });
    expect(changed.getParams().steps[1]![1].getParams()).toEqual({ C: 5 });
    expect(changed.getParams().steps[0]![1]).toBeInstanceOf(MinMaxScaler);
    expect(pipeline.getParams().steps[1]![1].getParams()).toEqual({});
    expect(() => pipeline.withParams({ other__C: 5 })).toThrow("expected a step of scale, model");
    expect(
      () =>
        new Pipeline([
          ["a", new Ridge()],
          ["a", new Ridge()],
        ]),
    ).toThrow("different names");
    expect(() => new Pipeline([])).toThrow("at least one");
    expect(pipeline.kind).toBe("classifier");
  });
  test("leaves nothing behind when a step fails", async () => {
    const before = memory();
    const wrong = new Pipeline([
      ["model", new Ridge()],
      ["other", new Ridge()],
    ]);
    await expect(wrong.fit(x, y)).rejects.toThrow("expected a step that transforms");
    await expect(new Pipeline(steps()).fit(x, [1, 1, 1, 1, 1, 1])).rejects.toThrow("2 classes");
    expect(memory()).toEqual(before);
  });
  test("of pipelines is saved and read", async () => {
    const inner = new Pipeline(steps());
    const outer = new Pipeline([
      ["fill", new SimpleImputer()],
      ["rest", inner],
    ]);
    using model = await outer.fit(x, y);
    using read = fromJSON(JSON.stringify(model), PipelineModel);
    expect(await (await read.predictProba(x)).array()).toEqual(
      await (await model.predictProba(x)).array(),
    );
    expect(outer.withParams({ rest__model__C: 3 }).getParams().steps[1]![1]).toEqual(
      inner.withParams({ model__C: 3 }),
    );
    let deep = JSON.parse(JSON.stringify(model));
    for (let i = 0; i < 40; i++) {
      const [{ format, version }, state] = [deep, { steps: [{ name: "a", model: deep }] }];
      deep = { format, version, model: "PipelineModel", state };
    }
    expect(() => fromJSON(deep)).toThrow("at most 32 models inside of each other");
  });
});

describe("a column transformer", () => {
  const table = [
    [1, "red", 5],
    [3, "blue", null],
    [2, "red", 7],
  ];
  const columns = () =>
    new ColumnTransformer({
      transformers: [
        ["colour", new OneHotEncoder({ handleUnknown: "ignore" }), [1]],
        ["size", new MinMaxScaler(), [0]],
      ],
      remainder: "passthrough",
    });
  test("puts columns beside each other", async () => {
    const before = memory();
    const model = await columns().fit(table);
    const result = await model.transform(table);
    const nan = Number.NaN;
    expect(await result.array()).toEqual([
      [0, 1, 0, 5],
      [1, 0, 1, nan],
      [0, 1, 0.5, 7],
    ]);
    expect(model.featureNames(["size", "colour", "age"])).toEqual([
      "colour_blue",
      "colour_red",
      "size",
      "age",
    ]);
    using read = fromJSON(JSON.stringify(model), ColumnTransformerModel);
    using again = await read.transform(table);
    expect(await again.array()).toEqual(await result.array());
    again.dispose();
    result.dispose();
    model.dispose();
    expect(memory()).toEqual(before);
  });
  test("drops the rest, and works in a pipeline", async () => {
    const pipeline = new Pipeline([
      ["columns", columns().withParams({ remainder: "drop", size: "passthrough" })],
      ["model", new GaussianNB()],
    ]);
    using model = await pipeline.fit(table, [1, 0, 1]);
    expect(
      await (
        await model.predict([
          [1, "red", 0],
          [3, "blue", 0],
        ])
      ).array(),
    ).toEqual([1, 0]);
    const searched = pipeline.withParams({ columns__colour__drop: "first" });
    expect(searched.getParams().steps[0]![1].getParams()).toMatchObject({ remainder: "drop" });
    using numbers = await new ColumnTransformer({
      transformers: [
        ["a", "drop", [0]],
        ["b", "passthrough", [1]],
      ],
    }).fitTransform(
      tensor([
        [1, 2],
        [3, 4],
      ]),
    );
    expect(await numbers.array()).toEqual([[2], [4]]);
  });
  test("names what is wrong", async () => {
    const scaler = new MinMaxScaler();
    const wrong: [ColumnTransformer, string][] = [
      [new ColumnTransformer({ transformers: [["a", scaler, [3]]] }), "columns from 0 to 2, got 3"],
      [
        new ColumnTransformer({
          transformers: [
            ["a", scaler, [0]],
            ["a", scaler, [0]],
          ],
        }),
        "different names",
      ],
      [
        new ColumnTransformer({ transformers: [["a", scaler, [1]]] }),
        "x: expected numbers, got red",
      ],
      [columns().withParams({ remainder: "keep" }), '"keep"'],
    ];
    for (const [estimator, message] of wrong) {
      await expect(estimator.fit(table)).rejects.toThrow(message);
    }
    const model = await columns().fit(table);
    await expect(model.transform([[1, "red"]])).rejects.toThrow(
      "3 features, as in training, got 2",
    );
  });
});

const supervised = { needsTargets: true };
checkEstimator("SelectKBest", () => new SelectKBest({ k: 2 }), supervised);
checkEstimator("VarianceThreshold", () => new VarianceThreshold());
checkEstimator("RFE", () => new RFE({ estimator: new LogisticRegression() }), {
  ...supervised,
  isLong: true,
});
checkEstimator(
  "SelectFromModel",
  () => new SelectFromModel({ estimator: new LogisticRegression() }),
  supervised,
);
checkEstimator("Pipeline", () => new Pipeline(steps()) as never, {
  isLong: true,
  allowsMissing: true,
});
checkEstimator(
  "ColumnTransformer",
  () =>
    new ColumnTransformer({
      transformers: [["scale", new StandardScaler(), [0, 1]]],
      remainder: "passthrough",
    }) as never,
  { allowsMissing: true },
);
