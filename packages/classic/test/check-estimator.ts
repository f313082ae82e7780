// What every estimator of the package must do, as scikit-learn's check_estimator. A test file calls it once for each.
import { memory, Tensor, TensorloomError } from "@tensorloom/tensor";
import { describe, expect, test } from "vitest";
import { fromJSON, type Estimator, type FittedModel, type LongWork } from "../src/index.ts";
import { RandomStream } from "../src/random/random-stream.ts";

/** Samples and targets that the checks fit; the default is three clouds of ten samples with three features. */
export interface Example {
  x: number[][];
  y: number[];
}

/** What differs from estimator to estimator. */
export interface Checks {
  /** What to fit instead of the default. */
  example?: Example;
  /** Whether NaN may stand for missing values. */
  allowsMissing?: boolean;
  /** Whether the number of features may differ in prediction: for those that do not look at them. */
  ignoresFeatures?: boolean;
  /** Whether the model says how long its fits took. */
  isTimed?: boolean;
  /** Whether fits take long enough to report progress and stop on a signal. */
  isLong?: boolean;
  /** Whether targets are needed; true by default for classifiers and regressors. */
  needsTargets?: boolean;
}

const outputs = [
  "predict",
  "predictProba",
  "predictLogProba",
  "decisionFunction",
  "transform",
  "scoreSamples",
] as const;
type Output = (typeof outputs)[number];
type Callable = Record<Output, (x: number[][]) => Promise<Tensor>>;

const random = new RandomStream(7);
const clouds: Example = {
  x: Array.from({ length: 30 }, (_, i) =>
    [0, 1, 2].map((f) => random.normal() + 3 * Number(f === i % 3) + 4),
  ),
  y: Array.from({ length: 30 }, (_, i) => i % 3),
};

/** Registers the checks of one estimator. */
export function checkEstimator(
  name: string,
  create: () => Estimator,
  {
    example,
    allowsMissing,
    ignoresFeatures,
    isLong = false,
    isTimed = false,
    ...rest
  }: Checks = {},
): void {
  const { kind } = create();
  const needsTargets = rest.needsTargets ?? (kind === "classifier" || kind === "regressor");
  const { x, y } = example ?? {
    x: clouds.x,
    y: kind === "regressor" ? clouds.x.map(([a, b, c]) => a! - 2 * b! + c! ** 2) : clouds.y,
  };
  const fit = (samples = x, targets: number[] | undefined = y, options?: LongWork) =>
    create().fit(samples, targets, options);

  async function outputsOf(model: FittedModel): Promise<Record<string, number[]>> {
    const found: Record<string, number[]> = {};
    for (const output of outputs.filter((key) => model.supports(key))) {
      const result = await (model as unknown as Callable)[output](x);
      found[output] = Array.from(await result.data());
      result.dispose();
    }
    return found;
  }

  describe(`${name} is an estimator`, () => {
    test("keeps its options, and a clone has the same", () => {
      const estimator = create();
      expect(estimator.clone()).toBeInstanceOf(estimator.constructor);
      expect(estimator.clone().getParams()).toEqual(estimator.getParams());
      expect(estimator.withParams({}).getParams()).toEqual(estimator.getParams());
    });

    test("gives the same when it is fitted again, and leaves its options alone", async () => {
      const estimator = create();
      const before = estimator.getParams();
      const [first, second] = [await estimator.fit(x, y), await estimator.fit(x, y)];
      expect(await outputsOf(first)).toEqual(await outputsOf(second));
      const saved = [first, second].map((model) => (isTimed ? "" : JSON.stringify(model)));
      expect(saved[0]).toBe(saved[1]);
      expect(estimator.getParams()).toEqual(before);
      first.dispose();
      second.dispose();
    });

    test("predicts the same after toJSON and fromJSON", async () => {
      using model = await fit();
      const text = JSON.stringify(model);
      using read = fromJSON(text);
      expect(read).toBeInstanceOf(model.constructor);
      expect(await outputsOf(read)).toEqual(await outputsOf(model));
      expect(JSON.stringify(read)).toBe(text);
    });

    test("predicts one at a time what it predicts together", async () => {
      using model = await fit();
      // Draws count their own samples.
      if (!model.supports("predict") || ignoresFeatures) return;
      const predict = (model as unknown as Callable).predict.bind(model);
      using together = await predict(x.slice(0, 5));
      for (const [i, value] of (await together.data()).entries()) {
        using alone = await predict([x[i]!]);
        expect((await alone.data())[0]).toBeCloseTo(value, 4);
      }
    });

    test("leaves no tensors behind", async () => {
      const before = memory();
      const model = await fit();
      await outputsOf(model);
      if (model.supports("score")) {
        await (model as unknown as { score(x: number[][], y: number[]): Promise<number> }).score(
          x,
          y,
        );
      }
      model.dispose();
      expect(memory()).toEqual(before);
      await fit([]).catch(() => {});
      expect(memory()).toEqual(before);
    });

    test("names what is wrong", async () => {
      const fails = async (task: Promise<unknown>, part: string | RegExp): Promise<void> => {
        const error: unknown = await task.then(
          () => undefined,
          (reason: unknown) => reason,
        );
        expect(error).toBeInstanceOf(TensorloomError);
        expect((error as Error).message).toMatch(part);
      };
      const withNaN = x.map((row, i) => (i === 1 ? row.map(() => Number.NaN) : row));
      if (allowsMissing !== true) await fails(fit(withNaN), /x: expected finite numbers, got NaN/);
      await fails(fit([]), /x: expected shape \[samples, features\]/);
      const ragged = x.map((row, i) => (i === 1 ? row.slice(1) : row));
      await fails(fit(ragged), /x: expected rows of \d+ features/);
      if (needsTargets) {
        await fails(fit(x, y.slice(1)), /y: expected \d+ values, one a sample, got \d+/);
        await fails(
          fit(
            x,
            y.map(() => Number.NaN),
          ),
          /y: expected finite numbers/,
        );
        await fails(create().fit(x), /y: expected \d+ values/);
      }
      using model = await fit();
      if (ignoresFeatures === true) return;
      const wide = x.map((row) => [...row, 1]);
      for (const output of outputs.filter((key) => model.supports(key))) {
        await fails(
          (model as unknown as Callable)[output](wide),
          /x: expected \d+ features, as in training, got \d+/,
        );
      }
    });

    test.runIf(isLong)("reports, and stops on a signal", async () => {
      const done: number[] = [];
      (await fit(x, y, { onProgress: (progress) => done.push(progress.done) })).dispose();
      expect(done.length).toBeGreaterThan(0);
      const signal = AbortSignal.abort(new Error("stopped"));
      await expect(fit(x, y, { signal })).rejects.toThrow("stopped");
    });
  });
}
