import {
  ArgumentError,
  conv1d,
  conv2d,
  conv3d,
  Parameter,
  type ConvolutionOptions as ConvolutionCall,
  type Padding,
  type PerAxis,
  type Tensor,
} from "@tensorloom/tensor";
import { fanInUniform } from "./fan-in-uniform.ts";
import { Module } from "../module.ts";
import { checkChannelsLast } from "./input-shape.ts";

/** What {@link Conv1d}, {@link Conv2d} and {@link Conv3d} take. */
export interface ConvolutionLayerOptions {
  /** Steps of the window, one number or one an axis; 1 by default. */
  readonly stride?: PerAxis;
  /** What is added around the input; `"valid"` (nothing) by default. */
  readonly padding?: Padding;
  /** Distance between the window's taps; 1 by default. */
  readonly dilation?: PerAxis;
  /** Groups of channels that do not see each other; 1 by default. */
  readonly groups?: number;
  /** Whether a bias is learnt; true by default. */
  readonly bias?: boolean;
}

const axesOf = { 1: ["length"], 2: ["height", "width"], 3: ["depth", "height", "width"] } as const;

type Convolve = (x: Tensor, w: Tensor, options: ConvolutionCall) => Tensor;

/** What convolutions over one, two and three axes share. */
abstract class Convolution extends Module {
  /** `[...window, inChannels / groups, outChannels]`. */
  readonly weight: Parameter;
  /** `[outChannels]`; undefined without bias. */
  readonly bias: Parameter | undefined;
  readonly #call: { readonly convolve: Convolve; readonly axes: readonly string[] };
  /** Stride, padding, dilation and groups, as given. */
  readonly window: Omit<ConvolutionLayerOptions, "bias">;
  /** Groups of channels that do not see each other. */
  readonly groups: number;

  constructor(
    spatial: 1 | 2 | 3,
    convolve: Convolve,
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvolutionLayerOptions,
  ) {
    super();
    const { bias = true, ...window } = options;
    const axes = axesOf[spatial];
    const size = windowOf(new.target.name, kernelSize, spatial);
    const perGroup = inChannels / (window.groups ?? 1);
    if (!Number.isInteger(perGroup) || perGroup < 1) {
      throw new ArgumentError(
        `${new.target.name}: groups: expected a divisor of ${inChannels} input channels, got ${window.groups}`,
      );
    }
    const fanIn = size.reduce((product, n) => product * n, perGroup);
    this.weight = new Parameter(fanInUniform([...size, perGroup, outChannels], fanIn), "weight");
    this.bias = bias ? new Parameter(fanInUniform([outChannels], fanIn), "bias") : undefined;
    this.#call = { convolve, axes };
    this.window = window;
    this.groups = window.groups ?? 1;
  }

  forward(x: Tensor): Tensor {
    const { convolve, axes } = this.#call;
    const inChannels = this.weight.shape.at(-2)! * this.groups;
    checkChannelsLast(this.constructor.name, x, axes, inChannels);
    return convolve(x, this.weight.value, {
      ...this.window,
      ...(this.bias && { bias: this.bias.value }),
    });
  }
}

/** Returns a window's size, one number an axis. */
export function windowOf(layer: string, kernelSize: PerAxis, spatial: number): number[] {
  const size =
    typeof kernelSize === "number"
      ? Array.from({ length: spatial }, () => kernelSize)
      : [...kernelSize];
  if (size.length === spatial && size.every((n) => Number.isInteger(n) && n > 0)) return size;
  throw new ArgumentError(
    `${layer}: kernelSize: expected a positive whole number, or ${spatial} of them, got [${size.join(", ")}]`,
  );
}

/**
 * A convolution over signals `[batch, length, channels]`.
 *
 * Parameters: `weight [kernel, inChannels / groups, outChannels]`, `bias [outChannels]`, drawn from
 * ±1/sqrt(inChannels / groups · kernel), as in PyTorch.
 *
 * @example
 * new Conv1d(2, 4, 3).forward(ones([1, 8, 2])).shape; // => [1,6,4]
 */
export class Conv1d extends Convolution {
  /**
   * @param inChannels - the input's channels
   * @param outChannels - the output's channels
   * @param kernelSize - the window's size
   * @param options - stride, padding, dilation, groups, bias
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvolutionLayerOptions = {},
  ) {
    super(1, conv1d, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * A convolution over images `[batch, height, width, channels]`.
 *
 * Parameters: `weight [kernelHeight, kernelWidth, inChannels / groups, outChannels]`, `bias [outChannels]`, drawn from
 * ±1/sqrt(inChannels / groups · kernelHeight · kernelWidth), as in PyTorch.
 *
 * @example
 * new Conv2d(1, 8, 3, { padding: "same" }).forward(ones([2, 5, 5, 1])).shape; // => [2,5,5,8]
 */
export class Conv2d extends Convolution {
  /**
   * @param inChannels - the input's channels
   * @param outChannels - the output's channels
   * @param kernelSize - the window's size, one number or two
   * @param options - stride, padding, dilation, groups, bias
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvolutionLayerOptions = {},
  ) {
    super(2, conv2d, inChannels, outChannels, kernelSize, options);
  }
}

/**
 * A convolution over volumes `[batch, depth, height, width, channels]`.
 *
 * Parameters: `weight [kernelDepth, kernelHeight, kernelWidth, inChannels / groups, outChannels]`, `bias [outChannels]`,
 * drawn as for {@link Conv2d}.
 *
 * @example
 * new Conv3d(1, 2, 3).forward(ones([1, 4, 4, 4, 1])).shape; // => [1,2,2,2,2]
 */
export class Conv3d extends Convolution {
  /**
   * @param inChannels - the input's channels
   * @param outChannels - the output's channels
   * @param kernelSize - the window's size, one number or three
   * @param options - stride, padding, dilation, groups, bias
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvolutionLayerOptions = {},
  ) {
    super(3, conv3d, inChannels, outChannels, kernelSize, options);
  }
}
