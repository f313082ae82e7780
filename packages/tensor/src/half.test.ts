import fc from "fast-check";
import { expect, test } from "vitest";
import { fromHalfBits, halfBits, halfValue, toHalfBits } from "./half.ts";

const isNaNBits = (bits: number): boolean => (bits & 0x7fff) > 0x7c00;

test("every number of 16 bits comes back", () => {
  for (let bits = 0; bits < 0x10000; bits++) {
    if (isNaNBits(bits)) expect(halfValue(bits)).toBeNaN();
    else expect(halfBits(halfValue(bits))).toBe(bits);
  }
  expect(halfBits(Number.NaN)).toBe(0x7e00);
});

test("known numbers, as NumPy's float16 has them", () => {
  const known = [
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [65504, 0x7bff],
    [65519.99, 0x7bff],
    [65520, 0x7c00],
    [-Infinity, 0xfc00],
    [-0, 0x8000],
    [2 ** -24, 1],
    [2 ** -25, 0],
    [1.0000001 * 2 ** -25, 1],
    [2 ** -14, 0x0400],
    [2049, 0x6800],
    [2051, 0x6802],
  ] as const;
  expect(toHalfBits(known.map(([x]) => x))).toEqual(Uint16Array.from(known, ([, bits]) => bits));
  expect(fromHalfBits([0x3555])).toEqual(Float32Array.of(0.333251953125));
});

test("the nearest is taken, and of two the even one", () => {
  fc.assert(
    fc.property(fc.double({ min: -65519, max: 65519, noNaN: true }), (x) => {
      const bits = halfBits(x);
      const distance = Math.abs(halfValue(bits) - x);
      for (const other of [bits - 1, bits + 1]) {
        if (isNaNBits(other) || ((other ^ bits) & 0x8000) !== 0) continue;
        const further = Math.abs(halfValue(other & 0xffff) - x);
        expect(distance).toBeLessThanOrEqual(further);
        if (distance === further) expect(bits & 1).toBe(0);
      }
    }),
  );
});
