import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as tl from "../src/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();

interface Values {
  shape: number[];
  data: number[];
}
const golden = JSON.parse(readFileSync(new URL("fixtures/pytorch.json", import.meta.url), "utf8"));
const tensorOf = ({ shape, data }: Values): tl.Tensor =>
  tl.tensor(Float32Array.from(data), { shape });

/** float32 sums of up to a hundred products: PyTorch rounds each, the reference once. */
function expectClose(actual: tl.Tensor, expected: Values, bound = 2e-5): void {
  expect(actual.shape).toEqual(expected.shape);
  const data = actual.dataSync();
  expected.data.forEach((x, i) =>
    expect(Math.abs(data[i]! - x), `element ${i}`).toBeLessThanOrEqual(bound * (1 + Math.abs(x))),
  );
}

describe("convolutions equal PyTorch's", () => {
  for (const [i, one] of golden.convolutions.entries()) {
    test(`${i}: rank ${one.rank}, groups ${one.groups}`, () => {
      const { stride, padding, dilation, groups } = one;
      const conv = [tl.conv1d, tl.conv2d, tl.conv3d][one.rank - 1]!;
      const f = (x: tl.Tensor, w: tl.Tensor, bias: tl.Tensor): tl.Tensor =>
        conv(x, w, { stride, padding, dilation, groups, bias });
      const inputs = [one.x, one.w, one.bias].map(tensorOf) as [tl.Tensor, tl.Tensor, tl.Tensor];
      expectClose(f(...inputs), one.y);
      const { pullback } = tl.vjp(f as tl.DifferentiableFunction, ...inputs);
      const gradients = pullback(tensorOf(one.gradient));
      [one.xGradient, one.wGradient, one.biasGradient].forEach((g, k) =>
        expectClose(gradients[k]!, g),
      );
    });
  }
});

describe("pooling equals PyTorch's", () => {
  for (const [i, one] of golden.pools.entries()) {
    test(`${i}: ${one.mode}`, () => {
      const { window, stride, padding, ceilMode, countIncludePad } = one;
      const pool = one.mode === "max" ? tl.maxPool2d : tl.avgPool2d;
      const f = (x: tl.Tensor): tl.Tensor =>
        pool(x, window, { stride, padding, ceilMode, countIncludePad });
      const x = tensorOf(one.x);
      expectClose(f(x), one.y);
      expectClose(tl.vjp(f, x).pullback(tensorOf(one.gradient))[0]!, one.xGradient);
    });
  }
});

describe("functions and their gradients equal PyTorch's", () => {
  for (const [name, one] of Object.entries<{ x: Values; y: Values; xGradient: Values }>(
    golden.activations,
  )) {
    test(name, () => {
      const f = tl[name as "relu"] as (x: tl.Tensor) => tl.Tensor;
      const x = tensorOf(one.x);
      expectClose(f(x), one.y, 2e-6);
      const weights = tl.arange(1, x.size + 1);
      expectClose(tl.vjp((v) => f(v), x).pullback(weights)[0]!, one.xGradient, 4e-6);
    });
  }
});
