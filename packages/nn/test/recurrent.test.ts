// Outputs, states and gradients of PyTorch: fixtures/recurrent.py.
import { cpu } from "@tensorloom/backend-cpu";
import {
  grad,
  memory,
  ones,
  random,
  tensor,
  tidy,
  use,
  vjp,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { observeKernels } from "@tensorloom/tensor/backend";
import { afterEach, beforeAll, describe, expect, test } from "vitest";
import { GRU, LSTM, RNN, type Module } from "../src/index.ts";
import { expectClose, readFixture, tensorOf, type Values } from "./golden.ts";

beforeAll(async () => void (await use(cpu())));
afterEach(() => void observeKernels(undefined));

interface Case {
  layer: "RNN" | "LSTM" | "GRU";
  options: object;
  lengths: number[] | null;
  x: Values;
  initial: Values[];
  state: Record<string, Values>;
  results: Values[];
  gradients: Values[];
  xGradient: Values;
  initialGradients: Values[];
  parameterGradients: Record<string, Values>;
}
const { cases } = readFixture<{ cases: Case[] }>("recurrent");

/** All results in one vector: gradients of several results are those of their concatenation. */
function runAll(layer: RNN | LSTM | GRU, x: Tensor, call: object): Tensor[] {
  const result = layer.run(x, call);
  return "cell" in result
    ? [result.output, result.hidden, result.cell as Tensor]
    : [result.output, result.hidden];
}
const weighted = (results: readonly Tensor[], by: readonly Tensor[]): Tensor =>
  results.map((r, i) => r.mul(by[i]!).sum()).reduce((a, b) => a.add(b));

describe("equal PyTorch's, with gradients to input, states and parameters", () => {
  for (const [i, one] of cases.entries()) {
    const name = `${i}: ${one.layer} ${JSON.stringify(one.options)}${one.lengths ? ", masked" : ""}`;
    // In a gradient of a gradient, the steps are made of ordinary operations.
    for (const isNested of [false, true]) {
      test(isNested ? `${name}, nested` : name, () => {
        const layer = new { RNN, LSTM, GRU }[one.layer](2, 3, one.options);
        for (const [path, parameter] of layer.namedParameters()) {
          parameter.assign(tensorOf(one.state[path]!));
        }
        expect(layer.namedParameters().map(([path]) => path).toSorted()).toEqual(Object.keys(one.state).toSorted()); // prettier-ignore
        const x = tensorOf(one.x);
        const initial = one.initial.map(tensorOf);
        const [initialHidden, initialCell] = initial;
        const mask = one.lengths?.map((length) => [0, 1, 2, 3].map((step) => step < length));
        const call = {
          ...(initialHidden && { initialHidden }),
          ...(initialCell && { initialCell }),
          ...(mask && { mask: tensor(mask) }),
        };
        runAll(layer, x, call).forEach((r, k) => expectClose(r, one.results[k]!, `result ${k}`));
        const named = layer.namedParameters();
        const inputs = [x, ...initial, ...named.map(([, { value }]) => value)];
        const by = one.gradients.map(tensorOf);
        const run = (): Tensor[] =>
          vjp(() => weighted(runAll(layer, x, call), by), ...inputs).pullback(
            tensor(1, { dtype: "float64" }),
          );
        const check = (all: readonly Tensor[]): void => {
          const gradients = [...all];
          expectClose(gradients.shift()!, one.xGradient, "x");
          one.initialGradients.forEach((v, k) => expectClose(gradients.shift()!, v, `state ${k}`));
          named.forEach(([path], k) => expectClose(gradients[k]!, one.parameterGradients[path]!, path)); // prettier-ignore
        };
        if (isNested) {
          const inner = (): Tensor => {
            const gradients = run();
            check(gradients);
            return gradients[0]!.sum();
          };
          vjp(inner, x).dispose();
        } else check(run());
      });
    }
  }
});

const kinds = { RNN, LSTM, GRU } as const;
for (const [name, Layer] of Object.entries(kinds)) {
  describe(name, () => {
    test("gradients of gradients equal finite differences", () => {
      random.seed(2);
      const layer = new Layer(2, 2);
      for (const parameter of layer.parameters()) parameter.assign(parameter.value.astype("float64")); // prettier-ignore
      const x = random.normal([2, 3, 2]).astype("float64");
      const slope = grad((s) => layer.forward(x.mul(s)).square().sum());
      const [at, step] = [0.7, 1e-5];
      const s = (value: number): Tensor => tensor(value, { dtype: "float64" });
      const second = grad((value) => slope(value))(s(at)).item();
      const difference = (slope(s(at + step)).item() - slope(s(at - step)).item()) / (2 * step);
      // Central differences are wrong by the third derivative times 1e-10, and by 1e-16 / 1e-5.
      expect(Math.abs(second - difference)).toBeLessThan(1e-7 * (1 + Math.abs(difference)));
    });
    test("returns the last output, or all, and goes on from a state", () => {
      random.seed(1);
      const layer: Module & { run: RNN["run"] } = new Layer(2, 3, {
        returnSequences: true,
      }) as never;
      const x = random.normal([2, 6, 2]);
      const all = layer.forward(x);
      expect(all.shape).toEqual([2, 6, 3]);
      const first = layer.run(x.slice([0, 0], [2, 4]));
      const states = first as unknown as { hidden: Tensor; cell?: Tensor };
      const second = layer.run(x.slice([0, 4], [2, 6]), {
        initialHidden: states.hidden,
        ...(states.cell && { initialCell: states.cell }),
      });
      const joined = second.output
        .sub(all.slice([0, 4]))
        .abs()
        .max()
        .item();
      // The same operations on the same float32 numbers.
      expect(joined).toBeLessThan(1e-6);
      expect(new Layer(2, 3).forward(x).shape).toEqual([2, 3]);
    });
    test("leaks nothing, and a step is few kernels", () => {
      const layer = new Layer(2, 3);
      const x = ones([2, 20, 2]);
      const step = (): void =>
        tidy(() => {
          const values = layer.parameters().map(({ value }) => value);
          const { pullback, dispose } = vjp(() => layer.forward(x), ...values);
          pullback(ones([2, 3]));
          dispose();
        });
      step();
      const before = memory();
      let kernels = 0;
      observeKernels({
        observe(_kernel, _call, _backend, run) {
          kernels++;
          run();
        },
      });
      step();
      observeKernels(undefined);
      expect(memory()).toEqual(before);
      // Three forward, three back, and two that lay steps beside each other.
      expect(kernels).toBeLessThan(20 * 8 + 50);
    });
  });
}

test("dropout between layers, in training alone", () => {
  random.seed(1);
  const layer = new GRU(2, 8, { layers: 2, dropout: 0.5 });
  const x = ones([1, 3, 2]);
  expect(layer.forward(x).toString()).not.toBe(layer.forward(x).toString());
  layer.eval();
  expect(layer.forward(x).toString()).toBe(layer.forward(x).toString());
});

test("mistakes are named", () => {
  expect(() => new LSTM(2, 3).forward(zeros([1, 4, 5]))).toThrow(
    "LSTM: x: expected shape [batch, steps, 2], got [1, 4, 5]",
  );
  expect(() => new GRU(2, 3).forward(zeros([1, 0, 2]))).toThrow(
    "GRU: x: expected one step or more",
  );
  expect(() => new RNN(2, 3).forward(zeros([1, 4, 2]), { mask: zeros([1, 3]) })).toThrow(
    "RNN: mask: expected shape [1, 4], got [1, 3]",
  );
  expect(() => new RNN(2, 3).run(zeros([1, 4, 2]), { initialHidden: zeros([1, 3]) })).toThrow(
    "rnn: initial state: expected shape [1, 1, 3], got [1, 3]",
  );
  expect(() => new LSTM(2, 3, { layers: 0 })).toThrow(
    "LSTM: layers: expected a positive whole number",
  );
  expect(() => new LSTM(2, 3, { dropout: 1 })).toThrow(
    "LSTM: dropout: expected a number in [0, 1)",
  );
});
