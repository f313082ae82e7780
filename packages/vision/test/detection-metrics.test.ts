import { wasm } from "@tensorloom/backend-cpu";
import { memory, ones, tensor, use, zeros } from "@tensorloom/tensor";
import { describe, expect, test } from "vitest";
import {
  detectionConfusion,
  meanAveragePrecision,
  precisionRecallCurve,
  type CocoResult,
  type Detections,
  type EvaluationTruth,
} from "../src/index.ts";
import { golden, list } from "./golden.ts";

await use(wasm());

interface Case {
  readonly images: readonly {
    readonly real: number[][];
    readonly realLabels: number[];
    readonly ignored: boolean[];
    readonly boxes: number[][];
    readonly labels: number[];
    readonly scores: number[];
  }[];
  readonly classes: number;
  readonly coco: Readonly<Record<string, number | string>>;
  readonly cocoPerClass: [number, number][];
  readonly voc07: [number, number][];
  readonly voc: [number, number][];
  readonly curve: { label: number; precision: number[]; recall: number[] };
  readonly confusion: number[][];
}
const { cases } = golden<{ cases: Case[] }>("detection-metrics");

const boxesOf = (rows: number[][]) =>
  tensor(Float64Array.from(rows.flat()), { shape: [rows.length, 4] });
const labelsOf = (labels: number[]) => tensor(Int32Array.from(labels));
const detectionsOf = ({ images }: Case): Detections[] =>
  images.map(({ boxes, labels, scores }) => ({
    boxes: boxesOf(boxes),
    labels: labelsOf(labels),
    scores: tensor(Float64Array.from(scores)),
  }));
const truthsOf = ({ images }: Case): EvaluationTruth[] =>
  images.map(({ real, realLabels, ignored }) => ({
    boxes: boxesOf(real),
    labels: labelsOf(realLabels),
    isIgnored: ignored,
  }));
/** Both sides compute in float64 and differ by the order of a few sums. */
function expectClose(found: Iterable<number>, expected: Iterable<number | string>): void {
  const [a, b] = [[...found], [...expected].map(Number)];
  expect(a.length).toBe(b.length);
  a.forEach((value, i) => {
    if (Number.isNaN(b[i])) expect(value).toBeNaN();
    else expect(value).toBeCloseTo(b[i]!, 12);
  });
}

describe.each(cases.map((one, i) => [i, one] as const))("scene %i", (_, one) => {
  test("COCO's numbers are the definition's", async () => {
    const result = await meanAveragePrecision(detectionsOf(one), truthsOf(one));
    const { perClass, ...numbers } = result;
    expect(Object.keys(numbers).toSorted()).toEqual(Object.keys(one.coco).toSorted());
    for (const [name, value] of Object.entries(one.coco))
      expectClose([numbers[name as keyof typeof numbers]], [value]);
    expectClose([...perClass].flat(), one.cocoPerClass.flat());
  });
  test.each(["voc07", "voc"] as const)("%s is the definition's", async (style) => {
    const { map, perClass } = await meanAveragePrecision(detectionsOf(one), truthsOf(one), {
      style,
    });
    expectClose([...perClass].flat(), one[style].flat());
    expectClose([map], [one[style].reduce((sum, [, value]) => sum + value, 0) / one[style].length]);
  });
  test("the curve is the definition's", async () => {
    const { label, precision, recall } = one.curve;
    const curve = await precisionRecallCurve(detectionsOf(one), truthsOf(one), { label });
    expectClose(curve.precision, precision);
    expectClose(curve.recall, recall);
    expect(curve.scores).toEqual(curve.scores.toSorted((a, b) => b - a));
  });
  test("the confusion matrix is the definition's", async () => {
    const matrix = await detectionConfusion(detectionsOf(one), truthsOf(one), { C: one.classes });
    expect(await matrix.array()).toEqual(one.confusion);
  });
});

