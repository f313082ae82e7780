import { ArgumentError, dropout, type Tensor } from "@tensorloom/tensor";
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
  readonly #rate: number;

  /**
   * @param rate - the probability, in [0, 1)
   * @throws `ArgumentError` for a rate outside [0, 1)
   */
  constructor(rate: number) {
    super();
    if (!(rate >= 0 && rate < 1)) {
      throw new ArgumentError(`Dropout: rate: expected a number in [0, 1), got ${rate}`);
    }
    this.#rate = rate;
  }

  /**
   * Returns `x` with elements zeroed in training; `x` itself in evaluation.
   *
   * @param x - any shape
   */
  forward(x: Tensor): Tensor {
    return this.isTraining ? dropout(x, this.#rate) : x;
  }
}
