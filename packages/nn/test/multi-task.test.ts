import { readFileSync } from "node:fs";
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { Adam } from "@tensorloom/optim";
import {
  grad,
  memory,
  ones,
  Parameter,
  random,
  tensor,
  use,
  type Tensor,
} from "@tensorloom/tensor";
import { beforeAll, beforeEach, describe, expect, test } from "vitest";
import {
  crossEntropy,
  evaluate,
  fit,
  functional,
  HardSharing,
  Linear,
  multiTaskLoss,
  predict,
  ReLU,
  Sequential,
  SoftSharing,
} from "../src/index.ts";

beforeAll(async () => {
  await use(cpu());
  await use(wasm());
});
beforeEach(() => random.seed(2));

interface Written {
  readonly shape: number[];
  readonly data: number[];
}
const golden = JSON.parse(
  readFileSync(new URL("fixtures/sharing.json", import.meta.url), "utf8"),
) as {
  readonly traceNorms: {
    readonly x: Written;
    readonly value: number;
    readonly gradient: Written;
  }[];
  readonly uncertainty: {
    readonly losses: [number, number];
    readonly logVariances: number[];
    readonly value: number;
    readonly gradient: number[];
  };
};
const squared = (outputs: Tensor, targets: Tensor): Tensor => outputs.sub(targets).square().mean();

describe("traceNorm", () => {
  for (const { x, value, gradient } of golden.traceNorms) {
    test(`equals PyTorch's, with its gradient, for [${x.shape.join(", ")}]`, () => {
      const matrix = tensor(x.data, { dtype: "float64" }).reshape(x.shape);
      // Squaring halves the digits of float64: 1e-8 relative of the largest singular value.
      expect(functional.traceNorm(matrix).item()).toBeCloseTo(value, 7);
      const slope = grad(functional.traceNorm)(matrix).dataSync();
      gradient.data.forEach((expected, i) => expect(slope[i]).toBeCloseTo(expected, 7));
    });
  }
  test("of rank one, its gradient is finite and stays in the row space", () => {
    const matrix = tensor([
      [3, 4],
      [3, 4],
    ]);
    expect(functional.traceNorm(matrix).item()).toBeCloseTo(Math.sqrt(50), 5);
    const slope = grad(functional.traceNorm)(matrix).dataSync();
    for (const [i, expected] of [0.6, 0.8, 0.6, 0.8].entries()) {
      expect(slope[i]).toBeCloseTo(expected / Math.SQRT2, 5);
    }
    expect(() => functional.traceNorm(ones([2]))).toThrow("expected a matrix, got [2]");
  });
});

describe("losses of several tasks", () => {
  test("are weighted, by name or in order", () => {
    const outputs = { a: tensor([1]), b: tensor([2]) };
    const targets = { a: tensor([0]), b: tensor([0]) };
    const loss = multiTaskLoss({ a: squared, b: squared }, { weights: { a: 3 } });
    expect(loss(outputs, targets).item()).toBe(7);
    const list = multiTaskLoss([squared, squared], { weights: { 1: 0.5 } });
    expect(list([outputs.a, outputs.b], [targets.a, targets.b]).item()).toBe(3);
    expect(() => multiTaskLoss({ a: squared }, { weights: { c: 1 } })).toThrow(
      'expected tasks among a, got "c"',
    );
  });
  test("by uncertainty equal PyTorch's, with the gradient of the variances", () => {
    const { losses, logVariances, value, gradient } = golden.uncertainty;
    const s = new Parameter(tensor(logVariances), "logVariances");
    const constant = (i: number) => () => tensor(losses[i]!);
    const loss = multiTaskLoss(
      { kind: constant(0), size: constant(1) },
      { logVariances: s, regressions: ["size"] },
    );
    const total = (): Tensor => loss({} as never, {} as never);
    // Float32: a few units of 6e-8.
    expect(total().item()).toBeCloseTo(value, 6);
    const slope = grad((v) => s.substitute(v, total))(s.value).dataSync();
    gradient.forEach((expected, i) => expect(slope[i]).toBeCloseTo(expected, 6));
  });
});

/** Two tasks on the same inputs: a class, and a number. */
function tasks(count: number): { x: Tensor; y: { kind: Tensor; size: Tensor } } {
  const x = random.uniform([count, 4], { seed: 3, low: -1, high: 1 });
  return {
    x,
    y: { kind: x.sum(1).greater(0).astype("int32"), size: x.mul(x).sum(1, { keepDims: true }) },
  };
}

