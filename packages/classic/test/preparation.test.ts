import { readFileSync } from "node:fs";
import { wasm } from "@tensorloom/backend-cpu";
import { memory, Tensor, tensor, use } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  fromJSON,
  LabelEncoder,
  LabelEncoderModel,
  MinMaxScaler,
  OneHotEncoder,
  OrdinalEncoder,
  PolynomialFeatures,
  RobustScaler,
  SimpleImputer,
  StandardScaler,
  type Estimator,
  type TransformerModel,
} from "../src/index.ts";
import { checkEstimator } from "./check-estimator.ts";

beforeAll(async () => void (await use(wasm())));

interface Values {
  shape: number[];
  data: (number | string)[];
}
const golden = JSON.parse(
  readFileSync(new URL("fixtures/preparation.json", import.meta.url), "utf8"),
);
const samples = ({ shape, data }: Values) => ({ data: Float64Array.from(data, Number), shape });

async function expectValues(actual: Tensor, expected: Values): Promise<void> {
  expect(actual.shape).toEqual(expected.shape);
  const values = await actual.data();
  expected.data.forEach((value, i) => {
    if (value === "NaN") expect(values[i]).toBeNaN();
    else expect(values[i]).toBeCloseTo(Number(value), 10);
  });
}

const classes: Record<string, new (options: object) => Estimator> = {
  StandardScaler: StandardScaler as never,
  MinMaxScaler: MinMaxScaler as never,
  RobustScaler: RobustScaler as never,
  SimpleImputer: SimpleImputer as never,
  PolynomialFeatures: PolynomialFeatures as never,
};

describe("transformers equal scikit-learn's", () => {
  for (const one of golden.transformers) {
    test(`${one.name} ${JSON.stringify(one.options)} ${one.given} ${one.weighted}`, async () => {
      const before = memory();
      const estimator = new classes[one.name]!(one.options);
      const options = one.weighted ? { sampleWeight: golden.weights } : {};
      const fitted = await estimator.fit(samples(golden[one.given]), undefined, options as object);
      const model = fitted as TransformerModel &
        Record<string, Tensor> & {
          inverseTransform(x: Tensor): Promise<Tensor>;
        };
      const given = samples(one.name === "SimpleImputer" ? golden.newMissing : golden.new);
      using transformed = await model.transform(given);
      await expectValues(transformed, one.transform);
      if (one.inverse !== undefined && "inverseTransform" in model) {
        using back = await model.inverseTransform(transformed);
        await expectValues(back, one.inverse);
      }
      for (const [name, expected] of Object.entries(one.attributes as Record<string, number[]>)) {
        await expectValues(model[name]!, { shape: [expected.length], data: expected });
      }
      model.dispose();
      transformed.dispose();
      expect(memory().tensors).toBeLessThanOrEqual(before.tensors + 1);
    });
  }
  test("names of products", async () => {
    const model = await new PolynomialFeatures({ degree: 3 }).fit([[1, 2]]);
    expect(model.featureNames()).toEqual(golden.polynomialNames);
    expect(model.featureNames(["a", "b"])[4]).toBe("a b");
  });
  test("the dtype is the samples'", async () => {
    const model = await new StandardScaler().fit([[1], [2]]);
    expect((await model.transform([[1]])).dtype).toBe("float32");
    expect((await model.transform(tensor([[1]], { dtype: "float64" }))).dtype).toBe("float64");
  });
});

