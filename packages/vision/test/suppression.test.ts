import { wasm } from "@tensorloom/backend-cpu";
import { memory, ones, tensor, use, zeros } from "@tensorloom/tensor";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { batchedNms, diou, diouNms, matrixNms, nms, nmsSlow, softNms } from "../src/index.ts";
import { expectNear, golden, list, read, type Written } from "./golden.ts";

beforeAll(async () => void (await use(wasm())));

interface Suppression {
  readonly cases: readonly {
    readonly boxes: Written;
    readonly scores: Written;
    readonly labels: readonly number[];
    readonly iouThreshold: number;
    readonly nms: readonly number[];
    readonly batchedNms: readonly number[];
  }[];
  readonly soft: {
    readonly boxes: Written;
    readonly scores: Written;
    readonly results: readonly {
      readonly method: "linear" | "gaussian";
      readonly sigma: number;
      readonly iouThreshold: number;
      readonly scoreThreshold: number;
      readonly indices: readonly number[];
      readonly scores: readonly number[];
    }[];
    readonly matrix: readonly {
      readonly method: "linear" | "gaussian";
      readonly sigma: number;
      readonly indices: readonly number[];
      readonly scores: readonly number[];
    }[];
  };
}
const values = golden<Suppression>("suppression");

/** Boxes of every kind: on a coarse grid, so that ties and exact thresholds are common; empty, inside out, huge, not finite. */
const side = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 12 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, -1, -3, 200, Number.NaN, Infinity) },
);
const box = fc.tuple(fc.integer({ min: -5, max: 25 }), fc.integer({ min: 0, max: 25 }), side, side);
const score = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: -4, max: 8 }).map((tenths) => tenths / 8) },
  { weight: 1, arbitrary: fc.constantFrom(-0, Number.NaN, Infinity, -Infinity, 1e-40, -1e-40) },
);
const scene = fc.array(fc.tuple(box, score, fc.integer({ min: 0, max: 2 })), { maxLength: 60 });
const options = fc.record({
  iouThreshold: fc.constantFrom(0, 0.1, 0.25, 0.5, 0.75, 1),
  scoreThreshold: fc.constantFrom(-Infinity, 0, 0.5),
  maxOutput: fc.constantFrom(Infinity, 0, 1, 5),
  offset: fc.constantFrom(0 as const, 1 as const),
});
type Scene = readonly (readonly [readonly number[], number, number])[];
const tensorsOf = (made: Scene, dtype: "float32" | "float64") => {
  const rows = made.map(([[x, y, w, h]]) => [x!, y!, x! + w!, y! + h!]);
  return {
    boxes: made.length === 0 ? zeros([0, 4], dtype) : tensor(rows, { dtype }),
    scores: tensor(
      made.map(([, s]) => s),
      { shape: [made.length], dtype },
    ),
    labels: tensor(
      Int32Array.from(made, ([, , label]) => label),
      { shape: [made.length] },
    ),
  };
};

