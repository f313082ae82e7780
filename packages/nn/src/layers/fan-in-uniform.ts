import { random, type Shape, type Tensor } from "@tensorloom/tensor";

/**
 * Draws evenly from ±1/sqrt(fanIn): the default of PyTorch's layers.
 *
 * @param shape - the parameter's shape
 * @param fanIn - how many inputs each output sums
 */
export function fanInUniform(shape: Shape, fanIn: number): Tensor {
  const bound = fanIn > 0 ? 1 / Math.sqrt(fanIn) : 0;
  return random.uniform(shape, { low: -bound, high: bound });
}
