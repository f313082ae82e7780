import { wasm } from "@tensorloom/backend-cpu";
import { FormatError, tensor, use } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  DummyClassifier,
  DummyClassifierModel,
  DummyRegressor,
  DummyRegressorModel,
  fromJSON,
  KNeighborsClassifier,
} from "../src/index.ts";
import { classTargets, sampleMatrix, samplesTensor, targetValues } from "../src/inputs.ts";
import { Pacer } from "../src/parallel/pacer.ts";
import { classWeights, sampleWeights } from "../src/weights.ts";
import { checkEstimator } from "./check-estimator.ts";

beforeAll(async () => void (await use(wasm())));

checkEstimator("DummyClassifier", () => new DummyClassifier({ strategy: "stratified" }), {
  allowsMissing: true,
  ignoresFeatures: true,
});
checkEstimator("DummyRegressor", () => new DummyRegressor({ strategy: "median" }), {
  allowsMissing: true,
  ignoresFeatures: true,
});
checkEstimator("KNeighborsClassifier", () => new KNeighborsClassifier({ nNeighbors: 3 }));

describe("samples", () => {
  test("come as tensors, nested arrays, or typed arrays with a shape", async () => {
    const expected = { data: Float64Array.of(1, 2, 3, 4), rows: 2, columns: 2 };
    const data = Float64Array.of(1, 2, 3, 4);
    for (const [x, dtype] of [
      [
        [
          [1, 2],
          [3, 4],
        ],
        "float32",
      ],
      [
        tensor([
          [1, 2],
          [3, 4],
        ]),
        "float32",
      ],
      [tensor(data, { shape: [2, 2] }), "float64"],
      [{ data, shape: [2, 2] }, "float64"],
      [{ data: Int32Array.from(data), shape: [2, 2] }, "float32"],
    ] as const) {
      expect(await sampleMatrix("f", x)).toEqual({ ...expected, dtype });
      const borrowed = await samplesTensor("f", x);
      expect(await borrowed.tensor.array()).toEqual([
        [1, 2],
        [3, 4],
      ]);
      borrowed.release();
    }
  });
  test("of wrong form are refused", async () => {
    const bad: [unknown, string][] = [
      [tensor([1, 2]), "got [2]; try reshape([-1, 1])"],
      [[[]], "got [1, 0]"],
      [[[1], [2, 3]], "got 2 in row 1"],
      [[["a"]], "got a in row 0, column 0; try OneHotEncoder"],
      [{ data: Float32Array.of(1, 2, 3), shape: [2, 2] }, "4 elements, got 3"],
      [[[Infinity]], "got Infinity"],
    ];
    for (const [x, message] of bad) {
      await expect(sampleMatrix("f", x as number[][])).rejects.toThrow(message);
    }
    const missing = await sampleMatrix("f", [[Number.NaN]], { allowMissing: true });
    expect(missing.data[0]).toBeNaN();
    await expect(sampleMatrix("f", [[Infinity]], { allowMissing: true })).rejects.toThrow("Inf");
  });
});

describe("targets and weights", () => {
  test("are numbers, one a sample", async () => {
    expect(Array.from(await targetValues("f", tensor([[1], [2]]), 2))).toEqual([1, 2]);
    await expect(targetValues("f", ["a"] as never, 1)).rejects.toThrow("try LabelEncoder");
    await expect(targetValues("f", undefined, 1)).rejects.toThrow("expected 1 values");
    await expect(classTargets("f", [0.5], 1)).rejects.toThrow("try a regressor");
    await expect(classTargets("f", [3, 3], 2, 2)).rejects.toThrow("at least 2 classes, got 1");
    const targets = await classTargets("f", [7, -1, 7], 3);
    expect(targets).toEqual({ classes: [-1, 7], indices: Int32Array.of(1, 0, 1) });
    expect(Array.from(classWeights("f", "balanced", targets))).toEqual([1.5, 0.75]);
    expect(Array.from(classWeights("f", { 7: 3 }, targets))).toEqual([1, 3]);
    expect(() => classWeights("f", { 2: 3 }, targets)).toThrow("classes of -1, 7, got 3 for 2");
    await expect(sampleWeights("f", [1], 2)).rejects.toThrow("sampleWeight: expected 2 values");
    await expect(sampleWeights("f", [1, -1], 2)).rejects.toThrow("got -1");
    await expect(sampleWeights("f", [0, 0], 2)).rejects.toThrow("got only 0");
  });
});

