import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { fromArrays } from "@tensorloom/data";
import { Adam, reduceOnPlateau, SGD } from "@tensorloom/optim";
import { memory, ones, random, tensor, use, type Tensor } from "@tensorloom/tensor";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  Activation,
  BatchNorm,
  crossEntropy,
  csvLogger,
  Dropout,
  earlyStopping,
  evaluate,
  fit,
  learningRateSchedule,
  Linear,
  loadCheckpoint,
  modelCheckpoint,
  Module,
  predict,
  ReLU,
  Sequential,
  terminateOnNaN,
  type Batch,
  type Callback,
  type FitOptions,
  type TrainingSource,
} from "../src/index.ts";

const folder = mkdtempSync(path.join(tmpdir(), "tensorloom-fit-"));
beforeAll(async () => {
  await use(cpu());
  await use(wasm());
});
afterAll(() => rmSync(folder, { recursive: true }));
beforeEach(() => random.seed(1));

/** Points in a plane, and whether both coordinates have one sign. */
function points(count: number): Batch {
  const x = random.uniform([count, 2], { seed: 5, low: -1, high: 1 });
  return { x, y: x.prod(1).greater(0).astype("int32") };
}
const network = (): Sequential =>
  new Sequential(
    new Linear(2, 12),
    new BatchNorm(12),
    new ReLU(),
    new Dropout(0.2),
    new Linear(12, 2),
  );
const quiet = { progress: false, loss: crossEntropy } as const;
const weights = (model: Module<unknown>): number[][] =>
  Object.values(model.stateDict()).map((value) => Array.from(value.dataSync()));

describe("data", () => {
  test("tensors, data sets, arrays of batches: the same batches train the same model", async () => {
    const data = points(64);
    const batches = [0, 16, 32, 48].map((begin) => ({
      x: data.x.slice([begin], [begin + 16]),
      y: data.y.slice([begin], [begin + 16]),
    }));
    const sources: TrainingSource[] = [batches, fromArrays({ ...data }).batch(16)];
    const results: number[][][] = [];
    for (const source of sources) {
      random.seed(3);
      const model = network();
      const optimizer = new Adam(model);
      const validation = fromArrays({ ...data }).batch(10);
      const history = await fit(model, source, { ...quiet, optimizer, epochs: 2, validation });
      results.push(weights(model));
      expect(Object.keys(history.epochs[0]!.values)).toEqual(["loss", "valLoss"]);
      const whole = await evaluate(model, data, { loss: crossEntropy });
      expect(history.values("valLoss").at(-1)).toBeCloseTo(whole["loss"]!, 5);
    }
    expect(results[0]).toEqual(results[1]);
    // What was given stays the giver's.
    expect(batches.every(({ x }) => !x.isDisposed)).toBe(true);
  });
  test("a shuffled data set trains in another order each epoch, and leaks nothing", async () => {
    const data = points(40);
    const model = network();
    const optimizer = new Adam(model);
    const source = fromArrays({ ...data })
      .shuffle({ seed: 2 })
      .batch(8)
      .prefetch();
    const options = { ...quiet, optimizer, epochs: 2, metrics: ["accuracy", "auc"] as const };
    await fit(model, source, options);
    const before = memory();
    await fit(model, source, options);
    (await predict(model, source)).dispose();
    expect(memory()).toEqual(before);
  });
  test("what cannot be read is named", async () => {
    const model = network();
    const run = (source: unknown, options: Partial<FitOptions> = {}): Promise<unknown> => {
      const optimizer = new SGD(model, { learningRate: 0.1 });
      return fit(model, source as TrainingSource, { ...quiet, optimizer, epochs: 2, ...options });
    };
    const once = (function* () {
      yield points(4);
    })();
    await expect(run(once)).rejects.toThrow("got none in epoch 2; a generator can be read once");
    await expect(run([3])).rejects.toThrow("expected batches { x, y } of tensors, got number");
    await expect(run([points(4)], { validation: 0.5 })).rejects.toThrow("split before batching");
  });
});

