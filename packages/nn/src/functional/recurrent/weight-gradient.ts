import { gemm, type Tensor } from "@tensorloom/tensor";

/**
 * Returns the gradient to a recurrent weight: of all steps but the first in one product.
 *
 * @param toGates - `[rows, steps · batch]`: the gradient to the gates
 * @param first - `[units, batch]`: the output before the first step
 * @param outputs - `[units, steps or more, batch]`
 * @returns `[rows, units]`
 */
export function weightGradient(toGates: Tensor, first: Tensor, outputs: Tensor): Tensor {
  const [rows, count] = toGates.shape as readonly [number, number];
  const [units, batch] = first.shape as readonly [number, number];
  const atFirst = gemm(toGates.slice([0, 0], [rows, batch]), first, { transposeB: true });
  if (count === batch) return atFirst;
  const before = outputs.slice([0, 0], [units, count / batch - 1]).reshape([units, count - batch]);
  return gemm(toGates.slice([0, batch]), before, { transposeB: true, c: atFirst });
}
