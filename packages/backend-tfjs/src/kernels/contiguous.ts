import type { Tensor } from "@tensorloom/tensor";
import { expression, isContiguous, mapExpression } from "@tensorloom/tensor/backend";

const identity = expression((x) => x);

/** Returns `x` itself if its elements lie in row-major order without gaps, else such a copy. */
export function contiguous(x: Tensor): Tensor {
  if (isContiguous(x.shape, x.strides)) return x;
  return mapExpression("contiguous", identity, [x], { dtype: x.dtype });
}
