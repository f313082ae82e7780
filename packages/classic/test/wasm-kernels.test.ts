import { cpu, wasm } from "@tensorloom/backend-cpu";
import { tensor, use } from "@tensorloom/tensor";
import { describe, expect, test } from "vitest";
import { nearestTwo } from "../src/clustering/nearest-two.ts";
import { SquaredDistances } from "../src/clustering/squared-distances.ts";
import { exactRepulsion } from "../src/manifold/exact-repulsion.ts";
import { RandomStream } from "../src/random/random-stream.ts";
import { expectNumbersNear } from "./golden.ts";

const stream = new RandomStream(8);
const backends = [() => cpu(), () => wasm({ threads: 1 }), () => wasm({ threads: 3 })];
const shapes = [[1, 1], [3, 2], [4, 4], [7, 5], [9, 16], [130, 3], [40_000, 19]] as const; // prettier-ignore

describe("kernels give the same in JavaScript and in WebAssembly", () => {
  test.each(shapes)("the least two of [%i, %i]", async (rows, columns) => {
    // Whole numbers, so that some are equal.
    const values = Float32Array.from({ length: rows * columns }, () => stream.below(30));
    const results = [];
    for (const backend of backends) {
      await use(backend());
      using products = tensor(values, { shape: [rows, columns] });
      results.push(await nearestTwo(products));
    }
    for (const result of results) expect(result).toEqual(results[0]);
    const first = values.subarray(0, columns);
    expect(results[0]!.labels[0]).toBe(first.indexOf(Math.min(...first)));
    const [least, second = Infinity] = first.toSorted();
    expect(results[0]!.gaps[0]).toBe(second - least!);
  });
  test.each(shapes)("squared distances of [%i, %i], to the bit", async (rows, columns) => {
    const data = Float64Array.from({ length: rows * columns }, () => stream.normal());
    const points = Float64Array.from({ length: 3 * columns }, () => stream.normal());
    const results = [];
    for (const backend of backends) {
      await use(backend());
      const distances = new SquaredDistances({ data, rows, columns, dtype: "float64" });
      results.push(await distances.to(points));
      distances.dispose();
    }
    for (const result of results) expect(result).toEqual(results[0]);
    const wanted = data.subarray(0, columns).reduce((sum, x, c) => sum + (x - points[c]!) ** 2, 0);
    expect(results[0]![0]).toBeCloseTo(wanted, 10);
  });
  test.each([1, 2, 3, 5, 400])("what pushes %i points apart", async (count) => {
    const points = Float64Array.from({ length: 2 * count }, () => 4 * stream.normal());
    const results: { forces: Float64Array; total: number }[] = [];
    for (const backend of backends) {
      await use(backend());
      const forces = new Float64Array(2 * count);
      results.push({ forces, total: await exactRepulsion(points, 2, forces) });
    }
    // Float32's sums of up to 400 numbers up to 1.
    for (const { forces, total } of results) {
      expectNumbersNear(forces, [...results[0]!.forces], 1e-4);
      expect(Math.abs(total - results[0]!.total)).toBeLessThan(1e-3 + 1e-5 * total);
    }
  });
});
