// Values and gradients of PyTorch: fixtures/normalization.py.
import { readFileSync } from "node:fs";
import { grad, tensor, tidy, use, vjp, zeros, ones, type Tensor } from "@tensorloom/tensor";
import { cpu } from "@tensorloom/backend-cpu";
import { beforeAll, describe, expect, test } from "vitest";
import { functional } from "../src/index.ts";

beforeAll(async () => {
  await use(cpu());
});

interface Values {
  shape: number[];
  data: number[];
}
interface Case {
  name: string;
  options: Record<string, number>;
  inputs: Values[];
  result: Values;
  gradient: Values;
  gradients: Values[];
}
const { cases } = JSON.parse(
  readFileSync(new URL("fixtures/normalization.json", import.meta.url), "utf8"),
) as { cases: Case[] };
const tensorOf = ({ shape, data }: Values): Tensor => tensor(Float64Array.from(data), { shape });

function call({ name, options }: Case, xs: readonly Tensor[]): Tensor {
  if (name === "scaledDotProductAttention") {
    return functional.scaledDotProductAttention(xs[0]!, xs[1]!, xs[2]!, options);
  }
  const [x, weight, bias] = xs;
  const parameters = { ...(weight && { weight }), ...(bias && { bias }) };
  const { groups, ...rest } = options;
  if (groups !== undefined) return functional.groupNorm(x!, groups, { ...parameters, ...rest });
  return functional[name as "layerNorm"](x!, { ...parameters, ...rest });
}

/** Both compute in float64: some hundred roundings of 1e-16, divided by standard deviations near 1. */
function expectClose(actual: Tensor, expected: Values): void {
  expect(actual.shape).toEqual(expected.shape);
  const data = actual.dataSync();
  expected.data.forEach((x, i) => expect(Math.abs(data[i]! - x), `element ${i}`).toBeLessThan(1e-10 * (1 + Math.abs(x)))); // prettier-ignore
}

describe("equal PyTorch's, with gradients", () => {
  for (const [i, one] of cases.entries()) {
    test(`${i}: ${one.name}`, () => {
      const xs = one.inputs.map(tensorOf);
      expectClose(call(one, xs), one.result);
      const gradients = vjp((...args) => call(one, args), ...xs).pullback(tensorOf(one.gradient));
      gradients.forEach((gradient, k) => expectClose(gradient, one.gradients[k]!));
    });
  }
});

test("gradients of gradients equal finite differences", () => {
  const x = tensor(
    Float64Array.from({ length: 24 }, (_, i) => Math.sin(3 * i)),
    { shape: [6, 4] },
  );
  const weight = tensor(Float64Array.of(1, 2, -1, 0.5));
  for (const normalize of [functional.batchNorm, functional.layerNorm]) {
    const f = (s: Tensor): Tensor => normalize(x.mul(s).add(x.square()), { weight, bias: weight }).exp().sum(); // prettier-ignore
    const slope = grad(f);
    const at = (s: number): Tensor => tensor(s, { dtype: "float64" });
    const difference = (slope(at(0.70001)).item() - slope(at(0.69999)).item()) / 2e-5;
    const second = grad((s) => slope(s))(at(0.7)).item();
    // Central differences are wrong by the third derivative times 1e-10, and by 1e-16 / 1e-5.
    expect(Math.abs(second - difference)).toBeLessThan(1e-7 * (1 + Math.abs(difference)));
  }
});

describe("edges", () => {
  test("batchNorm with statistics given", () => {
    const y = functional.batchNorm(tensor([[3], [5]]), {
      mean: tensor([1]),
      variance: tensor([4]),
      epsilon: 0,
    });
    expect(y.toString()).toBe("[[1],\n [2]]");
  });
  test("a float mask is added, a bool one says where to look", () => {
    const [q, v] = [ones([1, 2]), tensor([[1], [5]])];
    const by = (mask: Tensor): number =>
      functional.scaledDotProductAttention(q, ones([2, 2]), v, { mask }).item();
    expect(by(tensor([[true, false]]))).toBe(1);
    expect(by(tensor([[-Infinity, 0]]))).toBe(5);
  });
  test("without a scale, an operand that is gone by the backward pass is not missed", () => {
    const x = tensor([[1, 3, 5, 2], [2, 8, 1, 1]]); // prettier-ignore
    const scale = ones([4]);
    const forms = {
      groupNorm: (y: Tensor, weight?: Tensor) => functional.groupNorm(y, 2, weight && { weight }),
      layerNorm: (y: Tensor, weight?: Tensor) => functional.layerNorm(y, weight && { weight }),
      batchNorm: (y: Tensor, weight?: Tensor) => functional.batchNorm(y, weight && { weight }),
    };
    for (const norm of Object.values(forms)) {
      const gradient = (weight?: Tensor): Tensor =>
        grad((y) => tidy(() => norm(y.mul(2), weight)).exp().sum())(x); // prettier-ignore
      expect(gradient().sub(gradient(scale)).abs().max().item()).toBeLessThan(1e-5);
    }
  });
  test("what does not fit is named", () => {
    expect(() => functional.layerNorm(ones([2, 3]), { axis: 2 })).toThrow("layerNorm: axis: expected whole numbers in [-2, 1]"); // prettier-ignore
    expect(() => functional.rmsNorm(ones([2, 3]), { weight: ones([2]) })).toThrow("rmsNorm: weight: expected a shape that broadcasts to [2, 3], got [2]"); // prettier-ignore
    expect(() => functional.batchNorm(ones([2, 3]), { bias: ones([2]) })).toThrow("batchNorm: bias: expected"); // prettier-ignore
    expect(() => functional.layerNorm(ones([2, 3]), { epsilon: NaN })).toThrow("layerNorm: epsilon: expected a number of 0 or more"); // prettier-ignore
    expect(() => functional.linear(ones([2, 3]), ones([4, 2]))).toThrow("linear: weight: expected [outFeatures, inFeatures]"); // prettier-ignore
    const mask = ones([1, 1], "int32");
    expect(() => functional.scaledDotProductAttention(ones([1, 2]), ones([1, 2]), ones([1, 2]), { mask })).toThrow("mask: expected bool, or floats to add, got int32"); // prettier-ignore
    expect(() => functional.groupNorm(zeros([1, 4]), 3)).toThrow(
      "expected a divisor of 4 channels",
    );
    expect(() => functional.instanceNorm(zeros([1, 4]))).toThrow("instanceNorm: x: expected");
    expect(() =>
      functional.scaledDotProductAttention(zeros([1, 2]), zeros([1, 3]), zeros([1, 3])),
    ).toThrow("got [1, 2], [1, 3], [1, 3]");
    expect(() =>
      functional.scaledDotProductAttention(ones([1, 2]), ones([1, 2]), ones([1, 2]), {
        mask: ones([1, 1]),
        isCausal: true,
      }),
    ).toThrow("expected none with isCausal");
  });
});