test("a fit reports, and stops on its signal", async () => {
  const abort = new AbortController();
  const seen: number[] = [];
  const pacer = new Pacer(3, {
    signal: abort.signal,
    onProgress: ({ done }) => {
      seen.push(done);
      if (done === 2) abort.abort(new Error("enough"));
    },
  });
  await pacer.done(1);
  await expect(pacer.done(2, 0.5)).rejects.toThrow("enough");
  expect(seen).toEqual([1, 2]);
});

describe("options of held estimators", () => {
  test("are replaced by name__option, and nothing else is", () => {
    const inner = new DummyRegressor({ strategy: "mean" });
    class Holder extends DummyRegressor {}
    const holder = new Holder({ estimator: inner } as never);
    const changed = holder.withParams({ estimator__strategy: "median" });
    expect((changed.getParams() as { estimator?: unknown }).estimator).toEqual(
      inner.withParams({ strategy: "median" }),
    );
    expect(inner.getParams()).toEqual({ strategy: "mean" });
    expect(() => inner.withParams({ strategy__a: 1 })).toThrow("expected an estimator as strategy");
  });
});

describe("files", () => {
  const saved = async () =>
    JSON.parse(JSON.stringify(await new DummyRegressor().fit([[1], [2]], [3, 5])));
  test("hold numbers that JSON lacks", async () => {
    const file = await saved();
    file.state.constant = "-Infinity";
    expect(fromJSON(file, DummyRegressorModel).constant).toBe(-Infinity);
  });
  test("that are not ours, or not whole, are refused", async () => {
    const file = await saved();
    const bad: [unknown, string][] = [
      ["{", "expected JSON"],
      [null, "expected an object"],
      [[], "expected an object"],
      [{ ...file, version: 2 }, "of version 2"],
      [{ ...file, format: "onnx" }, "got onnx"],
      [{ ...file, model: "constructor" }, "file.model: expected one of"],
      [{ ...file, model: "__proto__" }, "got __proto__"],
      [{ ...file, more: 1 }, "got more"],
      [{ ...file, state: {} }, "constant: expected a value"],
      [{ ...file, state: { constant: "1" } }, "constant: expected a number"],
      [{ ...file, state: { constant: 1, a: 2 } }, "no members but constant"],
    ];
    for (const [json, message] of bad) {
      expect(() => fromJSON(json)).toThrow(FormatError);
      expect(() => fromJSON(json)).toThrow(message);
    }
    expect(() => fromJSON(file, DummyClassifierModel)).toThrow("expected a DummyClassifierModel");
  });
  test("cannot reach prototypes", async () => {
    const text = JSON.stringify(await saved());
    for (const evil of [
      text.replace('"constant"', '"__proto__":{"polluted":1},"constant"'),
      text.replace('"state"', '"__proto__":{"polluted":1},"state"'),
    ]) {
      expect(() => fromJSON(evil)).toThrow(FormatError);
    }
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });
  test("declare their arrays' sizes truly", async () => {
    const model = await new KNeighborsClassifier({ nNeighbors: 1 }).fit([[1], [2]], [0, 1]);
    const file = JSON.parse(JSON.stringify(model));
    const { training } = file.state;
    for (const [change, message] of [
      [{ shape: [1e9, 1e9] }, "expected base64 of 8000000000000000000 bytes, got 24"],
      [{ shape: [1000] }, "expected base64 of 8000 bytes"],
      [{ shape: [-1] }, "whole numbers"],
      [{ base64: training.base64.replace("A", "*") }, "base64"],
      [{ type: "Float32Array" }, "expected Float64Array"],
    ] as const) {
      const broken = { ...file, state: { ...file.state, training: { ...training, ...change } } };
      expect(() => fromJSON(broken)).toThrow(FormatError);
      expect(() => fromJSON(broken)).toThrow(message);
    }
  });
});
