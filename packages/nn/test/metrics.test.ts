import { readFileSync } from "node:fs";
import { wasm } from "@tensorloom/backend-cpu";
import { memory, tensor, use } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  Activation,
  auc,
  evaluate,
  f1,
  Flatten,
  precision,
  r2,
  recall,
  topKAccuracy,
  type ClassAverage,
  type MetricsOption,
} from "../src/index.ts";

beforeAll(async () => void (await use(wasm())));

interface Scores {
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
}
interface Golden {
  readonly multiclass: Readonly<Record<"macro" | "micro" | "weighted", Scores>> & {
    readonly logits: number[];
    readonly targets: number[];
    readonly classes: number;
    readonly accuracy: number;
    readonly top2: number;
  };
  readonly binary: Scores & {
    readonly scores: number[];
    readonly targets: number[];
    readonly auc: number;
  };
  readonly oneAgainstRest: {
    readonly logits: number[];
    readonly targets: number[];
    readonly auc: number;
  };
  readonly regression: Readonly<Record<"outputs" | "targets", number[]>> &
    Readonly<Record<"r2" | "mae" | "mse", number>>;
}
const golden = JSON.parse(
  readFileSync(new URL("fixtures/metrics.json", import.meta.url), "utf8"),
) as Golden;
const identity = new Activation((x) => x);

/** Scores in batches of 7: no divisor of any of the fixtures' sizes, so that means of means would differ. */
const score = (
  outputs: number[],
  width: number,
  targets: number[],
  metrics: MetricsOption,
): Promise<Record<string, number>> => {
  const isFloat = targets.some((value) => !Number.isInteger(value));
  const samples = outputs.length / width;
  const y = tensor(targets, { dtype: isFloat ? "float32" : "int32" });
  const data = {
    x: tensor(outputs, { dtype: "float32" }).reshape(width === 1 ? [samples] : [samples, width]),
    y: targets.length === samples ? y : y.reshape([samples, -1]),
  };
  return evaluate(identity, data, { metrics, batchSize: 7 });
};
// Counts are exact; quotients of them are computed in float64 on both sides.
const digits = 12;

describe("metrics equal scikit-learn's, over batches of any size", () => {
  test("of several classes", async () => {
    const { logits, classes, targets, ...rest } = golden.multiclass;
    const plain = await score(logits, classes, targets, ["accuracy", topKAccuracy({ k: 2 }), "f1"]);
    // Shares of batches are float32, 6e-8 each.
    expect(plain["accuracy"]).toBeCloseTo(rest.accuracy, 6);
    expect(plain["topK"]).toBeCloseTo(rest.top2, 6);
    expect(plain["f1"]).toBeCloseTo(rest.macro.f1, digits);
    for (const average of ["macro", "micro", "weighted"] as const) {
      const options = { average: average as ClassAverage };
      const scores = await score(logits, classes, targets, [
        precision(options),
        recall(options),
        f1(options),
      ]);
      for (const name of ["precision", "recall", "f1"] as const) {
        expect(scores[name]).toBeCloseTo(rest[average][name], digits);
      }
    }
  });
  test("of two classes, by one logit or two", async () => {
    const { scores, targets, ...rest } = golden.binary;
    const names = ["precision", "recall", "f1", "auc"] as const;
    const one = await score(scores, 1, targets, names);
    const two = await score(
      scores.flatMap((s) => [0, s]),
      2,
      targets,
      names,
    );
    for (const name of names) {
      expect(one[name]).toBeCloseTo(rest[name], digits);
      expect(two[name]).toBeCloseTo(rest[name], digits);
    }
  });
  test("of one class against the rest", async () => {
    const { logits, targets, auc: expected } = golden.oneAgainstRest;
    // Ranks alone matter; float32 probabilities rank as float64 ones do here.
    expect((await score(logits, 3, targets, [auc()]))["auc"]).toBeCloseTo(expected, digits);
  });
  test("of numbers, however large their mean", async () => {
    const { outputs, targets, r2: explained, mae, mse } = golden.regression;
    const scores = await score(outputs, 2, targets, ["r2", "mae", "mse"]);
    // Values near 1e4 have a spacing of 1e-3 in float32; errors of 1 are then known to 1e-3 each, their means to about 1e-4.
    expect(scores["r2"]).toBeCloseTo(explained, 3);
    expect(scores["mae"]).toBeCloseTo(mae, 3);
    expect(scores["mse"]).toBeCloseTo(mse, 3);
  });
});

test("outputs [n, 1] beside targets [n] do not broadcast; what does not fit is named", async () => {
  const data = { x: tensor([[1], [2], [4]]), y: tensor([1, 2, 3]) };
  expect(await evaluate(new Flatten(), data, { metrics: ["mae", "r2"] })).toEqual({
    mae: expect.closeTo(1 / 3, 6) as number,
    r2: expect.closeTo(0.5, 6) as number,
  });
  const wide = { x: tensor([[1, 2]]), y: tensor([1]) };
  await expect(evaluate(identity, wide, { metrics: [r2()] })).rejects.toThrow(
    "r2: outputs: expected the targets' shape [1], got [1, 2]",
  );
  expect(() => topKAccuracy({ k: 0 })).toThrow("k: expected a whole number");
});

test("scores leak nothing", async () => {
  const { logits, classes, targets } = golden.multiclass;
  const x = tensor(logits, { dtype: "float32" }).reshape([-1, classes]);
  const data = { x, y: tensor(targets, { dtype: "int32" }) };
  const before = memory();
  await evaluate(identity, data, { metrics: ["accuracy", "topK", "f1", "auc"], batchSize: 8 });
  expect(memory()).toEqual(before);
});
