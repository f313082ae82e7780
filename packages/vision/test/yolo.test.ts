import { wasm } from "@tensorloom/backend-cpu";
import { memory, ones, tensor, use, valueAndGrad, zeros, type Tensor } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import {
  packTruths,
  selectDetections,
  yoloAssign,
  yoloDecode,
  yoloV1Assign,
  yoloV1Decode,
  yoloV1Loss,
  yoloV3Loss,
  type YoloLoss,
} from "../src/index.ts";
import { expectNear, golden, list, read, type Written } from "./golden.ts";

beforeAll(async () => void (await use(wasm())));

interface Measured {
  readonly predictions: Written | readonly Written[];
  readonly truths: Written;
  readonly classification: number;
  readonly localization: number;
  readonly confidence: number;
  readonly total: number;
  readonly gradients: readonly Written[];
}
interface Yolo {
  readonly v1: readonly (Measured & {
    readonly predictions: Written;
    readonly targets: Written;
    readonly imageSize: [number, number];
    readonly S: number;
    readonly B: number;
    readonly C: number;
    readonly lambdaCoord: number;
    readonly lambdaNoobj: number;
  })[];
  readonly v3: readonly (Measured & {
    readonly predictions: readonly Written[];
    readonly box: "coordinates" | "giou";
    readonly C: number;
    readonly imageSize: [number, number];
    readonly anchors: [number, number][][];
    readonly ignoreThreshold: number;
    readonly lambdaCoord: number;
    readonly lambdaNoobj: number;
  })[];
}
const values = golden<Yolo>("yolo");
// float64 on both sides; sums of some hundred terms written with 13 digits, targets of boxes kept as float32 (6e-8).
const tolerance = 2e-6;

async function expectLoss(
  loss: (...predictions: Tensor[]) => YoloLoss,
  predictions: readonly Tensor[],
  expected: Measured,
): Promise<void> {
  const { total, ...parts } = loss(...predictions);
  for (const [name, part] of Object.entries(parts)) {
    expect(part.shape).toEqual([]);
    const value = expected[name as "confidence"];
    expect(Math.abs(part.item() - value) / value, name).toBeLessThan(tolerance);
  }
  expect(Math.abs(total.item() - expected.total) / expected.total).toBeLessThan(tolerance);
  const { gradients } = valueAndGrad((...xs) => loss(...xs).total)(...predictions);
  for (const [i, gradient] of gradients.entries())
    await expectNear(gradient, expected.gradients[i]!, tolerance);
}

