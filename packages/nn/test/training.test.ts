import { wasm } from "@tensorloom/backend-cpu";
import { Adam, SGD } from "@tensorloom/optim";
import { memory, ones, random, tensor, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  Conv2d,
  crossEntropy,
  Dropout,
  earlyStopping,
  evaluate,
  fit,
  Flatten,
  Linear,
  MaxPool2d,
  Module,
  predict,
  ReLU,
  Sequential,
} from "../src/index.ts";

beforeAll(async () => void (await use(wasm())));
beforeEach(() => random.seed(1));

/** Points in a plane, and the quadrant that they are in. */
function quadrants(count: number): { x: Tensor; y: Tensor } {
  const x = random.uniform([count, 2], { seed: 5, low: -1, high: 1 });
  const bits = x.greater(0).astype("int32");
  return { x, y: bits.mul([2, 1]).astype("int32").sum(1) };
}
const network = (): Sequential =>
  new Sequential(new Linear(2, 16), new ReLU(), new Dropout(0.1), new Linear(16, 4));
const quiet = { progress: false, loss: crossEntropy } as const;

describe("modules", () => {
  test("find parameters by path, and switch modes to any depth", () => {
    class Pair extends Module {
      readonly branches = [
        new Linear(2, 3),
        new Sequential(new Dropout(0.5), new Linear(3, 1, { bias: false })),
      ];
      forward(x: Tensor): Tensor {
        return this.branches.reduce((y, branch) => branch.forward(y), x);
      }
    }
    const pair = new Pair();
    expect(pair.namedParameters().map(([name]) => name)).toEqual([
      "branches.0.weight",
      "branches.0.bias",
      "branches.1.1.weight",
    ]);
    expect(
      pair
        .eval()
        .namedModules()
        .every(([, module]) => !module.isTraining),
    ).toBe(true);
    expect(pair.forward(ones([5, 2])).shape).toEqual([5, 1]);
  });
  test("a shared parameter is learnt once", () => {
    const layer = new Linear(2, 2);
    expect(new Sequential(layer, layer).parameters()).toHaveLength(2);
  });
  test("state goes from one to another, or nothing changes", () => {
    const [a, b] = [network(), network()];
    b.loadStateDict(a.stateDict());
    const x = ones([3, 2]);
    expect(b.eval().forward(x).dataSync()).toEqual(a.eval().forward(x).dataSync());
    const before = b.parameters().map((p) => p.value);
    expect(() => b.loadStateDict({ ...a.stateDict(), extra: x })).toThrow("unknown: extra");
    expect(() => b.loadStateDict({ ...a.stateDict(), "0.bias": x })).toThrow(
      "0.bias: expected shape [16], got [3, 2]",
    );
    expect(b.parameters().map((p) => p.value)).toEqual(before);
  });
  test("Linear takes any leading axes; mistakes name the layer and its place", () => {
    expect(new Linear(3, 2).forward(ones([4, 5, 3])).shape).toEqual([4, 5, 2]);
    expect(() => network().forward(ones([1, 3]))).toThrow(
      "Sequential.0 (Linear): x: expected shape [..., 2], got [1, 3]",
    );
    expect(() => new Sequential(3 as unknown as Module)).toThrow("layer 0: expected a module");
  });
  test("initial weights lie within 1 / sqrt(fan in)", () => {
    const { weight, bias } = new Conv2d(4, 8, [3, 2]);
    const bound = 1 / Math.sqrt(24);
    for (const { value } of [weight, bias!]) {
      expect(value.abs().max().item()).toBeLessThanOrEqual(bound);
      expect(value.abs().max().item()).toBeGreaterThan(bound / 2);
    }
  });
});

