// Rates, clipped gradients and averages of PyTorch: fixtures/optimizers.py.
import { readFileSync } from "node:fs";
import { cpu } from "@tensorloom/backend-cpu";
import { memory, Parameter, tensor, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import * as optim from "../src/index.ts";

beforeAll(async () => void (await use(cpu())));

interface ScheduleCase {
  name: "stepDecay";
  arguments: [number, { every: number }];
  rates: number[];
  observed?: number[];
}
const golden = JSON.parse(
  readFileSync(new URL("fixtures/pytorch.json", import.meta.url), "utf8"),
) as {
  schedules: ScheduleCase[];
  clipping: Record<"clipByNorm" | "clipByGlobalNorm" | "clipByValue" | "unclipped", number[][]> & {
    gradients: { shape: number[]; data: number[] }[];
  };
};

describe("rates equal PyTorch's", () => {
  for (const { name, arguments: given, rates, observed } of golden.schedules) {
    test(`${name} ${JSON.stringify(given)}`, () => {
      const schedule = optim[name](...given);
      rates.forEach((rate, step) => {
        expect(schedule(step), `step ${step}`).toBeCloseTo(rate, 12);
        if (observed) (schedule as optim.PlateauSchedule).observe(observed[step]!);
      });
    });
  }
  test("what follows the golden steps", () => {
    expect(optim.cosine(1, { steps: 10, minimum: 0.25 })(1000)).toBe(0.25);
    expect(optim.oneCycle(1, { steps: 10 })(1000)).toBeCloseTo(1 / 25 / 1e4, 12);
    const schedule = optim.linearWarmup(optim.constant(2), { steps: 2, startFactor: 0 });
    expect([0, 1, 2, 3].map(schedule)).toEqual([0, 1, 2, 2]);
  });
  test("a plateau's state goes on", () => {
    const first = optim.reduceOnPlateau(1, { patience: 2, factor: 0.5 });
    for (const value of [1, 1]) first.observe(value);
    const second = optim.reduceOnPlateau(1, { patience: 2, factor: 0.5 });
    second.loadState(first.state());
    for (const value of [1, 1]) second.observe(value);
    expect(second(0)).toBe(0.5);
  });
  test("mistakes are named", () => {
    expect(() => optim.stepDecay(1, { every: 0 })).toThrow(
      "stepDecay: every: expected a positive number, got 0",
    );
    expect(() => optim.cosineWarmRestarts(1, { steps: 2, multiplier: 0.5 })).toThrow(
      "multiplier: expected 1 or more",
    );
    expect(() => optim.reduceOnPlateau(1, { factor: 1 })).toThrow(
      "factor: expected a number between 0 and 1",
    );
  });
});

describe("clipping equals PyTorch's", () => {
  const { gradients, ...expected } = golden.clipping;
  const limits = { clipByNorm: 2.5, clipByGlobalNorm: 2.5, clipByValue: 1.5, unclipped: 100 };
  for (const name of ["clipByNorm", "clipByGlobalNorm", "clipByValue", "unclipped"] as const) {
    test(name, () => {
      const given = gradients.map(({ data, shape }) => tensor(Float32Array.from(data), { shape }));
      const before = memory().tensors;
      const clip = name === "unclipped" ? optim.clipByGlobalNorm : optim[name];
      const results = clip(given, limits[name]);
      expect(memory().tensors - before).toBe(2);
      results.forEach((result, i) => {
        expect(result.shape).toEqual(gradients[i]!.shape);
        // A few float32 roundings of numbers below 4.
        result
          .dataSync()
          .forEach((x, k) => expect(Math.abs(x - expected[name][i]![k]!)).toBeLessThan(1e-6));
      });
    });
  }
  test("nothing is clipped to nothing", () => {
    expect(optim.clipByGlobalNorm([], 1)).toEqual([]);
    expect(() => optim.clipByNorm([], 0)).toThrow("limit: expected a positive number, got 0");
  });
});

describe("averages", () => {
  test("follow, swap, save and load without leaking", () => {
    const w = new Parameter(tensor([0, 0]), "w");
    const average = new optim.ExponentialMovingAverage([w], { decay: 0.75 });
    const before = memory();
    for (let step = 1; step <= 3; step++) {
      w.assign(tensor([step, 8]));
      average.update();
    }
    // 0.75 (0.75 (0.75 · 0 + 0.25 · 1) + 0.25 · 2) + 0.25 · 3
    average.swap();
    expect(Array.from(w.value.dataSync())).toEqual([1.265625, 4.625]);
    average.swap();
    expect(w.value.toString()).toBe("[3, 8]");
    expect(memory()).toEqual(before);
    const copy = new optim.ExponentialMovingAverage([new Parameter(tensor([0, 0]), "w")]);
    copy.loadState(average.state());
    expect(copy.state()["0"]!.dataSync()).toEqual(average.state()["0"]!.dataSync());
    expect(() => copy.loadState({})).toThrow(
      "loadState: 0: expected a tensor of shape [2] for w, got none",
    );
    expect(() => new optim.ExponentialMovingAverage([w], { decay: 1 })).toThrow("decay: expected");
  });
});

describe("gradientDescent", () => {
  test("is the textbook's momentum", () => {
    // f = θ² / 2, so that the slope is θ: v = γ v + η θ; θ = θ - v, by hand.
    let [theta, v] = [1, 0];
    for (let i = 0; i < 5; i++) {
      v = 0.5 * v + 0.1 * theta;
      theta -= v;
    }
    const { x, losses } = optim.gradientDescent(
      (w) => w.square().sum().div(2),
      tensor([1], { dtype: "float64" }),
      {
        mode: "batch",
        momentum: 0.5,
        learningRate: 0.1,
        epochs: 5,
      },
    );
    expect(x.item()).toBeCloseTo(theta, 12);
    expect(losses.shape).toEqual([5]);
    expect(losses.dataSync()[0]).toBe(0.5);
  });
  const data = [1, 4, 7, 8];
  for (const [mode, steps] of [
    ["stochastic", 4],
    ["mini-batch", 2],
    ["batch", 1],
  ] as const) {
    test(`${mode} sees every sample once an epoch`, () => {
      const values = tensor(data);
      const seen: number[][] = [];
      const f = (w: Tensor, i: Tensor): Tensor => {
        seen.push([...i.dataSync()]);
        return values.gather(i).sub(w).square().mean();
      };
      const before = memory().tensors;
      const { x, losses } = optim.gradientDescent(f, tensor(0), {
        mode,
        samples: 4,
        batchSize: 2,
        epochs: 30,
        seed: 1,
        learningRate: 0.05,
      });
      expect(memory().tensors - before).toBe(3);
      expect(losses.shape).toEqual([30 * steps]);
      expect(seen.slice(0, steps).flat().toSorted()).toEqual([0, 1, 2, 3]);
      expect(Math.abs(x.item() - 5)).toBeLessThan(1);
      [x, losses].forEach((one) => one.dispose());
    });
  }
  test("mistakes are named", () => {
    const f = (w: Tensor): Tensor => w.sum();
    expect(() => optim.gradientDescent(f, tensor(0), { mode: "all" as "batch" })).toThrow(
      'mode: expected "batch"',
    );
    expect(() => optim.gradientDescent(f, tensor(0), { mode: "stochastic" })).toThrow(
      "samples and batchSize: expected positive whole numbers in stochastic mode, got undefined and 32",
    );
    expect(() => optim.gradientDescent(f, tensor(0), { mode: "batch", epochs: 0 })).toThrow(
      "epochs: expected",
    );
  });
});
