import { expression, sizeOf, type ConvCall } from "@tensorloom/tensor/backend";
import { arrange, stretched, type Arranged } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { Suite } from "../registry.ts";
import { pseudoRandom } from "../samples.ts";
import { summed } from "../tolerances.ts";
import { addGoldenConvolutions } from "./golden/products.ts";
import { addRandomConvolutions } from "./random/windows.ts";

/** Convolutions and their gradients. */
export const conv: Suite = new Suite("conv");

interface Case {
  readonly name: string;
  readonly input: readonly number[];
  readonly filter: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: ConvCall["padding"];
  readonly groups: number;
}

const none: readonly [number, number] = [0, 0];
const cases: readonly Case[] = [
  {
    name: "1-d",
    input: [2, 9, 3],
    filter: [3, 3, 4],
    strides: [1],
    dilation: [1],
    padding: [[1, 1]],
    groups: 1,
  },
  {
    name: "2-d",
    input: [2, 6, 7, 3],
    filter: [3, 3, 3, 5],
    strides: [1, 1],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    groups: 1,
  },
  {
    name: "pointwise",
    input: [2, 4, 5, 6],
    filter: [1, 1, 6, 7],
    strides: [1, 1],
    dilation: [1, 1],
    padding: [none, none],
    groups: 1,
  },
  {
    name: "stride",
    input: [1, 8, 9, 2],
    filter: [3, 2, 2, 3],
    strides: [2, 3],
    dilation: [1, 1],
    padding: [none, none],
    groups: 1,
  },
  {
    name: "dilation",
    input: [1, 9, 9, 2],
    filter: [3, 3, 2, 3],
    strides: [1, 1],
    dilation: [2, 3],
    padding: [none, none],
    groups: 1,
  },
  {
    name: "asymmetric padding",
    input: [1, 5, 6, 2],
    filter: [4, 2, 2, 3],
    strides: [1, 2],
    dilation: [1, 1],
    padding: [
      [1, 2],
      [0, 1],
    ],
    groups: 1,
  },
  {
    name: "groups",
    input: [2, 5, 5, 6],
    filter: [3, 3, 3, 4],
    strides: [1, 1],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    groups: 2,
  },
  {
    name: "depthwise",
    input: [2, 6, 5, 4],
    filter: [3, 3, 1, 8],
    strides: [2, 1],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    groups: 4,
  },
  {
    name: "one filter a channel, odd sizes",
    input: [4, 7, 9, 8],
    filter: [3, 3, 1, 8],
    strides: [2, 2],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    groups: 8,
  },
  {
    name: "one filter a channel, of one place",
    input: [4, 1, 1, 8],
    filter: [3, 3, 1, 8],
    strides: [1, 1],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    groups: 8,
  },
  {
    name: "one filter a channel, channels not in fours",
    input: [2, 9, 7, 6],
    filter: [3, 3, 1, 6],
    strides: [2, 2],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    groups: 6,
  },
  {
    name: "3-d",
    input: [1, 4, 5, 4, 2],
    filter: [2, 3, 2, 2, 3],
    strides: [1, 2, 1],
    dilation: [1, 1, 2],
    padding: [[1, 0], [1, 1], none],
    groups: 1,
  },
  {
    name: "window larger than the image",
    input: [1, 2, 2, 1],
    filter: [5, 5, 1, 2],
    strides: [1, 1],
    dilation: [1, 1],
    padding: [
      [2, 2],
      [2, 2],
    ],
    groups: 1,
  },
  {
    name: "many positions",
    input: [3, 30, 31, 8],
    filter: [3, 3, 8, 9],
    strides: [1, 1],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    groups: 1,
  },
  {
    name: "3x3 of many channels",
    input: [2, 13, 11, 20],
    filter: [3, 3, 20, 24],
    strides: [1, 1],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [0, 2],
    ],
    groups: 1,
  },
  {
    name: "3x3 of very many channels",
    input: [1, 9, 10, 260],
    filter: [3, 3, 260, 16],
    strides: [1, 1],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    groups: 1,
  },
  {
    name: "few channels, long lines",
    input: [2, 9, 60, 3],
    filter: [3, 3, 3, 10],
    strides: [2, 2],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 0],
    ],
    groups: 1,
  },
  {
    name: "one channel, a wide window",
    input: [1, 12, 40, 1],
    filter: [5, 5, 1, 6],
    strides: [1, 1],
    dilation: [2, 1],
    padding: [
      [2, 2],
      [2, 2],
    ],
    groups: 1,
  },
  {
    name: "few channels out of many, in groups",
    input: [2, 7, 33, 12],
    filter: [3, 3, 4, 9],
    strides: [1, 1],
    dilation: [1, 2],
    padding: [
      [1, 1],
      [2, 2],
    ],
    groups: 3,
  },
  {
    name: "steps and dilation with a common divisor",
    input: [1, 23, 26, 16],
    filter: [3, 3, 16, 24],
    strides: [4, 6],
    dilation: [2, 4],
    padding: [
      [1, 2],
      [3, 0],
    ],
    groups: 1,
  },
  {
    name: "steps longer than the window, in groups",
    input: [2, 17, 15, 16],
    filter: [2, 2, 8, 40],
    strides: [3, 4],
    dilation: [1, 1],
    padding: [
      [0, 1],
      [5, 2],
    ],
    groups: 2,
  },
  {
    name: "a wide window of step two, few channels",
    input: [1, 31, 32, 3],
    filter: [7, 7, 3, 32],
    strides: [2, 2],
    dilation: [1, 1],
    padding: [
      [3, 3],
      [2, 3],
    ],
    groups: 1,
  },
  {
    name: "steps in 3-d, many channels",
    input: [1, 6, 7, 8, 8],
    filter: [3, 2, 3, 8, 20],
    strides: [2, 1, 3],
    dilation: [1, 2, 2],
    padding: [[1, 1], none, [2, 1]],
    groups: 1,
  },
  {
    name: "one filter a channel, steps and dilation",
    input: [2, 14, 19, 8],
    filter: [3, 4, 1, 8],
    strides: [3, 4],
    dilation: [2, 2],
    padding: [
      [2, 1],
      [1, 3],
    ],
    groups: 8,
  },
  {
    name: "one filter a channel, 1-d, long steps",
    input: [2, 40, 8],
    filter: [7, 1, 8],
    strides: [6],
    dilation: [4],
    padding: [[5, 4]],
    groups: 8,
  },
];

