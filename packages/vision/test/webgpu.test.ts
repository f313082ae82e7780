import { wasm } from "@tensorloom/backend-cpu";
import { webgpu } from "@tensorloom/backend-gpu";
import { random, tensor, use, vjp, type Tensor } from "@tensorloom/tensor";
import { expect, test } from "vitest";
import { offerSoftwareAdapter } from "../../backend-gpu/test/software-adapter.ts";
import {
  batchedNms,
  boxIou,
  canny,
  ciou,
  convertBoxes,
  diouNms,
  matrixNms,
  nms,
  roiAlign,
  roiPool,
  softNms,
  yoloDecode,
  yoloV1Loss,
  yoloV3Loss,
} from "../src/index.ts";
import { golden, list, read, type Written } from "./golden.ts";

offerSoftwareAdapter();
const host = (await use(wasm())).name;
const device = (await use(webgpu())).name;

/** The same computation on both, within `tolerance` of 1 or of the value. */
async function expectSame(
  inputs: readonly Tensor[],
  f: (...xs: Tensor[]) => Tensor,
  tolerance: number,
  hasGradient: boolean,
): Promise<void> {
  const results: number[][] = [];
  for (const backend of [host, device]) {
    // Constants are born on the current backend.
    await use(backend);
    const xs = await Promise.all(inputs.map((x) => x.to(backend)));
    if (!hasGradient) results.push(await list(f(...xs)));
    else {
      const { value, pullback } = vjp((x) => f(x, ...xs.slice(1)), xs[0]!);
      const weights = await random.normal([...value.shape], { seed: 7 }).to(backend);
      results.push([...(await list(value)), ...(await list(pullback(weights)[0]!))]);
    }
  }
  const [onHost, onDevice] = results as [number[], number[]];
  expect(onDevice.length).toBe(onHost.length);
  onHost.forEach((value, i) => {
    expect(
      Math.abs(onDevice[i]! - value) / Math.max(1, Math.abs(value)),
      `element ${i}`,
    ).toBeLessThan(tolerance);
  });
}

const boxes = tensor(
  Array.from({ length: 80 }, (_, i) => {
    const [x, y] = [(i * 37) % 50, (i * 53) % 40];
    return [x, y, x + 4 + ((i * 7) % 17), y + 3 + ((i * 11) % 19)];
  }),
);
const scores = tensor(Array.from({ length: 80 }, (_, i) => ((i * 29) % 80) / 80));
const odd = tensor([
  [0, 0, 10, 10],
  [0, 0, 10, 10],
  [5, 5, 5, 9],
  [9, 9, 1, 1],
  [Number.NaN, 0, 5, 5],
  [0, 0, Infinity, 5],
  [0, 0, 10, 9],
]);
const oddScores = tensor([0.5, 0.5, 0.9, -Infinity, 1, 0.3, Number.NaN]);

test("suppression keeps the same boxes", async () => {
  const labels = tensor(Int32Array.from({ length: 80 }, (_, i) => i % 3));
  for (const [suppress, options] of [
    [nms, {}],
    [nms, { iouThreshold: 0.1, maxOutput: 7 }],
    [nms, { iouThreshold: 0.3, scoreThreshold: 0.4, offset: 1 }],
    [nms, { maxOutput: 0 }],
    [diouNms, { iouThreshold: 0.2 }],
  ] as const) {
    for (const [box, score] of [
      [boxes, scores],
      [odd, oddScores],
    ] as const) {
      const expected = await list(
        await suppress(await box.to(host), await score.to(host), options),
      );
      const found = await suppress(await box.to(device), await score.to(device), options);
      expect(await list(found)).toEqual(expected);
    }
  }
  const [b, s, l] = await Promise.all([boxes, scores, labels].map((x) => x.to(device)));
  expect(await list(await batchedNms(b!, s!, l!))).toEqual(
    await list(await batchedNms(boxes, scores, labels)),
  );
  for (const suppress of [softNms, matrixNms]) {
    expect(await list((await suppress(b!, s!)).indices)).toEqual(
      await list((await suppress(boxes, scores)).indices),
    );
  }
});

test("overlaps and formats, with their gradients", async () => {
  const [some, others] = [boxes.slice([0, 0], [6, 4]), boxes.slice([40, 0], [45, 4])];
  await expectSame([some, others], (a, b) => boxIou(a, b), 1e-5, true);
  await expectSame([some, others], (a, b) => ciou(a, b), 1e-4, true);
  await expectSame([some], (a) => convertBoxes(a, "xyxy", "cxcywh"), 1e-6, true);
});

test("regions, with their gradients", async () => {
  const { align, pool } =
    golden<
      Record<
        "align" | "pool",
        { x: Written; boxes: Written; options: { outputSize: [number, number] } }[]
      >
    >("roi");
  for (const { x, boxes: regions, options } of align) {
    await expectSame(
      [read(x, "float32"), read(regions, "float32")],
      (v, b) => roiAlign(v, b, options),
      1e-4,
      true,
    );
  }
  for (const { x, boxes: regions, options } of pool) {
    await expectSame(
      [read(x, "float32"), read(regions, "float32")],
      (v, b) => roiPool(v, b, options),
      1e-5,
      true,
    );
  }
});

