import { gemm, ShapeError, tidy, type Tensor } from "@tensorloom/tensor";

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
  const [outFeatures = 0, inFeatures = 0] = weight.shape;
  if (weight.rank !== 2 || x.rank === 0 || x.shape.at(-1) !== inFeatures) {
    throw new ShapeError(
      "linear: weight: expected [outFeatures, inFeatures] with the features of x " +
        `[${x.shape.join(", ")}], got [${weight.shape.join(", ")}]`,
    );
  }
  if (bias !== undefined && String(bias.shape) !== String([outFeatures])) {
    throw new ShapeError(
      `linear: bias: expected shape [${outFeatures}], got [${bias.shape.join(", ")}]`,
    );
  }
  return tidy(() => {
    const options = { transposeB: true, ...(bias && { bias }) };
    if (x.rank === 2) return gemm(x, weight, options);
    // Leading axes are one long batch: one product instead of many.
    const y = gemm(x.reshape([x.size / Math.max(1, inFeatures), inFeatures]), weight, options);
    return y.reshape([...x.shape.slice(0, -1), y.shape[1]!]);
  });
}
