import {
  depthwiseConv2d,
  Parameter,
  separableConv2d,
  type DepthwiseOptions,
  type PerAxis,
  type Tensor,
} from "@tensorloom/tensor";
import { fanInUniform } from "./fan-in-uniform.ts";
import { Module } from "../module.ts";
import { windowOf, type ConvolutionLayerOptions } from "./convolution.ts";
import { checkChannelsLast } from "./input-shape.ts";

/** What {@link DepthwiseConv2d} and {@link SeparableConv2d} take. */
export interface DepthwiseLayerOptions extends Omit<ConvolutionLayerOptions, "groups"> {
  /** Filters for each channel; 1 by default. */
  readonly multiplier?: number;
}

/**
 * A convolution of each channel by filters of its own, over images `[batch, height, width, channels]`.
 *
 * Parameters: `weight [kernelHeight, kernelWidth, 1, channels × multiplier]`, `bias [channels × multiplier]`, drawn from
 * ±1/sqrt(kernelHeight · kernelWidth).
 *
 * @example
 * new DepthwiseConv2d(4, 3, { padding: "same" }).forward(ones([1, 5, 5, 4])).shape; // => [1,5,5,4]
 */
export class DepthwiseConv2d extends Module {
  /** `[kernelHeight, kernelWidth, 1, channels × multiplier]`. */
  readonly weight: Parameter;
  /** `[channels × multiplier]`; undefined without bias. */
  readonly bias: Parameter | undefined;
  /** Stride, padding and dilation, as given. */
  readonly window: DepthwiseOptions;
  /** Filters for each channel. */
  readonly multiplier: number;

  /**
   * @param channels - the input's channels
   * @param kernelSize - the window's size, one number or two
   * @param options - stride, padding, dilation, bias, multiplier
   */
  constructor(channels: number, kernelSize: PerAxis, options: DepthwiseLayerOptions = {}) {
    super();
    const { bias = true, multiplier = 1, ...window } = options;
    const size = windowOf("DepthwiseConv2d", kernelSize, 2);
    const fanIn = size[0]! * size[1]!;
    const filters = channels * multiplier;
    this.weight = new Parameter(fanInUniform([...size, 1, filters], fanIn), "weight");
    this.bias = bias ? new Parameter(fanInUniform([filters], fanIn), "bias") : undefined;
    this.window = window;
    this.multiplier = multiplier;
  }

  /**
   * @param x - `[batch, height, width, channels]`
   * @returns `[batch, outHeight, outWidth, channels × multiplier]`
   */
  forward(x: Tensor): Tensor {
    const channels = this.weight.shape.at(-1)! / this.multiplier;
    checkChannelsLast("DepthwiseConv2d", x, ["height", "width"], channels);
    return depthwiseConv2d(x, this.weight.value, {
      ...this.window,
      ...(this.bias && { bias: this.bias.value }),
    });
  }
}

/**
 * A depthwise convolution, then one of 1x1 that mixes the channels: with D_K² M D_F² + M N D_F² multiply-adds where a full
 * convolution takes D_K² M N D_F² (window D_K, output D_F, M channels in, N out).
 *
 * Parameters: `depthwise [kernelHeight, kernelWidth, 1, inChannels × multiplier]`,
 * `pointwise [1, 1, inChannels × multiplier, outChannels]`, `bias [outChannels]`.
 *
 * Source: Chollet 2017, "Xception"; Howard et al. 2017, "MobileNets".
 *
 * @example
 * new SeparableConv2d(4, 8, 3, { padding: "same" }).forward(ones([1, 5, 5, 4])).shape; // => [1,5,5,8]
 */
export class SeparableConv2d extends Module {
  /** `[kernelHeight, kernelWidth, 1, inChannels × multiplier]`. */
  readonly depthwise: Parameter;
  /** `[1, 1, inChannels × multiplier, outChannels]`. */
  readonly pointwise: Parameter;
  /** `[outChannels]`; undefined without bias. */
  readonly bias: Parameter | undefined;
  /** Stride, padding and dilation, as given. */
  readonly window: DepthwiseOptions;
  /** Channels of the input. */
  readonly inChannels: number;

  /**
   * @param inChannels - the input's channels
   * @param outChannels - the output's channels
   * @param kernelSize - the window's size, one number or two
   * @param options - stride, padding, dilation, bias, multiplier
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: DepthwiseLayerOptions = {},
  ) {
    super();
    const { bias = true, multiplier = 1, ...window } = options;
    const size = windowOf("SeparableConv2d", kernelSize, 2);
    const filters = inChannels * multiplier;
    const draw = (shape: number[], fanIn: number, name: string): Parameter =>
      new Parameter(fanInUniform(shape, fanIn), name);
    this.depthwise = draw([...size, 1, filters], size[0]! * size[1]!, "depthwise");
    this.pointwise = draw([1, 1, filters, outChannels], filters, "pointwise");
    this.bias = bias ? draw([outChannels], filters, "bias") : undefined;
    this.window = window;
    this.inChannels = inChannels;
  }

  /**
   * @param x - `[batch, height, width, inChannels]`
   * @returns `[batch, outHeight, outWidth, outChannels]`
   */
  forward(x: Tensor): Tensor {
    checkChannelsLast("SeparableConv2d", x, ["height", "width"], this.inChannels);
    return separableConv2d(x, this.depthwise.value, this.pointwise.value, {
      ...this.window,
      ...(this.bias && { bias: this.bias.value }),
    });
  }
}
