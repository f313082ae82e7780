import { cpu } from "@tensorloom/backend-cpu";
import { use } from "@tensorloom/tensor";
import { beforeAll, describe, expect, test } from "vitest";
import { GaussianMixture } from "../src/index.ts";
import { RandomStream } from "../src/random/random-stream.ts";
import { float64Loops } from "../src/wasm/float64-loops.ts";
import { openHeap, type Heap } from "../src/wasm/heap.ts";
import { withAndWithoutWasm, withAndWithoutWasmAsync } from "./with-and-without-wasm.ts";

beforeAll(async () => void (await use(cpu())));

function normals(heap: Heap, length: number, seed: number): Float64Array {
  const random = new RandomStream(seed);
  const array = heap.float64(length);
  for (let i = 0; i < length; i++) array[i] = random.normal();
  return array;
}

describe("WebAssembly and the host give the same bits", () => {
  // Rows and columns in and out of tiles of four and eight; a depth and a width beyond one panel.
  const sizes = [
    [1, 1, 1],
    [1, 5, 8],
    [3, 2, 19],
    [4, 7, 4],
    [5, 3, 1],
    [9, 130, 6],
    [6, 259, 70],
  ] as const;
  test.each(sizes)("of products [%i, %i] by [.., %i]", (rows, depth, columns) => {
    for (const isTransposed of [false, true]) {
      const [inWasm, onHost] = withAndWithoutWasm(() => {
        const heap = openHeap(4, 8 * (rows * depth + depth * (columns + 2) + 2 * rows * (columns + 3))); // prettier-ignore
        const loops = float64Loops(heap);
        const a = normals(heap, rows * depth, 1);
        const b = normals(heap, depth * (columns + 2), 2);
        const [out, sum] = [3, 4].map((seed) => normals(heap, rows * (columns + 3), seed));
        const left = isTransposed
          ? { data: a, step: 1, columnStep: rows }
          : { data: a, step: depth };
        const size = [rows, depth, columns] as const;
        const right = { data: b, step: columns + 2 };
        loops.multiply(left, right, { data: out!, step: columns + 3 }, size);
        loops.addProduct(left, right, { data: sum!, step: columns + 3 }, size);
        return { a: a.slice(), b: b.slice(), out: out!.slice(), sum: sum!.slice() };
      });
      expect(inWasm).toEqual(onHost);
      const { a, b, out } = onHost;
      const last = rows - 1;
      let dot = 0;
      for (let k = 0; k < depth; k++) {
        dot += a[isTransposed ? k * rows + last : last * depth + k]! * b[k * (columns + 2)]!;
      }
      // Summed in the same order.
      expect(out[last * (columns + 3)]).toBe(dot);
    }
  });
  test.each([1, 2, 5])("of differences and distances of %i columns", (columns) => {
    const [inWasm, onHost] = withAndWithoutWasm(() => {
      const count = 7;
      const heap = openHeap(5, 8 * (2 * count * columns + 2 * count + columns));
      const loops = float64Loops(heap);
      const rows = normals(heap, count * columns, 1);
      const mean = normals(heap, columns, 2);
      const weights = heap.float64(count).map((_, i) => i / 4);
      const held = heap.float64(count);
      held.set(weights);
      const out = heap.float64(count * columns);
      const kept = loops.weightedDifferences(rows, count, mean, held, 0.5, out);
      const lengths = heap.float64(count);
      loops.squaredDistances(rows, mean, lengths);
      return { kept, out: out.slice(), lengths: lengths.slice() };
    });
    expect(inWasm).toEqual(onHost);
    // Those of weight 0 and 1/4 are left out.
    expect(onHost.kept).toBe(5);
  });
  test("of exponentials, to two units in the last place", () => {
    const [inWasm, onHost] = withAndWithoutWasm(() => {
      const heap = openHeap(1, 80_000);
      const values = heap.float64(9999);
      for (let i = 0; i < values.length; i++) values[i] = -i * 0.07;
      values[9998] = -Infinity;
      float64Loops(heap).exponentials(values);
      return values.slice();
    });
    expect(inWasm).toEqual(onHost);
    for (let i = 0; i < 9998; i++) {
      const error = onHost[i]! / Math.exp(-i * 0.07) - 1;
      expect(Math.abs(error)).toBeLessThanOrEqual(2 ** -51);
    }
    expect(onHost[9998]).toBe(0);
    expect(onHost[0]).toBe(1);
  });
  test.each(["full", "tied", "diag", "spherical"] as const)("of a mixture, %s", async (type) => {
    const random = new RandomStream(9);
    const x = Array.from({ length: 150 }, (_, i) =>
      Array.from({ length: 5 }, () => random.normal() + 3 * (i % 3)),
    );
    const [inWasm, onHost] = await withAndWithoutWasmAsync(async () => {
      using model = await new GaussianMixture({ nComponents: 3, covarianceType: type }).fit(x);
      return [JSON.stringify(model), await (await model.predictProba(x)).array()];
    });
    expect(inWasm).toEqual(onHost);
  });
});
