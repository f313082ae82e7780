import { expression, sizeOf } from "@tensorloom/tensor/backend";
import { arrange, stretched, type Arranged } from "../arrangement.ts";
import { compare } from "../compare.ts";
import { Suite } from "../registry.ts";
import { pseudoRandom } from "../samples.ts";
import { summed } from "../tolerances.ts";
import { convolutionCases as cases, type ConvolutionCase } from "./convolution-cases.ts";
import { addGoldenConvolutions } from "./golden/products.ts";
import { addRandomConvolutions } from "./random/windows.ts";

/** Convolutions and their gradients. */
export const conv: Suite = new Suite("conv");

function outputShape({ input, filter, strides, dilation, padding }: ConvolutionCase): number[] {
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

/** In groups whose channels are no multiple of four while all together are, which have one input channel each or two. */
const grouped: readonly ConvolutionCase[] = [
  [12, 3, 12],
  [4, 4, 8],
  [8, 4, 8],
  [6, 6, 6],
  [8, 8, 8],
  [4, 2, 8],
].map(([inChannels, groups, outChannels]) => ({
  name: `${groups} groups from ${inChannels} to ${outChannels} channels`,
  input: [2, 5, 6, inChannels!],
  filter: [2, 3, inChannels! / groups!, outChannels!],
  strides: [1, 2],
  dilation: [2, 1],
  padding: [[1, 0], [0, 2]], // prettier-ignore
  groups: groups!,
}));

for (const one of grouped) {
  conv.test(`epilogue: an input a channel, and one a result, ${one.name}`, async (pair) => {
    const { strides, dilation, padding, groups } = one;
    const shape = outputShape(one);
    const f = expression((x, bias, rest) => x.add(bias).mul(rest));
    const terms = sizeOf(one.filter.slice(0, -1));
    await compare(
      pair,
      "conv",
      (place) => {
        const output = place.output("float32", shape);
        const bias = place.input(stretched(filled([shape.at(-1)!], 3), shape));
        const rest = place.input(filled(shape, 4));
        const epilogue = { expression: f, inputs: [bias, rest], parameters: [] };
        const input = place.input(filled(one.input, 1));
        const filter = place.input(filled(one.filter, 2));
        const call = { input, filter, output, strides, dilation, padding, groups, epilogue };
        return { call, outputs: [output] };
      },
      summed("float32", terms, 2 * terms),
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
