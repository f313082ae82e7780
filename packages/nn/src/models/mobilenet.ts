import { ArgumentError, relu, type Tensor } from "@tensorloom/tensor";
import { heNormal } from "../initializers.ts";
import { Activation } from "../layers/activation.ts";
import { BatchNorm } from "../layers/batch-norm.ts";
import type { Conv2d } from "../layers/convolution.ts";
import { DepthwiseConv2d } from "../layers/depthwise-convolution.ts";
import { Dropout } from "../layers/dropout.ts";
import { Linear } from "../layers/linear.ts";
import { GlobalAvgPool } from "../layers/pooling.ts";
import { Sequential } from "../layers/sequential.ts";
import { Module } from "../module.ts";
import { plainConvolution } from "./resnet-blocks.ts";

/** What {@link mobileNetV1} takes. */
export interface MobileNetOptions {
  /** The width multiplier: all layers have so many times the channels. 1 by default; the paper has 0.75, 0.5 and 0.25 too. */
  readonly alpha?: number;
  /** `[height, width, channels]`; `[224, 224, 3]` by default. */
  readonly inputShape?: readonly [number, number, number];
  /** 1000 by default. */
  readonly classes?: number;
  /** The probability with which features are dropped before the classifier in training; 0 by default. */
  readonly dropout?: number;
}

/** A depthwise convolution and one of 1x1, each with batch normalisation and ReLU. */
class DepthwiseSeparable extends Module {
  readonly depthwise: DepthwiseConv2d;
  readonly bn1: BatchNorm;
  readonly pointwise: Conv2d;
  readonly bn2: BatchNorm;

  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    this.depthwise = new DepthwiseConv2d(inChannels, 3, { stride, padding: 1, bias: false });
    const { weight } = this.depthwise;
    weight.assign(heNormal([3, 3, 1, inChannels]));
    this.bn1 = new BatchNorm(inChannels);
    this.pointwise = plainConvolution(inChannels, outChannels, 1);
    this.bn2 = new BatchNorm(outChannels);
  }

  forward(x: Tensor): Tensor {
    const apart = relu(this.bn1.forward(this.depthwise.forward(x)));
    return relu(this.bn2.forward(this.pointwise.forward(apart)));
  }
}

/** Output channels at width 1, and stride, of the thirteen separable blocks. */
const blocks: readonly (readonly [channels: number, stride: number])[] = [
  ...([[64, 1], [128, 2], [128, 1], [256, 2], [256, 1], [512, 2]] as const), // prettier-ignore
  ...([[512, 1], [512, 1], [512, 1], [512, 1], [512, 1], [1024, 2], [1024, 1]] as const), // prettier-ignore
];

/**
 * Returns MobileNet v1: depthwise separable convolutions, with eight to nine times fewer multiply-adds than full ones, and a
 * width multiplier that trades accuracy for size.
 *
 * @param options - alpha, inputShape, classes, dropout
 * @throws `ArgumentError` for a width multiplier that is not positive
 *
 * Source: Howard et al. 2017, "MobileNets: efficient convolutional neural networks for mobile vision applications", table 1.
 *
 * @example
 * const model = mobileNetV1({ alpha: 0.25, inputShape: [32, 32, 1], classes: 10 });
 * model.forward(ones([2, 32, 32, 1])).shape; // => [2,10]
 */
export function mobileNetV1(options: MobileNetOptions = {}): Sequential {
  const { alpha = 1, inputShape = [224, 224, 3], classes = 1000, dropout = 0 } = options;
  if (!(alpha > 0)) {
    throw new ArgumentError(`mobileNetV1: alpha: expected a positive number, got ${alpha}`);
  }
  const wide = (channels: number): number => Math.max(1, Math.trunc(channels * alpha));
  let channels = wide(32);
  const separable = blocks.map(([out, stride]) => {
    const block = new DepthwiseSeparable(channels, wide(out), stride);
    channels = wide(out);
    return block;
  });
  return new Sequential(
    plainConvolution(inputShape[2], wide(32), 3, 2),
    new BatchNorm(wide(32)),
    new Activation("relu"),
    ...separable,
    new GlobalAvgPool(),
    ...(dropout > 0 ? [new Dropout(dropout)] : []),
    new Linear(channels, classes),
  );
}
