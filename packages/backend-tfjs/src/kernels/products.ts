import type { _FusedMatMulAttrs, BatchMatMulAttrs, EinsumAttrs } from "@tensorflow/tfjs-core";
import { broadcastTo, einsum, swapAxes, type Tensor } from "@tensorloom/tensor";
import { allocateTensor, dispatch } from "@tensorloom/tensor/backend";
import { epilogueOf, type FusedAttributes } from "./epilogue.ts";
import { kernel, kernelOfMany, type KernelTable, type Surroundings } from "./kernel.ts";

/** Matrix products. */
export const products: KernelTable = {
  BatchMatMul: kernel<"a" | "b", BatchMatMulAttrs>(({ a, b }, attributes, surroundings) =>
    multiply(a, b, attributes, surroundings),
  ),
  _FusedMatMul: kernel<"a" | "b", _FusedMatMulAttrs, "bias" | "preluActivationWeights">(
    ({ a, b, bias, preluActivationWeights }, attributes, surroundings) => {
      const options = { ...attributes, bias, weights: preluActivationWeights };
      return multiply(a, b, options, surroundings);
    },
  ),
  Einsum: kernelOfMany<EinsumAttrs>((tensors, { equation }, { tf }) => {
    const { decodeEinsumEquation, checkEinsumDimSizes } = tf.backend_util;
    const { allDims, idDims } = decodeEinsumEquation(equation, tensors.length);
    checkEinsumDimSizes(allDims.length, idDims, tensors as never);
    return einsum(equation, ...tensors);
  }),
};

interface ProductOptions extends FusedAttributes {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  readonly bias?: Tensor | null | undefined;
  readonly weights?: Tensor | null | undefined;
}

/** One product of stacks of matrices, finished in the same kernel. */
function multiply(
  a: Tensor,
  b: Tensor,
  options: ProductOptions,
  { device, tf }: Surroundings,
): Tensor | undefined {
  if (a.dtype === "bool") return undefined;
  const left = options.transposeA ? swapAxes(a, -1, -2) : a;
  const right = options.transposeB ? swapAxes(b, -1, -2) : b;
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
    epilogue: epilogueOf(output.shape, options.bias, options.weights, options),
  });
  return output;
}
