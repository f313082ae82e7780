import { afterEach, expect, test, vi } from "vitest";
import { binFeatures } from "../src/ensemble/binned-features.ts";
import { HistogramGrower } from "../src/ensemble/histogram-tree.ts";
import { openHeap } from "../src/wasm/heap.ts";

afterEach(() => {
  vi.unstubAllGlobals();
});

test("arrays of a heap do not overlap, and begin where kernels may load vectors", () => {
  const heap = openHeap(4, 3 + 5 * 4 + 7 * 8 + 2 * 4);
  const arrays = [heap.uint8(3), heap.int32(5), heap.float64(7), heap.float32(2)];
  arrays.forEach((array, i) => array.fill(i + 1));
  expect(arrays.map((array) => Array.from(array))).toEqual([
    Array(3).fill(1),
    Array(5).fill(2),
    Array(7).fill(3),
    Array(2).fill(4),
  ]);
  expect(arrays.map(({ byteOffset }) => byteOffset % 16)).toEqual([0, 0, 0, 0]);
  expect(heap.kernels).toBeDefined();
});

test.each([1, 4, 7])(
  "trees of %i features are the same to the bit without WebAssembly",
  (features) => {
    const samples = 400;
    const x = Float32Array.from({ length: samples * features }, (_, i) => Math.sin(i * i + 1));
    const gradients = Float64Array.from({ length: samples }, (_, i) => x[i * features]! ** 2 - 0.3);
    const hessians = Float64Array.from({ length: samples }, (_, i) => 0.5 + 0.4 * Math.cos(i));
    const all = Int32Array.from({ length: samples }, (_, i) => i);
    const grow = (): unknown => {
      const rules = { maxDepth: 4, maxLeafNodes: 9, minSamplesLeaf: 5, l2Regularization: 0.1 };
      const grower = new HistogramGrower(binFeatures(x, samples, features, 32), rules);
      const leaves = new Int32Array(samples);
      return { tree: grower.grow(gradients, hessians, all, leaves), leaves, gains: grower.gains };
    };
    const compiled = grow();
    vi.stubGlobal("WebAssembly", undefined);
    expect(openHeap(1, 8).kernels).toBeUndefined();
    expect(grow()).toEqual(compiled);
  },
);
