import { readFileSync } from "node:fs";
import { wasm } from "@tensorloom/backend-cpu";
import { Tensor, tensor, TensorloomError, use } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { metrics } from "../src/index.ts";

beforeAll(async () => void (await use(wasm())));

interface Case {
  metric: string;
  arguments: string[];
  options: Record<string, unknown>;
  result: unknown;
}
const golden: { inputs: Record<string, number[]>; cases: Case[] } = JSON.parse(
  readFileSync(new URL("fixtures/metrics.json", import.meta.url), "utf8"),
);
type Metric = (...args: unknown[]) => Promise<unknown>;

/** Both sides compute in float64: only the order of sums differs, over 60 samples; tensors are float32. */
function expectNear(actual: unknown, expected: unknown, tolerance = 1e-12): void {
  if (Array.isArray(expected)) {
    const values = Array.isArray(actual) ? actual : [actual];
    expect(values.length).toBe(expected.length);
    expected.forEach((value, i) => expectNear(values[i], value, tolerance));
  } else if (typeof expected === "object" && expected !== null) {
    for (const [name, value] of Object.entries(expected)) {
      expectNear((actual as Record<string, unknown>)[name], value, tolerance);
    }
  } else if (expected === "Infinity") expect(actual).toBe(Infinity);
  else {
    const [a, b] = [actual as number, expected as number];
    expect(Math.abs(a - b), `${a} for ${b}`).toBeLessThanOrEqual(
      tolerance * Math.max(1, Math.abs(b)),
    );
  }
}

describe("metrics equal scikit-learn's", () => {
  for (const [i, { metric, arguments: names, options, result }] of golden.cases.entries()) {
    test(`${i} ${metric} ${JSON.stringify(options)}`, async () => {
      const given = names.map((name) => golden.inputs[name]);
      const sampleWeight =
        options["sampleWeight"] === undefined ? undefined : golden.inputs["weights"];
      const all = sampleWeight === undefined ? options : { ...options, sampleWeight };
      const value = await (metrics as unknown as Record<string, Metric>)[metric]!(...given, all);
      if (value instanceof Tensor) expectNear(await value.array(), result, 1e-7);
      else expectNear(value, result);
    });
  }
});

test("tensors and typed arrays are taken as well", async () => {
  const truth = tensor(Int32Array.of(0, 1, 1));
  expect(await metrics.accuracy(truth, Float32Array.of(0, 1, 0))).toBe(2 / 3);
  const shares = tensor([
    [0.9, 0.1],
    [0.2, 0.8],
    [0.6, 0.4],
  ]);
  expect(await metrics.rocAuc(truth, shares)).toBe(1);
  expect(await metrics.logLoss(truth, shares)).toBeCloseTo(
    -(Math.log(0.9) + Math.log(0.8) + Math.log(0.4)) / 3,
    6,
  );
  expect(
    await metrics.averagePrecision([0, 1], { data: Float64Array.of(1, 2), shape: [2, 1] }),
  ).toBe(1);
});

test("a report prints as a table", async () => {
  const report = await metrics.classificationReport([0, 0, 1, 1], [0, 1, 1, 1], {
    names: ["cat", "dog"],
  });
  expect(report.toString()).toBe(
    [
      "          precision  recall     f1  support",
      "cat           1.000   0.500  0.667        2",
      "dog           0.667   1.000  0.800        2",
      "accuracy                     0.750        4",
      "macro         0.833   0.750  0.733        4",
      "weighted      0.833   0.750  0.733        4",
    ].join("\n"),
  );
});

