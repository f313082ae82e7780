import { wasm } from "@tensorloom/backend-cpu";
import { grad, memory, ones, random, tensor, tidy, use, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  anchorKMeans,
  boxArea,
  boxIou,
  ciou,
  clipBoxes,
  convertBoxes,
  decodeBoxes,
  diou,
  encodeBoxes,
  generateAnchors,
  giou,
  type BoxFormat,
} from "../src/index.ts";
import { expectNear, golden, read, type Written } from "./golden.ts";

beforeAll(async () => void (await use(wasm())));

interface Boxes {
  readonly a: Written;
  readonly b: Written;
  readonly pairwise: Readonly<Record<string, Written>>;
  readonly rows: {
    readonly predicted: Written;
    readonly target: Written;
    readonly losses: Readonly<Record<string, { loss: Written; gradient: Written }>>;
  };
  readonly formats: {
    readonly given: Readonly<Record<BoxFormat, Written>>;
    readonly converted: Readonly<Record<string, Written>>;
  };
  readonly clipped: { boxes: Written; imageSize: [number, number]; result: Written };
  readonly areas: Written;
  readonly coder: Readonly<
    Record<"anchors" | "boxes" | "encoded" | "offsets" | "decoded", Written>
  >;
  readonly anchors: {
    readonly featureSize: [number, number];
    readonly stride: number;
    readonly sizes: number[];
    readonly ratios: number[];
    readonly result: Written;
  };
}
const values = golden<Boxes>("boxes");
const measures = { boxIou, giou, diou, ciou };
// Both sides compute in float64, a few roundings of 1e-16 on numbers up to 1000, written with 15 digits; torchvision's
// losses add 1e-7 to areas of 10 to 1000.
const written = 1e-12;
const withEpsilon = 2e-7;

describe("overlaps", () => {
  // torchvision adds 1e-7 to squared diagonals of 500 and more.
  test.each(Object.entries(measures))("%s of all pairs is torchvision's", async (name, measure) => {
    await expectNear(measure(read(values.a), read(values.b)), values.pairwise[name]!, 1e-9);
    // float32: a few roundings of 6e-8 on numbers up to 90.
    const single = measure(read(values.a, "float32"), read(values.b, "float32"));
    expect(single.dtype).toBe("float32");
    await expectNear(single, values.pairwise[name]!, 5e-6);
  });
  test.each(Object.entries(values.rows.losses))(
    "1 - %s of rows has the value and the gradient of torchvision's loss",
    async (name, { loss, gradient }) => {
      const measure = measures[name as "giou" | "diou" | "ciou"];
      const target = read(values.rows.target);
      const of = (x: Tensor): Tensor => measure(x, target, { pairing: "rows" }).neg().add(1);
      await expectNear(of(read(values.rows.predicted)), loss, withEpsilon);
      await expectNear(
        grad((x) => of(x).sum())(read(values.rows.predicted)),
        gradient,
        withEpsilon,
      );
    },
  );
  test.each(Object.entries(measures))(
    "%s's gradients to both are finite differences'",
    async (_, measure) => {
      const [a, b] = [read(values.a), read(values.b)];
      // The weight of ciou's penalty is a constant by definition: differences see it move, so it is left out there.
      if (measure === ciou) return;
      const weights = random.normal([6, 5], { seed: 3 });
      const f = (x: Tensor, y: Tensor): Tensor => measure(x, y).mul(weights).sum();
      const [toA, toB] = grad(f, [0, 1])(a, b);
      const step = 1e-5;
      for (const [x, gradient, call] of [
        [a, toA!, (moved: Tensor) => f(moved, b)],
        [b, toB!, (moved: Tensor) => f(a, moved)],
      ] as const) {
        const data = (await x.data()) as Float64Array;
        const found = await gradient.data();
        for (let i = 0; i < data.length; i++) {
          const at = (delta: number): number => {
            const moved = data.slice();
            moved[i]! += delta;
            return call(tensor(moved, { shape: x.shape })).item();
          };
          // Errors: step² times third derivatives, and 1e-16 / step.
          expect(found[i]).toBeCloseTo((at(step) - at(-step)) / (2 * step), 7);
        }
      }
    },
  );
  test("of empty, equal and distant boxes", async () => {
    const boxes = tensor([
      [0, 0, 0, 0],
      [0, 0, 2, 2],
      [5, 5, 7, 7],
    ]);
    const same = { pairing: "rows" } as const;
    expect(await boxIou(boxes, boxes, same).array()).toEqual([0, 1, 1]);
    for (const measure of Object.values(measures)) {
      expect((await measure(boxes, boxes).data()).every(Number.isFinite)).toBe(true);
      const gradient = grad((x) => measure(x, boxes).sum())(boxes);
      expect((await gradient.data()).every(Number.isFinite)).toBe(true);
    }
    expect((await boxIou(ones([0, 4]), boxes).data()).length).toBe(0);
    // Leading axes: two images.
    expect(boxIou(ones([2, 3, 4]), ones([2, 5, 4])).shape).toEqual([2, 3, 5]);
  });
  test("mistakes are named, and nothing leaks", () => {
    expect(() => giou(ones([2, 5]), ones([2, 4]))).toThrow(
      "giou: a: expected boxes [..., 4], got [2, 5]",
    );
    expect(() => ciou(ones([2, 4]), ones([]))).toThrow("ciou: b: expected boxes [..., 4], got []");
    const [a, b] = [ones([3, 4]), ones([2, 4])];
    const before = memory().tensors;
    for (const measure of Object.values(measures)) measure(a, b).dispose();
    expect(memory().tensors).toBe(before);
  });
});