function outputShape({ input, filter, strides, dilation, padding }: Case): number[] {
  const space = input.slice(1, -1).map((size, axis) => {
    const reach = (filter[axis]! - 1) * dilation[axis]! + 1;
    const [before, after] = padding[axis]!;
    return Math.floor((size + before + after - reach) / strides[axis]!) + 1;
  });
  return [input[0]!, ...space, filter.at(-1)!];
}

function filled(shape: readonly number[], seed: number): Arranged {
  return arrange(pseudoRandom(sizeOf(shape), seed), shape, "float32");
}

for (const one of cases) {
  const { strides, dilation, padding, groups } = one;
  const geometry = { strides, dilation, padding, groups };
  const shape = outputShape(one);
  const terms = sizeOf(one.filter.slice(0, -1));

  conv.test(`forward ${one.name}`, async (pair) => {
    await compare(
      pair,
      "conv",
      (place) => {
        const output = place.output("float32", shape);
        const input = place.input(filled(one.input, 1));
        const filter = place.input(filled(one.filter, 2));
        return { call: { input, filter, output, ...geometry }, outputs: [output] };
      },
      summed("float32", terms, terms),
    );
  });

  conv.test(`input gradient ${one.name}`, async (pair) => {
    const count = sizeOf(one.filter.slice(0, -2)) * one.filter.at(-1)!;
    await compare(
      pair,
      "convInputGradient",
      (place) => {
        const output = place.output("float32", one.input);
        const gradient = place.input(filled(shape, 1));
        const filter = place.input(filled(one.filter, 2));
        return { call: { gradient, filter, output, ...geometry }, outputs: [output] };
      },
      summed("float32", count, count),
    );
  });

  conv.test(`filter gradient ${one.name}`, async (pair) => {
    const count = sizeOf(shape.slice(0, -1));
    await compare(
      pair,
      "convFilterGradient",
      (place) => {
        const output = place.output("float32", one.filter);
        const input = place.input(filled(one.input, 1));
        const gradient = place.input(filled(shape, 2));
        return { call: { input, gradient, output, ...geometry }, outputs: [output] };
      },
      summed("float32", count, count),
    );
  });
}

conv.test("epilogue: bias and activation", async (pair) => {
  const one = cases[1]!;
  const { strides, dilation, padding, groups } = one;
  const shape = outputShape(one);
  const f = expression((x, bias) => x.add(bias).maximum(0));
  await compare(
    pair,
    "conv",
    (place) => {
      const output = place.output("float32", shape);
      const bias = place.input(stretched(filled([shape.at(-1)!], 3), shape));
      const epilogue = { expression: f, inputs: [bias], parameters: [] };
      const input = place.input(filled(one.input, 1));
      const filter = place.input(filled(one.filter, 2));
      const call = { input, filter, output, strides, dilation, padding, groups, epilogue };
      return { call, outputs: [output] };
    },
    summed("float32", 27, 28),
  );
});

conv.test(
  "float64",
  async (pair) => {
    const one = cases[1]!;
    const { strides, dilation, padding, groups } = one;
    const double = (shape: readonly number[], seed: number): Arranged =>
      arrange(pseudoRandom(sizeOf(shape), seed), shape, "float64");
    await compare(
      pair,
      "conv",
      (place) => {
        const output = place.output("float64", outputShape(one));
        const input = place.input(double(one.input, 1));
        const filter = place.input(double(one.filter, 2));
        return {
          call: { input, filter, output, strides, dilation, padding, groups },
          outputs: [output],
        };
      },
      summed("float64", 27, 27),
    );
  },
  { dtypes: ["float64"] },
);

addRandomConvolutions(conv);
addGoldenConvolutions(conv);
