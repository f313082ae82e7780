// That gradients equal finite differences, of every operation and of second order, is checked by the conformance suite.
import { describe, expect, test } from "vitest";
import * as tl from "../src/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();

describe("the rules of the tape", () => {
  test("third derivatives", () => {
    const f = (x: tl.Tensor): tl.Tensor => x.pow(4);
    expect(
      tl
        .grad(tl.grad(tl.grad(f)))(tl.tensor(2))
        .item(),
    ).toBe(48);
  });
  test("ties of max share evenly", () => {
    const gradient = tl.grad((x) => x.max())(tl.tensor([2, 1, 2]));
    expect(Array.from(gradient.dataSync())).toEqual([0.5, 0, 0.5]);
  });
  test("prod beside zeros", () => {
    const gradient = (values: number[]): number[] =>
      Array.from(
        tl
          .grad((x) => x.prod())(tl.tensor(values))
          .dataSync(),
      );
    expect(gradient([2, 0, 3])).toEqual([0, 6, 0]);
    expect(gradient([0, 0, 3])).toEqual([0, 0, 0]);
  });
  test("what the loss does not reach gets zeros", () => {
    const { gradients } = tl.valueAndGrad((x, _y) => x.sum())(tl.ones([2]), tl.ones([3]));
    expect(Array.from(gradients[1]!.dataSync())).toEqual([0, 0, 0]);
  });
  test("parameters are differentiated by their values", () => {
    const w = new tl.Parameter(tl.tensor([1, 2]), "w");
    const unused = new tl.Parameter(tl.tensor([5]), "unused");
    const { value, gradients } = tl.valueAndGrad(() => w.value.square().sum(), [w, unused])();
    expect(value.item()).toBe(5);
    expect(gradients.map((g) => Array.from(g.dataSync()))).toEqual([[2, 4], [0]]);
  });
  test("vjp pulls back, noGrad and stopGradient cut", () => {
    const { pullback } = tl.vjp((x) => x.square(), tl.tensor([1, 2]));
    expect(Array.from(pullback(tl.tensor([1, 10]))[0]!.dataSync())).toEqual([2, 40]);
    expect(
      tl
        .grad((x) => tl.noGrad(() => x.square()).sum())(tl.ones([2]))
        .sum()
        .item(),
    ).toBe(0);
  });
  test("disposing and tidying inside f does not hurt the gradient", () => {
    const gradient = tl.grad((x) =>
      tl.tidy(() => {
        const y = x.exp();
        const z = y.mul(2).sum();
        y.dispose();
        return z;
      }),
    )(tl.tensor([0, 0]));
    expect(Array.from(gradient.dataSync())).toEqual([2, 2]);
  });
  test("memory is flat", () => {
    const x = tl.ones([3, 3]);
    const before = tl.memory();
    for (let i = 0; i < 5; i++) {
      const { value, gradients } = tl.valueAndGrad((w) => w.matmul(w).tanh().sum())(x);
      value.dispose();
      for (const gradient of gradients) gradient.dispose();
    }
    expect(tl.memory()).toEqual(before);
  });
  test("memory is flat after an error inside f", () => {
    const x = tl.ones([3, 3]);
    const before = tl.memory();
    expect(() => tl.grad((w) => w.matmul(w).add(tl.ones([2])))(x)).toThrow("shapes that broadcast");
    expect(tl.memory()).toEqual(before);
  });
  test("mistakes are named", () => {
    expect(() => tl.grad((x) => x.mul(2))(tl.ones([2]))).toThrow(
      "expected a scalar result, got shape [2]",
    );
    expect(() => tl.grad((x) => x.sum())(tl.ones([2], "int32"))).toThrow(
      "expected floats to differentiate by, got int32",
    );
    expect(() => tl.grad((x) => x.argmax())(tl.ones([2]))).toThrow(
      "integers and bools have no gradient",
    );
    const asynchronous = (async () => tl.ones([])) as unknown as () => tl.Tensor;
    expect(() => tl.grad(asynchronous)(tl.ones([2]))).toThrow(
      "got a promise; f must be synchronous",
    );
  });
});