describe("nms", () => {
  test.each(values.cases.map((one, i) => [i, one] as const))(
    "case %i is torchvision's",
    async (_, one) => {
      const [boxes, scores] = [read(one.boxes, "float32"), read(one.scores, "float32")];
      const { iouThreshold } = one;
      expect(await list(await nms(boxes, scores, { iouThreshold }))).toEqual(one.nms);
      expect(await list(await nmsSlow(boxes, scores, { iouThreshold }))).toEqual(one.nms);
      const labels = tensor(Int32Array.from(one.labels));
      expect(await list(await batchedNms(boxes, scores, labels, { iouThreshold }))).toEqual(
        one.batchedNms,
      );
    },
  );
  test.each(["float32", "float64"] as const)(
    "is nmsSlow, whatever it is given, in %s",
    async (dtype) => {
      await fc.assert(
        fc.asyncProperty(scene, options, async (made, given) => {
          const { boxes, scores, labels } = tensorsOf(made, dtype);
          expect(await list(await nms(boxes, scores, given))).toEqual(
            await list(await nmsSlow(boxes, scores, given)),
          );
          const perClass = await Promise.all(
            [0, 1, 2].map(async (label) => {
              const members = made.flatMap(([, , of], i) => (of === label ? [i] : []));
              const part = tensorsOf(
                members.map((i) => made[i]!),
                dtype,
              );
              const kept = await list(
                await nmsSlow(part.boxes, part.scores, { ...given, maxOutput: Infinity }),
              );
              return kept.map((k) => members[k]!);
            }),
          );
          const together = perClass.flat().sort((i, j) => made[j]![1] - made[i]![1] || i - j);
          expect(await list(await batchedNms(boxes, scores, labels, given))).toEqual(
            together.slice(0, given.maxOutput),
          );
        }),
        { numRuns: 300, seed: 5 },
      );
    },
  );
  test("is nmsSlow on boxes of very different sizes, far apart and close", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        fc.constantFrom(0.05, 0.3, 0.5, 0.6, 0.9),
        async (draws, iouThreshold) => {
          const draw = (): number => draws.next().value!;
          const rows = Array.from({ length: 150 }, () => {
            const size = 10 ** (4 * draw());
            const [x, y] = [draw() * 1000, draw() * 1000];
            return [x, y, x + size * (0.5 + draw()), y + size * (0.5 + draw())];
          });
          const [boxes, scores] = [tensor(rows), tensor(rows.map(draw))];
          expect(await list(await nms(boxes, scores, { iouThreshold }))).toEqual(
            await list(await nmsSlow(boxes, scores, { iouThreshold })),
          );
        },
      ),
      { numRuns: 60, seed: 6 },
    );
  });
  test("ties, thresholds, empty and impossible boxes", async () => {
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
    for (const suppress of [nms, nmsSlow, diouNms]) {
      const none = await suppress(zeros([0, 4]), zeros([0]));
      expect([none.shape, none.dtype]).toEqual([[0], "int32"]);
    }
    // Pixel-inclusive: two boxes of 2x1 pixels share one pixel of three.
    const pixels = tensor([
      [0, 0, 1, 0],
      [1, 0, 2, 0],
    ]);
    const keepsBoth = async (offset: 0 | 1, iouThreshold: number): Promise<boolean> =>
      (await nms(pixels, tensor([2, 1]), { offset, iouThreshold })).size === 2;
    expect(await keepsBoth(0, 0)).toBe(true);
    expect(await keepsBoth(1, 0.3)).toBe(false);
    expect(await keepsBoth(1, 0.34)).toBe(true);
  });
  test("mistakes are named, and nothing leaks", async () => {
    const [boxes, scores] = [ones([3, 4]), ones([3])];
    for (const suppress of [nms, nmsSlow, diouNms]) {
      const call = suppress.name;
      await expect(suppress(ones([2, 3]), ones([2]))).rejects.toThrow(
        `${call}: expected boxes [n, 4] and scores [n], got [2, 3] and [2]`,
      );
      await expect(suppress(boxes, scores, { iouThreshold: 2 })).rejects.toThrow(
        `${call}: iouThreshold: expected a number in [0, 1], got 2`,
      );
      await expect(suppress(boxes, scores, { maxOutput: -1 })).rejects.toThrow(
        `${call}: maxOutput`,
      );
      await expect(suppress(boxes, scores, { scoreThreshold: Number.NaN })).rejects.toThrow(
        "got NaN",
      );
      await expect(suppress(boxes, scores, { offset: 2 as 1 })).rejects.toThrow(`${call}: offset`);
    }
    await expect(batchedNms(boxes, scores, ones([2]))).rejects.toThrow(
      "batchedNms: labels: expected [3]",
    );
    const before = memory().tensors;
    (await nms(boxes, scores)).dispose();
    (await batchedNms(boxes, scores, scores)).dispose();
    expect(memory().tensors).toBe(before);
  });
  test("10,000 boxes meet few of the 50,000,000 pairs", async () => {
    // A plain double loop needs seconds here; the bound leaves a slow machine twenty times what this one takes.
    let state = 1;
    const draw = (): number => (state = (state * 48_271) % 2_147_483_647) / 2_147_483_647;
    const rows = Float32Array.from({ length: 40_000 });
    for (let i = 0; i < 10_000; i++) {
      const [x, y] = [draw() * 2000, draw() * 2000];
      rows.set([x, y, x + 10 + 40 * draw(), y + 10 + 40 * draw()], 4 * i);
    }
    const [boxes, scores] = [
      tensor(rows, { shape: [10_000, 4] }),
      tensor(Float32Array.from({ length: 10_000 }, draw)),
    ];
    const start = performance.now();
    const kept = await nms(boxes, scores);
    expect(performance.now() - start).toBeLessThan(400);
    expect(await list(kept)).toEqual(await list(await nmsSlow(boxes, scores)));
  });
});

