import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as tl from "../src/index.ts";
import { onReference } from "./reference-backend.ts";

onReference();

const shapes = fc.record({
  rows: fc.integer({ min: 1, max: 12 }),
  columns: fc.integer({ min: 1, max: 12 }),
  seed: fc.nat(10_000),
  // Repeated and zero columns: rank-deficient matrices are where factorizations go wrong.
  rank: fc.integer({ min: 0, max: 12 }),
});
type Sample = typeof shapes extends fc.Arbitrary<infer S> ? S : never;

function matrix({ rows, columns, seed, rank }: Sample): tl.Tensor {
  const [a, b] = [
    [rows, rank],
    [rank, columns],
  ].map((shape, i) => tl.random.normal(shape, { seed: seed + i }).astype("float64"));
  return rank === 0 ? tl.zeros([rows, columns], "float64") : a!.matmul(b!);
}

const distance = (a: tl.Tensor, b: tl.Tensor): number => a.sub(b).abs().max().item();
const size = (x: tl.Tensor): number => 1 + x.abs().max().item();
const unit = (n: number): tl.Tensor => tl.eye(n, undefined, "float64");
/** Backward stable methods err by a small multiple of n times the rounding of float64. */
const bound = 1e-13;

function check(property: (sample: Sample) => void): void {
  fc.assert(
    fc.property(shapes, (sample) => tl.tidy(() => property(sample))),
    { seed: Number(process.env["TENSORLOOM_SEED"] ?? 11), numRuns: 60 },
  );
}

describe("factorizations give the matrix back, of any rank", () => {
  test("qr", () => {
    check((sample) => {
      const x = matrix(sample);
      for (const mode of ["reduced", "complete"] as const) {
        const { q, r } = tl.qr(x, { mode });
        expect(distance(q.matmul(r), x)).toBeLessThan(bound * size(x));
        expect(distance(q.transpose().matmul(q), unit(q.shape[1]!))).toBeLessThan(bound);
        expect(distance(r.triu(), r)).toBe(0);
      }
    });
  });
  test("svd", () => {
    check((sample) => {
      const x = matrix(sample);
      for (const fullMatrices of [false, true]) {
        const { u, s, vh } = tl.svd(x, { fullMatrices });
        const k = s.size;
        const product = u
          .slice([], [sample.rows, k])
          .mul(s)
          .matmul(vh.slice([], [k]));
        expect(distance(product, x)).toBeLessThan(bound * size(x));
        expect(distance(u.transpose().matmul(u), unit(u.shape[1]!))).toBeLessThan(bound);
        expect(distance(vh.matmul(vh.transpose()), unit(vh.shape[0]!))).toBeLessThan(bound);
        expect(distance(s.sort({ descending: true }).abs(), s)).toBe(0);
      }
    });
  });
  test("eigh", () => {
    check((sample) => {
      const half = matrix({ ...sample, columns: sample.rows });
      const x = half.add(half.transpose());
      const { eigenvalues, eigenvectors: v } = tl.eigh(x);
      expect(distance(v.mul(eigenvalues).matmul(v.transpose()), x)).toBeLessThan(bound * size(x));
      expect(distance(v.transpose().matmul(v), unit(sample.rows))).toBeLessThan(bound);
      expect(distance(eigenvalues.sort(), eigenvalues)).toBe(0);
    });
  });
  test("cholesky, solve, inverse and det", () => {
    check((sample) => {
      const half = matrix({ ...sample, columns: sample.rows });
      const x = half.matmul(half.transpose()).add(unit(sample.rows));
      const l = tl.cholesky(x);
      expect(distance(l.matmul(l.transpose()), x)).toBeLessThan(bound * size(x));
      const condition = size(x) * size(tl.inverse(x)) * sample.rows;
      expect(distance(x.matmul(tl.inverse(x)), unit(sample.rows))).toBeLessThan(bound * condition);
      const b = tl.ones([sample.rows], "float64");
      expect(distance(x.matmul(tl.solve(x, b)), b)).toBeLessThan(bound * condition);
      const determinant = l.diagonal().prod().square().item();
      expect(Math.abs(tl.det(x).item() / determinant - 1)).toBeLessThan(bound * condition);
    });
  });
});

