import { sizeOf, type PoolParameters } from "@tensorloom/tensor/backend";
import { arrange } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { Suite } from "../registry.ts";
import { pseudoRandom } from "../samples.ts";
import { exact, summed } from "../tolerances.ts";
import { addGoldenPooling } from "./golden/products.ts";
import { addRandomPooling } from "./random/windows.ts";

/** Pooling and its gradient. */
export const pool: Suite = new Suite("pool");

interface Case {
  readonly name: string;
  readonly input: readonly number[];
  readonly outSpace: readonly number[];
  readonly window: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: PoolParameters["padding"];
}

const cases: readonly Case[] = [
  {
    name: "2x2",
    input: [2, 6, 8, 3],
    outSpace: [3, 4],
    window: [2, 2],
    strides: [2, 2],
    dilation: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
  },
  {
    name: "overlapping",
    input: [1, 7, 7, 2],
    outSpace: [3, 5],
    window: [3, 3],
    strides: [2, 1],
    dilation: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
  },
  {
    name: "padded",
    input: [1, 5, 5, 2],
    outSpace: [3, 3],
    window: [3, 3],
    strides: [2, 2],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
  },
  {
    name: "ceil mode",
    input: [1, 6, 5, 2],
    outSpace: [3, 3],
    window: [3, 2],
    strides: [2, 2],
    dilation: [1, 1],
    padding: [
      [0, 0],
      [0, 0],
    ],
  },
  {
    name: "dilated",
    input: [1, 8, 8, 1],
    outSpace: [4, 4],
    window: [3, 3],
    strides: [1, 1],
    dilation: [2, 2],
    padding: [
      [0, 0],
      [0, 0],
    ],
  },
  {
    name: "windows over padding alone",
    input: [1, 2, 3, 2],
    outSpace: [5, 3],
    window: [2, 2],
    strides: [2, 3],
    dilation: [1, 1],
    padding: [
      [4, 4],
      [2, 3],
    ],
  },
  {
    name: "1-d",
    input: [2, 9, 3],
    outSpace: [3],
    window: [3],
    strides: [3],
    dilation: [1],
    padding: [[0, 0]],
  },
  {
    name: "3-d",
    input: [1, 4, 4, 4, 2],
    outSpace: [2, 2, 2],
    window: [2, 2, 2],
    strides: [2, 2, 2],
    dilation: [1, 1, 1],
    padding: [
      [0, 0],
      [0, 0],
      [0, 0],
    ],
  },
];

for (const mode of ["max", "average"] as const) {
  for (const one of cases) {
    for (const countPadding of mode === "max" ? [true] : [true, false]) {
      const parameters = { ...one, mode, countPadding };
      const shape = [one.input[0]!, ...one.outSpace, one.input.at(-1)!];
      const name = `${mode} ${one.name}${countPadding ? "" : ", padding not counted"}`;
      const size = sizeOf(one.input);
      const tolerance = mode === "max" ? exact : summed("float32", sizeOf(one.window), 1);
      // Few different values, so that windows have ties.
      const values = pseudoRandom(size, 1).map((x) => Math.round(x * 4));

      pool.test(`${name}`, async (pair) => {
        await compare(
          pair,
          "pool",
          (place) => {
            const output = place.output("float32", shape);
            const input = place.input(arrange(values, one.input, "float32"));
            return { call: { ...parameters, input, output }, outputs: [output] };
          },
          tolerance,
        );
      });

      pool.test(`gradient ${name}`, async (pair) => {
        await compare(
          pair,
          "poolGradient",
          (place) => {
            const output = place.output("float32", one.input);
            const input = place.input(arrange(values, one.input, "float32"));
            const passed = pseudoRandom(sizeOf(shape), 2);
            const gradient = place.input(arrange(passed, shape, "float32"));
            return { call: { ...parameters, input, gradient, output }, outputs: [output] };
          },
          summed("float32", sizeOf(one.window), 1),
        );
      });
    }
  }
}

pool.test("max of NaN", async (pair) => {
  const values = [1, Number.NaN, 3, 4, -Infinity, -Infinity, -Infinity, -Infinity];
  const parameters = {
    mode: "max",
    window: [4],
    strides: [4],
    dilation: [1],
    padding: [[0, 0]],
    countPadding: true,
  } as const;
  await compare(pair, "pool", (place) => {
    const output = place.output("float32", [1, 2, 1]);
    const input = place.input(arrange(values, [1, 8, 1], "float32"));
    return { call: { ...parameters, input, output }, outputs: [output] };
  });
});

pool.test("max of many channels, among them NaN and infinities of both signs", async (pair) => {
  const [windows, taps, channels] = [7, 5, 37];
  const values = pseudoRandom(windows * taps * channels, 3);
  // Of one kind more and more, from window to window, and in another channel each.
  for (let window = 0; window < windows; window++) {
    for (let n = 0; n < window; n++) {
      const at = (window * taps + (n % taps)) * channels;
      values[at + 5 * n] = Infinity;
      values[at + 5 * n + 1] = -Infinity;
      values[at + ((11 * n) % channels)] = -Infinity;
      if (window > 3) values[at + ((17 * n) % channels)] = Number.NaN;
    }
  }
  const parameters = {
    mode: "max",
    window: [taps],
    strides: [taps],
    dilation: [1],
    padding: [[0, 0]],
    countPadding: true,
  } as const;
  await compare(pair, "pool", (place) => {
    const output = place.output("float32", [1, windows, channels]);
    const input = place.input(arrange(values, [1, windows * taps, channels], "float32"));
    return { call: { ...parameters, input, output }, outputs: [output] };
  });
});

addRandomPooling(pool);
addGoldenPooling(pool);
