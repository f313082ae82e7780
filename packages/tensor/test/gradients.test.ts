import { describe, expect, test } from "vitest";
import * as tl from "../src/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();

/** Expects the gradients of `f` at random points to equal central differences in float64. */
function checkGradients(
  f: (...xs: tl.Tensor[]) => tl.Tensor,
  shapes: readonly (readonly number[])[],
  options: { readonly low?: number; readonly high?: number } = {},
): void {
  tl.tidy(() => {
    const xs = shapes.map((shape, i) => {
      const { low = -1, high = 1 } = options;
      return tl.random.uniform(shape, { seed: 40 + i, low, high }).astype("float64");
    });
    // A weight for each output, so that errors cannot cancel in the sum.
    const loss = (...args: tl.Tensor[]): tl.Tensor => {
      const y = f(...args);
      const weights = tl
        .arange(y.size, undefined, { dtype: "float64" })
        .reshape(y.shape)
        .mul(0.37)
        .cos();
      return y.mul(weights).sum();
    };
    const { gradients } = tl.valueAndGrad(loss)(...xs);
    const h = 1e-5;
    xs.forEach((x, n) => {
      const data = x.dataSync();
      const gradient = gradients[n]!.dataSync();
      expect(gradients[n]!.shape).toEqual(x.shape);
      for (let i = 0; i < data.length; i++) {
        const moved = [h, -h].map((by) => {
          const copy = data.slice();
          copy[i]! += by;
          const args = xs.map((other, k) =>
            k === n ? tl.tensor(copy, { shape: x.shape }) : other,
          );
          return loss(...args).item();
        });
        const difference = (moved[0]! - moved[1]!) / (2 * h);
        // Central differences err by h² times the third derivative, plus rounding of about 1e-16 / h.
        expect(Math.abs(gradient[i]! - difference), `argument ${n}, element ${i}`).toBeLessThan(
          1e-6 * (1 + Math.abs(difference)),
        );
      }
    });
  });
}

