import { maxPool2d, type PoolingOptions, type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";

/**
 * Keeps the largest element of each window of images `[batch, height, width, channels]`.
 *
 * @example
 * new MaxPool2d(2).forward(ones([1, 8, 8, 3])).shape; // => [1,4,4,3]
 */
export class MaxPool2d extends Module {
  readonly #window: number | readonly [number, number];
  readonly #options: PoolingOptions;

  /**
   * @param window - its size, one number or two
   * @param options - stride (the window by default), padding, dilation, ceilMode
   */
  constructor(window: number | readonly [number, number], options: PoolingOptions = {}) {
    super();
    this.#window = window;
    this.#options = options;
  }

  /**
   * @param x - `[batch, height, width, channels]`
   * @returns `[batch, outHeight, outWidth, channels]`
   */
  forward(x: Tensor): Tensor {
    return maxPool2d(x, this.#window, this.#options);
  }
}