describe("other suppressions", () => {
  const boxes = (): ReturnType<typeof read> => read(values.soft.boxes);
  const scores = (): ReturnType<typeof read> => read(values.soft.scores);
  // Scores come back as float32.
  const rounding = 1e-7;
  test.each(values.soft.results)(
    "softNms is Bodla's: $method $sigma $iouThreshold",
    async (one) => {
      const { method, sigma, iouThreshold, scoreThreshold } = one;
      const result = await softNms(boxes(), scores(), {
        method,
        sigma,
        iouThreshold,
        scoreThreshold,
      });
      expect(await list(result.indices)).toEqual(one.indices);
      await expectNear(result.scores, { shape: [one.scores.length], data: one.scores }, rounding);
    },
  );
  test.each(values.soft.matrix)("matrixNms is Wang's: $method", async (one) => {
    const result = await matrixNms(boxes(), scores(), { method: one.method, sigma: one.sigma });
    expect(await list(result.indices)).toEqual(one.indices);
    await expectNear(result.scores, { shape: [one.scores.length], data: one.scores }, rounding);
  });
  test("with one class a box they change nothing", async () => {
    const labels = tensor(Int32Array.from({ length: 60 }, (_, i) => i));
    const given = await list(scores());
    const order = [...given.keys()].sort((i, j) => given[j]! - given[i]!);
    for (const suppress of [softNms, matrixNms]) {
      const result = await suppress(boxes(), scores(), { labels });
      expect(await list(result.indices)).toEqual(order.slice(0, result.indices.size));
      await expectNear(
        result.scores,
        { shape: [result.indices.size], data: (await list(result.indices)).map((i) => given[i]!) },
        rounding,
      );
    }
  });
  test("diouNms compares the distance IoU", async () => {
    const pairs = (await diou(boxes(), boxes()).array()) as number[][];
    const given = await list(scores());
    for (const iouThreshold of [0.1, 0.3, 0.5]) {
      const kept: number[] = [];
      for (const i of [...given.keys()].sort((a, b) => given[b]! - given[a]!)) {
        if (!kept.some((j) => pairs[j]![i]! > iouThreshold)) kept.push(i);
      }
      expect(await list(await diouNms(boxes(), scores(), { iouThreshold }))).toEqual(kept);
    }
  });
  test("empty input, limits, mistakes", async () => {
    for (const suppress of [softNms, matrixNms]) {
      const none = await suppress(zeros([0, 4]), zeros([0]));
      expect([none.indices.shape, none.scores.shape]).toEqual([[0], [0]]);
      expect((await suppress(boxes(), scores(), { maxOutput: 3 })).indices.size).toBe(3);
      await expect(suppress(boxes(), scores(), { sigma: 0 })).rejects.toThrow(
        `${suppress.name}: sigma`,
      );
      await expect(suppress(boxes(), scores(), { method: "hard" as "linear" })).rejects.toThrow(
        'expected "linear" or "gaussian", got "hard"',
      );
      await expect(suppress(boxes(), ones([2]))).rejects.toThrow(
        `${suppress.name}: expected boxes`,
      );
    }
    // A box wholly covered by a better one gets the score 0 and lowers nobody itself.
    const same = tensor([
      [0, 0, 4, 4],
      [0, 0, 4, 4],
      [0, 0, 4, 4],
    ]);
    const { scores: lowered } = await matrixNms(same, tensor([0.9, 0.8, 0.7]), {
      method: "linear",
    });
    expect(await list(lowered)).toEqual([Math.fround(0.9), 0, 0]);
  });
});