describe("YOLO's first version", () => {
  test.each(values.v1)("the loss is the paper's: S $S, B $B, C $C", async (one) => {
    const targets = read(one.targets);
    await expectLoss((x) => yoloV1Loss(x, targets, one), [read(one.predictions)], one);
    // Flat, as a linear layer gives it.
    const flat = read(one.predictions).reshape([2, -1]);
    expect(yoloV1Loss(flat, targets, one).total.item()).toBeCloseTo(one.total, 6);
    const assigned = yoloV1Assign(read(one.truths, "float32"), one);
    await expectNear(assigned, one.targets, 1e-6);
  });
  test("the responsible box is the one that overlaps most", () => {
    const options = { S: 1, B: 2, C: 1, lambdaCoord: 5, lambdaNoobj: 0.5 };
    const target = tensor([[[[0.5, 0.5, 0.4, 0.4, 1, 1]]]]);
    const bad = [0.5, 0.5, 0.9, 0.9, 0.3];
    const good = [0.5, 0.5, 0.4, 0.4, 1];
    const { localization, confidence } = yoloV1Loss(
      tensor([[[[...bad, ...good, 1]]]]),
      target,
      options,
    );
    expect(localization.item()).toBeCloseTo(0, 6);
    expect(confidence.item()).toBeCloseTo(0.5 * 0.09, 6);
    // The targets may repeat the box for each of a cell's.
    const repeated = tensor([[[[0.5, 0.5, 0.4, 0.4, 1, 0.5, 0.5, 0.4, 0.4, 1, 1]]]]);
    expect(
      yoloV1Loss(tensor([[[[...bad, ...good, 1]]]]), repeated, options).localization.item(),
    ).toBeCloseTo(0, 6);
  });
  test("sizes of 0 and less give finite losses and gradients that grow them", async () => {
    const target = tensor([[[[0.5, 0.5, 0.4, 0.4, 1, 1]]]]);
    const loss = (x: Tensor): Tensor => yoloV1Loss(x, target, { S: 1, B: 1, C: 1 }).total;
    const { gradients } = valueAndGrad(loss)(tensor([[[[0.5, 0.5, 0, -0.2, 0.5, 0.5]]]]));
    const slopes = await list(gradients[0]!);
    expect(slopes.every(Number.isFinite)).toBe(true);
    expect(slopes[2]).toBeLessThan(0);
    expect(slopes[3]).toBeLessThan(0);
  });
  test("decoding inverts the assignment", async () => {
    const truths = tensor([
      [
        [10, 20, 60, 50, 2],
        [70, 60, 110, 90, 0],
      ],
      [
        [0, 0, 30, 90, 1],
        [-1, -1, -1, -1, -1],
      ],
    ]);
    const options = { S: 4, B: 1, C: 3, imageSize: [96, 120] } as const;
    const found = await selectDetections(yoloV1Decode(yoloV1Assign(truths, options), options));
    const boxes = await Promise.all(
      found.map(async (one) => (await one.boxes.array()) as number[][]),
    );
    const labels = await Promise.all(found.map(({ labels: of }) => list(of)));
    expect(labels).toEqual([[2, 0], [1]]);
    const flat = boxes.flat(2);
    [10, 20, 60, 50, 70, 60, 110, 90, 0, 0, 30, 90].forEach((value, i) =>
      expect(flat[i]).toBeCloseTo(value, 4),
    );
  });
  test("mistakes are named", () => {
    const grid = { S: 2, B: 2, C: 3 };
    expect(() => yoloV1Loss(ones([1, 2, 2, 12]), ones([1, 2, 2, 8]), grid)).toThrow(
      "yoloV1Loss: predictions: expected [pictures, 2, 2, 13] for S 2, B 2 and C 3, got [1, 2, 2, 12]",
    );
    expect(() => yoloV1Loss(ones([1, 2, 2, 13]), ones([2, 2, 2, 8]), grid)).toThrow(
      "yoloV1Loss: targets: expected [1, 2, 2, 8]",
    );
    expect(() => yoloV1Loss(ones([1, 2, 2, 13]), ones([1, 2, 2, 8]), { ...grid, B: 0 })).toThrow(
      "yoloV1Loss: B",
    );
    expect(() => yoloV1Assign(ones([1, 2, 4]), { ...grid, imageSize: [8, 8] })).toThrow(
      "as packTruths gives them",
    );
  });
});

