import {
  ArgumentError,
  DTypeError,
  dropout,
  elementwise,
  Expr,
  matmul,
  ShapeError,
  swapAxes,
  tidy,
  where,
  type Tensor,
} from "@tensorloom/tensor";
import { isFloating } from "@tensorloom/tensor/backend";

/** What {@link scaledDotProductAttention} takes beside the three inputs. */
export interface AttentionOptions {
  /** Bool: where a query may look; or float: added to the scores. Broadcasts to `[..., queries, keys]`. */
  readonly mask?: Tensor;
  /** Whether each query sees only keys up to its own place; false by default. */
  readonly isCausal?: boolean;
  /** Multiplies the scores; `1 / sqrt(size)` by default. */
  readonly scale?: number;
  /** The probability with which a weight is dropped; 0 by default. */
  readonly dropout?: number;
}

/**
 * Returns, for each query, the mean of the values weighted by how well their keys match it:
 * `softmax(query · keyᵀ · scale + mask) · value`.
 *
 * @param query - `[..., queries, size]`
 * @param key - `[..., keys, size]`
 * @param value - `[..., keys, valueSize]`
 * @param options - `mask`, `isCausal`, `scale`, `dropout`
 * @returns `[..., queries, valueSize]`; NaN for a query that may look nowhere, as in PyTorch
 * @throws `ShapeError` if sizes differ; `ArgumentError` for a mask together with `isCausal`; `DTypeError` for one of integers
 *
 * Source: Vaswani et al. 2017, "Attention is all you need".
 *
 * @example
 * const one = ones([1, 2, 4]);
 * functional.scaledDotProductAttention(one, one, tensor([[[1], [3]]])).toString(); // => [[[2], [2]]]
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  options: AttentionOptions = {},
): Tensor {
  const { mask, isCausal = false, dropout: rate = 0 } = options;
  const size = query.shape.at(-1) ?? 0;
  const fits =
    query.rank >= 2 && key.shape.at(-1) === size && key.shape.at(-2) === value.shape.at(-2);
  if (!fits) {
    const shapes = [query, key, value].map(({ shape }) => `[${shape.join(", ")}]`);
    throw new ShapeError(
      "scaledDotProductAttention: expected query [..., queries, size], key [..., keys, size] and value " +
        `[..., keys, valueSize], got ${shapes.join(", ")}`,
    );
  }
  if (isCausal && mask !== undefined) {
    throw new ArgumentError(
      "scaledDotProductAttention: mask: expected none with isCausal, got both; put both into the mask",
    );
  }
  if (mask !== undefined && mask.dtype !== "bool" && !isFloating(mask.dtype)) {
    throw new DTypeError(
      `scaledDotProductAttention: mask: expected bool, or floats to add, got ${mask.dtype}; try astype("bool")`,
    );
  }
  return tidy(() => {
    const scores = matmul(query, swapAxes(key, -1, -2)).mul(options.scale ?? 1 / Math.sqrt(size));
    const weights = masked(scores, mask, isCausal).softmax(-1);
    return matmul(rate === 0 ? weights : dropout(weights, rate), value);
  });
}

/** Scores `[..., queries, keys]` with those of later keys at -Infinity: places are arithmetic on the element's index. */
const hideFuture = elementwise((scores, queries, keys) => {
  const query = Expr.index().floorDivide(keys).remainder(queries);
  const key = Expr.index().remainder(keys);
  return key.lessEqual(query).where(scores, -Infinity);
});

function masked(scores: Tensor, mask: Tensor | undefined, isCausal: boolean): Tensor {
  if (isCausal) return hideFuture(scores, scores.shape.at(-2)!, scores.shape.at(-1)!);
  if (mask === undefined) return scores;
  return mask.dtype === "bool" ? where(mask, scores, -Infinity) : scores.add(mask);
}
