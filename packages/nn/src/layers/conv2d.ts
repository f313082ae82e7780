import { conv2d, Parameter, type Padding, type Tensor } from "@tensorloom/tensor";
import { fanInUniform } from "../initializers.ts";
import { Module } from "../module.ts";

/** What {@link Conv2d} takes. */
export interface Conv2dOptions {
  /** Steps of the window, one number or two; 1 by default. */
  readonly stride?: number | readonly [number, number];
  /** What is added around the image; `"valid"` (nothing) by default. */
  readonly padding?: Padding;
  /** Distance between the window's taps; 1 by default. */
  readonly dilation?: number | readonly [number, number];
  /** Groups of channels that do not see each other; 1 by default. */
  readonly groups?: number;
  /** Whether a bias is learnt; true by default. */
  readonly bias?: boolean;
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
export class Conv2d extends Module {
  /** `[kernelHeight, kernelWidth, inChannels / groups, outChannels]`. */
  readonly weight: Parameter;
  /** `[outChannels]`; undefined without bias. */
  readonly bias: Parameter | undefined;
  readonly #options: Conv2dOptions;

  /**
   * @param inChannels - the input's channels
   * @param outChannels - the output's channels
   * @param kernelSize - the window's size, one number or two
   * @param options - stride, padding, dilation, groups, bias
   */
  constructor(
    inChannels: number,
    outChannels: number,
    kernelSize: number | readonly [number, number],
    options: Conv2dOptions = {},
  ) {
    super();
    const [height, width] = typeof kernelSize === "number" ? [kernelSize, kernelSize] : kernelSize;
    const perGroup = inChannels / (options.groups ?? 1);
    const fanIn = perGroup * height * width;
    this.#options = options;
    this.weight = new Parameter(
      fanInUniform([height, width, perGroup, outChannels], fanIn),
      "weight",
    );
    this.bias =
      options.bias === false
        ? undefined
        : new Parameter(fanInUniform([outChannels], fanIn), "bias");
  }

  /**
   * @param x - `[batch, height, width, inChannels]`
   * @returns `[batch, outHeight, outWidth, outChannels]`
   */
  forward(x: Tensor): Tensor {
    const { bias: _, ...window } = this.#options;
    return conv2d(x, this.weight.value, {
      ...window,
      ...(this.bias && { bias: this.bias.value }),
    });
  }
}
