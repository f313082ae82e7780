import { wasm } from "@tensorloom/backend-cpu";
import { memory, ones, random, tensor, use, zeros, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  colorJitter,
  composeAugmentations,
  cutout,
  drawBoxes,
  letterbox,
  letterboxBoxes,
  mixup,
  mosaic,
  randomAffine,
  randomCrop,
  randomFlip,
  randomRotation,
  unletterboxBoxes,
  type Augmentation,
  type Sample,
} from "../src/index.ts";

beforeAll(async () => void (await use(wasm({ threads: 1 }))));

/** A bright rectangle on black, and the box around it: wherever the box goes, the brightness must be. */
function marked(height = 40, width = 50, [x1, y1, x2, y2] = [12, 8, 28, 24]): Sample {
  const pixels = new Uint8Array(height * width * 3);
  for (let y = y1!; y < y2!; y++) {
    for (let x = x1!; x < x2!; x++) pixels.fill(200, 3 * (y * width + x), 3 * (y * width + x) + 3);
  }
  return {
    image: tensor(pixels, { shape: [height, width, 3] }),
    boxes: tensor([[x1!, y1!, x2!, y2!]]),
    labels: tensor([4], { dtype: "int32" }),
  };
}

/** The box around what is bright. */
async function brightBox(image: Tensor): Promise<number[]> {
  const [height, width, channels] = image.shape as [number, number, number];
  const data = await image.data();
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[(y * width + x) * channels]! < 100) continue;
      box[0] = Math.min(box[0]!, x);
      box[1] = Math.min(box[1]!, y);
      box[2] = Math.max(box[2]!, x + 1);
      box[3] = Math.max(box[3]!, y + 1);
    }
  }
  return box;
}

const free = (sample: Sample): void => {
  for (const one of Object.values(sample)) (one as Tensor | undefined)?.dispose();
};

describe("boxes move with their pictures", () => {
  const moving: readonly [string, Augmentation, number][] = [
    ["randomFlip", randomFlip({ horizontal: 0.5, vertical: 0.5 }), 0],
    ["randomCrop", randomCrop({ size: [30, 34] }), 0],
    ["randomCrop of a small picture", randomCrop({ size: 64 }), 0],
    ["quarter turns", randomAffine({ translate: 0.1 }), 1],
    // A turned rectangle does not fill the box around its corners, and edges are blurred.
    ["randomRotation", randomRotation(20), 2],
    ["randomAffine", randomAffine({ degrees: 10, scale: [0.7, 1.3], translate: 0.1, shear: 8 }), 2],
    ["composed", composeAugmentations(randomFlip(), randomCrop({ size: 36 }), randomFlip({ vertical: 0.5 })), 0], // prettier-ignore
  ];
  for (const [name, augment, slack] of moving) {
    test(name, async () => {
      let isMoved = false;
      for (let seed = 0; seed < 12; seed++) {
        const sample = marked();
        const before = memory();
        const result = await augment(sample, seed);
        const boxes = await result.boxes!.data();
        if (boxes.length > 0) {
          const found = await brightBox(result.image);
          found.forEach((side, i) => {
            expect(Math.abs(side - boxes[i]!), `${name}, seed ${seed}, side ${i}`).toBeLessThanOrEqual(slack + 0.51); // prettier-ignore
          });
          expect(await result.labels!.data()).toEqual(Int32Array.from([4]));
          isMoved ||= boxes[0] !== 12;
        }
        if (result !== sample) for (const one of Object.values(result)) if (!Object.values(sample).includes(one)) (one as Tensor | undefined)?.dispose(); // prettier-ignore
        expect(memory()).toEqual(before);
        free(sample);
      }
      expect(isMoved).toBe(true);
    });
  }

  test("boxes that are cut off too far go, with their labels", async () => {
    const sample = marked(40, 40, [0, 0, 10, 10]);
    const kept = await Promise.all(
      Array.from({ length: 20 }, async (_, seed) => {
        const { boxes, labels } = await randomCrop({ size: 12, minVisible: 0.5 })(sample, seed);
        expect(boxes!.shape[0]).toBe(labels!.shape[0]);
        return boxes!.shape[0];
      }),
    );
    expect(new Set(kept)).toEqual(new Set([0, 1]));
  });

  test("the same seed gives the same, another seed another", async () => {
    const augment = composeAugmentations(randomAffine({ degrees: 30 }), colorJitter({ hue: 0.3, brightness: 0.4, contrast: 0.4, saturation: 0.4 }), cutout()); // prettier-ignore
    const sample = marked();
    const texts = await Promise.all(
      [3, 3, 4].map(async (seed) => String(await (await augment(sample, seed)).image.data())),
    );
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]).not.toBe(texts[2]);
  });
});

