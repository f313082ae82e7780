// What holds for all images: backends agree, batches are their images, gradients are the adjoint.
import { cpu, wasm } from "@tensorloom/backend-cpu";
import { grad, random, tensor, tidy, use, withBackend, type Tensor } from "@tensorloom/tensor";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  bilateralFilter,
  boxBlur,
  canny,
  filter2d,
  gaussianBlur,
  laplacian,
  letterbox,
  medianBlur,
  pad,
  resizeImage,
  rotate,
  sobel,
  warpPerspective,
  type Border,
} from "../src/index.ts";

beforeAll(async () => {
  await use(cpu());
  await use(wasm({ threads: 3 }));
});

const borders: readonly Border[] = ["reflect101", "reflect", "replicate", "constant", "wrap"];
const operations: Readonly<Record<string, (x: Tensor, border: Border) => Tensor>> = {
  gaussianBlur: (x, border) => gaussianBlur(x, { sigma: [0.6, 2.1], border, value: 0.5 }),
  boxBlur: (x, border) => boxBlur(x, { kernelSize: [4, 3], border, value: 0.5 }),
  sobel: (x, border) => sobel(x, { dx: 1, dy: 1, kernelSize: 5, border }),
  filter2d: (x, border) => filter2d(x, [[0.2, -0.5, 0, 0.4], [0, 0.3, 0.1, 0.2]], { border, value: 0.5 }), // prettier-ignore
  laplacian: (x, border) => laplacian(x, { border, kernelSize: 3 }),
  pad: (x, border) => pad(x, { top: 2, left: 5, right: 1 }, { border, value: 0.5 }),
  "resizeImage, bilinear": (x) => resizeImage(x, [5, 13]),
  "resizeImage, bicubic": (x) => resizeImage(x, [9, 4], { method: "bicubic" }),
  "resizeImage, antialiased": (x) => resizeImage(x, 4, { antialias: true }),
  "resizeImage, area": (x) => resizeImage(x, [3, 5], { method: "area" }),
  letterbox: (x) => letterbox(x, [17, 12], { fill: 0.5 }).image,
  rotate: (x, border) => rotate(x, 33, { border, value: 0.5, expand: true }),
  warpPerspective: (x, border) => warpPerspective(x, [[1.1, 0.2, -1], [0.1, 0.9, 0.7], [0.01, -0.008, 1]], { border, value: 0.5, size: [6, 9] }), // prettier-ignore
};
const nonlinear: typeof operations = {
  "medianBlur of 3": (x, border) => medianBlur(x, { kernelSize: 3, border }),
  "medianBlur of 5": (x, border) => medianBlur(x, { kernelSize: 5, border }),
  "medianBlur of 7": (x, border) => medianBlur(x, { kernelSize: 7, border }),
  bilateralFilter: (x, border) =>
    x.shape.at(-1) === 1 || x.shape.at(-1) === 3
      ? bilateralFilter(x, { sigmaColor: x.dtype === "uint8" ? 30 : 0.2, sigmaSpace: 2, border })
      : x.add(0),
  canny: (x, border) =>
    canny(x, x.dtype === "uint8" ? { lowThreshold: 60, highThreshold: 200, border } : { lowThreshold: 0.3, highThreshold: 0.9, border }), // prettier-ignore
};

const shapes = fc.tuple(
  fc.integer({ min: 1, max: 23 }),
  fc.integer({ min: 1, max: 37 }),
  fc.constantFrom(1, 2, 3, 4, 5),
);

describe("three threads of wasm give what plain loops give", () => {
  for (const [name, run] of Object.entries({ ...operations, ...nonlinear })) {
    test(name, async () => {
      await fc.assert(
        fc.asyncProperty(
          shapes,
          fc.constantFrom(...borders),
          fc.boolean(),
          fc.nat(1000),
          async (shape, border, isBytes, seed) => {
            // prettier-ignore
            const results = await Promise.all(
            ["cpu", "wasm"].map((backend) =>
              withBackend(backend, () =>
                tidy(() => {
                  const floats = random.uniform([2, ...shape], { seed });
                  const x = isBytes ? floats.mul(255).round().astype("uint8") : floats;
                  const y = run(x, border);
                  return { shape: y.shape, dtype: y.dtype, values: y.dataSync() };
                }),
              ),
            ),
          );
            const [expected, actual] = results as [(typeof results)[0], (typeof results)[0]];
            expect([actual.shape, actual.dtype]).toEqual([expected.shape, expected.dtype]);
            // Floats: the rounding of some fifty terms, whose weights sum to 64 for the largest. Bytes: halves may fall either way.
            const allowed = expected.dtype === "uint8" ? Number(name !== "canny") : isBytes ? 5e-3 : 2e-5; // prettier-ignore
            const wrong = expected.values.findIndex((v, i) => !(Math.abs(v - actual.values[i]!) <= allowed)); // prettier-ignore
            if (wrong >= 0) expect.fail(`element ${wrong}: ${expected.values[wrong]} on cpu, ${actual.values[wrong]} on wasm`); // prettier-ignore
          },
        ),
        { numRuns: 40, seed: 3 },
      );
    });
  }
});

describe("a batch is its images", () => {
  for (const [name, run] of Object.entries({ ...operations, ...nonlinear })) {
    test(name, () => {
      const batch = random.uniform([3, 11, 14, 3], { seed: 4 });
      const all = run(batch, "reflect101");
      const second = run(batch.slice([1, 0, 0, 0], [2, 11, 14, 3]).squeeze(0), "reflect101");
      const [, ...size] = all.shape;
      const same = all.slice([1, ...size.map(() => 0)], [2, ...size]).squeeze(0);
      expect(same.dataSync()).toEqual(second.dataSync());
    });
  }
});

describe("gradients are the adjoint", () => {
  for (const [name, run] of Object.entries(operations)) {
    for (const border of borders) {
      test(`${name}, ${border}`, () => {
        const x = random.uniform([2, 9, 8, 3], { seed: 1 }).astype("float64");
        const zero = x.mul(0);
        const offset = run(zero, border);
        const y = run(x, border).sub(offset);
        const v = random.uniform(y.shape, { seed: 2 }).astype("float64");
        // (A x) · v = x · (Aᵀ v), and the gradient of the gradient's square norm is 2 A Aᵀ v: rules run through operations.
        const pulled = grad((each: Tensor) => run(each, border).mul(v).sum())(x);
        const [left, right] = [y.mul(v).sum().item(), x.mul(pulled).sum().item()];
        // The warps' weights are float32 on the way back.
        expect(Math.abs(left - right)).toBeLessThan(1e-5 * Math.max(1, Math.abs(left)));
        const twice = grad((w: Tensor) => grad((each: Tensor) => run(each, border).mul(w).sum())(x).square().sum())(v); // prettier-ignore
        const expected = run(pulled, border).sub(offset).mul(2);
        expect(twice.sub(expected).abs().max().item()).toBeLessThan(1e-4);
      });
    }
  }
  test("of bytes there is none, of medians neither", () => {
    expect(() => grad((x: Tensor) => medianBlur(x, { kernelSize: 3 }).sum())(tensor([[[1], [2]]]))).toThrow("medianBlur: has none"); // prettier-ignore
  });
});
