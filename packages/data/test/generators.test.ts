import { cpu, wasm } from "@tensorloom/backend-cpu";
import { eigh, memory, random, use, withBackend } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  makeBlobs,
  makeCircles,
  makeClassification,
  makeMoons,
  makeRegression,
  makeShapes,
} from "../src/index.ts";

beforeAll(async () => {
  await use(wasm());
  await use(cpu());
});

test("all repeat by seed, on every backend, and follow the global seed without one", async () => {
  const makers = [makeBlobs, makeMoons, makeCircles, makeClassification, makeRegression];
  for (const make of makers) {
    const numbers = async (seed?: number): Promise<ArrayLike<number>> =>
      (await make({ samples: 20, ...(seed !== undefined && { seed }) })).x.data();
    expect(await numbers(3)).toEqual(await numbers(3));
    expect(await withBackend("wasm", () => numbers(3))).toEqual(await numbers(3));
    expect(await numbers(4)).not.toEqual(await numbers(3));
    random.seed(8);
    const first = await numbers();
    expect(await numbers()).not.toEqual(first);
    random.seed(8);
    expect(await numbers()).toEqual(first);
  }
});

describe("makeBlobs", () => {
  test("spreads points around centers", async () => {
    const centers = [
      [0, 0],
      [50, -50],
    ];
    const { x, y } = await makeBlobs({ samples: 2001, centers, clusterStd: 2, seed: 2 });
    const [points, classes] = [(await x.array()) as number[][], Array.from(await y.data())];
    for (const [c, center] of centers.entries()) {
      const own = points.filter((_, i) => classes[i] === c);
      expect(Math.abs(own.length - 1000.5)).toBeLessThan(1);
      for (const f of [0, 1]) {
        const mean = own.reduce((sum, p) => sum + p[f]!, 0) / own.length;
        const variance = own.reduce((sum, p) => sum + (p[f]! - mean) ** 2, 0) / own.length;
        // Five standard errors: of the mean 2 / sqrt(1000), of the standard deviation 2 / sqrt(2000).
        expect(Math.abs(mean - center[f]!)).toBeLessThan(0.32);
        expect(Math.abs(Math.sqrt(variance) - 2)).toBeLessThan(0.23);
      }
    }
  });
  test("names what is wrong", async () => {
    await expect(makeBlobs({ samples: 0 })).rejects.toThrow("samples: expected a whole number");
    await expect(makeBlobs({ centers: [[1, 2], [3]] })).rejects.toThrow("lengths 2, 1");
  });
});

test("circles lie on their radii, moons on theirs", async () => {
  const circles = await makeCircles({ samples: 40, factor: 0.4, seed: 1 });
  const [radii, classes] = [await circles.x.square().sum(1).sqrt().data(), await circles.y.data()];
  for (const [i, c] of classes.entries()) expect(radii[i]).toBeCloseTo(c === 0 ? 1 : 0.4, 6);
  const moons = await makeMoons({ samples: 41, seed: 1 });
  const [points, sides] = [(await moons.x.array()) as number[][], await moons.y.data()];
  expect(moons.y.sum().item()).toBe(21);
  for (const [i, c] of sides.entries()) {
    const [u, v] = points[i] as [number, number];
    expect(c === 0 ? Math.hypot(u, v) : Math.hypot(u - 1, v - 0.5)).toBeCloseTo(1, 6);
  }
  await expect(makeCircles({ factor: 1 })).rejects.toThrow("factor: expected a number in [0, 1)");
});

