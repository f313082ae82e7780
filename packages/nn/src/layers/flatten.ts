import { type Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";

/**
 * Makes one axis of all but the first.
 *
 * @example
 * new Flatten().forward(ones([2, 3, 4])).shape; // => [2,12]
 */
export class Flatten extends Module {
  /**
   * @param x - `[batch, ...]`
   * @returns `[batch, size of the rest]`
   */
  forward(x: Tensor): Tensor {
    return x.reshape([x.shape[0] ?? 1, -1]);
  }
}