describe("several outputs", () => {
  class TwoHeads extends Module<{ sign: Tensor; sum: Tensor }> {
    readonly trunk = new Linear(2, 8);
    readonly sign = new Linear(8, 2);
    readonly sum = new Linear(8, 1);
    forward(x: Tensor): { sign: Tensor; sum: Tensor } {
      const features = this.trunk.forward(x).relu();
      return { sign: this.sign.forward(features), sum: this.sum.forward(features) };
    }
  }
  test("are trained, scored and predicted by name", async () => {
    const { x, y: sign } = points(60);
    const data = { x, y: { sign, sum: x.sum(1, { keepDims: true }) } };
    const model = new TwoHeads();
    const before = memory();
    const optimizer = new Adam(model, { learningRate: 0.02 });
    const history = await fit(model, data, {
      optimizer,
      loss: (outputs, targets) =>
        crossEntropy(outputs.sign, targets.sign).add(outputs.sum.sub(targets.sum).square().mean()),
      metrics: { sign: ["accuracy"], sum: ["mae", "r2"] },
      epochs: 30,
      validation: 0.2,
      progress: false,
      seed: 1,
    });
    expect(Object.keys(history.epochs[0]!.values)).toEqual([
      ...["loss", "signAccuracy", "sumMae", "sumR2"],
      ...["valLoss", "valSignAccuracy", "valSumMae", "valSumR2"],
    ]);
    expect(history.values("valSumR2").at(-1)).toBeGreaterThan(0.9);
    const outputs = await predict(model, x, { batchSize: 7 });
    expect([outputs.sign.shape, outputs.sum.shape]).toEqual([
      [60, 2],
      [60, 1],
    ]);
    outputs.sign.dispose();
    outputs.sum.dispose();
    optimizer.dispose();
    expect(memory()).toEqual(before);
  });
});

describe("resuming", () => {
  let data: Batch;
  beforeEach(() => void (data = points(50)));
  /** Trains for 6 epochs: at once, or in two parts with a checkpoint between. */
  const train = async (
    resume: boolean,
    source: () => TrainingSource,
    validation: FitOptions["validation"],
  ): Promise<{ weights: number[][]; history: unknown }> => {
    const file = path.join(folder, "training.safetensors");
    const part = async (epochs: number, options: Partial<FitOptions>): ReturnType<typeof train> => {
      // A new program would seed and build otherwise: all must come from the file.
      random.seed(options.resume === undefined ? 7 : 99);
      const model = network();
      const plateau = reduceOnPlateau(0.05, { patience: 0, factor: 0.5 });
      const history = await fit(model, source(), {
        ...quiet,
        optimizer: new Adam(model, { learningRate: 0.05 }),
        metrics: ["accuracy"],
        epochs,
        batchSize: 8,
        ...(validation !== undefined && { validation }),
        callbacks: [
          learningRateSchedule(plateau, { monitor: "loss" }),
          earlyStopping({ monitor: "loss", patience: 20, restoreBest: false }),
          modelCheckpoint(file),
        ],
        ...options,
      });
      return { weights: weights(model), history: history.epochs.map(({ values }) => values) };
    };
    if (!resume) return part(6, {});
    await part(3, {});
    return part(6, { resume: file });
  };
  test("goes on to the bit, random state, optimizer, schedule and validation split included", async () => {
    const whole = (): TrainingSource => data;
    expect(await train(true, whole, 0.2)).toEqual(await train(false, whole, 0.2));
  });
  test("also from a data set, shuffled by its seed or by the global generator", async () => {
    for (const options of [{ seed: 3 }, {}]) {
      const source = (): TrainingSource =>
        fromArrays({ ...data })
          .shuffle(options)
          .batch(8);
      expect(await train(true, source, undefined)).toEqual(await train(false, source, undefined));
    }
  });
  test("early stopping goes on with the best weights it had", async () => {
    const files: Uint8Array[] = [];
    // Without layers that change by being used.
    const plain = (): Sequential => new Sequential(new Linear(2, 8), new ReLU(), new Linear(8, 2));
    const model = plain();
    const optimizer = new Adam(model, { learningRate: 0.02 });
    const options = { ...quiet, validation: points(30), epochs: 4 };
    const callbacks = [
      earlyStopping({ patience: 50 }),
      modelCheckpoint((bytes) => void files.push(bytes.slice())),
    ];
    await fit(model, data, { ...options, optimizer, callbacks });
    const checkpoint = await loadCheckpoint(files[1]!);
    expect(checkpoint.history.epochs).toHaveLength(2);
    expect(Object.keys(checkpoint.callbacks[0]!.tensors!)).toEqual(Object.keys(model.stateDict()));
    const stopping = earlyStopping({ patience: 1 });
    const other = plain();
    const frozen = new Adam(other, { learningRate: 0 });
    // Nothing is learnt any more, so that the best is what the checkpoint holds.
    await fit(other, data, {
      ...options,
      optimizer: frozen,
      callbacks: [stopping],
      resume: checkpoint,
    });
    const best = Math.min(...checkpoint.history.values("valLoss"));
    expect((await evaluate(other, points(30), { loss: crossEntropy }))["loss"]).toBeCloseTo(
      best,
      5,
    );
    checkpoint.dispose();
    await expect(
      loadCheckpoint(new Uint8Array([2, 0, 0, 0, 0, 0, 0, 0, 123, 125])),
    ).rejects.toThrow("expected a file of modelCheckpoint");
  });
});