describe("fit", () => {
  test("learns, with metrics, validation and history", async () => {
    const model = network();
    const history = await fit(model, quadrants(400), {
      ...quiet,
      optimizer: new Adam(model, { learningRate: 0.02 }),
      metrics: ["accuracy"],
      epochs: 15,
      validation: 0.25,
      seed: 3,
    });
    expect(history.epochs).toHaveLength(15);
    expect(Object.keys(history.epochs[0]!.values)).toEqual([
      "loss",
      "accuracy",
      "valLoss",
      "valAccuracy",
    ]);
    expect(history.values("valAccuracy").at(-1)).toBeGreaterThan(0.93);
    expect(history.toString().split("\n")).toHaveLength(16);
    expect(model.isTraining).toBe(false);
    expect(
      (await evaluate(model, quadrants(100), { metrics: ["accuracy"] }))["accuracy"],
    ).toBeGreaterThan(0.9);
    expect((await predict(model, quadrants(10).x, { batchSize: 4 })).shape).toEqual([10, 4]);
  });
  test("repeats by seed", async () => {
    const run = async (): Promise<number[]> => {
      random.seed(9);
      const model = network();
      const optimizer = new SGD(model, { learningRate: 0.1 });
      const history = await fit(model, quadrants(60), { ...quiet, optimizer, epochs: 3, seed: 4 });
      return history.values("loss");
    };
    expect(await run()).toEqual(await run());
  });
  test("trains a convolution, and gives all memory back", async () => {
    const model = new Sequential(
      new Conv2d(1, 2, 3, { padding: "same" }),
      new ReLU(),
      new MaxPool2d(2),
      new Flatten(),
      new Linear(8, 2),
    );
    const x = random.normal([24, 4, 4, 1]);
    const y = x.reshape([24, 16]).mean(1).greater(0).astype("int32");
    const optimizer = new Adam(model);
    const run = async (): Promise<unknown> =>
      fit(
        model,
        { x, y },
        { ...quiet, optimizer, epochs: 2, validation: 0.2, metrics: ["accuracy"] },
      );
    await run();
    const before = memory();
    await run();
    expect(memory()).toEqual(before);
  });
  test("early stopping puts the best parameters back", async () => {
    const model = network();
    const data = quadrants(80);
    const optimizer = new Adam(model, { learningRate: 0.05 });
    const history = await fit(model, data, {
      ...quiet,
      optimizer,
      epochs: 200,
      validation: data,
      callbacks: [earlyStopping({ patience: 4 })],
      seed: 1,
    });
    expect(history.endedBy).toBe("callback");
    const losses = history.values("valLoss");
    const { loss } = await evaluate(model, data, { loss: crossEntropy });
    expect(loss).toBeCloseTo(Math.min(...losses), 5);
    const misnamed = fit(model, data, {
      ...quiet,
      optimizer,
      epochs: 1,
      callbacks: [earlyStopping()],
    });
    await expect(misnamed).rejects.toThrow(
      'monitor: expected one of loss, got "valLoss"; give fit validation data',
    );
  });
  test("a signal ends it; a loss that is not finite is an error that keeps the parameters", async () => {
    const model = network();
    const data = quadrants(64);
    const optimizer = new SGD(model, { learningRate: 0.1 });
    const stopped = await fit(model, data, { ...quiet, optimizer, signal: AbortSignal.abort() });
    expect([stopped.endedBy, stopped.epochs.length]).toEqual(["signal", 0]);
    const before = model.parameters().map((p) => Array.from(p.value.dataSync()));
    const broken = fit(model, data, {
      ...quiet,
      optimizer,
      loss: (o, t) => crossEntropy(o, t).mul(Number.NaN),
    });
    await expect(broken).rejects.toThrow(
      "fit: loss: expected a finite number, got NaN in epoch 1, step 1",
    );
    expect(model.parameters().map((p) => Array.from(p.value.dataSync()))).toEqual(before);
  });
  test("mistakes are named", async () => {
    const model = network();
    const optimizer = new SGD(model, { learningRate: 0.1 });
    const run = (options: object, data = quadrants(8)): Promise<unknown> =>
      fit(model, data, { ...quiet, optimizer, ...options });
    await expect(run({ epochs: 0 })).rejects.toThrow(
      "epochs: expected a positive whole number, got 0",
    );
    await expect(run({ validation: 2 })).rejects.toThrow(
      "validation: expected data, or a share of it between 0 and 1",
    );
    await expect(run({ metrics: ["acuracy"] })).rejects.toThrow(
      'expected a function or one of accuracy, topK, precision, recall, f1, auc, mae, mse, r2, got "acuracy"',
    );
    await expect(run({}, { x: ones([3, 2]), y: tensor([1], { dtype: "int32" }) })).rejects.toThrow(
      "expected as many samples in x as in y",
    );
  });
});