describe("YOLO's third version", () => {
  test.each(values.v3)(
    "the loss by $box is the definition's, two truths in one place included",
    async (one) => {
      const truths = read(one.truths);
      await expectLoss(
        (...xs) => yoloV3Loss(xs, truths, one),
        one.predictions.map((p) => read(p)),
        one,
      );
      const single = yoloV3Loss(
        one.predictions.map((p) => read(p, "float32")),
        read(one.truths, "float32"),
        one,
      );
      // float32: some hundred terms of size 1, each off by a few 6e-8.
      expect(Math.abs(single.total.item() / one.total - 1)).toBeLessThan(1e-5);
    },
  );
  test("decoding inverts the assignment", async () => {
    const scales = [
      {
        rows: 2,
        columns: 3,
        anchors: [
          [40, 30],
          [60, 50],
        ] as [number, number][],
      },
      {
        rows: 4,
        columns: 6,
        anchors: [
          [10, 14],
          [20, 8],
        ] as [number, number][],
      },
    ];
    const imageSize = [64, 96] as const;
    const truths = tensor([
      [
        [5, 10, 50, 44, 1],
        [60, 3, 71, 16, 0],
        [30, 30, 49, 39, 2],
      ],
    ]);
    const { places, offsets, isAssigned } = yoloAssign(truths, { scales, imageSize });
    expect(await list(isAssigned)).toEqual([1, 1, 1]);
    const rows = (await offsets.reshape([3, 4]).array()) as number[][];
    const flat = new Float32Array((12 + 48) * 8).fill(-20);
    (await list(places)).forEach((place, i) => {
      const [x, y, w, h] = rows[i] as [number, number, number, number];
      flat.set([Math.log(x / (1 - x)), Math.log(y / (1 - y)), w, h, 20], place * 8);
      flat[place * 8 + 5 + [1, 0, 2][i]!] = 20;
    });
    const predictions = [
      tensor(flat.slice(0, 96), { shape: [1, 2, 3, 16] }),
      tensor(flat.slice(96), { shape: [1, 4, 6, 16] }),
    ];
    const options = { anchors: scales.map(({ anchors }) => anchors), C: 3, imageSize };
    const [found] = await selectDetections(yoloDecode(predictions, options));
    const boxes = ((await found!.boxes.array()) as number[][]).sort((a, b) => a[0]! - b[0]!).flat();
    [5, 10, 50, 44, 30, 30, 49, 39, 60, 3, 71, 16].forEach((value, i) =>
      expect(boxes[i]).toBeCloseTo(value, 3),
    );
    expect(yoloV3Loss(predictions, truths, options).classification.item()).toBeLessThan(1e-6);
  });
  test("no truths, and predictions far off, stay finite", async () => {
    const options = {
      anchors: [[10, 10]] as [number, number][],
      C: 2,
      imageSize: [32, 32],
    } as const;
    const none = packTruths([{ boxes: zeros([0, 4]), labels: zeros([0], "int32") }]);
    for (const scale of [0, 1000, -1000]) {
      for (const box of ["coordinates", "giou", "diou", "ciou"] as const) {
        for (const truths of [none, tensor([[[0, 0, 32, 32, 1]]])]) {
          const loss = (x: Tensor): Tensor => yoloV3Loss(x, truths, { ...options, box }).total;
          const { value, gradients } = valueAndGrad(loss)(ones([1, 2, 2, 7]).mul(scale));
          expect(Number.isFinite(value.item())).toBe(true);
          expect((await list(gradients[0]!)).every(Number.isFinite)).toBe(true);
        }
      }
    }
  });
  test("mistakes are named, and nothing leaks", async () => {
    const options = {
      anchors: [[10, 10]] as [number, number][],
      C: 2,
      imageSize: [32, 32],
    } as const;
    const truths = tensor([[[0, 0, 32, 32, 1]]]);
    expect(() => yoloV3Loss(ones([1, 2, 2, 8]), truths, options)).toThrow(
      "yoloV3Loss: predictions: expected [1, rows, columns, 7] for 1 anchors and 2 classes in scale 0, got [1, 2, 2, 8]",
    );
    expect(() => yoloV3Loss([ones([1, 2, 2, 7]), ones([1, 4, 4, 7])], truths, options)).toThrow(
      "for each of 2 scales",
    );
    expect(() => yoloV3Loss(ones([2, 2, 2, 7]), truths, options)).toThrow(
      "yoloV3Loss: truths: expected [2, m, 5]",
    );
    expect(() =>
      yoloV3Loss(ones([1, 2, 2, 7]), truths, { ...options, box: "iou" as "giou" }),
    ).toThrow('got "iou"');
    expect(() =>
      yoloV3Loss(ones([1, 2, 2, 7]), truths, { ...options, ignoreThreshold: 2 }),
    ).toThrow("ignoreThreshold");
    expect(() => packTruths([{ boxes: ones([2, 4]), labels: ones([1]) }])).toThrow(
      "packTruths: truths[0]",
    );
    expect(() => packTruths([])).toThrow("got none");
    const x = ones([1, 2, 2, 7]);
    const before = memory().tensors;
    for (const part of Object.values(yoloV3Loss(x, truths, options))) part.dispose();
    const decoded = yoloDecode(x, options);
    const [found] = await selectDetections(decoded, { scoreThreshold: 0 });
    expect(found!.labels.dtype).toBe("int32");
    for (const one of [...Object.values(decoded), ...Object.values(found!)]) one.dispose();
    expect(memory().tensors).toBe(before);
  });
});
