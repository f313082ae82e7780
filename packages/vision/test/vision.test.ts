import { wasm } from "@tensorloom/backend-cpu";
import { grad, ones, random, tensor, use, zeros, type Tensor } from "@tensorloom/tensor";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { gaussianBlur, nms } from "../src/index.ts";

beforeAll(async () => void (await use(wasm())));
const list = async (x: Tensor): Promise<number[]> => Array.from(await x.data());

describe("nms", () => {
  test("keeps the best of what overlaps; thresholds and ties", async () => {
    const boxes = tensor([
      [0, 0, 10, 10],
      [0, 0, 10, 10],
      [0, 0, 10, 5],
      [20, 20, 30, 30],
      [Number.NaN, 0, 1, 1],
    ]);
    const scores = tensor([0.5, 0.5, 0.9, 0.1, 1]);
    // The half box overlaps the whole one by exactly 0.5, which is not more.
    expect(await list(await nms(boxes, scores))).toEqual([2, 0, 3]);
    expect(await list(await nms(boxes, scores, { iouThreshold: 0.4 }))).toEqual([2, 3]);
    expect(await list(await nms(boxes, scores, { scoreThreshold: 0.2, maxOutput: 1 }))).toEqual([
      2,
    ]);
    expect(await list(await nms(zeros([0, 4]), zeros([0])))).toEqual([]);
    await expect(nms(ones([2, 3]), ones([2]))).rejects.toThrow(
      "expected boxes [n, 4] and scores [n], got [2, 3] and [2]",
    );
    await expect(nms(boxes, scores, { iouThreshold: 2 })).rejects.toThrow(
      "iouThreshold: expected a number in [0, 1]",
    );
  });
  test("no two kept boxes overlap too much, and every dropped one overlaps a better", async () => {
    const box = fc.tuple(
      fc.integer({ max: 20, min: 0 }),
      fc.integer({ max: 20, min: 0 }),
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 9 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(box, { minLength: 1, maxLength: 15 }), async (made) => {
        const rows = made.map(([x, y, w, h]) => [x, y, x + w, y + h]);
        const scores = rows.map((_, i) => 1 - i / 100);
        const kept = await list(await nms(tensor(rows), tensor(scores), { iouThreshold: 0.3 }));
        const iou = (a: number[], b: number[]): number => {
          const side = (i: number): number =>
            Math.max(0, Math.min(a[i + 2]!, b[i + 2]!) - Math.max(a[i]!, b[i]!));
          const area = (c: number[]): number => (c[2]! - c[0]!) * (c[3]! - c[1]!);
          const shared = side(0) * side(1);
          return shared / (area(a) + area(b) - shared);
        };
        rows.forEach((row, i) => {
          const better = kept.filter((k) => k < i);
          const isOverlapped = better.some((k) => iou(rows[k]!, row) > 0.3);
          expect(kept.includes(i)).toBe(!isOverlapped);
        });
      }),
      { numRuns: 60, seed: 1 },
    );
  });
});

describe("gaussianBlur", () => {
  test("a point becomes the product of two Gaussians", async () => {
    const point = tensor(
      Float32Array.from({ length: 81 }, (_, i) => Number(i === 40)),
      { shape: [9, 9, 1] },
    );
    const blurred = await list(gaussianBlur(point, { sigma: 1, kernelSize: 5 }));
    // OpenCV's getGaussianKernel(5, 1).
    const kernel = [0.05448868, 0.24420134, 0.40261995, 0.24420134, 0.05448868];
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 5; x++)
        expect(blurred[(y + 2) * 9 + x + 2]).toBeCloseTo(kernel[y]! * kernel[x]!, 6);
    }
  });
  test("mirrors at the border, keeps channels and images apart", async () => {
    const row = tensor(
      [[[1], [0], [0], [0], [0]]].concat(
        Array.from({ length: 4 }, () => [[1], [0], [0], [0], [0]]),
      ),
    );
    const blurred = await list(gaussianBlur(row, { sigma: 1, kernelSize: 3 }));
    // Kernel [0.2741, 0.4519, 0.2741]: column 0 sees its mirror, column 1, on both sides.
    expect(blurred[0]).toBeCloseTo(0.45186276, 5);
    expect(blurred[1]).toBeCloseTo(0.27406862, 5);
    const images = random.uniform([2, 6, 7, 3], { seed: 1 });
    const all = gaussianBlur(images, { sigma: [0.8, 1.1] });
    const one = gaussianBlur(images.slice([1, 0, 0, 2], [2, 6, 7, 3]).squeeze(0), {
      sigma: [0.8, 1.1],
    });
    const same = all.slice([1, 0, 0, 2], [2, 6, 7, 3]).squeeze(0);
    expect(same.sub(one).abs().max().item()).toBeLessThan(1e-6);
  });
  test("passes gradients, and names mistakes", () => {
    const gradient = grad((x) => gaussianBlur(x, { sigma: 1, kernelSize: 3 }).sum())(
      ones([5, 5, 1]),
    );
    // Every output's weights sum to 1, so the gradient's total is the number of outputs.
    expect(gradient.sum().item()).toBeCloseTo(25, 4);
    expect(() => gaussianBlur(ones([5, 5]), { sigma: 1 })).toThrow(
      "gaussianBlur: x: expected [height, width, channels]",
    );
    expect(() => gaussianBlur(ones([5, 5, 1]), { sigma: 0 })).toThrow(
      "sigma: expected a positive number, got 0",
    );
    expect(() => gaussianBlur(ones([5, 5, 1]), { sigma: 1, kernelSize: 4 })).toThrow(
      "kernelSize: expected an odd whole number, got 4; try 5",
    );
    expect(() => gaussianBlur(ones([3, 3, 1]), { sigma: 2 })).toThrow(
      "expected more than 8 pixels along axis 1",
    );
  });
});
