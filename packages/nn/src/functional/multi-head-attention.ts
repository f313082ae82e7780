import { ArgumentError, ShapeError, tidy, type Tensor } from "@tensorloom/tensor";
import { scaledDotProductAttention, type AttentionOptions } from "./attention.ts";
import { linear } from "./linear.ts";

/** The weights of multi-head attention, as PyTorch lays them out. */
export interface AttentionWeights {
  /** `[3 · size, size]`: what makes queries, keys and values, below each other. */
  readonly inProjWeight: Tensor;
  /** `[3 · size]`. */
  readonly inProjBias?: Tensor | undefined;
  /** `[size, size]`: what mixes the heads. */
  readonly outProjWeight: Tensor;
  /** `[size]`. */
  readonly outProjBias?: Tensor | undefined;
}

/**
 * Returns attention by several heads, each on a part of the features: queries, keys and values are projected, attended to
 * head by head, and the heads' results are mixed.
 *
 * @param query - `[batch, queries, size]`
 * @param key - `[batch, keys, size]`
 * @param value - `[batch, keys, size]`
 * @param weights - the projections
 * @param heads - a divisor of `size`
 * @param options - mask (broadcasts to `[batch, heads, queries, keys]`; bool: true where a query may look), isCausal, dropout
 * @returns `[batch, queries, size]`
 * @throws `ShapeError` if shapes do not fit; `ArgumentError` if `heads` does not divide the size
 *
 * Source: Vaswani et al. 2017, "Attention is all you need"; PyTorch's MultiheadAttention.
 *
 * @example
 * const weights = { inProjWeight: ones([12, 4]), outProjWeight: ones([4, 4]) };
 * const x = ones([2, 3, 4]);
 * functional.multiHeadAttention(x, x, x, weights, 2).shape; // => [2,3,4]
 */
export function multiHeadAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  weights: AttentionWeights,
  heads: number,
  options: AttentionOptions = {},
): Tensor {
  const size = weights.outProjWeight.shape[0]!;
  for (const [name, x] of Object.entries({ query, key, value })) {
    if (x.rank === 3 && x.shape[2] === size && x.shape[0] === query.shape[0]) continue;
    throw new ShapeError(
      `multiHeadAttention: ${name}: expected shape [${query.shape[0] ?? "batch"}, length, ${size}], ` +
        `got [${x.shape.join(", ")}]`,
    );
  }
  if (!Number.isInteger(heads) || heads < 1 || size % heads !== 0) {
    throw new ArgumentError(
      `multiHeadAttention: heads: expected a divisor of the size ${size}, got ${heads}`,
    );
  }
  return tidy(() => {
    const apart = projections(query, key, value, weights).map((x) =>
      x.reshape([x.shape[0]!, x.shape[1]!, heads, size / heads]).transpose([0, 2, 1, 3]),
    ) as [Tensor, Tensor, Tensor];
    const attended = scaledDotProductAttention(...apart, options);
    const together = attended.transpose([0, 2, 1, 3]).reshape(query.shape);
    return linear(together, weights.outProjWeight, weights.outProjBias);
  });
}

/** Projects all three: in one product where they are the same. */
function projections(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { inProjWeight, inProjBias }: AttentionWeights,
): Tensor[] {
  if (query === key && key === value) return linear(query, inProjWeight, inProjBias).split(3, -1);
  const weights = inProjWeight.split(3);
  const biases = inProjBias?.split(3);
  return [query, key, value].map((x, i) => linear(x, weights[i]!, biases?.[i]));
}