describe("makeClassification", () => {
  test("redundant features are mixtures of the informative, classes are balanced", async () => {
    const options = { samples: 200, features: 7, informative: 3, redundant: 2, flip: 0, seed: 5 };
    const { x, y } = await makeClassification({ ...options, classes: 4, clustersPerClass: 1 });
    // 3 informative and 2 noise features: rank 5 of 7.
    const scatter = x.transpose().matmul(x);
    const { eigenvalues: values } = eigh(scatter.astype("float64"));
    const sizes = Array.from(await values.data()).toSorted((a, b) => b - a);
    expect(sizes[4]! / sizes[0]!).toBeGreaterThan(1e-3);
    expect(sizes[5]! / sizes[0]!).toBeLessThan(1e-5);
    const counts = [0, 1, 2, 3].map((c) => y.equal(c).astype("int32").sum().item());
    expect(counts).toEqual([50, 50, 50, 50]);
  });
  test("names what is wrong", async () => {
    await expect(makeClassification({ classes: 5, informative: 2 })).rejects.toThrow("try 4");
    await expect(makeClassification({ features: 3 })).rejects.toThrow(
      "features: expected a whole number of 4 or more, got 3",
    );
  });
});

test("makeRegression is linear but for its noise", async () => {
  const { x, y, coefficients } = await makeRegression({
    samples: 500,
    features: 5,
    informative: 2,
    bias: 7,
    noise: 3,
    seed: 1,
  });
  const residual = y.sub(x.matmul(coefficients)).sub(7);
  expect(coefficients.greater(0).astype("int32").sum().item()).toBe(2);
  // Five standard errors of a standard deviation from 500 draws.
  expect(Math.abs(residual.square().mean().sqrt().item() - 3)).toBeLessThan(
    (5 * 3) / Math.sqrt(1000),
  );
});

describe("makeShapes", () => {
  test("boxes are tight around what is drawn", async () => {
    const { images, boxes, classes } = await makeShapes({
      samples: 12,
      size: [40, 48],
      maxShapes: 1,
      noise: 0,
      shapes: ["circle", "rectangle", "triangle", "cross", "ring", "diamond"],
      seed: 4,
    });
    expect(images.shape).toEqual([12, 40, 48, 3]);
    const pixels = await images.data();
    for (let i = 0; i < 12; i++) {
      const ground = pixels.slice(i * 40 * 48 * 3, i * 40 * 48 * 3 + 3);
      const drawn = [Infinity, Infinity, 0, 0];
      for (let p = 0; p < 40 * 48; p++) {
        const at = (i * 40 * 48 + p) * 3;
        if (ground.every((value, c) => pixels[at + c] === value)) continue;
        const [u, v] = [p % 48, Math.trunc(p / 48)];
        drawn[0] = Math.min(drawn[0]!, u);
        drawn[1] = Math.min(drawn[1]!, v);
        drawn[2] = Math.max(drawn[2]!, u + 1);
        drawn[3] = Math.max(drawn[3]!, v + 1);
      }
      const box = Array.from(await boxes[i]!.data());
      // A shape touches each side in a point; within 4x4 places a pixel it may miss the last pixel.
      for (let side = 0; side < 4; side++) {
        expect(Math.abs(box[side]! - drawn[side]!)).toBeLessThanOrEqual(1);
      }
      expect(classes[i]!.shape).toEqual([1]);
    }
  });
  test("takes counts, leaks nothing, repeats by seed", async () => {
    const options = { samples: 6, size: 32, minShapes: 2, maxShapes: 4, seed: 9 };
    const before = memory().tensors;
    const first = await makeShapes(options);
    expect(memory().tensors - before).toBe(1 + 2 * 6);
    const second = await makeShapes(options);
    expect(await first.images.data()).toEqual(await second.images.data());
    for (const [i, box] of first.boxes.entries()) {
      expect(box.shape).toEqual([first.classes[i]!.shape[0], 4]);
      expect(box.shape[0]).toBeLessThanOrEqual(4);
      expect(box.min().item()).toBeGreaterThanOrEqual(0);
      expect(box.max().item()).toBeLessThanOrEqual(32);
    }
    expect(first.images.max().item()).toBeLessThanOrEqual(1);
    await expect(makeShapes({ size: 4 })).rejects.toThrow("size: expected a whole number");
  });
});
