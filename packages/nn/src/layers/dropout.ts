import { ArgumentError, dropout, type Parameter, type Tensor } from "@tensorloom/tensor";
import { spatialDropout } from "../functional/dropping.ts";
import { Module } from "../module.ts";

/**
 * In training, zeroes each element with probability `rate` and divides the others by `1 - rate`; in evaluation, nothing.
 *
 * Source: Srivastava et al. 2014, "Dropout".
 *
 * @example
 * new Dropout(0.5).eval().forward(tensor([1, 2])).toString(); // => [1, 2]
 */
export class Dropout extends Module {
  /** The probability with which something is dropped. */
  readonly rate: number;

  /**
   * @param rate - the probability, in [0, 1)
   * @throws `ArgumentError` for a rate outside [0, 1)
   */
  constructor(rate: number) {
    super();
    this.rate = checkedRate("Dropout", rate);
  }

  /**
   * Returns `x` with elements zeroed in training; `x` itself in evaluation.
   *
   * @param x - any shape
   */
  forward(x: Tensor): Tensor {
    return this.isTraining ? dropout(x, this.rate) : x;
  }
}

/**
 * In training, zeroes whole channels of samples with probability `rate` and divides the others by `1 - rate`.
 *
 * Source: Tompson et al. 2015, "Efficient object localization using convolutional networks".
 *
 * @example
 * new SpatialDropout(0.5).eval().forward(ones([1, 2, 2, 1])).sum().item(); // => 4
 */
export class SpatialDropout extends Module {
  /** The probability with which something is dropped. */
  readonly rate: number;

  /**
   * @param rate - the probability, in [0, 1)
   * @throws `ArgumentError` for a rate outside [0, 1)
   */
  constructor(rate: number) {
    super();
    this.rate = checkedRate("SpatialDropout", rate);
  }

  /**
   * Returns `x` with channels zeroed in training; `x` itself in evaluation.
   *
   * @param x - `[batch, ...space, channels]`
   */
  forward(x: Tensor): Tensor {
    return this.isTraining ? spatialDropout(x, this.rate) : x;
  }
}

/**
 * In training, zeroes each weight of a layer with probability `rate` and divides the others by `1 - rate`, anew for each
 * batch; biases stay. In evaluation it is the layer.
 *
 * Source: Wan et al. 2013, "Regularization of neural networks using DropConnect".
 *
 * @example
 * const layer = new DropConnect(new Linear(4, 2), 0.5);
 * layer.namedParameters().map(([name]) => name); // => ["layer.weight","layer.bias"]
 * layer.forward(ones([3, 4])).shape; // => [3,2]
 */
export class DropConnect extends Module {
  /** The layer whose weights are dropped. */
  readonly layer: Module;
  /** The probability with which something is dropped. */
  readonly rate: number;

  /**
   * @param layer - any module; its parameters of two or more axes are its weights
   * @param rate - the probability, in [0, 1)
   * @throws `ArgumentError` for a rate outside [0, 1)
   */
  constructor(layer: Module, rate: number) {
    super();
    this.layer = layer;
    this.rate = checkedRate("DropConnect", rate);
  }

  /**
   * Returns the layer's output, in training with weights dropped.
   *
   * @param x - what the layer takes
   */
  forward(x: Tensor): Tensor {
    if (!this.isTraining) return this.layer.forward(x);
    const weights = this.layer.parameters().filter(({ shape }) => shape.length >= 2);
    return withDropped(weights, this.rate, () => this.layer.forward(x));
  }
}

function withDropped(weights: readonly Parameter[], rate: number, run: () => Tensor): Tensor {
  const [first, ...others] = weights;
  if (first === undefined) return run();
  return first.substitute(dropout(first.value, rate), () => withDropped(others, rate, run));
}

function checkedRate(layer: string, rate: number): number {
  if (rate >= 0 && rate < 1) return rate;
  throw new ArgumentError(`${layer}: rate: expected a number in [0, 1), got ${rate}`);
}
