import { wasm } from "@tensorloom/backend-cpu";
import { grad, memory, ones, tensor, use, vjp, type Tensor } from "@tensorloom/tensor";
import { describe, expect, test } from "vitest";
import { roiAlign, roiPool, type RoiAlignOptions } from "../src/index.ts";
import { expectNear, golden, list, read, type Written } from "./golden.ts";

await use(wasm());

interface Case {
  readonly name: string;
  readonly options: RoiAlignOptions;
  readonly x: Written;
  readonly boxes: Written;
  readonly result: Written;
  readonly gradient: Written;
  readonly toX: Written;
}
const values = golden<{ align: Case[]; pool: Case[] }>("roi");
const operations = { roiAlign, roiPool };

describe.each(
  [...values.align, ...values.pool].map(
    (one) => [one.name, JSON.stringify(one.options), one] as const,
  ),
)("%s %s", (name, _, one) => {
  const operation = operations[name as keyof typeof operations];
  const boxes = read(one.boxes, "float32");
  const of = (x: Tensor): Tensor => operation(x, boxes, one.options);
  // Weights are float32: a few roundings of 6e-8 on sums of up to a hundred terms.
  test("is torchvision's, gradient included", async () => {
    await expectNear(of(read(one.x)), one.result, 2e-6);
    const { pullback } = vjp(of, read(one.x));
    await expectNear(pullback(read(one.gradient))[0]!, one.toX, 2e-6);
  });
});

describe("regions", () => {
  const x = tensor(
    Float32Array.from({ length: 2 * 4 * 4 }, (_, i) => i),
    { shape: [2, 4, 4, 1] },
  );
  test("of a single picture need no number; none give none", async () => {
    const one = x.slice([1, 0, 0, 0], [2, 4, 4, 1]);
    const numbered = roiAlign(x, tensor([[1, 0, 0, 2, 2]]), { outputSize: 2 });
    expect(await list(roiAlign(one, tensor([[0, 0, 2, 2]]), { outputSize: 2 }))).toEqual(
      await list(numbered),
    );
    expect(roiAlign(x, ones([0, 5]), { outputSize: 2 }).shape).toEqual([0, 2, 2, 1]);
    expect(roiPool(x, ones([0, 5]), { outputSize: [2, 3] }).shape).toEqual([0, 2, 3, 1]);
  });
  test("that are vast or no numbers take no time and give no NaN", async () => {
    const odd = tensor([
      [0, -1e9, -1e9, 1e9, 1e9],
      [0, Number.NaN, 0, 1, 1],
      [0, 0, 0, Infinity, 1],
    ]);
    const start = performance.now();
    const aligned = await list(roiAlign(x, odd, { outputSize: 2 }));
    expect(performance.now() - start).toBeLessThan(2000);
    expect(aligned.every(Number.isFinite)).toBe(true);
    expect((await list(roiPool(x, odd, { outputSize: 2 }))).every(Number.isFinite)).toBe(true);
  });
  test("gradients can be differentiated again", async () => {
    const boxes = tensor([
      [0, 0.5, 0.5, 3, 3],
      [1, 0, 0, 2, 3],
    ]);
    const f = (v: Tensor): Tensor =>
      roiAlign(v, boxes, { outputSize: 2, aligned: true }).square().sum();
    // f is a quadratic form: its gradient is linear, and the gradient of gradient · v at any point is that gradient of f at v.
    const twice = grad((v) => grad(f)(v).mul(x).sum())(ones([2, 4, 4, 1]));
    const expected = await list(grad(f)(x));
    (await list(twice)).forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 3));
  });
  test("mistakes are named, and nothing leaks", async () => {
    expect(() => roiAlign(x, ones([1, 4]), { outputSize: 2 })).toThrow(
      "roiAlign: boxes: expected [n, 5]",
    );
    expect(() => roiPool(ones([4, 4, 1]), ones([1, 5]), { outputSize: 2 })).toThrow(
      "roiPool: x: expected",
    );
    expect(() => roiPool(x, ones([1, 5]), { outputSize: 0 })).toThrow("roiPool: outputSize");
    expect(() => roiAlign(x, ones([1, 5]), { outputSize: 2, spatialScale: 0 })).toThrow(
      "spatialScale",
    );
    expect(() => roiAlign(x, ones([1, 5]), { outputSize: 2, samplingRatio: 1.5 })).toThrow(
      "samplingRatio",
    );
    const before = memory().tensors;
    const wrong = tensor([[2, 0, 0, 1, 1]]);
    expect(() => roiAlign(x, wrong, { outputSize: 2 })).toThrow(
      "expected pictures in [0, 2), got 2 in row 0",
    );
    expect(() => roiPool(x, wrong, { outputSize: 2 })).toThrow(
      "roiPool: boxes: expected pictures in [0, 2)",
    );
    wrong.dispose();
    const boxes = ones([1, 5]);
    for (const operation of [roiAlign, roiPool]) {
      operation(x, boxes, { outputSize: 2 }).dispose();
      grad((v) => operation(v, boxes, { outputSize: 2 }).sum())(x).dispose();
    }
    boxes.dispose();
    expect(memory().tensors).toBe(before);
  });
});
