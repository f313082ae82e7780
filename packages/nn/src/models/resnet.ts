import { ArgumentError, globalAvgPool, maxPool2d, relu, type Tensor } from "@tensorloom/tensor";
import { BatchNorm } from "../layers/batch-norm.ts";
import type { Conv2d } from "../layers/convolution.ts";
import { Linear } from "../layers/linear.ts";
import { Sequential } from "../layers/sequential.ts";
import { Module } from "../module.ts";
import { BasicBlock, Bottleneck, plainConvolution, type Shortcut } from "./resnet-blocks.ts";

/** What {@link resnet} takes. */
export interface ResnetOptions {
  /** ImageNet's networks: 18, 34, 50; CIFAR's: 20, 32, 56. */
  readonly depth: 18 | 34 | 50 | 20 | 32 | 56;
  /**
   * The way past a block where shapes change: `"A"`, every second place and zero-padded channels, by default for CIFAR's
   * networks; `"B"`, a projection that is learnt, for ImageNet's.
   */
  readonly shortcut?: Shortcut;
  /** 1000 by default for ImageNet's networks, 10 for CIFAR's. */
  readonly classes?: number;
  /** The input's channels; 3 by default. */
  readonly inChannels?: number;
  /** The channels of the first stage: 64 by default for ImageNet's networks, 16 for CIFAR's. */
  readonly width?: number;
}

/** Blocks a stage, and whether they are bottlenecks. */
const imageNet: Readonly<Record<number, { blocks: readonly number[]; isDeep: boolean }>> = {
  18: { blocks: [2, 2, 2, 2], isDeep: false },
  34: { blocks: [3, 4, 6, 3], isDeep: false },
  50: { blocks: [3, 4, 6, 3], isDeep: true },
};
const cifar: ReadonlySet<number> = new Set([20, 32, 56]);

/** A residual network; see {@link resnet}. The names of its layers are torchvision's. */
export class ResNet extends Module {
  /** Of 7x7 and stride 2 in ImageNet's networks, of 3x3 in CIFAR's. */
  readonly conv1: Conv2d;
  /** After the first convolution. */
  readonly bn1: BatchNorm;
  /** The blocks of the first stage. */
  readonly layer1: Sequential;
  /** The blocks of the second stage. */
  readonly layer2: Sequential;
  /** The blocks of the third stage. */
  readonly layer3: Sequential;
  /** ImageNet's networks alone. */
  readonly layer4: Sequential | undefined;
  /** The classifier. */
  readonly fc: Linear;

  /** @param options - as {@link resnet}'s */
  constructor(options: ResnetOptions) {
    super();
    const { depth, inChannels = 3 } = options;
    const large = Object.hasOwn(imageNet, depth) ? imageNet[depth]! : undefined;
    if (large === undefined && !cifar.has(depth)) {
      throw new ArgumentError(`resnet: depth: expected 18, 34, 50, 20, 32 or 56, got ${depth}`);
    }
    const isLarge = large !== undefined;
    const { width = isLarge ? 64 : 16, shortcut = isLarge ? "B" : "A" } = options;
    const perStage = large?.blocks ?? [0, 0, 0].map(() => (depth - 2) / 6);
    const Block = large?.isDeep === true ? Bottleneck : BasicBlock;
    let channels = width;
    const stages = perStage.map((count, stage) => {
      const blocks = Array.from({ length: count }, (_, i) => {
        const stride = stage > 0 && i === 0 ? 2 : 1;
        const block = new Block({
          inChannels: channels,
          width: width * 2 ** stage,
          stride,
          shortcut,
        });
        channels = width * 2 ** stage * Block.expansion;
        return block;
      });
      return new Sequential(blocks);
    });
    this.conv1 = isLarge
      ? plainConvolution(inChannels, width, 7, 2)
      : plainConvolution(inChannels, width, 3);
    this.bn1 = new BatchNorm(width);
    [this.layer1, this.layer2, this.layer3, this.layer4] = stages as [
      Sequential,
      Sequential,
      Sequential,
      Sequential?,
    ];
    this.fc = new Linear(channels, options.classes ?? (isLarge ? 1000 : 10));
  }

  /**
   * @param x - `[batch, height, width, channels]`
   * @returns `[batch, classes]`: logits
   */
  forward(x: Tensor): Tensor {
    const first = relu(this.bn1.forward(this.conv1.forward(x)));
    const start =
      this.layer4 === undefined ? first : maxPool2d(first, 3, { stride: 2, padding: 1 });
    const stages = [this.layer1, this.layer2, this.layer3, this.layer4];
    const features = stages.reduce((y, stage) => stage?.forward(y) ?? y, start);
    return this.fc.forward(globalAvgPool(features));
  }
}

/**
 * Returns a residual network, of ImageNet's family (18, 34, 50: four stages behind a stem of 7x7 and pooling) or CIFAR's (20,
 * 32, 56: three stages for small images).
 *
 * @param options - depth, shortcut, classes, inChannels, width
 * @throws `ArgumentError` for another depth
 *
 * Source: He et al. 2016, "Deep residual learning for image recognition"; torchvision for ImageNet's, whose published weights
 * load through {@link fromPyTorch}.
 *
 * @example
 * const model = resnet({ depth: 20, inChannels: 1 });
 * model.forward(ones([2, 8, 8, 1])).shape; // => [2,10]
 */
export function resnet(options: ResnetOptions): ResNet {
  return new ResNet(options);
}
