import { expect, test } from "vitest";
import {
  choleskyFactor,
  matrixOf,
  product,
  symmetricEigen,
  transposed,
} from "../src/linalg/index.ts";

test("factorizations of plain arrays put matrices together again", () => {
  const a = matrixOf(2, 2, Float64Array.of(4, 2, 2, 5));
  const lower = choleskyFactor(a);
  if (typeof lower === "number") throw new Error("expected a positive definite matrix");
  expect(product(lower, transposed(lower))).toEqual(a);
  const { values, vectors } = symmetricEigen(a)!;
  // Of x² - 9x + 16.
  expect(values[0]).toBeCloseTo((9 - Math.sqrt(17)) / 2, 12);
  expect(product(a, vectors).data[1]).toBeCloseTo(values[1]! * vectors.data[1]!, 12);
});
