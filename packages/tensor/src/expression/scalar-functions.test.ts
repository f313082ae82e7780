import { describe, expect, test } from "vitest";
import golden from "../../test/fixtures/scalar-functions.json" with { type: "json" };
import {
  binaryOn,
  erf,
  floorDivide,
  pow,
  remainder,
  roundHalfEven,
  unaryFunctions,
} from "./scalar-functions.ts";

type Written = readonly (number | string)[];

/** The fixture writes what JSON lacks (NaN, infinities, -0) as strings. */
const numbers = (list: Written): number[] => list.map(Number);

const size = 2 ** -52;

/** How many units in the last place two numbers are apart. */
function unitsApart(actual: number, expected: number): number {
  if (Object.is(actual, expected)) return 0;
  return Math.abs(actual - expected) / (Math.abs(expected) * size + Number.MIN_VALUE);
}

describe("against NumPy, to the bit", () => {
  test("round", () => {
    expect(numbers(golden.round.x).map(roundHalfEven)).toEqual(numbers(golden.round.result));
  });

  const { x, y } = golden.float64;
  const left = numbers(x);
  const right = numbers(y);
  for (const [name, f] of Object.entries({ remainder, floorDivide })) {
    test(`${name} of floats`, () => {
      const expected = numbers(golden.float64[name as "remainder"]);
      expect(left.map((a, i) => f(a, right[i]!))).toEqual(expected);
    });
  }

  for (const kind of ["remainder", "floorDivide"] as const) {
    test(`${kind} of int32`, () => {
      const f = binaryOn(kind, "int32")!;
      const results = golden.int32.x.map((a, i) => f(a, golden.int32.y[i]!) | 0);
      expect(results).toEqual(golden.int32[kind]);
    });
  }

  test("pow, within the 4 units that NumPy's own vector code allows itself", () => {
    const expected = numbers(golden.float64.pow);
    left.forEach((a, i) => {
      const actual = pow(a, right[i]!);
      expect(
        unitsApart(actual, expected[i]!),
        `${a} ** ${right[i]} = ${actual}`,
      ).toBeLessThanOrEqual(4);
    });
  });

  test("sign, which is 0 for a zero of either sign", () => {
    expect(numbers(golden.sign.x).map(unaryFunctions.sign)).toEqual(numbers(golden.sign.result));
  });
});

describe("erf", () => {
  test("is within two units of mpmath's", () => {
    const expected = numbers(golden.erf.result);
    numbers(golden.erf.x).forEach((x, i) => {
      expect(unitsApart(erf(x), expected[i]!), `erf(${x})`).toBeLessThanOrEqual(2);
    });
  });

  test("keeps zeros, NaN and the ends", () => {
    expect([0, -0, Number.NaN, Infinity, -Infinity].map(erf)).toEqual([0, -0, Number.NaN, 1, -1]);
  });

  test("does not jump where the approximations meet", () => {
    for (const border of [0.46875, 4, 6]) {
      expect(Math.abs(erf(border + 1e-15) - erf(border - 1e-15)), String(border)).toBeLessThan(
        4e-15,
      );
    }
  });
});

describe("integer powers", () => {
  test("wrap, and give what is left of a reciprocal", () => {
    const power = binaryOn("pow", "int32")!;
    const cases = [
      [3, 4, 81],
      [2, 31, -2147483648],
      [7, 20, 3095271137 | 0],
      [0, 0, 1],
      [1, -5, 1],
      [-1, -5, -1],
      [2, -1, 0],
    ];
    for (const [base, exponent, expected] of cases) {
      expect(power(base!, exponent!) | 0, `${base} ** ${exponent}`).toBe(expected);
    }
  });
});