describe("encoders equal scikit-learn's", () => {
  const { table, unseen } = golden.encoders;
  test("one-hot", async () => {
    for (const [options, key] of [
      [{}, "oneHot"],
      [{ drop: "first" }, "first"],
      [{ drop: "ifBinary" }, "ifBinary"],
    ] as const) {
      const model = await new OneHotEncoder(options).fit(table);
      using encoded = await model.transform(table);
      await expectValues(encoded, golden.encoders[key]);
      expect(await model.inverseTransform(encoded)).toEqual(table);
      expect(JSON.stringify(fromJSON(JSON.stringify(model)))).toBe(JSON.stringify(model));
    }
    const model = await new OneHotEncoder({ handleUnknown: "ignore" }).fit(table);
    await expectValues(await model.transform(unseen), golden.encoders.ignore);
    expect(model.featureNames(["colour", "count", "size"])).toEqual(golden.encoders.names);
    expect(await model.inverseTransform(await model.transform(unseen))).toEqual([
      [null, 3, "m"],
      ["blue", null, "s"],
    ]);
    const strict = await new OneHotEncoder().fit(table);
    await expect(strict.transform(unseen)).rejects.toThrow(
      "expected one of blue, green, red in column 0, got pink",
    );
    await expect(
      new OneHotEncoder({ categories: [["red"], [1], ["s"]] }).fit(table),
    ).rejects.toThrow("got blue");
  });
  test("ordinal", async () => {
    const model = await new OrdinalEncoder().fit(table);
    using encoded = await model.transform(table);
    await expectValues(encoded, golden.encoders.ordinal);
    expect(await model.inverseTransform(encoded)).toEqual(table);
    const lenient = await new OrdinalEncoder({ handleUnknown: "useEncodedValue" }).fit(table);
    await expectValues(await lenient.transform(unseen), golden.encoders.ordinalUnseen);
    await expect(model.transform(unseen)).rejects.toThrow("got pink");
    const gaps = await new OrdinalEncoder({ encodedMissingValue: -5 }).fit([["a"], [null]]);
    expect(await (await gaps.transform([[null], ["a"]])).array()).toEqual([[-5], [0]]);
  });
  test("what is missing is a category; names that prototypes have are names", async () => {
    const rows = [["toString"], [null], ["__proto__"], ["constructor"]];
    const model = await new OneHotEncoder().fit(rows);
    expect(model.categories).toEqual([["__proto__", "constructor", "toString", null]]);
    expect(fromJSON(JSON.stringify(model), model.constructor as never)).toMatchObject({
      categories: model.categories,
    });
    const numbers = await new OneHotEncoder().fit([[2], [Number.NaN], [1]]);
    expect(numbers.categories).toEqual([[1, 2, null]]);
  });
  test("labels", async () => {
    const model = await new LabelEncoder().fit(["b", "a", "c", "a"]);
    expect(model.classes).toEqual(["a", "b", "c"]);
    using numbers = await model.transform(["c", "a"]);
    expect(numbers.dtype).toBe("int32");
    expect(await model.inverseTransform(numbers)).toEqual(["c", "a"]);
    expect(fromJSON(JSON.stringify(model), LabelEncoderModel).classes).toEqual(model.classes);
    await expect(model.transform(["d"])).rejects.toThrow("got d");
    await expect(model.inverseTransform([3])).rejects.toThrow("expected 0 to 2, got 3");
    await expect(new LabelEncoder().fit([])).rejects.toThrow("at least one");
    await expect(new LabelEncoder().fit([Number.NaN])).rejects.toThrow("got NaN");
    expect((await new LabelEncoder().fit(tensor([5, 3]))).classes).toEqual([3, 5]);
  });
});

const missing = { allowsMissing: true };
checkEstimator("StandardScaler", () => new StandardScaler(), missing);
checkEstimator("MinMaxScaler", () => new MinMaxScaler({ clip: true }), missing);
checkEstimator("RobustScaler", () => new RobustScaler(), missing);
checkEstimator("SimpleImputer", () => new SimpleImputer({ addIndicator: true }), missing);
checkEstimator("PolynomialFeatures", () => new PolynomialFeatures());
checkEstimator("OneHotEncoder", () => new OneHotEncoder() as never, missing);
checkEstimator(
  "OrdinalEncoder",
  () => new OrdinalEncoder({ encodedMissingValue: -1 }) as never,
  missing,
);

test("options out of range are named", async () => {
  const wrong: [Promise<unknown>, string][] = [
    [new MinMaxScaler({ featureRange: [1, 0] }).fit([[1]]), "featureRange"],
    [new RobustScaler({ quantileRange: [75, 25] }).fit([[1]]), "quantileRange"],
    [new SimpleImputer({ strategy: "mode" as never }).fit([[1]]), '"mode"'],
    [new SimpleImputer().fit([[Number.NaN]]), "at least one value"],
    [new PolynomialFeatures({ degree: 1.5 }).fit([[1]]), "degree"],
    [new PolynomialFeatures({ degree: 0, includeBias: false }).fit([[1]]), "at least one product"],
    [new OneHotEncoder({ drop: "last" as never }).fit([["a"]]), '"last"'],
    [new OneHotEncoder({ categories: [] }).fit([["a"]]), "those of 1 features, got 0"],
    [new OneHotEncoder().fit([["a"], ["a", "b"]]), "got 2 in row 1"],
    [new OneHotEncoder().fit([[{} as never]]), "numbers, text or null"],
    [new StandardScaler().fit([[Infinity]]), "Infinity"],
  ];
  for (const [task, message] of wrong) await expect(task).rejects.toThrow(message);
});