describe("mixtures", () => {
  test("mixup weighs pictures and boxes alike", async () => {
    const samples = [marked(), { ...marked(20, 25), image: zeros([20, 25, 3], "uint8") }];
    const mixed = await mixup({ alpha: 0.4 })(samples, 5);
    const weights = (await mixed.weights!.data()) as Float32Array;
    expect(weights[0]! + weights[1]!).toBeCloseTo(1, 6);
    expect(mixed.image.max().item()).toBe(Math.round(200 * weights[0]!));
    // The second box has the picture's scale: twice as large.
    expect(Array.from(await mixed.boxes!.data()).slice(4)).toEqual([24, 16, 50, 40]);
    await expect(mixup()([samples[0]!], 1)).rejects.toThrow("mixup: samples: expected 2, got 1");
  });
  test("mixup's shares are spread as Beta's", async () => {
    const [a, b] = [{ image: ones([1, 1, 1]) }, { image: zeros([1, 1, 1]) }];
    for (const alpha of [0.3, 2]) {
      const shares = await Promise.all(
        Array.from({ length: 400 }, async (_, seed) => (await mixup({ alpha })([a, b], seed)).image.item()), // prettier-ignore
      );
      const mean = shares.reduce((x, y) => x + y) / 400;
      const variance = shares.reduce((x, y) => x + (y - mean) ** 2, 0) / 400;
      const expected = 1 / (4 * (2 * alpha + 1));
      // Four standard errors of a mean of 400, and a quarter for the variance.
      expect(Math.abs(mean - 0.5)).toBeLessThan(4 * Math.sqrt(expected / 400));
      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.25);
    }
  });
  test("mosaic puts a picture into each corner, and the boxes on them", async () => {
    for (let seed = 0; seed < 6; seed++) {
      const one = marked(40, 40, [10, 10, 30, 30]);
      const dark = { image: zeros([30, 40, 3], "uint8") };
      for (let corner = 0; corner < 4; corner++) {
        const samples = [0, 1, 2, 3].map((i) => (i === corner ? one : dark));
        const result = await mosaic({ size: [64, 80], fill: 0, minVisible: 0.01 })(samples, seed);
        expect(result.image.shape).toEqual([64, 80, 3]);
        const boxes = await result.boxes!.data();
        const found = await brightBox(result.image);
        found.forEach((side, i) => expect(Math.abs(side - boxes[i]!)).toBeLessThanOrEqual(1));
      }
    }
  });
});

describe("colours and holes", () => {
  test("colorJitter without amounts changes nothing, and grey stays grey", async () => {
    const image = random.uniform([5, 6, 3], { seed: 2 });
    const same = await colorJitter({})({ image }, 1);
    expect(same.image.sub(image).abs().max().item()).toBe(0);
    const gray = ones([4, 4, 3]).mul(0.5);
    const { image: jittered } = await colorJitter({ saturation: 0.9, hue: 0.5, contrast: 0.5 })({ image: gray }, 1); // prettier-ignore
    expect(jittered.sub(gray).abs().max().item()).toBeLessThan(1e-6);
    expect(() => colorJitter({ hue: 0.7 })).toThrow("colorJitter: hue: expected a share");
  });
  test("cutout covers as much as it says", async () => {
    const counts = await Promise.all(
      Array.from({ length: 30 }, async (_, seed) => {
        const { image } = await cutout({ size: 0.5, fill: 9 })({ image: zeros([20, 30, 1]) }, seed);
        return image.equal(9).astype("float32").sum().item();
      }),
    );
    expect(Math.max(...counts)).toBe(100);
    expect(Math.min(...counts)).toBeGreaterThanOrEqual(25);
  });
});

describe("letterboxes", () => {
  test("boxes go there and back", async () => {
    const { image, placement } = letterbox(marked().image, [64, 48], {
      method: "nearest",
      fill: 0,
    });
    const boxes = tensor([[12, 8, 28, 24]]);
    const inside = letterboxBoxes(boxes, placement);
    (await brightBox(image)).forEach((side, i) => expect(Math.abs(side - inside.dataSync()[i]!)).toBeLessThanOrEqual(1)); // prettier-ignore
    expect(unletterboxBoxes(inside, placement).sub(boxes).abs().max().item()).toBeLessThan(1e-4);
    const fused = letterbox(marked().image, 64, {
      normalize: { mean: [0.4, 0.5, 0.6], std: 0.25 },
    });
    const plain = letterbox(marked().image.astype("float32"), 64).image;
    const expected = plain.div(255).sub([0.4, 0.5, 0.6]).div(0.25);
    expect(fused.image.sub(expected).abs().max().item()).toBeLessThan(1e-5);
  });
});

describe("drawBoxes", () => {
  test("draws frames and letters, and leaves the rest", async () => {
    const picture = await drawBoxes(zeros([60, 80, 1]), tensor([[10, 20, 50, 55], [-5, -5, 9, 9], [Number.NaN, 0, 1, 1]]), { labels: ["A", "b 0.9", "?"], colors: [[255, 0, 0]], lineWidth: 2, textScale: 1 }); // prettier-ignore
    expect([picture.shape, picture.dtype]).toEqual([[60, 80, 3], "uint8"]);
    const data = await picture.data();
    const at = (x: number, y: number): number[] => Array.from(data.subarray(3 * (80 * y + x), 3 * (80 * y + x) + 3)); // prettier-ignore
    expect(at(10, 40)).toEqual([255, 0, 0]);
    expect(at(11, 54)).toEqual([255, 0, 0]);
    expect(at(12, 40)).toEqual([0, 0, 0]);
    expect(at(70, 40)).toEqual([0, 0, 0]);
    // The plate of "A" stands on the frame: two dots of margin, then the letter's first column from its second row on.
    expect([at(12, 11), at(12, 12), at(10, 12)]).toEqual([[255, 0, 0], [255, 255, 255], [255, 0, 0]]); // prettier-ignore
    await expect(drawBoxes(zeros([4, 4, 3]), zeros([2, 4]), { labels: ["x"] })).rejects.toThrow("drawBoxes: labels: expected one a box, 2, got 1"); // prettier-ignore
    await expect(drawBoxes(zeros([4, 4, 3]), zeros([2, 3]))).rejects.toThrow("boxes: expected [n, 4], got [2, 3]"); // prettier-ignore
  });
});
