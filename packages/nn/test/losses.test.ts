// Values and gradients of PyTorch: fixtures/losses.py.
import { cpu } from "@tensorloom/backend-cpu";
import {
  grad,
  memory,
  ones,
  tensor,
  use,
  valueAndGrad,
  zeros,
  type Tensor,
} from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import * as nn from "../src/index.ts";
import { expectClose, readFixture, tensorOf, type Values } from "./golden.ts";

beforeAll(async () => void (await use(cpu())));

interface Case {
  loss: string;
  options: Record<string, unknown>;
  inputs: Values[];
  targets: (Values & { dtype?: "int32" })[];
  value: Values;
  gradients: Values[];
}
const { cases } = readFixture<{ cases: Case[] }>("losses");
const lossOf = (name: string): ((...args: unknown[]) => Tensor) =>
  (nn as unknown as Record<string, (...args: unknown[]) => Tensor>)[name]!;

describe("values and gradients equal PyTorch's", () => {
  for (const [i, one] of cases.entries()) {
    const { weights, ...shown } = one.options;
    test(`${i}: ${one.loss} ${JSON.stringify(shown)}${weights === undefined ? "" : ", weighted"}`, () => {
      const options = weights === undefined ? shown : { ...shown, weights: tensorOf(weights as Values) }; // prettier-ignore
      const targets = one.targets.map((t) => (t.dtype === "int32" ? tensorOf(t).astype("int32") : tensorOf(t))); // prettier-ignore
      const inputs = one.inputs.map(tensorOf);
      const before = memory().tensors;
      const value = lossOf(one.loss)(...inputs, ...targets, options);
      expect(memory().tensors - before).toBe(1);
      expectClose(value, one.value, "value");
      const { gradients } = valueAndGrad((...xs) => lossOf(one.loss)(...xs, ...targets, options).sum())(...inputs); // prettier-ignore
      gradients.forEach((g, k) => expectClose(g, one.gradients[k]!, `gradient ${k}`));
    });
  }
});

