import { pad, relu, type Tensor } from "@tensorloom/tensor";
import { heNormal } from "../initializers.ts";
import { BatchNorm } from "../layers/batch-norm.ts";
import { Conv2d } from "../layers/convolution.ts";
import { Sequential } from "../layers/sequential.ts";
import { Module } from "../module.ts";

/** How a block's input gets past it where shapes change: zero-padded channels (A), or a projection that is learnt (B). */
export type Shortcut = "A" | "B";

/** Returns a convolution without bias, drawn as residual networks are: He's normal distribution, by fan-out. */
export function plainConvolution(
  inChannels: number,
  outChannels: number,
  kernelSize: number,
  stride = 1,
): Conv2d {
  const padding = (kernelSize - 1) / 2;
  const layer = new Conv2d(inChannels, outChannels, kernelSize, { stride, padding, bias: false });
  layer.weight.assign(heNormal(layer.weight.shape, { fan: "out" }));
  return layer;
}

/** Shortcut A: every `stride`th place, and zeros for the channels that are new: no parameters. */
class PaddedShortcut extends Module {
  readonly #stride: number;
  readonly #added: number;

  constructor(inChannels: number, outChannels: number, stride: number) {
    super();
    this.#stride = stride;
    this.#added = outChannels - inChannels;
  }

  forward(x: Tensor): Tensor {
    const step = this.#stride;
    const before = Math.floor(this.#added / 2);
    const places = x.slice([0, 0, 0, 0], [...x.shape], [1, step, step, 1]);
    return pad(places, [[0, 0], [0, 0], [0, 0], [before, this.#added - before]]); // prettier-ignore
  }
}

/** Returns the way past a block; undefined where the input itself has the right shape. */
function shortcutOf(
  kind: Shortcut,
  inChannels: number,
  outChannels: number,
  stride: number,
): Module | undefined {
  if (stride === 1 && inChannels === outChannels) return undefined;
  if (kind === "A") return new PaddedShortcut(inChannels, outChannels, stride);
  return new Sequential(
    plainConvolution(inChannels, outChannels, 1, stride),
    new BatchNorm(outChannels),
  );
}

/** What a block takes. */
export interface BlockOptions {
  /** Its input's channels. */
  readonly inChannels: number;
  /** The channels inside; its output has `expansion` times as many. */
  readonly width: number;
  /** Steps of the first convolution of 3x3. */
  readonly stride: number;
  /** The way past where shapes change. */
  readonly shortcut: Shortcut;
}

/** Two convolutions of 3x3. The names are torchvision's. */
export class BasicBlock extends Module {
  static readonly expansion: number = 1;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly downsample: Module | undefined;

  constructor({ inChannels, width, stride, shortcut }: BlockOptions) {
    super();
    this.conv1 = plainConvolution(inChannels, width, 3, stride);
    this.bn1 = new BatchNorm(width);
    this.conv2 = plainConvolution(width, width, 3);
    this.bn2 = new BatchNorm(width);
    this.downsample = shortcutOf(shortcut, inChannels, width, stride);
  }

  forward(x: Tensor): Tensor {
    const first = relu(this.bn1.forward(this.conv1.forward(x)));
    const second = this.bn2.forward(this.conv2.forward(first));
    return relu(second.add(this.downsample?.forward(x) ?? x));
  }
}

/** Convolutions of 1x1, 3x3 and 1x1, of which the last widens fourfold. The stride is at the 3x3, as in torchvision. */
export class Bottleneck extends Module {
  static readonly expansion: number = 4;
  readonly conv1: Conv2d;
  readonly bn1: BatchNorm;
  readonly conv2: Conv2d;
  readonly bn2: BatchNorm;
  readonly conv3: Conv2d;
  readonly bn3: BatchNorm;
  readonly downsample: Module | undefined;

  constructor({ inChannels, width, stride, shortcut }: BlockOptions) {
    super();
    const outChannels = width * Bottleneck.expansion;
    this.conv1 = plainConvolution(inChannels, width, 1);
    this.bn1 = new BatchNorm(width);
    this.conv2 = plainConvolution(width, width, 3, stride);
    this.bn2 = new BatchNorm(width);
    this.conv3 = plainConvolution(width, outChannels, 1);
    this.bn3 = new BatchNorm(outChannels);
    this.downsample = shortcutOf(shortcut, inChannels, outChannels, stride);
  }

  forward(x: Tensor): Tensor {
    const first = relu(this.bn1.forward(this.conv1.forward(x)));
    const second = relu(this.bn2.forward(this.conv2.forward(first)));
    const third = this.bn3.forward(this.conv3.forward(second));
    return relu(third.add(this.downsample?.forward(x) ?? x));
  }
}