describe("formats", () => {
  const { given, converted } = values.formats;
  test.each(Object.entries(converted))("%s", async (name, expected) => {
    const [from, to] = name.split(" ") as [BoxFormat, BoxFormat];
    await expectNear(convertBoxes(read(given[from]), from, to), expected, written);
  });
  test("units, and mistakes", async () => {
    const boxes = tensor([[10, 20, 30, 60]]);
    const normalized = convertBoxes(boxes, "xyxy", "xyxy", {
      imageSize: [100, 50],
      toUnits: "normalized",
    });
    expect(await normalized.array()).toEqual([
      [10 / 50, 20 / 100, 30 / 50, 60 / 100].map(Math.fround),
    ]);
    const back = convertBoxes(normalized, "xyxy", "cxcywh", {
      ...{ imageSize: [100, 50], fromUnits: "normalized", toUnits: "pixels" },
    });
    await expectNear(back, { shape: [1, 4], data: [20, 40, 20, 40] }, 1e-6);
    expect(() => convertBoxes(boxes, "xyxy", "xywh", { toUnits: "normalized" })).toThrow(
      "convertBoxes: imageSize",
    );
    expect(() => convertBoxes(boxes, "xyxy", "yxyx" as BoxFormat)).toThrow(
      'expected "xyxy", "xywh" or "cxcywh", got "yxyx"',
    );
    // What comes back is a tensor of its own also when nothing changes.
    const same = convertBoxes(boxes, "xyxy", "xyxy");
    boxes.dispose();
    expect(await same.array()).toEqual([[10, 20, 30, 60]]);
  });
  test("clipping and areas are torchvision's", async () => {
    const { boxes, imageSize, result } = values.clipped;
    await expectNear(clipBoxes(read(boxes), imageSize), result, written);
    await expectNear(boxArea(read(values.a)), values.areas, written);
    expect(boxArea(tensor([[0, 0, 2, 2]], { dtype: "int32" })).dtype).toBe("float32");
  });
});

describe("anchors", () => {
  test("offsets from anchors are torchvision's, and each other's inverse", async () => {
    const { anchors, boxes, encoded, offsets, decoded } = values.coder;
    const weights = { weights: [10, 10, 5, 5] } as const;
    await expectNear(encodeBoxes(read(boxes), read(anchors), weights), encoded, written);
    await expectNear(decodeBoxes(read(offsets), read(anchors), weights), decoded, written);
    await expectNear(
      decodeBoxes(encodeBoxes(read(boxes), read(anchors)), read(anchors)),
      boxes,
      written,
    );
  });
  test("on a grid are torchvision's", async () => {
    const { result, ...options } = values.anchors;
    await expectNear(generateAnchors(options), result, 0);
    const middle = {
      featureSize: [1, 1],
      stride: 8,
      sizes: [3],
      offset: 0.5,
      isRounded: false,
    } as const;
    expect(await generateAnchors(middle).array()).toEqual([[2.5, 2.5, 5.5, 5.5]]);
    expect(() => generateAnchors({ featureSize: [1, 1], stride: 8, sizes: [0] })).toThrow(
      "generateAnchors: sizes",
    );
  });
  test("by k-means fall into the clusters that sizes come from", async () => {
    const centres = [
      [10, 14],
      [40, 20],
      [90, 120],
    ];
    const noise = (await random
      .uniform([300, 2], { seed: 4, low: 0.9, high: 1.1 })
      .array()) as number[][];
    const sizes = noise.map((factors, i) => centres[i % 3]!.map((side, j) => side * factors[j]!));
    const before = memory().tensors;
    using points = tensor(sizes);
    const { anchors, meanIou } = await anchorKMeans(points, { k: 3, seed: 1 });
    const found = (await anchors.array()) as number[][];
    centres.forEach((centre, i) =>
      centre.forEach((side, j) => expect(Math.abs(found[i]![j]! / side - 1)).toBeLessThan(0.03)),
    );
    // Sides within a tenth of their anchor's: an IoU of 0.81 at least, about 0.9 in the mean.
    expect(meanIou).toBeGreaterThan(0.88);
    const more = await anchorKMeans(points, { k: 9, seed: 1 });
    expect(more.meanIou).toBeGreaterThan(meanIou);
    anchors.dispose();
    more.anchors.dispose();
    expect(memory().tensors).toBe(before + 1);
    const one = await anchorKMeans(
      tensor([
        [0, 0, 3, 4],
        [0, 0, 3, 4],
      ]),
      { k: 2 },
    );
    expect(await one.anchors.array()).toEqual([
      [3, 4],
      [3, 4],
    ]);
    await expect(anchorKMeans(tensor([[1, 2]]), { k: 2 })).rejects.toThrow(
      "anchorKMeans: k: expected a whole number in [1, 1]",
    );
    await expect(anchorKMeans(tensor([[1, 0]]), { k: 1 })).rejects.toThrow("got 0 in row 0");
    await expect(anchorKMeans(ones([2, 3]), { k: 1 })).rejects.toThrow("got [2, 3]");
  });
  test("leave nothing behind", () => {
    const before = memory().tensors;
    tidy(() => void decodeBoxes(ones([3, 4]), ones([3, 4])));
    expect(memory().tensors).toBe(before);
  });
});