describe("special cases", () => {
  test("are scikit-learn's", async () => {
    expect(await metrics.r2([1], [1])).toBeNaN();
    expect(await metrics.r2([2, 2], [2, 2])).toBe(1);
    expect(await metrics.r2([2, 2], [2, 3])).toBe(0);
    expect(await metrics.explainedVariance([2, 2], [3, 3])).toBe(1);
    expect(await metrics.adjustedRand([0, 0], [1, 1])).toBe(1);
    expect(await metrics.normalizedMutualInfo([0, 0], [1, 1])).toBe(1);
    expect(await metrics.normalizedMutualInfo([0, 0, 1, 1], [0, 1, 0, 1])).toBe(0);
    expect(await metrics.adjustedMutualInfo([0, 0], [1, 1])).toBe(1);
    expect(await metrics.matthewsCorrcoef([1, 1], [1, 1])).toBe(0);
    expect(await metrics.precision([1, 1], [0, 0])).toBe(0);
    expect(await metrics.precision([1, 1], [0, 0], { zeroDivision: 1 })).toBe(1);
    expect(await metrics.logLoss([1, 0], [1, 0])).toBeGreaterThan(0);
    expect((await metrics.rocCurve([1, 1], [1, 0])).falsePositiveRate.every(Number.isNaN)).toBe(
      true,
    );
    expect((await metrics.precisionRecallCurve([0, 0], [1, 2])).recall).toEqual([1, 1, 0]);
    expect(await metrics.silhouetteSamples([[0], [0.5], [9]], [0, 0, 1])).toEqual([
      8.5 / 9,
      8 / 8.5,
      0,
    ]);
    expect(metrics.auc([1, 0], [1, 1])).toBe(1);
  });
  test("of mistakes are typed errors", async () => {
    const many = golden.inputs["classes"]!;
    const shares = golden.inputs["shares"] as unknown as number[][];
    const fails: [Promise<unknown>, string][] = [
      [metrics.accuracy([1], [1, 2]), "expected as many predictions as true values"],
      [metrics.accuracy([], []), "at least one"],
      [metrics.accuracy([1], [Number.NaN]), "expected finite numbers"],
      [metrics.f1(many, many), 'expected "micro", "macro" or "weighted" for 4 classes'],
      [metrics.f1([2, 3], [2, 3]), "positive: expected one of the classes 2, 3, got 1"],
      [metrics.f1([0, 1], [0, 1], { average: "samples" as never }), 'got "samples"'],
      [metrics.fBeta([0, 1], [0, 1], { beta: 0 }), "beta: expected a positive number"],
      [metrics.rocAuc([1, 1], [1, 2]), "at least 2 classes, got 1"],
      [metrics.rocAuc(many, shares), 'multiClass: expected "ovr" or "ovo"'],
      [
        metrics.rocAuc(
          many,
          shares.map((row) => row.map((p) => p * 2)),
          { multiClass: "ovr" },
        ),
        "sum to 1",
      ],
      [metrics.rocAuc(many, many, { multiClass: "ovr" }), "a column a class, 4, got 1"],
      [metrics.rocCurve(many, many), "two classes, got 4"],
      [metrics.rocCurve([0, 1], [1]), "scores: expected 2 values"],
      [metrics.logLoss([1, 1], [1, 1]), "at least two classes"],
      [
        metrics.logLoss(
          [0, 1, 2],
          [
            [1, 0],
            [1, 0],
            [0, 1],
          ],
        ),
        "a column a class, 3, got 2",
      ],
      [metrics.logLoss([0, 5], [0, 1], { labels: [0, 1] }), "classes of 0, 1, got 5"],
      [metrics.brierScore([0, 1], [0, 1.5]), "1.5"],
      [metrics.msle([-1], [1]), "0 or more, got -1"],
      [metrics.confusionMatrix([1], [1], { labels: [7] }), "at least one of the true classes"],
      [metrics.classificationReport([0, 1], [0, 1], { names: ["a"] }), "expected 2, one a class"],
      [metrics.silhouette([[1], [2]], [0, 1]), "2 to 1 clusters"],
      [metrics.silhouette([[1], [2], [3]], [0, 0, 0]), "got 1"],
      [
        metrics.silhouette([[1], [2], [3]], [0, 0, 1], { metric: "toString" as never }),
        'got "toString"',
      ],
      [metrics.cohenKappa([0, 1], [0, 1], { weights: "cubic" as never }), "cubic"],
    ];
    for (const [task, message] of fails) {
      const error: unknown = await task.then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error, message).toBeInstanceOf(TensorloomError);
      expect((error as Error).message).toContain(message);
    }
    expect(() => metrics.auc([1], [1])).toThrow("at least two values");
  });
});
