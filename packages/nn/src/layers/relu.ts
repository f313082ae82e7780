import { relu, type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";

/**
 * `max(x, 0)` as a layer.
 *
 * @example
 * new ReLU().forward(tensor([-1, 2])).toString(); // => [0, 2]
 */
export class ReLU extends Module {
  /**
   * Returns `max(x, 0)`.
   *
   * @param x - any shape
   */
  forward(x: Tensor): Tensor {
    return relu(x);
  }
}
