import type { FusedBatchNormAttrs, SoftmaxAttrs } from "@tensorflow/tfjs-core";
import { softmax } from "@tensorloom/tensor";
import { Expr, Expression, mapExpression } from "@tensorloom/tensor/backend";
import { kernel, type KernelTable } from "./kernel.ts";

const [x, mean, variance] = [Expr.input(0), Expr.input(1), Expr.input(2)];
const centred = x.sub(mean).div(variance.add(Expr.parameter(0, true)).sqrt());
const plain = new Expression([centred], 3, 1);
const shifted = new Expression([centred.add(Expr.input(3))], 4, 1);
const scaled = new Expression([centred.mul(Expr.input(3))], 4, 1);
const scaledAndShifted = new Expression([centred.mul(Expr.input(3)).add(Expr.input(4))], 5, 1);

/** Kernels that bring elements to a common scale. */
export const normalization: KernelTable = {
  FusedBatchNorm: kernel<"x" | "mean" | "variance", FusedBatchNormAttrs, "scale" | "offset">(
    ({ x: input, mean: m, variance: v, scale, offset }, { varianceEpsilon }) => {
      const addends = [scale, offset].filter((one) => one != null);
      const f = [
        [plain, shifted],
        [scaled, scaledAndShifted],
      ][scale == null ? 0 : 1]![offset == null ? 0 : 1]!;
      return mapExpression("FusedBatchNorm", f, [input, m, v, ...addends], {
        parameters: [varianceEpsilon],
        dtype: input.dtype,
        shape: input.shape,
      });
    },
  ),
  Softmax: kernel<"logits", SoftmaxAttrs>(({ logits }, { dim }) =>
    softmax(logits, dim === -1 ? logits.rank - 1 : dim),
  ),
};