describe("callbacks", () => {
  test("are called in order, around epochs and steps", async () => {
    const calls: string[] = [];
    const spy: Callback = {
      onStart: () => void calls.push("start"),
      onEpochStart: (epoch) => void calls.push(`epoch ${epoch}`),
      onStepEnd: ({ step }) => void calls.push(`step ${step}`),
      onEpochEnd: () => void calls.push("end"),
      onEpochDone: () => void calls.push("done"),
      onEnd: () => void calls.push("over"),
    };
    const model = network();
    const optimizer = new SGD(model, { learningRate: 0.1 });
    await fit(model, points(10), {
      ...quiet,
      optimizer,
      epochs: 1,
      batchSize: 5,
      callbacks: [spy],
    });
    expect(calls).toEqual(["start", "epoch 1", "step 1", "step 2", "end", "done", "over"]);
  });
  test("learningRateSchedule by epoch and by step; csvLogger; modelCheckpoint of the best", async () => {
    const model = network();
    const optimizer = new SGD(model, { learningRate: 1 });
    const rates: number[] = [];
    const watch: Callback = { onStepEnd: () => void rates.push(optimizer.learningRate) };
    const file = path.join(folder, "log.csv");
    const saved: number[] = [];
    const callbacks = [
      watch,
      learningRateSchedule((epoch) => 0.1 / (epoch + 1)),
      csvLogger(file),
      modelCheckpoint(() => void saved.push(1), { bestOnly: true, monitor: "accuracy" }),
    ];
    const metrics = ["accuracy"] as const;
    const options = { ...quiet, optimizer, metrics, epochs: 3, batchSize: 10 };
    const history = await fit(model, points(20), { ...options, callbacks });
    expect(rates).toEqual([0.1, 0.1, 0.05, 0.05, 0.1 / 3, 0.1 / 3]);
    const lines = readFileSync(file, "utf8").trim().split("\n");
    expect(lines).toHaveLength(4);
    expect(lines[0]).toBe("epoch,seconds,loss,accuracy");
    expect(lines[3]!.split(",")[2]).toBe(String(history.values("loss")[2]));
    const accuracies = history.values("accuracy");
    const records = accuracies.filter((a, i) => accuracies.slice(0, i).every((b) => a > b));
    expect(saved).toHaveLength(records.length);
    rates.length = 0;
    const perStep = learningRateSchedule((step) => 1 / (step + 1), { per: "step" });
    optimizer.loadState({ steps: 0, tensors: {} });
    await fit(model, points(20), { ...options, epochs: 1, callbacks: [perStep, watch] });
    expect(rates).toEqual([1 / 2, 1 / 3]);
  });
  test("terminateOnNaN ends training quietly, with the weights from before", async () => {
    const model = network();
    const optimizer = new SGD(model, { learningRate: 0.1 });
    let steps = 0;
    const loss = (outputs: Tensor, targets: Tensor): Tensor =>
      crossEntropy(outputs, targets).mul(++steps > 3 ? Number.NaN : 1);
    const options = { ...quiet, optimizer, loss, epochs: 5, batchSize: 10 };
    const history = await fit(model, points(20), { ...options, callbacks: [terminateOnNaN()] });
    expect([history.endedBy, history.epochs.length, steps]).toEqual(["callback", 1, 4]);
  });
});

describe("a loss that is not finite, looked into", () => {
  const run = async (model: Module, data: Batch, loss = crossEntropy): Promise<unknown> => {
    const optimizer = new SGD(model, { learningRate: 0.1 });
    return fit(model, data, { ...quiet, loss, optimizer, debug: true });
  };
  test("is traced to the layer, the loss, the data or the parameters", async () => {
    const x = tensor([[1, -1]]);
    const y = tensor([0], { dtype: "int32" });
    const layered = new Sequential(new Activation((v) => v.log()), new Linear(2, 2));
    await expect(run(layered, { x, y })).rejects.toThrow(
      "the first NaN came from map log(x0) to [1, 2], in 0 (Activation)",
    );
    const plain = (): Sequential => new Sequential(new Linear(2, 2));
    const broken = (outputs: Tensor, targets: Tensor): Tensor =>
      crossEntropy(outputs, targets).sub(100).sqrt();
    await expect(run(plain(), { x, y }, broken)).rejects.toThrow(
      /map .*sqrt.* to \[\], in the loss/,
    );
    await expect(run(plain(), { x: x.log(), y })).rejects.toThrow(
      "x [1, 2] is not finite at element 1",
    );
    const spoilt = plain();
    spoilt.parameters()[1]!.assign(ones([2]).div(0));
    await expect(run(spoilt, { x, y })).rejects.toThrow("0.bias [2] is not finite at element 0");
  });
  test("leaves weights and memory as they were", async () => {
    const model = new Sequential(
      new Linear(2, 2),
      new Dropout(0.5),
      new Activation((v) => v.log()),
    );
    // A large enough batch for some logit to be negative.
    const data = points(30);
    const before = weights(model);
    const { tensors } = memory();
    await expect(run(model, data)).rejects.toThrow("2 (Activation)");
    expect(weights(model)).toEqual(before);
    expect(memory().tensors).toBe(tensors);
  });
});