test("vast regions end on a device too", async () => {
  await use(device);
  const vast = await tensor([
    [0, -1e9, -1e9, 1e9, 1e9],
    [0, 0, 0, Infinity, 1],
  ]).to(device);
  const x = await random.normal([1, 4, 4, 1], { seed: 1 }).to(device);
  expect((await list(roiAlign(x, vast, { outputSize: 2 }))).every(Number.isFinite)).toBe(true);
  expect((await list(roiPool(x, vast, { outputSize: 2 }))).every(Number.isFinite)).toBe(true);
});

test("YOLO's losses and decoding, with their gradients", async () => {
  const { v1, v3 } = golden<{
    v1: { predictions: Written; targets: Written; S: number; B: number; C: number }[];
    v3: {
      predictions: Written[];
      truths: Written;
      C: number;
      imageSize: [number, number];
      anchors: [number, number][][];
    }[];
  }>("yolo");
  const first = v1[0]!;
  await expectSame(
    [read(first.predictions, "float32"), read(first.targets, "float32")],
    (x, y) => yoloV1Loss(x, y, first).total,
    1e-4,
    true,
  );
  const third = v3[0]!;
  const [coarse, fine] = third.predictions.map((p) => read(p, "float32"));
  await expectSame(
    [coarse!, fine!, read(third.truths, "float32")],
    (x, z, y) => yoloV3Loss([x, z], y, third).total,
    1e-4,
    true,
  );
  await expectSame([coarse!, fine!], (x, z) => yoloDecode([x, z], third).boxes, 1e-4, true);
});

/** A line of one grey that runs through the whole picture, as far as `turn` leads it; strong at its end only. */
function path(
  size: number,
  turn: (turns: number) => readonly [right: number, down: number],
): Uint8Array {
  const picture = new Uint8Array(size * size).fill(100);
  const isFree = (x: number, y: number): boolean =>
    x > 1 && y > 1 && x < size - 2 && y < size - 2 && picture[y * size + x] === 100;
  let [x, y, turns, blocked] = [3, 3, 0, 0];
  const pixels: number[] = [];
  while (blocked < 4) {
    const [right, down] = turn(turns);
    // Four pixels between the lines.
    const ahead = [1, 2, 3, 4].every((n) => isFree(x + n * right, y + n * down));
    if (!ahead) {
      turns++;
      blocked++;
      continue;
    }
    blocked = 0;
    x += right;
    y += down;
    picture[y * size + x] = 112;
    pixels.push(y * size + x);
  }
  // Brighter bit by bit: where it jumps, the line's edges would end.
  pixels.slice(-140).forEach((pixel, i) => (picture[pixel] = 112 + i));
  return picture;
}

test("edges along the longest ways are those of the host, to the pixel", async () => {
  const size = 150;
  const around = [[1, 0], [0, 1], [-1, 0], [0, -1]] as const; // prettier-ignore
  const spiral = path(size, (turns) => around[turns % 4]!);
  const alone = spiral.map((grey) => Math.min(grey, 112));
  const noise = await random.randint(0, 256, [size, size, 3], { seed: 5 }).astype("uint8").data();
  const thresholds = { lowThreshold: 20, highThreshold: 400 };
  const compareOn = async (
    shape: number[],
    data: Uint8Array,
    options: Parameters<typeof canny>[1],
  ): Promise<number> => {
    await use(host);
    const x = tensor(data).reshape(shape);
    const expected = await canny(x, options).data();
    await use(device);
    const found = await canny(await x.to(device), options).data();
    expect(found).toEqual(expected);
    return expected.filter((edge: number) => edge === 255).length;
  };
  expect(await compareOn([size, size, 1], spiral, thresholds)).toBeGreaterThan(5000);
  // Turned around, so that the strong end is the first pixel and not one in the middle.
  expect(await compareOn([size, size, 1], spiral.toReversed(), thresholds)).toBeGreaterThan(5000);
  expect(await compareOn([size, size, 1], alone, thresholds)).toBe(0);
  // Neighbours of a batch do not touch: only the one that is strong has edges.
  const both = Uint8Array.from([...alone, ...spiral, ...alone]);
  expect(await compareOn([3, size, size, 1], both, thresholds)).toBeGreaterThan(5000);
  const noisy = {
    lowThreshold: 300,
    highThreshold: 900,
    apertureSize: 5,
    l2Gradient: true,
  } as const;
  expect(await compareOn([size, size, 3], noise as Uint8Array, noisy)).toBeGreaterThan(100);
  for (const shape of [
    [1, 1, 1],
    [1, 40, 1],
    [40, 1, 1],
  ]) {
    await compareOn(shape, spiral.slice(0, shape[0]! * shape[1]!), thresholds);
  }
});