describe("by hand", () => {
  const label = (...labels: number[]) => labelsOf(labels);
  const truth = {
    boxes: tensor([
      [0, 0, 10, 10],
      [20, 0, 30, 10],
    ]),
    labels: label(0, 0),
  };
  // Right, again the same (wrong), right: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1.
  const found = {
    boxes: tensor([
      [0, 0, 10, 10],
      [0, 0, 10, 9],
      [20, 0, 30, 10],
    ]),
    labels: label(0, 0, 0),
    scores: tensor([0.9, 0.8, 0.7]),
  };
  test("three detections of two truths", async () => {
    const curve = await precisionRecallCurve([found], [truth], { label: 0 });
    expect(curve).toMatchObject({
      precision: [1, 1 / 2, 2 / 3],
      recall: [1 / 2, 1 / 2, 1],
      truths: 2,
    });
    const voc = await meanAveragePrecision([found], [truth], { style: "voc" });
    expect(voc.map).toBeCloseTo(1 / 2 + (1 / 2) * (2 / 3), 12);
    const voc07 = await meanAveragePrecision([found], [truth], { style: "voc07" });
    expect(voc07.map).toBeCloseTo((6 + 5 * (2 / 3)) / 11, 12);
    const coco: CocoResult = await meanAveragePrecision([found], [truth]);
    expect(coco.map50).toBeCloseTo((51 + 50 * (2 / 3)) / 101, 12);
    expect(coco.mar1).toBe(0.5);
    expect(coco.mapSmall).toBe(coco.map);
    expect([coco.mapMedium, coco.mapLarge]).toEqual([Number.NaN, Number.NaN]);
  });
  test("plain arrays are taken as tensors are", async () => {
    const plain = {
      boxes: (await found.boxes.array()) as number[][],
      labels: [0, 0, 0],
      scores: new Float32Array([0.9, 0.8, 0.7]),
    };
    const real = { boxes: (await truth.boxes.array()) as number[][], labels: [0, 0] };
    expect(await meanAveragePrecision([plain], [real])).toEqual(
      await meanAveragePrecision([found], [truth]),
    );
    const none = { boxes: [], labels: [], scores: [] };
    expect((await meanAveragePrecision([none], [real], { style: "voc" })).map).toBe(0);
    await expect(
      meanAveragePrecision([none], [{ boxes: [[1, 2, 3]], labels: [0] }]),
    ).rejects.toThrow("expected boxes [n, 4]");
  });
  test("perfect and empty", async () => {
    const perfect = { ...truth, scores: tensor([0.5, 0.5]) };
    const nothing = { boxes: zeros([0, 4]), labels: zeros([0], "int32"), scores: zeros([0]) };
    for (const style of ["voc07", "voc", "coco"] as const) {
      const of = async (detections: Detections, truths: EvaluationTruth): Promise<number> =>
        (await meanAveragePrecision([detections], [truths], { style })).map;
      expect(await of(perfect, truth)).toBe(1);
      expect(await of(nothing, truth)).toBe(0);
      expect(await of(perfect, nothing)).toBeNaN();
      expect(await of(nothing, { ...truth, isIgnored: [true, true] })).toBeNaN();
    }
    const matrix = await detectionConfusion([nothing], [truth], { C: 1 });
    expect(await list(matrix)).toEqual([0, 2, 0, 0]);
  });
  test("mistakes are named, and nothing leaks", async () => {
    await expect(meanAveragePrecision([found], [])).rejects.toThrow(
      "meanAveragePrecision: expected as many detections as truths, one entry a picture, got 1 and 0",
    );
    await expect(
      meanAveragePrecision([found], [truth], { style: "pascal" as "voc" }),
    ).rejects.toThrow('got "pascal"');
    await expect(meanAveragePrecision([found], [truth], { iouThreshold: 0 })).rejects.toThrow(
      "iouThreshold",
    );
    await expect(meanAveragePrecision([{ ...found, scores: ones([2]) }], [truth])).rejects.toThrow(
      "detections[0]: expected scores [3], got [2]",
    );
    await expect(meanAveragePrecision([found], [{ ...truth, labels: label(0) }])).rejects.toThrow(
      "truths[0]: expected labels [2], got [1]",
    );
    await expect(meanAveragePrecision([found], [{ ...truth, isIgnored: [true] }])).rejects.toThrow(
      "expected isIgnored of 2, got 1",
    );
    await expect(
      detectionConfusion([found], [{ ...truth, labels: label(0, 7) }], { C: 1 }),
    ).rejects.toThrow("expected whole numbers in [0, 1), got 7");
    await expect(detectionConfusion([found], [truth], { C: 0 })).rejects.toThrow(
      "detectionConfusion: C",
    );
    await expect(
      precisionRecallCurve([found], [truth], { label: 0, iouThreshold: 2 }),
    ).rejects.toThrow("(0, 1], got 2");
    const before = memory().tensors;
    await meanAveragePrecision([found], [truth]);
    expect(memory().tensors).toBe(before);
  });
});
