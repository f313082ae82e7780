import { readFileSync } from "node:fs";
import { cpu } from "@tensorloom/backend-cpu";
import { ones, tensor, use, valueAndGrad, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { crossEntropy, type CrossEntropyOptions } from "../src/index.ts";

beforeAll(async () => void (await use(cpu())));

interface Values {
  shape: number[];
  data: number[];
}
const golden = JSON.parse(readFileSync(new URL("fixtures/pytorch.json", import.meta.url), "utf8"))
  .crossEntropy as {
  logits: Values;
  targets: number[];
  probabilities: Values;
  cases: { options: CrossEntropyOptions; kind: string; loss: Values; gradient: Values }[];
};
const tensorOf = ({ shape, data }: Values): Tensor => tensor(Float32Array.from(data), { shape });

describe("losses and gradients equal PyTorch's", () => {
  for (const { options, kind, loss, gradient } of golden.cases) {
    test(`${kind} ${JSON.stringify(options)}`, () => {
      const targets =
        kind === "classes"
          ? tensor(Int32Array.from(golden.targets))
          : tensorOf(golden.probabilities);
      const logits = tensorOf(golden.logits);
      const value = crossEntropy(logits, targets, options);
      expect(value.shape).toEqual(loss.shape);
      const { gradients } = valueAndGrad((x) => crossEntropy(x, targets, options).sum())(logits);
      const close = (actual: Tensor, expected: Values): void =>
        expected.data.forEach((x, i) =>
          expect(Math.abs(actual.dataSync()[i]! - x)).toBeLessThan(1e-5 * (1 + Math.abs(x))),
        );
      close(value, loss);
      close(gradients[0]!, gradient);
    });
  }
});

test("mistakes are named", () => {
  const logits = ones([2, 3]);
  expect(() => crossEntropy(logits, tensor([0, 1]))).toThrow(
    'class numbers are int32: try astype("int32")',
  );
  expect(() => crossEntropy(logits, tensor([0, 3], { dtype: "int32" }))).toThrow(
    "crossEntropy: targets: expected class numbers in [0, 3), got some outside",
  );
  expect(() => crossEntropy(logits, tensor([0], { dtype: "int32" }))).toThrow(
    "expected class numbers of shape [2]",
  );
  expect(() => crossEntropy(logits, ones([2, 3]), { classWeights: [1] })).toThrow(
    "classWeights: expected shape [3]",
  );
});