describe("hard matrices", () => {
  test("small singular values are precise beside large ones", () => {
    const scales = tl.tensor([1e12, 1, 1e-12], { dtype: "float64" });
    const { q } = tl.qr(tl.random.normal([3, 3], { seed: 1 }).astype("float64"));
    const s = tl.svd(q.mul(scales)).s.dataSync();
    [1e12, 1, 1e-12].forEach((x, i) => expect(Math.abs(s[i]! / x - 1)).toBeLessThan(1e-12));
  });
  test("very large and very small elements do not overflow", () => {
    for (const scale of [1e200, 1e-200]) {
      const x = tl.tensor([[3, 0], [4, 0]], { dtype: "float64" }).mul(tl.scalar(scale, "float64")); // prettier-ignore
      expect(tl.svd(x).s.dataSync()[0]! / scale).toBeCloseTo(5, 12);
      expect(Math.abs(tl.qr(x).r.dataSync()[0]! / scale)).toBeCloseTo(5, 12);
    }
  });
  test("samples on a line, whose columns are multiples of one, have one singular value", () => {
    const i = tl.arange(9).sub(4).astype("float64").expandDims(1);
    const s = tl.svd(tl.concat([i, i.mul(2), i.mul(-1)], 1)).s.dataSync();
    expect(s[0]).toBeCloseTo(Math.sqrt(60 * 6), 12);
    expect(s[1]).toBeLessThan(1e-14);
  });
  test("float32 is computed in float64 and rounded once; integers become float32", () => {
    const places = tl.arange(5);
    const hilbert = places.expandDims(1).add(places).add(1).reciprocal();
    expect(tl.inverse(hilbert).matmul(hilbert).sub(tl.eye(5)).abs().max().item()).toBeLessThan(0.5);
    expect(tl.det(tl.tensor([[1, 2], [3, 4]], { dtype: "int32" })).dtype).toBe("float32"); // prettier-ignore
  });
  test("empty stacks and matrices", () => {
    expect(tl.svd(tl.zeros([0, 3, 2])).s.shape).toEqual([0, 2]);
    expect(tl.qr(tl.zeros([0, 2])).r.shape).toEqual([0, 2]);
    expect(tl.det(tl.zeros([0, 0])).item()).toBe(1);
    expect(tl.eigh(tl.zeros([0, 0])).eigenvalues.shape).toEqual([0]);
  });
  test("the gradient of a determinant is the cofactors, of singular matrices too", () => {
    const cofactors = (x: number[][]): number[] =>
      Array.from(
        tl
          .grad((y) => tl.det(y))(tl.tensor(x, { dtype: "float64" }))
          .dataSync(),
      );
    for (const [x, expected] of [
      [
        [
          [1, 2],
          [2, 4],
        ],
        [4, -2, -2, 1],
      ],
      [
        [
          [0, 0],
          [0, 0],
        ],
        [0, 0, 0, 0],
      ],
      [
        [
          [1, 2, 3],
          [4, 5, 6],
          [7, 8, 9],
        ],
        [-3, 6, -3, 6, -12, 6, -3, 6, -3],
      ],
      [
        [
          [2, 1],
          [0, 3],
        ],
        [3, 0, -1, 2],
      ],
    ] as [number[][], number[]][]) {
      cofactors(x).forEach((found, i) => expect(found).toBeCloseTo(expected[i]!, 12));
    }
  });
  test("the gradient through eigenvectors is symmetric", () => {
    const x = tl.tensor([[2, 1, 0], [1, 5, 3], [0, 3, 9]], { dtype: "float64" }); // prettier-ignore
    const weights = tl.arange(9, undefined, { dtype: "float64" }).reshape([3, 3]);
    const gradient = tl.grad((y) => tl.eigh(y).eigenvectors.square().mul(weights.square()).sum())(
      x,
    );
    expect(gradient.sub(gradient.transpose()).abs().max().item()).toBeLessThan(1e-14);
    expect(gradient.abs().max().item()).toBeGreaterThan(0.1);
  });
  test("eigenvalues far from 1 do not leave the range of their squares", () => {
    const x = tl.tensor([[2, 1], [1, 2]], { dtype: "float64" }); // prettier-ignore
    for (const scale of [1e-250, 1e250]) {
      const { eigenvalues } = tl.eigh(x.mul(scale));
      eigenvalues.dataSync().forEach((w, i) => expect(w / scale).toBeCloseTo([1, 3][i]!, 12));
    }
  });
  test("what cannot be factorized is named, and nothing is left behind", () => {
    const before = tl.memory();
    tl.tidy(() => {
      const singular = tl.ones([2, 2]);
      expect(() => tl.solve(singular, tl.ones([2]))).toThrow("expected an invertible matrix");
      expect(() => tl.inverse(singular)).toThrow(/^inverse: x: .*no pivot in column 1/);
      expect(() =>
        tl.eigh(
          tl.tensor([
            [Infinity, 0],
            [0, 1],
          ]),
        ),
      ).toThrow("eigh: x: expected finite");
      expect(() => tl.qr(singular, { mode: "raw" as "reduced" })).toThrow(
        'qr: mode: expected "reduced" or "complete", got "raw"',
      );
      expect(() => tl.cholesky(tl.eye(2).mul(-1))).toThrow("expected a positive definite matrix");
      const nan = tl.full([2, 2], Number.NaN);
      expect(() => tl.svd(nan)).toThrow("svd: x: expected finite elements");
      expect(() => tl.eigh(nan)).toThrow("eigh: x: expected finite elements");
      expect(() => tl.eigh(tl.ones([2, 3]))).toThrow("expected square matrices [..., n, n]");
      expect(() => tl.solve(tl.eye(3), tl.ones([2]))).toThrow("solve: b: expected [3]");
    });
    expect(tl.memory()).toEqual(before);
  });
  test("a device backend is told where to go", async () => {
    const { reference } = await import("../src/reference/index.ts");
    const { readSync: _, ...device } = reference();
    tl.withBackend({ ...device, name: "device" }, () => {
      expect(() => tl.svd(tl.ones([2, 2]))).toThrow(
        'svd: expected tensors on a host backend, got some on device; try `await x.to("wasm")`',
      );
    });
  });
});
