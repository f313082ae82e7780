import {
  convTranspose2d,
  Parameter,
  type PerAxis,
  type Tensor,
  type TransposedConvolutionOptions,
} from "@tensorloom/tensor";
import { fanInUniform } from "./fan-in-uniform.ts";
import { Module } from "../module.ts";
import { windowOf, type ConvolutionLayerOptions } from "./convolution.ts";
import { checkChannelsLast } from "./input-shape.ts";

/** What {@link ConvTranspose2d} takes. */
export interface ConvTranspose2dOptions extends ConvolutionLayerOptions {
  /** Added to the output's size on the far side, in [0, stride): strided convolutions forget it. 0 by default. */
  readonly outputPadding?: PerAxis;
}

/**
 * The adjoint of a convolution, over images `[batch, height, width, channels]`: with a stride, they grow.
 *
 * Parameters: `weight [kernelHeight, kernelWidth, inChannels / groups, outChannels]`, `bias [outChannels]`, drawn from
 * ±1/sqrt(outChannels / groups · kernelHeight · kernelWidth), as in PyTorch.
 *
 * @example
 * new ConvTranspose2d(4, 2, 2, { stride: 2 }).forward(ones([1, 3, 3, 4])).shape; // => [1,6,6,2]
 */
export class ConvTranspose2d extends Module {
  /** `[kernelHeight, kernelWidth, inChannels / groups, outChannels]`. */
  readonly weight: Parameter;
  /** `[outChannels]`; undefined without bias. */
  readonly bias: Parameter | undefined;
  /** Stride, padding, outputPadding, dilation and groups, as given. */
  readonly window: TransposedConvolutionOptions;
  readonly #inChannels: number;

  /**
   * @param inChannels - the input's channels
   * @param outChannels - the output's channels
   * @param kernelSize - the window's size, one number or two
   * @param options - stride, padding (what is cut off), outputPadding, dilation, groups, bias
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: PerAxis,
    options: ConvTranspose2dOptions = {},
  ) {
    super();
    const { bias = true, ...window } = options;
    const { groups = 1 } = window;
    const [height, width] = windowOf("ConvTranspose2d", kernelSize, 2) as [number, number];
    const fanIn = (outChannels / groups) * height * width;
    const shape = [height, width, inChannels / groups, outChannels];
    this.weight = new Parameter(fanInUniform(shape, fanIn), "weight");
    this.bias = bias ? new Parameter(fanInUniform([outChannels], fanIn), "bias") : undefined;
    this.window = window;
    this.#inChannels = inChannels;
  }

  /**
   * @param x - `[batch, height, width, inChannels]`
   * @returns `[batch, outHeight, outWidth, outChannels]`
   */
  forward(x: Tensor): Tensor {
    checkChannelsLast("ConvTranspose2d", x, ["height", "width"], this.#inChannels);
    return convTranspose2d(x, this.weight.value, {
      ...this.window,
      ...(this.bias && { bias: this.bias.value }),
    });
  }
}
