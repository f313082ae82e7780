import { elementwise, minimum, norm, ShapeError, tidy, type Tensor } from "@tensorloom/tensor";
import { checkSameShape, finishLosses, type LossOptions } from "./reduction.ts";

// The 1e-12 is PyTorch's, against a division by zero.
const cosineOf = elementwise((dot, a, b) => dot.div(a.add(1e-12).mul(b.add(1e-12)).sqrt()));
const ofCosine = elementwise((cosine, y, margin) =>
  y.greater(0).where(cosine.neg().add(1), cosine.sub(margin).relu()),
);
const byMargin = elementwise((near, far, margin) => near.sub(far).add(margin).relu());

/**
 * Returns a loss that draws pairs of vectors together (target 1) or pushes them apart (target -1), by the cosine of their
 * angle: `1 - cos`, or `max(0, cos - margin)`.
 *
 * @param a - `[..., size]`
 * @param b - `[..., size]`
 * @param targets - `[...]`: 1 or -1
 * @param options - `margin`: 0 by default; reduction, weights
 * @throws `ShapeError` if shapes do not fit
 *
 * Source: PyTorch's cosine_embedding_loss.
 *
 * @example
 * cosineEmbeddingLoss(tensor([[1, 0]]), tensor([[0, 2]]), tensor([1])).item(); // => 1
 */
export function cosineEmbeddingLoss(
  a: Tensor,
  b: Tensor,
  targets: Tensor,
  options: LossOptions & { readonly margin?: number } = {},
): Tensor {
  checkSameShape("cosineEmbeddingLoss", "b", b, a);
  if (String(targets.shape) !== String(a.shape.slice(0, -1))) {
    throw new ShapeError(
      `cosineEmbeddingLoss: targets: expected shape [${a.shape.slice(0, -1).join(", ")}], one a pair, ` +
        `got [${targets.shape.join(", ")}]`,
    );
  }
  return tidy(() => {
    const cosine = cosineOf(a.mul(b).sum(-1), a.square().sum(-1), b.square().sum(-1));
    const losses = ofCosine(cosine, targets, options.margin ?? 0);
    return finishLosses("cosineEmbeddingLoss", losses, options);
  });
}

/** What {@link tripletLoss} takes. */
export interface TripletOptions extends LossOptions {
  /** By how much the negative must be farther than the positive: 1 by default. */
  readonly margin?: number;
  /** The order of the distance: 2 by default. */
  readonly p?: number;
  /** Whether the distance of positive and negative counts where it is less (Balntas et al. 2016); false by default. */
  readonly swap?: boolean;
}

/**
 * Returns a loss that wants each anchor nearer to its positive than to its negative, by a margin:
 * `max(0, |anchor - positive| - |anchor - negative| + margin)`.
 *
 * @param anchor - `[..., size]`
 * @param positive - the same shape: what should be near
 * @param negative - the same shape: what should be far
 * @param options - margin, p, swap, reduction, weights
 * @throws `ShapeError` if shapes differ
 *
 * Source: Schroff, Kalenichenko and Philbin 2015, "FaceNet"; PyTorch's triplet_margin_loss.
 *
 * @example
 * tripletLoss(tensor([[0, 0]]), tensor([[1, 0]]), tensor([[0, 1.5]])).item().toFixed(3); // => 0.500
 */
export function tripletLoss(
  anchor: Tensor,
  positive: Tensor,
  negative: Tensor,
  options: TripletOptions = {},
): Tensor {
  checkSameShape("tripletLoss", "positive", positive, anchor);
  checkSameShape("tripletLoss", "negative", negative, anchor);
  const { margin = 1, p = 2, swap = false } = options;
  return tidy(() => {
    // PyTorch adds 1e-6 to each difference, so that the norm has a slope everywhere.
    const between = (x: Tensor, y: Tensor): Tensor => norm(x.sub(y).add(1e-6), -1, { ord: p });
    const far = between(anchor, negative);
    const farther = swap ? minimum(far, between(positive, negative)) : far;
    return finishLosses("tripletLoss", byMargin(between(anchor, positive), farther, margin), options); // prettier-ignore
  });
}
