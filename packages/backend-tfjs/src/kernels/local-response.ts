import type { LRNAttrs } from "@tensorflow/tfjs-core";
import {
  avgPool1d,
  elementwise,
  expandDims,
  reshape,
  square,
  transpose,
  vjp,
  type Tensor,
} from "@tensorloom/tensor";
import { kernel, type KernelTable } from "./kernel.ts";

const divided = elementwise((x, mean, factor, bias, power) =>
  x.mul(mean.mul(factor).add(bias).pow(power)),
);

/** Local response normalisation: elements over a power of the squares around them, along the channels. */
export const localResponse: KernelTable = {
  LRN: kernel<"x", LRNAttrs>(({ x }, attributes) => normalized(x, attributes)),
  LRNGrad: kernel<"x" | "dy", LRNAttrs>(({ x, dy }, attributes) => {
    const { pullback } = vjp((given: Tensor) => normalized(given, attributes), x);
    return pullback(dy)[0];
  }),
};

function normalized(x: Tensor, { depthRadius, bias, alpha, beta }: LRNAttrs): Tensor {
  const channels = x.shape.at(-1)!;
  const radius = Math.min(depthRadius, channels - 1);
  const width = 2 * radius + 1;
  // Pooling along the channels, with places innermost: these it takes many at a time.
  const squares = transpose(reshape(square(x), [x.size / channels, channels]));
  const options = { stride: 1, padding: radius, countIncludePad: true };
  const means = reshape(avgPool1d(expandDims(squares, 0), width, options), squares.shape);
  return divided(x, reshape(transpose(means), x.shape), alpha * width, bias, -beta);
}
