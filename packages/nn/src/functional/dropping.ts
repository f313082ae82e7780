import { dropout, ones, tidy, withBackend, type Tensor } from "@tensorloom/tensor";

/**
 * Returns `x` with whole channels of samples zeroed with probability `rate`, and the others divided by `1 - rate`: for
 * features whose neighbours say the same.
 *
 * @param x - `[batch, ...space, channels]`
 * @param rate - the probability, in [0, 1)
 * @param options - `seed`: the global generator by default
 * @throws `ArgumentError` for a rate outside [0, 1)
 *
 * Source: Tompson et al. 2015, "Efficient object localization using convolutional networks".
 *
 * @example
 * functional.spatialDropout(ones([2, 3, 3, 4]), 0).sum().item(); // => 72
 */
export function spatialDropout(
  x: Tensor,
  rate: number,
  options: { readonly seed?: number } = {},
): Tensor {
  return tidy(() => {
    const shape = x.shape.map((size, axis) => (axis === 0 || axis === x.rank - 1 ? size : 1));
    const kept = withBackend(x.backend, () => dropout(ones(shape, x.dtype), rate, options));
    return x.mul(kept);
  });
}
