import { describe, expect, test } from "vitest";
import * as tl from "../src/index.ts";
import { observeKernels } from "../src/backend/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();
const { tensor } = tl;
const list = (x: tl.Tensor): number[] => Array.from(x.dataSync());

/** Runs `fn`, and returns how many kernels of a family it called. */
function countKernels(family: string, fn: () => void): number {
  let count = 0;
  const before = observeKernels({
    observe(kernel, _call, _backend, run) {
      if (kernel === family) count++;
      run();
    },
  });
  fn();
  observeKernels(before);
  return count;
}

describe("vjp", () => {
  test("may be pulled back again and again, until it is disposed", () => {
    const before = tl.memory();
    const x = tensor([1, 2]);
    const { value, pullback, dispose } = tl.vjp((v) => v.square(), x);
    for (const scale of [1, 10]) {
      const [gradient] = pullback(tensor([scale, scale]));
      expect(list(gradient!)).toEqual([2 * scale, 4 * scale]);
      gradient!.dispose();
    }
    dispose();
    dispose();
    expect(() => pullback(value)).toThrow("vjp: pullback: expected one in use");
    x.dispose();
    value.dispose();
    // The two cotangents are left.
    expect(tl.memory().tensors - before.tensors).toBe(2);
    expect(tl.memory().storages - before.storages).toBe(2);
  });
  test("a forgotten pullback gives its memory back", async () => {
    const { gc } = globalThis as { gc?: () => void };
    const x = tl.keep(tl.ones([100]));
    const before = tl.memory().bytes;
    for (let i = 0; i < 10; i++) tl.vjp((v) => v.exp().mul(v), x).value.dispose();
    expect(tl.memory().bytes).toBeGreaterThan(before);
    for (let round = 0; round < 50 && tl.memory().bytes > before; round++) {
      gc!();
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // Less, where tensors that other tests forgot went too.
    expect(tl.memory().bytes).toBeLessThanOrEqual(before);
  });
  test("refuses a cotangent of another shape", () => {
    const { pullback } = tl.vjp((v) => v.sum(0), tl.ones([2, 3]));
    expect(() => pullback(tl.ones([2]))).toThrow("vjp: cotangent: expected shape [3], got [2]");
  });
});

describe("jvp", () => {
  test("is the directional derivative, over several arguments", () => {
    const { value, tangent } = tl.jvp(
      (x, y) => x.mul(y).sum(),
      [tensor([1, 2]), tensor([3, 4])],
      [tensor([1, 0]), tensor([0, 1])],
    );
    expect(value.item()).toBe(11);
    expect(tangent.item()).toBe(3 + 2);
  });
  test("is zero where the value does not depend on the arguments", () => {
    const { tangent } = tl.jvp(() => tl.ones([2]), [tensor([1])], [tensor([1])]);
    expect(list(tangent)).toEqual([0, 0]);
  });
  test("leaves nothing behind but its results", () => {
    const x = tensor([1, 2]);
    const before = tl.memory();
    const { value, tangent } = tl.jvp((v) => v.exp().sum(), [x], [x]);
    value.dispose();
    tangent.dispose();
    expect(tl.memory()).toEqual(before);
  });
  test("names what does not fit", () => {
    expect(() => tl.jvp((x) => x, [tl.ones([2])], [tl.ones([3])])).toThrow(
      "jvp: tangent 0: expected shape [2], got [3]",
    );
    expect(() => tl.jvp((x) => x, [tl.ones([2])], [])).toThrow("expected one for each of 1");
  });
});

describe("jacobian and hessian", () => {
  test("have the result's axes first", () => {
    const w = tensor([[1, 2, 3], [4, 5, 6]]); // prettier-ignore
    const j = tl.jacobian((x) => w.matmul(x))(tl.ones([3, 4]));
    expect(j.shape).toEqual([2, 4, 3, 4]);
    expect(j.slice([0, 1, 0, 1], [1, 2, 3, 2]).reshape([-1]).toString()).toBe("[1, 2, 3]");
  });
  test("by another argument, and of a constant", () => {
    const f = (x: tl.Tensor, y: tl.Tensor): tl.Tensor => x.mul(y.square());
    expect(
      tl
        .jacobian(f, 1)(tensor([2, 3]), tensor([1, 5]))
        .toString(),
    ).toBe("[[ 4,  0],\n [ 0, 30]]");
    expect(list(tl.jacobian(() => tl.ones([2]))(tensor([1])))).toEqual([0, 0]);
  });
  test("a hessian is symmetric, and that of a quadratic form is the form", () => {
    const a = tensor([[2, 1], [1, 4]]); // prettier-ignore
    const h = tl.hessian((x) => x.dot(a.matmul(x)).mul(0.5))(tensor([0.3, -2]));
    expect(list(h)).toEqual([2, 1, 1, 4]);
  });
});

describe("customGrad", () => {
  test("uses the rule given, and not the function's", () => {
    const clippedExp = tl.customGrad(
      (x) => x.exp(),
      (gradient, [x], value) => [gradient.mul(value).mul(x!.less(5))],
    );
    expect(list(tl.grad((x) => clippedExp(x).sum())(tensor([0, 10])))).toEqual([1, 0]);
  });
  test("several arguments, some without a gradient", () => {
    const f = tl.customGrad(
      (x, y) => x.mul(y),
      (gradient) => [undefined, gradient.mul(7)],
    );
    const { gradients } = tl.valueAndGrad((x, y) => f(x, y).sum())(tensor([2]), tensor([3]));
    expect(gradients.map((g) => g.item())).toEqual([0, 7]);
  });
  test("a function that gives its argument back is another value to the tape", () => {
    const doubled = tl.customGrad(
      (x) => x,
      (gradient) => gradient.mul(2),
    );
    expect(
      tl
        .grad((x) => doubled(x).mul(x).sum())(tensor([3]))
        .item(),
    ).toBe(6 + 3);
  });
  test("a rule's wrong shape is named", () => {
    const wrong = tl.customGrad(
      (x) => x.mul(2),
      () => tl.ones([5]),
    );
    expect(() => tl.grad((x) => wrong(x).sum())(tl.ones([2]))).toThrow(
      "gradient: expected shape [2] for argument 0, got [5]",
    );
  });
});

describe("checkpoint", () => {
  test("gradients reach parameters that the function only captures", () => {
    const w = new tl.Parameter(tensor([1, 2]), "w");
    const block = tl.checkpoint((x) => x.mul(w.value).tanh().mul(w.value));
    const loss = (f: (x: tl.Tensor) => tl.Tensor): number[][] =>
      tl
        .valueAndGrad(() => f(tensor([0.5, -1])).sum(), [w])()
        .gradients.map(list);
    expect(loss(block)).toEqual(loss((x) => x.mul(w.value).tanh().mul(w.value)));
  });
  test("keeps less, and computes again", () => {
    const chain = (x: tl.Tensor): tl.Tensor => x.sin().exp().cos().tanh().sigmoid();
    const x = tl.ones([1000]);
    const kept = (f: (v: tl.Tensor) => tl.Tensor): number => {
      const before = tl.memory().bytes;
      const { value, dispose } = tl.vjp(f, x);
      const bytes = tl.memory().bytes - before;
      value.dispose();
      dispose();
      return bytes;
    };
    expect(kept(chain)).toBe(5 * 4000);
    expect(kept(tl.checkpoint(chain))).toBe(4000);
    const kernels = (f: (v: tl.Tensor) => tl.Tensor): number =>
      countKernels("map", () => tl.vjp(f, x).dispose());
    expect(kernels(tl.checkpoint(chain))).toBe(kernels(chain));
  });
  test("draws the same random numbers again, and those that follow stay the same", () => {
    const noisy = (x: tl.Tensor): tl.Tensor => tl.dropout(x, 0.5).square();
    const run = (f: (x: tl.Tensor) => tl.Tensor): number[][] => {
      tl.random.seed(3);
      const gradient = tl.grad((x) => f(x).sum())(tl.arange(1, 20));
      return [list(gradient), list(tl.random.uniform([2]))];
    };
    expect(run(tl.checkpoint(noisy))).toEqual(run(noisy));
  });
  test("nests, and without a gradient is the function itself", () => {
    const inner = tl.checkpoint((x: tl.Tensor) => x.exp());
    const outer = tl.checkpoint((x: tl.Tensor) => inner(x).mul(x));
    expect(list(tl.grad((x) => outer(x).sum())(tensor([0])))).toEqual([1]);
    expect(outer(tensor([0])).item()).toBe(0);
    expect(
      tl
        .grad((x) =>
          tl
            .checkpoint((v) => v)(x)
            .mul(3)
            .sum(),
        )(tensor([1]))
        .item(),
    ).toBe(3);
  });
});

describe("what has no gradient says so", () => {
  test("by the operation's name", () => {
    const double = tl.customKernel({
      name: "double",
      host([x], [y]) {
        x!.data.forEach((value, i) => (y!.data[i] = 2 * value));
      },
    });
    const f = (x: tl.Tensor): tl.Tensor => double([x], [{ shape: x.shape, dtype: x.dtype }])[0]!;
    expect(f(tensor([1, 2])).toString()).toBe("[2, 4]");
    expect(() => tl.grad((x) => f(x).sum())(tensor([1]))).toThrow("gradient: double: has none");
    const fused = tl.fusedKernel(1, 0, ([x]) => [x!.exp()]);
    expect(() => tl.grad((x) => fused([x], [])[0]!.sum())(tensor([1]))).toThrow(
      "gradient: fusedKernel: has none",
    );
    const stacked = tl.stackedKernel(1, 1, ([x], [by]) => [x!, x!.mul(by!)]);
    expect(stacked([tensor([[1, 2]])], [3]).toString()).toBe("[[[1, 2]],\n\n [[3, 6]]]");
    expect(() => tl.grad((x) => stacked([x], [1]).sum())(tensor([1]))).toThrow(
      "gradient: stackedKernel: has none",
    );
    expect(() => tl.grad((x) => tl.svd(x).u.sum())(tl.eye(2))).toThrow("gradient: svd's u");
    expect(() => tl.grad((x) => tl.qr(x).q.sum())(tl.ones([2, 3]))).toThrow("gradient: qr");
  });
  test("but may run where no gradient passes", () => {
    const fused = tl.fusedKernel(1, 0, ([x]) => [x!.exp()]);
    const f = (x: tl.Tensor): tl.Tensor => x.mul(tl.stopGradient(fused([x], [])[0]!)).sum();
    expect(
      tl
        .grad(f)(tensor([0]))
        .item(),
    ).toBe(1);
  });
});

describe("gradients of slices add up", () => {
  const weights = [1, 2, 3];
  /** The sum over three overlapping slices of a cube times a weight, beside another use of the whole. */
  const f = (x: tl.Tensor): tl.Tensor => {
    const parts = weights.map((weight, i) => {
      const part = x.slice([i, 0], [i + 2, 3]);
      return part.mul(part).mul(part).mul(weight).sum();
    });
    return parts.reduce((sum, part) => sum.add(part), x.mul(5).sum());
  };
  const values = [[1, 2, 3], [4, 5, 6], [7, 8, 9], [10, 11, 12]]; // prettier-ignore
  // Row r is in slices r - 1 and r, which weigh r and r + 1.
  const weightOf = (row: number): number => (row > 0 ? row : 0) + (row < 3 ? row + 1 : 0);

  test("whatever else uses the whole", () => {
    const found = tl.grad(f)(tl.tensor(values)).dataSync();
    const expected = values.flatMap((row, r) => row.map((x) => 5 + 3 * weightOf(r) * x * x));
    expect(Array.from(found)).toEqual(expected);
  });
  test("and so do second derivatives", () => {
    const found = tl
      .grad((x) => tl.grad(f)(x).sum())(tl.tensor(values))
      .dataSync();
    expect(Array.from(found)).toEqual(
      values.flatMap((row, r) => row.map((x) => 6 * weightOf(r) * x)),
    );
  });
  test("without a whole gradient for each", () => {
    const x = tl.zeros([1000, 50]);
    const before = tl.memory().bytes;
    const total = (y: tl.Tensor): tl.Tensor =>
      tl.tidy(() => tl.stack(tl.split(y, 100).map((part) => part.sum())).sum());
    const gradient = tl.grad(total)(x);
    expect(Array.from(gradient.dataSync()).every((one) => one === 1)).toBe(true);
    expect(tl.memory().bytes - before).toBe(1000 * 50 * 4);
  });
});

describe("second derivatives beside zeros", () => {
  // Without the sign of zeros.
  const flat = (x: tl.Tensor): number[] => Array.from(x.dataSync(), (element) => element + 0);
  /** The matrix of second derivatives of a product: of all other elements. */
  const ofProduct = (values: readonly number[]): number[][] =>
    values.map((_, i) =>
      values.map((_other, j) =>
        i === j
          ? 0
          : values.reduce((product, x, k) => (k === i || k === j ? product : product * x), 1),
      ),
    );
  for (const values of [
    [2, 3, 4],
    [0, 3, 4],
    [0, 3, 0, 5],
    [0, 0, 0],
  ]) {
    test(`of the product of ${values.join(", ")}`, () => {
      const x = tl.tensor(values);
      expect(flat(tl.hessian((y) => tl.prod(y))(x))).toEqual(ofProduct(values).flat());
      const last = (y: tl.Tensor): tl.Tensor => tl.cumprod(y).slice([-1]).sum();
      expect(flat(tl.hessian(last)(x))).toEqual(ofProduct(values).flat());
    });
  }
  test("of products over several axes", () => {
    const x = tl.tensor([[[0, 2], [3, 4]], [[5, 0], [1, 2]]]); // prettier-ignore
    const gradient = (y: tl.Tensor): tl.Tensor => tl.grad((z) => tl.prod(z, [0, 2]).sum())(y);
    expect(flat(gradient(x))).toEqual([0, 0, 8, 6, 0, 0, 24, 12]);
    const second = tl.grad((y) => gradient(y).sum())(x);
    // To an element, of the others in its line, the sum of products of two.
    expect(flat(second)).toEqual([10, 0, 14, 11, 0, 10, 26, 19]);
  });
});

describe("second derivatives where branches meet", () => {
  // softplus'' is sigmoid', which is 1/4 at 0; log(e^x + e^y) is softplus of the difference but for a linear part.
  test("of softplus at 0", () => {
    const second = tl.grad(tl.grad((x) => tl.softplus(x)))(tl.tensor(0));
    expect(second.item()).toBe(0.25);
  });
  test("of logAddExp for equal operands", () => {
    const f = (x: tl.Tensor): tl.Tensor => tl.logAddExp(x, tl.tensor(7));
    expect(tl.grad(f)(tl.tensor(7)).item()).toBe(0.5);
    expect(tl.grad(tl.grad(f))(tl.tensor(7)).item()).toBe(0.25);
  });
});
