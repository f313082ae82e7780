import {
  avgPool1d,
  avgPool2d,
  avgPool3d,
  globalAvgPool,
  globalMaxPool,
  maxPool1d,
  maxPool2d,
  maxPool3d,
  type AveragePoolingOptions,
  type PerAxis,
  type PoolingOptions,
  type Tensor,
} from "@tensorloom/tensor";
import { Module } from "../module.ts";

/** What all pooling layers share: a function of a window, and its options. */
abstract class Pooling<Options> extends Module {
  /** The window's size, as given. */
  readonly window: PerAxis;
  /** Stride, padding and their kin, as given. */
  readonly options: Options;
  readonly #pool: (x: Tensor) => Tensor;

  constructor(
    pool: (x: Tensor, window: PerAxis, options: Options) => Tensor,
    window: PerAxis,
    options: Options,
  ) {
    super();
    this.window = window;
    this.options = options;
    this.#pool = (x) => pool(x, window, options);
  }

  forward(x: Tensor): Tensor {
    return this.#pool(x);
  }
}

/**
 * Keeps the largest element of each window of signals `[batch, length, channels]`.
 *
 * @example
 * new MaxPool1d(2).forward(ones([1, 4, 3])).shape; // => [1,2,3]
 */
export class MaxPool1d extends Pooling<PoolingOptions> {
  /**
   * @param window - its size
   * @param options - stride (the window by default), padding, dilation, ceilMode
   */
  constructor(window: PerAxis, options: PoolingOptions = {}) {
    super(maxPool1d, window, options);
  }
}

/**
 * Keeps the largest element of each window of images `[batch, height, width, channels]`.
 *
 * @example
 * new MaxPool2d(2).forward(ones([1, 4, 4, 3])).shape; // => [1,2,2,3]
 */
export class MaxPool2d extends Pooling<PoolingOptions> {
  /**
   * @param window - its size, one number or two
   * @param options - stride (the window by default), padding, dilation, ceilMode
   */
  constructor(window: PerAxis, options: PoolingOptions = {}) {
    super(maxPool2d, window, options);
  }
}

/**
 * Keeps the largest element of each window of volumes `[batch, depth, height, width, channels]`.
 *
 * @example
 * new MaxPool3d(2).forward(ones([1, 4, 4, 4, 3])).shape; // => [1,2,2,2,3]
 */
export class MaxPool3d extends Pooling<PoolingOptions> {
  /**
   * @param window - its size, one number or three
   * @param options - stride (the window by default), padding, dilation, ceilMode
   */
  constructor(window: PerAxis, options: PoolingOptions = {}) {
    super(maxPool3d, window, options);
  }
}

/**
 * Takes the mean of each window of signals `[batch, length, channels]`.
 *
 * @example
 * new AvgPool1d(2).forward(ones([1, 4, 3])).shape; // => [1,2,3]
 */
export class AvgPool1d extends Pooling<AveragePoolingOptions> {
  /**
   * @param window - its size
   * @param options - stride (the window by default), padding, dilation, ceilMode, countIncludePad
   */
  constructor(window: PerAxis, options: AveragePoolingOptions = {}) {
    super(avgPool1d, window, options);
  }
}

/**
 * Takes the mean of each window of images `[batch, height, width, channels]`.
 *
 * @example
 * new AvgPool2d(2).forward(ones([1, 4, 4, 3])).shape; // => [1,2,2,3]
 */
export class AvgPool2d extends Pooling<AveragePoolingOptions> {
  /**
   * @param window - its size, one number or two
   * @param options - stride (the window by default), padding, dilation, ceilMode, countIncludePad
   */
  constructor(window: PerAxis, options: AveragePoolingOptions = {}) {
    super(avgPool2d, window, options);
  }
}

/**
 * Takes the mean of each window of volumes `[batch, depth, height, width, channels]`.
 *
 * @example
 * new AvgPool3d(2).forward(ones([1, 4, 4, 4, 3])).shape; // => [1,2,2,2,3]
 */
export class AvgPool3d extends Pooling<AveragePoolingOptions> {
  /**
   * @param window - its size, one number or three
   * @param options - stride (the window by default), padding, dilation, ceilMode, countIncludePad
   */
  constructor(window: PerAxis, options: AveragePoolingOptions = {}) {
    super(avgPool3d, window, options);
  }
}

/**
 * Takes the mean over all places, whatever their number.
 *
 * @example
 * new GlobalAvgPool().forward(ones([2, 4, 4, 3])).shape; // => [2,3]
 */
export class GlobalAvgPool extends Module {
  /**
   * @param x - `[batch, ...space, channels]`
   * @returns `[batch, channels]`
   */
  forward(x: Tensor): Tensor {
    return globalAvgPool(x);
  }
}

/**
 * Keeps the largest element over all places, whatever their number.
 *
 * @example
 * new GlobalMaxPool().forward(ones([2, 4, 4, 3])).shape; // => [2,3]
 */
export class GlobalMaxPool extends Module {
  /**
   * @param x - `[batch, ...space, channels]`
   * @returns `[batch, channels]`
   */
  forward(x: Tensor): Tensor {
    return globalMaxPool(x);
  }
}
