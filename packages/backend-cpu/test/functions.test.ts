import { expression } from "@tensorloom/tensor/backend";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { wasm } from "../src/index.ts";

const backend = wasm({ threads: 1 });
beforeAll(() => backend.initialize?.());
afterAll(() => backend.dispose());

/** Computes a function of floats in WebAssembly. */
async function mapped(
  f: ReturnType<typeof expression>,
  inputs: readonly Float32Array[],
): Promise<Float32Array> {
  const { length } = inputs[0]!;
  const views = [...inputs, undefined].map((data) => {
    const storage = backend.allocate(4 * length);
    if (data !== undefined) backend.write(storage, data);
    return { storage, dtype: "float32", offset: 0, shape: [length], strides: [1] } as const;
  });
  const output = views.at(-1)!;
  backend.map({ expression: f, inputs: views.slice(0, -1), parameters: [], outputs: [output] });
  const result = await backend.read(output.storage, "float32", 0, length);
  for (const { storage } of views) backend.free(storage);
  return result as Float32Array;
}

/** The distance from one float to the next, away from 0. */
function unitOf(x: number): number {
  const float = Float32Array.of(Math.abs(x));
  const bits = new Int32Array(float.buffer);
  const [from] = float;
  bits[0]!++;
  return float[0]! - from!;
}

/** Expects results to be the nearest float, or one that is hardly farther: 0.6 units. */
function expectNearest(actual: Float32Array, exact: readonly number[]): void {
  const wrong = exact
    .map((value, i) => ({ i, value, got: actual[i]! }))
    .filter(({ value, got }) => {
      const nearest = Math.fround(value);
      if (Object.is(nearest, got)) return false;
      // Below the smallest normal number the unit is that of subnormals.
      return !(Math.abs(value - got) <= 0.6 * Math.max(unitOf(value), 2 ** -149));
    });
  expect(wrong.slice(0, 5)).toEqual([]);
}

/** Floats of every exponent and sign, NaN and infinities among them: bits by a linear congruence. */
function anyFloats(count: number): Float32Array {
  const bits = new Uint32Array(count);
  for (let i = 0, state = 1; i < count; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bits[i] = state;
  }
  return new Float32Array(bits.buffer);
}

function spread(count: number, most: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => ((2 * i) / (count - 1) - 1) * most);
}

describe.each(["sin", "cos", "tan"] as const)("%s", (name) => {
  const f = expression((x) => x[name]());
  test.each([
    ["small angles", spread(20_001, 7)],
    ["large angles", spread(20_001, 2 ** 20)],
    ["any float", anyFloats(20_000)],
    [
      "zeros of both signs, multiples of a quarter turn",
      Float32Array.of(0, -0, ...spread(9, 2 * Math.PI)),
    ],
  ])("of %s is the nearest float", async (_, x) => {
    expectNearest(await mapped(f, [x]), Array.from(x, Math[name]));
  });
});

describe("pow", () => {
  const f = expression((x, y) => x.pow(y));
  const exact = (x: number, y: number): number =>
    // As in C, and unlike JavaScript.
    x === 1 || (x === -1 && Math.abs(y) === Infinity) ? 1 : x ** y;
  const special = [
    0,
    -0,
    1,
    -1,
    NaN,
    Infinity,
    -Infinity,
    2,
    -2,
    0.5,
    3,
    -3,
    1e30,
    -1e-40,
    2 ** 24 - 1,
  ];
  test.each([
    ["positive numbers", spread(20_001, 8).map(Math.abs), spread(20_001, 30).toReversed()],
    ["any number, to whole powers", spread(20_001, 50), spread(20_001, 9).map(Math.round)],
    ["any float", anyFloats(20_000), anyFloats(20_000).toReversed()],
    [
      "special numbers",
      Float32Array.from(special.flatMap((x) => special.map(() => x))),
      Float32Array.from(special.flatMap(() => special)),
    ],
  ])("of %s is the nearest float", async (_, x, y) => {
    expectNearest(
      await mapped(f, [x, y]),
      Array.from(x, (base, i) => exact(base, y[i]!)),
    );
  });
});

test.each(["asin", "acos", "atan", "sinh", "cosh"] as const)("%s", async (name) => {
  const x = spread(1001, 1.2);
  expectNearest(
    await mapped(
      expression((v) => v[name]()),
      [x],
    ),
    Array.from(x, Math[name]),
  );
});