describe("HardSharing", () => {
  const build = (weighting: "fixed" | "uncertainty") =>
    new HardSharing(
      new Sequential(new Linear(4, 24), new ReLU()),
      { kind: new Linear(24, 2), size: new Linear(24, 1) },
      { weighting },
    );
  test("learns both tasks, and the weights of their losses", async () => {
    const data = tasks(200);
    const before = memory();
    for (const weighting of ["fixed", "uncertainty"] as const) {
      const model = build(weighting);
      const optimizer = new Adam(model, { learningRate: 0.02 });
      const loss = model.loss({ kind: crossEntropy, size: squared }, { regressions: ["size"] });
      await fit(model, data, { optimizer, loss, epochs: 25, progress: false, seed: 1 });
      const scores = await evaluate(model, data, { metrics: { kind: ["accuracy"], size: ["r2"] } });
      expect(scores["kindAccuracy"]).toBeGreaterThan(0.95);
      expect(scores["sizeR2"]).toBeGreaterThan(0.8);
      if (weighting === "uncertainty") {
        // The sure task, whose error is small, counts for more.
        const [kind, size] = model.logVariances!.value.dataSync();
        expect(size).toBeLessThan(kind!);
      }
      optimizer.dispose();
      model.dispose();
    }
    expect(memory()).toEqual(before);
  });
  test("names its parameters by task; heads may be a list", async () => {
    expect(
      build("uncertainty")
        .namedParameters()
        .map(([name]) => name),
    ).toEqual([
      ...["trunk.0.weight", "trunk.0.bias", "heads.kind.weight", "heads.kind.bias"],
      ...["heads.size.weight", "heads.size.bias", "logVariances"],
    ]);
    const list = new HardSharing(new Linear(4, 3), [new Linear(3, 2), new Linear(3, 1)]);
    expect(list.namedParameters().map(([name]) => name)[2]).toBe("heads.0.weight");
    const [kind, size] = await predict(list, ones([5, 4]));
    expect([kind!.shape, size!.shape]).toEqual([
      [5, 2],
      [5, 1],
    ]);
    expect(build("fixed").eval().heads.kind.isTraining).toBe(false);
  });
});

describe("SoftSharing", () => {
  const model = (): Sequential => new Sequential(new Linear(4, 3), new ReLU(), new Linear(3, 1));
  test("the l2 penalty is the squared distance of all pairs", () => {
    const sharing = new SoftSharing([new Linear(2, 1), new Linear(2, 1), new Linear(2, 1)], {
      strength: 0.5,
    });
    const values = sharing.models.map((m) => [
      ...m.weight.value.dataSync(),
      ...m.bias!.value.dataSync(),
    ]);
    let expected = 0;
    for (const [i, a] of values.entries()) {
      for (const b of values.slice(i + 1)) a.forEach((v, k) => (expected += (v - b[k]!) ** 2));
    }
    expect(sharing.penalty().item()).toBeCloseTo(0.5 * expected, 6);
  });
  test("the trace penalty is the trace norm of the stacked parameters", () => {
    const sharing = new SoftSharing(
      { a: new Linear(3, 2), b: new Linear(3, 2) },
      { penalty: "trace", strength: 1 },
    );
    const expected = sharing
      .sharedParameters()
      .map(([, [a, b]]) =>
        functional.traceNorm(tensor([[...a!.dataSync()], [...b!.dataSync()]])).item(),
      )
      .reduce((sum, v) => sum + v);
    expect(sharing.penalty().item()).toBeCloseTo(expected, 5);
  });
  test("draws models together as it grows stronger, by either penalty", async () => {
    const data = tasks(60);
    const y = { a: data.y.size, b: data.y.size.mul(0.5) };
    for (const penalty of ["l2", "trace"] as const) {
      const apart: number[] = [];
      for (const strength of [0, 3]) {
        random.seed(4);
        const sharing = new SoftSharing({ a: model(), b: model() }, { penalty, strength });
        const optimizer = new Adam(sharing, { learningRate: 0.02 });
        const history = await fit(
          sharing,
          { x: data.x, y },
          {
            optimizer,
            loss: multiTaskLoss({ a: squared, b: squared }),
            regularizer: () => sharing.penalty(),
            epochs: 20,
            progress: false,
            seed: 1,
          },
        );
        expect(Object.keys(history.epochs[0]!.values)).toEqual(["loss", "penalty"]);
        // How far the second singular value of the stacked weights is from zero, relative to the first.
        const [, [a, b]] = sharing.sharedParameters()[0]!;
        const cosine =
          a!.mul(b!).sum().item() / Math.sqrt(a!.square().sum().item() * b!.square().sum().item());
        apart.push(1 - Math.abs(cosine));
      }
      expect(apart[1]).toBeLessThan(apart[0]! / 2);
    }
  });
  test("shares what has the same path and shape, and names what is wrong", () => {
    const wide = new Sequential(new Linear(4, 3), new ReLU(), new Linear(3, 5));
    const sharing = new SoftSharing({ a: model(), b: wide });
    expect(sharing.sharedParameters().map(([path]) => path)).toEqual(["0.weight", "0.bias"]);
    expect(() => new SoftSharing([model()])).toThrow("expected two or more");
    expect(() => new SoftSharing([new Linear(2, 1), new Linear(3, 2)])).toThrow(
      "of the same path and shape",
    );
    expect(() => new SoftSharing([model(), model()], { strength: -1 })).toThrow("strength");
  });
});
