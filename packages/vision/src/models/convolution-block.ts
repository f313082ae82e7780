import { BatchNorm, Conv2d, Module } from "@tensorloom/nn";
import { leakyRelu, type Tensor } from "@tensorloom/tensor";

/** What {@link ConvolutionBlock} takes. */
export interface ConvolutionBlockOptions {
  /** The window's size; 3 by default. */
  readonly kernelSize?: number;
  /** Whether the convolution stands alone, with a bias, without normalisation and activation: a detector's last layer. */
  readonly isLinear?: boolean;
}

/**
 * Darknet's building block: a convolution of stride 1 that keeps the size, batch normalisation, and a leaky ReLU of slope
 * 0.1.
 *
 * @example
 * new ConvolutionBlock(3, 8).forward(ones([1, 4, 4, 3])).shape; // => [1,4,4,8]
 */
export class ConvolutionBlock extends Module {
  /** The convolution; it has a bias if it stands alone. */
  readonly convolution: Conv2d;
  /** The normalisation; undefined if the convolution stands alone. */
  readonly norm: BatchNorm | undefined;

  /**
   * @param inChannels - the input's channels
   * @param outChannels - the output's channels
   * @param options - the window's size, and whether the convolution stands alone
   */
  constructor(inChannels: number, outChannels: number, options: ConvolutionBlockOptions = {}) {
    super();
    const { kernelSize = 3, isLinear = false } = options;
    this.convolution = new Conv2d(inChannels, outChannels, kernelSize, {
      padding: "same",
      bias: isLinear,
    });
    this.norm = isLinear ? undefined : new BatchNorm(outChannels);
  }

  /**
   * @param x - `[batch, height, width, inChannels]`
   * @returns `[batch, height, width, outChannels]`
   */
  forward(x: Tensor): Tensor {
    const y = this.convolution.forward(x);
    return this.norm === undefined ? y : leakyRelu(this.norm.forward(y), { negativeSlope: 0.1 });
  }
}
