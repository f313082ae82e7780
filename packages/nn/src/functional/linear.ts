import { gemm, tidy, type Tensor } from "@tensorloom/tensor";

/**
 * Returns `x · weightᵀ + bias`: what a fully connected layer computes.
 *
 * @param x - `[..., inFeatures]`
 * @param weight - `[outFeatures, inFeatures]`
 * @param bias - `[outFeatures]`
 * @returns `[..., outFeatures]`
 * @throws `ShapeError` if shapes do not fit
 *
 * @example
 * functional.linear(tensor([[1, 2]]), tensor([[3, 4]]), tensor([5])).toString(); // => [[16]]
 */
export function linear(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  return tidy(() => {
    const options = { transposeB: true, ...(bias && { bias }) };
    if (x.rank === 2) return gemm(x, weight, options);
    // Leading axes are one long batch: one product instead of many.
    const inFeatures = x.shape.at(-1) ?? 0;
    const y = gemm(x.reshape([x.size / Math.max(1, inFeatures), inFeatures]), weight, options);
    return y.reshape([...x.shape.slice(0, -1), y.shape[1]!]);
  });
}
