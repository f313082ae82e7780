import { expect, test } from "vitest";
import {
  bytesPerElement,
  checkDType,
  dtypeOfTypedArray,
  isFloating,
  newTypedArray,
  promoteTypes,
  typedArrayOn,
  type DType,
} from "./dtype.ts";

const order: readonly DType[] = ["bool", "uint8", "int32", "float16", "float32", "float64"];

test("promotion takes the later dtype: commutative, associative, idempotent", () => {
  for (const a of order) {
    expect(promoteTypes(a, a)).toBe(a);
    for (const b of order) {
      expect(promoteTypes(a, b)).toBe(order[Math.max(order.indexOf(a), order.indexOf(b))]);
      expect(promoteTypes(a, b)).toBe(promoteTypes(b, a));
      for (const c of order) {
        expect(promoteTypes(promoteTypes(a, b), c)).toBe(promoteTypes(a, promoteTypes(b, c)));
      }
    }
  }
});

test("each dtype has its bytes and its typed array", () => {
  expect(order.map(bytesPerElement)).toEqual([1, 1, 4, 2, 4, 8]);
  expect(order.map(isFloating)).toEqual([false, false, false, true, true, true]);
  for (const dtype of ["uint8", "int32", "float32", "float64"] as const)
    expect(dtypeOfTypedArray(newTypedArray(dtype, 3))).toBe(dtype);
  // Half floats are float32 to JavaScript.
  expect(newTypedArray("float16", 3)).toEqual(new Float32Array(3));
  expect(newTypedArray("bool", 2)).toEqual(new Uint8Array(2));
  const bytes = new Uint8Array([0, 0, 0, 0, 1, 0, 0, 0]);
  expect([...typedArrayOn("int32", bytes.buffer, 4, 1)]).toEqual([1]);
});

test("what is no dtype is refused by name", () => {
  expect(checkDType("zeros", "int32")).toBe("int32");
  for (const bad of ["float8", "toString", undefined, 3]) {
    expect(() => checkDType("zeros", bad)).toThrow(
      expect.objectContaining({
        code: "DTYPE",
        message: expect.stringContaining(`got ${String(bad)}`),
      }),
    );
  }
});
