import type { ConvCall } from "@tensorloom/tensor/backend";

/** A convolution's shapes and geometry. */
export interface ConvolutionCase {
  readonly name: string;
  readonly input: readonly number[];
  readonly filter: readonly number[];
  readonly strides: readonly number[];
  readonly dilation: readonly number[];
  readonly padding: ConvCall["padding"];
  readonly groups: number;
}

const none: readonly [number, number] = [0, 0];
/** Each is run forward, and back to the input and to the filter. */
export const convolutionCases: readonly ConvolutionCase[] = [
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
