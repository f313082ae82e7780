import type { _FusedMatMulAttrs, BatchMatMulAttrs, EinsumAttrs } from "@tensorflow/tfjs-core";
import { broadcastTo, einsum, swapAxes, type Tensor } from "@tensorloom/tensor";
import { allocateTensor, dispatch } from "@tensorloom/tensor/backend";
import { epilogueOf, type Finish } from "./epilogue.ts";
import { kernel, kernelOfMany, type KernelTable, type Surroundings } from "./kernel.ts";

/** Matrix products. */
export const products: KernelTable = {
  BatchMatMul: kernel<"a" | "b", BatchMatMulAttrs>(({ a, b }, attributes, surroundings) =>
    multiply(a, b, attributes, plain, surroundings),
  ),
  _FusedMatMul: kernel<"a" | "b", _FusedMatMulAttrs, "bias" | "preluActivationWeights">(
    ({ a, b, bias, preluActivationWeights }, attributes, surroundings) => {
      const { activation, leakyreluAlpha: alpha } = attributes;
      const finish = { bias, activation, weights: preluActivationWeights, alpha };
      return multiply(a, b, attributes, finish, surroundings);
    },
  ),
  Einsum: kernelOfMany<EinsumAttrs>((tensors, { equation }, { tf }) => {
    const { decodeEinsumEquation, checkEinsumDimSizes } = tf.backend_util;
    const { allDims, idDims } = decodeEinsumEquation(equation, tensors.length);
    checkEinsumDimSizes(allDims.length, idDims, tensors as never);
    return einsum(equation, ...tensors);
  }),
};

const plain: Finish = { activation: "linear" };

/** One product of stacks of matrices, finished in the same kernel. */
function multiply(
  a: Tensor,
  b: Tensor,
  { transposeA, transposeB }: BatchMatMulAttrs,
  finish: Finish,
  { device, tf }: Surroundings,
): Tensor | undefined {
  if (a.dtype === "bool") return undefined;
  const left = transposeA ? swapAxes(a, -1, -2) : a;
  const right = transposeB ? swapAxes(b, -1, -2) : b;
  const [m, k] = left.shape.slice(-2) as [number, number];
  const [inner, n] = right.shape.slice(-2) as [number, number];
  tf.util.assert(
    left.rank > 1 && right.rank > 1 && k === inner,
    () =>
      `matMul: expected matrices whose inner sizes agree, got [${left.shape.join()}] and [${right.shape.join()}]`,
  );
  const [batchOfA, batchOfB] = [left.shape.slice(0, -2), right.shape.slice(0, -2)];
  const batch = tf.broadcast_util.assertAndGetBroadcastShape(batchOfA, batchOfB);
  const output = allocateTensor(device, a.dtype, [...batch, m, n]);
  if (output.size === 0) return output;
  dispatch(device, "gemm", {
    a: broadcastTo(left, [...batch, m, k]),
    b: broadcastTo(right, [...batch, k, n]),
    output,
    epilogue: epilogueOf(output.shape, finish),
  });
  return output;
}
