import { wasm } from "@tensorloom/backend-cpu";
import { Adam, SGD } from "@tensorloom/optim";
import { grad, memory, random, tensor, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  averageModels,
  baggingEnsemble,
  crossEntropy,
  crossValidate,
  earlyStopping,
  Ensemble,
  evaluate,
  fit,
  l1,
  l1l2,
  l2,
  Linear,
  ReLU,
  Sequential,
  snapshotEnsemble,
  type Batch,
} from "../src/index.ts";

beforeAll(async () => void (await use(wasm())));
beforeEach(() => random.seed(1));

/** Points in a plane, and whether they lie in a disc. */
function points(count: number, seed = 5): Batch {
  const x = random.uniform([count, 2], { seed, low: -1, high: 1 });
  return { x, y: x.square().sum(1).less(0.5).astype("int32") };
}
const network = (): Sequential => new Sequential(new Linear(2, 12), new ReLU(), new Linear(12, 2));
const quiet = { progress: false, loss: crossEntropy } as const;

describe("regularizers", () => {
  test("are what their formulas say, with gradients", () => {
    const w = tensor([
      [1, -2],
      [0, 3],
    ]);
    expect(l1(0.5)(w).item()).toBe(3);
    expect(l2(0.5)(w).item()).toBe(7);
    expect(l1l2({ l1: 0.5, l2: 0.5 })(w).item()).toBe(10);
    expect(Array.from(grad((x) => l1(0.5)(x))(w).dataSync())).toEqual([0.5, -0.5, 0, 0.5]);
    expect(Array.from(grad((x) => l2(0.5)(x))(w).dataSync())).toEqual([1, -2, 0, 3]);
    expect(() => l1(-1)).toThrow("l1: strength: expected a number of 0 or more, got -1");
  });
  test("look at a module's weights, not its biases", () => {
    const model = network();
    const [first, second] = [model.layers[0] as Linear, model.layers[2] as Linear];
    const expected = first.weight.value.abs().sum().item() + second.weight.value.abs().sum().item();
    expect(l1(1)(model).item()).toBeCloseTo(expected, 5);
    expect(l1(1)(model.parameters()).item()).toBeCloseTo(expected, 5);
    expect(() => l1(1)([])).toThrow("a weight of two or more axes");
  });
  test("in fit, half of SGD's weight decay is the same training", async () => {
    const run = async (decay: number, strength: number): Promise<number[]> => {
      random.seed(3);
      const model = new Linear(2, 2, { bias: false });
      const optimizer = new SGD(model, { learningRate: 0.1, weightDecay: decay });
      const history = await fit(model, points(40), {
        ...quiet,
        optimizer,
        epochs: 3,
        seed: 2,
        ...(strength > 0 && { regularizer: l2(strength) }),
      });
      expect(history.values("penalty").every((value) => value > 0)).toBe(strength > 0);
      return Array.from(model.weight.value.dataSync());
    };
    const [decayed, penalized] = [await run(0.2, 0), await run(0, 0.1)];
    // The same up to float32 rounding of a dozen steps.
    decayed.forEach((value, i) => expect(penalized[i]).toBeCloseTo(value, 5));
  });
});

describe("crossValidate", () => {
  test("holds every sample out once, scores each fold, and prints a table", async () => {
    const seen: number[][] = [];
    const x = random.uniform([23, 1]);
    const y = x.mul(3);
    const before = memory();
    const result = await crossValidate(
      () => new Linear(1, 1),
      { x, y },
      {
        folds: 4,
        seed: 1,
        epochs: 40,
        batchSize: 8,
        progress: false,
        loss: (outputs, targets) => outputs.sub(targets).square().mean(),
        metrics: ["r2"],
        optimizer: (model) => new Adam(model, { learningRate: 0.1 }),
        callbacks: (fold) => {
          seen[fold] = [];
          return [{ onEpochEnd: (record) => void seen[fold]!.push(record.values["valLoss"]!) }];
        },
      },
    );
    expect(result.folds).toHaveLength(4);
    expect(result.mean("r2")).toBeGreaterThan(0.9);
    expect(result.std("r2")).toBeLessThan(0.2);
    expect(seen.map((losses) => losses.length)).toEqual([40, 40, 40, 40]);
    expect(result.values("loss")).toEqual(
      result.folds.map(({ history }) => history.values("valLoss").at(-1)),
    );
    expect(String(result).split("\n")).toHaveLength(7);
    expect(memory()).toEqual(before);
  });
  test("stratified folds hold classes alike", async () => {
    const y = tensor([...Array(15).fill(0), ...Array(10).fill(1)], { dtype: "int32" });
    const counts: number[] = [];
    // Outputs are the class, so that the mean absolute error of zeros is the share of ones in each fold.
    await crossValidate(
      () => new Linear(1, 1),
      { x: y.astype("float32").expandDims(1), y },
      {
        folds: 5,
        stratify: true,
        seed: 3,
        epochs: 1,
        progress: false,
        loss: (outputs) => outputs.sum(),
        metrics: [
          function ones(_: Tensor, targets: Tensor): Tensor {
            return targets.astype("float32").mean();
          },
        ],
        optimizer: (model) => new SGD(model, { learningRate: 0 }),
      },
    ).then((result) => counts.push(...result.values("ones")));
    for (const share of counts) expect(share).toBeCloseTo(0.4, 6);
  });
  test("names what is wrong", async () => {
    const run = (options: object): Promise<unknown> =>
      crossValidate(network, points(10), {
        ...quiet,
        optimizer: (model) => new Adam(model),
        ...options,
      });
    await expect(run({ folds: 11 })).rejects.toThrow("from 2 to the 10 samples, got 11");
    await expect(run({ folds: 1 })).rejects.toThrow("got 1");
  });
});

