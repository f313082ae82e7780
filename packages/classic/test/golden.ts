import { readFileSync } from "node:fs";
import type { Tensor } from "@tensorloom/tensor";
import { expect } from "vitest";

/** An array in a file of golden values. */
export interface GoldenArray {
  shape: number[];
  data: number[];
}

/** Returns the golden values of a file. */
export function golden<T>(name: string): T {
  const text = readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8");
  return JSON.parse(text) as T;
}

/** Returns golden values as samples in float64. */
export function samplesOf({ shape, data }: GoldenArray): { data: Float64Array; shape: number[] } {
  return { data: Float64Array.from(data), shape };
}

/** Expects a tensor to have a golden array's shape, and its elements to within `bound`. */
export async function expectNear(
  actual: Tensor,
  wanted: GoldenArray,
  bound: number,
): Promise<void> {
  expect(actual.shape).toEqual(wanted.shape);
  expectNumbersNear(await actual.data(), wanted.data, bound);
}

/** Expects numbers to be as wanted, to within `bound`. */
export function expectNumbersNear(
  actual: ArrayLike<number>,
  wanted: readonly number[],
  bound: number,
): void {
  expect(actual.length).toBe(wanted.length);
  wanted.forEach((value, i) => {
    if (!(Math.abs(actual[i]! - value) <= bound)) {
      expect.fail(`element ${i}: expected ${value} within ${bound}, got ${actual[i]}`);
    }
  });
}
