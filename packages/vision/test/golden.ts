import { readFileSync } from "node:fs";
import { tensor, type DType, type Tensor } from "@tensorloom/tensor";
import { expect } from "vitest";

/** A tensor as the scripts in fixtures/ write it. */
export interface Written {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** Reads golden values by name. */
export function golden<T>(name: string): T {
  return JSON.parse(readFileSync(new URL(`fixtures/${name}.json`, import.meta.url), "utf8")) as T;
}

export function read({ shape, data }: Written, dtype: DType = "float64"): Tensor {
  return tensor(
    dtype === "float64"
      ? Float64Array.from(data)
      : dtype === "int32"
        ? Int32Array.from(data)
        : Float32Array.from(data),
    { shape },
  );
}

export async function list(x: Tensor): Promise<number[]> {
  return Array.from(await x.data());
}

/** Every element within `tolerance` of 1, or of its own size where that is larger. */
export async function expectNear(x: Tensor, expected: Written, tolerance: number): Promise<void> {
  expect([...x.shape]).toEqual(expected.shape);
  const data = await x.data();
  expected.data.forEach((value, i) => {
    const error = Math.abs(data[i]! - value) / Math.max(1, Math.abs(value));
    if (!(error <= tolerance)) expect(data[i], `element ${i}`).toBe(value);
  });
}