describe("edges", () => {
  test("certainties do not overflow in float32", () => {
    const x = tensor([-1e4, 1e4]);
    const y = tensor([1, 0]);
    expect(nn.binaryCrossEntropy(x, y).item()).toBe(1e4);
    expect(nn.focalLoss(x, y).item()).toBe(5000);
    const { gradients } = valueAndGrad((z) => nn.focalLoss(z, y, { gamma: 0.5 }))(tensor([1e4, -1e4])); // prettier-ignore
    expect(gradients[0]!.isfinite().all().item()).toBe(1);
    const wrong = nn.binaryCrossEntropy(tensor([0, 1]), y, { fromLogits: false });
    expect(wrong.item()).toBe(100);
  });
  test("labels that do not fit lose infinitely, or nothing when asked", () => {
    const labels = tensor([[1, 1]], { dtype: "int32" });
    const two = zeros([1, 2, 3]);
    expect(nn.ctcLoss(two, labels).item()).toBe(Infinity);
    const loss = (x: Tensor): Tensor => nn.ctcLoss(x, labels, { zeroInfinity: true });
    expect(loss(two).item()).toBe(0);
    expect(valueAndGrad(loss)(two).gradients[0]!.abs().sum().item()).toBe(0);
  });
  test("weights on class numbers", () => {
    const logits = tensor([[2, 0], [0, 0]]); // prettier-ignore
    const targets = tensor([0, 1], { dtype: "int32" });
    const each = nn.crossEntropy(logits, targets, { reduction: "none" }).dataSync();
    const weighted = nn.crossEntropy(logits, targets, { weights: tensor([3, 1]) }).item();
    expect(weighted).toBeCloseTo((3 * each[0]! + each[1]!) / 4, 6);
  });
  test("second derivatives at logits of 0, where training begins", () => {
    // That of log(1 + exp(-x)) is sigmoid's slope, 1/4.
    const bce = (x: Tensor): Tensor => nn.binaryCrossEntropy(x, tensor([1]));
    expect(grad((x) => grad(bce)(x).sum())(tensor([0])).item()).toBe(0.25);
    const focal = (x: Tensor): Tensor => nn.focalLoss(x, tensor([1]), { gamma: 0, alpha: 1 });
    expect(grad((x) => grad(focal)(x).sum())(tensor([0])).item()).toBe(0.25);
  });
  test("class numbers do not count from the end", () => {
    const int = (values: number[]): Tensor => tensor(values, { dtype: "int32" });
    for (const wrong of [-1, 3, -100]) {
      const message = "targets: expected class numbers in [0, 3), got some outside";
      expect(() => nn.crossEntropy(ones([1, 3]), int([wrong]))).toThrow(`crossEntropy: ${message}`);
      expect(() => nn.focalLoss(ones([1, 3]), int([wrong]))).toThrow(`focalLoss: ${message}`);
      expect(() => nn.hingeLoss(ones([1, 3]), int([wrong]))).toThrow(`hingeLoss: ${message}`);
    }
    expect(nn.crossEntropy(zeros([2, 2]), int([-100, 1]), { ignoreIndex: -100 }).item()).toBeCloseTo(Math.LN2, 6); // prettier-ignore
  });
  test("mistakes are named", () => {
    expect(() => nn.hingeLoss(ones([2, 3]), ones([2]))).toThrow("hingeLoss: targets: expected class numbers in int32 or uint8, got float32"); // prettier-ignore
    expect(() => nn.mseLoss(ones([2]), ones([2]), { weights: ones([3]) })).toThrow("mseLoss: weights: expected a shape that broadcasts"); // prettier-ignore
    expect(() => nn.crossEntropy(ones([1, 2]), ones([1, 2]), { ignoreIndex: 0 })).toThrow("crossEntropy: ignoreIndex: expected none beside probabilities"); // prettier-ignore
    expect(() => nn.huberLoss(ones([1]), ones([1]), { delta: 0 })).toThrow("huberLoss: delta: expected a positive number"); // prettier-ignore
    const labels = tensor([[1]], { dtype: "int32" });
    expect(() => nn.ctcLoss(ones([1, 3, 2]), labels, { inputLengths: [4] })).toThrow("ctcLoss: inputLengths: expected whole numbers in [0, 3], got [4]"); // prettier-ignore
    expect(() => nn.ctcLoss(ones([1, 3, 2]), labels, { blank: 2 })).toThrow("ctcLoss: blank: expected a class number in [0, 2)"); // prettier-ignore
    expect(() => nn.mseLoss(ones([2, 1]), ones([2]))).toThrow(
      "mseLoss: targets: expected shape [2, 1], got [2]; try reshape",
    );
    expect(() => nn.l1Loss(ones([1]), ones([1]), { reduction: "avg" as "sum" })).toThrow(
      'l1Loss: reduction: expected "mean", "sum" or "none", got "avg"',
    );
    expect(() => nn.hingeLoss(ones([2, 3]), ones([3]))).toThrow("hingeLoss: targets: expected class numbers of shape [2]"); // prettier-ignore
    expect(() => nn.cosineEmbeddingLoss(ones([2, 3]), ones([2, 3]), ones([3]))).toThrow("expected shape [2], one a pair"); // prettier-ignore
    expect(() => nn.tripletLoss(ones([2, 3]), ones([2, 3]), ones([3]))).toThrow("tripletLoss: negative: expected shape [2, 3]"); // prettier-ignore
    expect(() => nn.ctcLoss(ones([2, 3]), ones([2, 3]))).toThrow("ctcLoss: expected logits [batch, steps, classes]"); // prettier-ignore
    expect(() => nn.ctcLoss(ones([1, 3, 2]), ones([1, 1]), { inputLengths: [1, 2] })).toThrow("inputLengths: expected shape [1], got [2]"); // prettier-ignore
  });
});