describe("ensembles", () => {
  let held: Batch;
  beforeAll(() => void (held = points(300, 9)));
  const accuracyOf = async (model: Ensemble): Promise<number> =>
    (await evaluate(model, held, { metrics: ["accuracy"] }))["accuracy"]!;
  test("outputs are averaged, or probabilities are", () => {
    const members = [tensor([[2, 0]]), tensor([[0, 4]])].map((shift) => {
      const layer = new Linear(2, 2);
      layer.weight.assign(layer.weight.value.mul(0));
      layer.bias!.assign(shift.reshape([2]));
      return layer;
    });
    const x = tensor([[1, 1]]);
    expect(Array.from(new Ensemble(members).forward(x).dataSync())).toEqual([1, 2]);
    const mixed = new Ensemble(members, { combine: "probabilities" }).forward(x).exp().dataSync();
    const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));
    expect(mixed[0]).toBeCloseTo((sigmoid(2) + sigmoid(-4)) / 2, 6);
    expect(mixed[0]! + mixed[1]!).toBeCloseTo(1, 6);
    expect(() => new Ensemble([])).toThrow("at least one model");
  });
  test("bagging trains members on different samples, and leaks nothing else", async () => {
    const data = points(80);
    const before = memory();
    const ensemble = await baggingEnsemble(network, data, {
      ...quiet,
      models: 3,
      epochs: 20,
      seed: 1,
      combine: "probabilities",
      optimizer: (model) => new Adam(model, { learningRate: 0.03 }),
    });
    expect(ensemble.members).toHaveLength(3);
    expect(await accuracyOf(ensemble)).toBeGreaterThan(0.85);
    const firsts = ensemble.members.map((m) => String(m.parameters()[0]!.value));
    expect(new Set(firsts).size).toBe(3);
    ensemble.dispose();
    expect(memory()).toEqual(before);
  });
  test("snapshots are taken where the learning rate reaches zero", async () => {
    const data = points(80);
    const before = memory();
    const ensemble = await snapshotEnsemble(network, data, {
      ...quiet,
      cycles: 3,
      epochsPerCycle: 20,
      learningRate: 0.05,
      seed: 1,
      optimizer: (model) => new Adam(model),
    });
    expect(ensemble.members).toHaveLength(3);
    expect(await accuracyOf(ensemble)).toBeGreaterThan(0.85);
    ensemble.dispose();
    expect(memory()).toEqual(before);
    const stream = { [Symbol.asyncIterator]: () => [data][Symbol.iterator]() as never };
    const options = { ...quiet, learningRate: 0.1, optimizer: (m: Sequential) => new Adam(m) };
    await expect(snapshotEnsemble(network, stream, options as never)).rejects.toThrow(
      "a stream of unknown length",
    );
  });
  test("weights are averaged, with weights of their own", () => {
    const [a, b] = [new Linear(2, 1), new Linear(2, 1)];
    const mean = averageModels([a, b], { weights: [3, 1] });
    const [va, vb] = [a.weight.value.dataSync(), b.weight.value.dataSync()];
    Array.from(mean["weight"]!.dataSync()).forEach((value, i) =>
      expect(value).toBeCloseTo(0.75 * va[i]! + 0.25 * vb[i]!, 6),
    );
    const other = new Linear(2, 1);
    other.loadStateDict(mean);
    expect(() => averageModels([a, network()])).toThrow("all with the same names");
    expect(() => averageModels([])).toThrow("expected at least one");
  });
});

test("early stopping is given anew to each fold", async () => {
  const result = await crossValidate(network, points(60), {
    ...quiet,
    folds: 2,
    epochs: 200,
    seed: 1,
    optimizer: (model) => new Adam(model, { learningRate: 0.05 }),
    callbacks: () => [earlyStopping({ patience: 3 })],
  });
  for (const { history, scores } of result.folds) {
    expect(history.endedBy).toBe("callback");
    expect(scores["loss"]).toBeCloseTo(Math.min(...history.values("valLoss")), 5);
  }
});