describe("gradients equal finite differences", () => {
  const positive = { low: 0.5, high: 2 };
  const cases: [
    string,
    (...xs: tl.Tensor[]) => tl.Tensor,
    number[][],
    { low?: number; high?: number }?,
  ][] = [
    ["broadcast add and mul", (x, y) => x.add(y).mul(y), [[2, 3], [3]]],
    [
      "broadcast to columns",
      (x, y) => x.div(y),
      [
        [2, 3],
        [2, 1],
      ],
      positive,
    ],
    ["numbers", (x) => tl.sub(2, x).pow(3).mul(0.5), [[4]]],
    ["tanh of a product", (x, y) => x.mul(y).tanh(), [[5], [5]]],
    ["gelu", (x) => tl.gelu(x), [[6]]],
    ["silu, mish, softplus", (x) => tl.silu(x).add(tl.mish(x)).add(tl.softplus(x)), [[6]]],
    ["sum over an axis", (x) => x.square().sum(1), [[3, 4]]],
    ["mean keeping dims", (x) => x.sub(x.mean(0, { keepDims: true })).square(), [[3, 4]]],
    ["variance and std", (x) => x.variance(1).add(x.std(1)), [[3, 4]]],
    ["prod", (x) => x.prod(1), [[2, 4]], positive],
    ["max and min", (x) => x.max(1).add(x.min(1)), [[3, 5]]],
    ["softmax", (x) => x.softmax(0), [[4, 3]]],
    ["logSoftmax", (x) => x.logSoftmax(), [[3, 4]]],
    ["logsumexp", (x) => x.logsumexp([0, 1]), [[3, 4]]],
    [
      "matmul",
      (a, b) => a.matmul(b),
      [
        [2, 3],
        [3, 4],
      ],
    ],
    [
      "matmul of batches that broadcast",
      (a, b) => a.matmul(b),
      [
        [2, 1, 2, 3],
        [3, 3, 2],
      ],
    ],
    ["matmul of vectors", (a, b) => a.matmul(b), [[3], [3, 2]]],
    [
      "gemm with everything",
      (a, b, c, bias) =>
        tl.gemm(a, b, {
          transposeA: true,
          transposeB: true,
          alpha: 0.5,
          beta: -2,
          c,
          bias,
          activation: "tanh",
        }),
      [[3, 2], [4, 3], [2, 4], [4]],
    ],
    [
      "reshape, transpose, squeeze",
      (x) => x.reshape([3, 2, 1]).transpose().squeeze().mul(2),
      [[2, 3]],
    ],
    ["flip and slice", (x) => x.flip(1).slice([0, 1], [2, 4], [1, 2]), [[3, 5]]],
    ["negative steps", (x) => x.slice([4], [0], [-2]).square(), [[6]]],
    ["broadcastTo", (x) => x.broadcastTo([4, 2, 3]).square(), [[2, 1]].map(() => [1, 3])],
    [
      "concat and pad",
      (x, y) =>
        tl.pad(tl.concat([x, y], 1), [
          [1, 0],
          [0, 2],
        ]),
      [
        [2, 3],
        [2, 2],
      ],
    ],
    ["gather with repeats", (x) => x.gather(tl.tensor([1, 1, 0], { dtype: "int32" }), 1), [[2, 3]]],
    [
      "takeAlongAxis",
      (x) => tl.takeAlongAxis(x, tl.tensor([[2], [0]], { dtype: "int32" }), 1),
      [[2, 3]],
    ],
    [
      "scatterAdd",
      (x, u) => tl.scatterAdd(x, tl.tensor([1, 1], { dtype: "int32" }), u).square(),
      [
        [3, 2],
        [2, 2],
      ],
    ],
    ["sort", (x) => x.sort().mul(tl.tensor([1, 2, 3, 4])), [[2, 4]]],
    ["topk", (x) => tl.topk(x, 2).values, [[3, 4]]],
    [
      "where and clip",
      (x) => tl.where(x.greater(0), x.square(), x.mul(3)).add(tl.clip(x, -0.5, 0.5)),
      [[7]],
    ],
    [
      "conv1d",
      (x, w) => tl.conv1d(x, w, { padding: 1, stride: 2 }),
      [
        [1, 6, 2],
        [3, 2, 2],
      ],
    ],
    [
      "conv2d with bias and activation",
      (x, w, bias) => tl.conv2d(x, w, { padding: "same", bias, activation: "sigmoid" }),
      [[2, 4, 3, 2], [3, 3, 2, 2], [2]],
    ],
    [
      "conv2d with groups and dilation",
      (x, w) => tl.conv2d(x, w, { groups: 2, dilation: 2 }),
      [
        [1, 5, 5, 4],
        [2, 2, 2, 4],
      ],
    ],
    [
      "conv3d",
      (x, w) => tl.conv3d(x, w),
      [
        [1, 3, 3, 2, 1],
        [2, 2, 2, 1, 2],
      ],
    ],
    ["max pooling", (x) => tl.maxPool2d(x, 2), [[1, 4, 4, 2]]],
    [
      "average pooling with padding",
      (x) => tl.avgPool2d(x, 3, { padding: 1, stride: 2, countIncludePad: false }),
      [[1, 5, 5, 1]],
    ],
    ["global pooling", (x) => tl.globalAvgPool(x).add(tl.globalMaxPool(x)), [[2, 3, 3, 2]]],
    [
      "a user's own operation",
      (x, y) => tl.elementwise((a, b) => a.mul(b.sin()).exp())(x, y),
      [[3], [3]],
    ],
  ];
  for (const [name, f, shapes, options] of cases)
    test(name, () => checkGradients(f, shapes, options));
});

describe("second derivatives equal finite differences of the first", () => {
  const cases: [string, (x: tl.Tensor, w: tl.Tensor) => tl.Tensor, number[][]][] = [
    [
      "products and tanh",
      (x, w) => x.matmul(w).tanh().sum(),
      [
        [2, 3],
        [3, 2],
      ],
    ],
    [
      "softmax",
      (x, w) => x.mul(w).softmax().square().sum(),
      [
        [2, 3],
        [2, 3],
      ],
    ],
    [
      "convolution",
      (x, w) => tl.conv2d(x, w, { padding: 1 }).square().mean(),
      [
        [1, 3, 3, 1],
        [2, 2, 1, 2],
      ],
    ],
    [
      "average pooling",
      (x, w) => tl.avgPool2d(x.mul(w).square(), 2).square().sum(),
      [
        [1, 4, 4, 1],
        [4, 4, 1],
      ],
    ],
    [
      "gather and slice",
      (x, w) =>
        x
          .mul(w)
          .square()
          .gather(tl.tensor([0, 0], { dtype: "int32" }))
          .slice([0, 1])
          .square()
          .sum(),
      [
        [2, 3],
        [2, 3],
      ],
    ],
  ];
  for (const [name, f, shapes] of cases) {
    test(name, () => checkGradients((x, w) => tl.grad((v) => f(v, w))(x), shapes));
  }
});

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
      "expected float32 or float64 to differentiate by, got int32",
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
