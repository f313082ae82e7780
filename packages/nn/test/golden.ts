import { readFileSync } from "node:fs";
import { tensor, type Tensor } from "@tensorloom/tensor";
import { expect } from "vitest";

/** A tensor as the fixtures hold it. */
export interface Values {
  readonly shape: number[];
  readonly data: number[];
}

/** Reads golden values that a script in fixtures/ has written. */
export function readFixture<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8")) as T;
}

/** Returns a float64 tensor of golden values. */
export function tensorOf({ shape, data }: Values): Tensor {
  return tensor(Float64Array.from(data), { shape });
}

/** Compares float64 results: golden values are written with ten digits. */
export function expectClose(actual: Tensor, expected: Values, name: string): void {
  expect([name, actual.shape]).toEqual([name, expected.shape]);
  const data = actual.dataSync();
  expected.data.forEach((x, i) =>
    expect(Math.abs(data[i]! - x), `${name}, element ${i}`).toBeLessThan(1e-8 * (1 + Math.abs(x))),
  );
}
