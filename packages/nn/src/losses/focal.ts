import { elementwise, logSoftmax, tidy, type Tensor } from "@tensorloom/tensor";
import { minusLogSigmoid } from "./log-sigmoid.ts";
import {
  checkClassNumbers,
  checkSameShape,
  finishLosses,
  ofClasses,
  type LossOptions,
} from "./reduction.ts";

/** What {@link focalLoss} takes. */
export interface FocalOptions extends LossOptions {
  /** How strongly what is predicted well is discounted: 2 by default; 0 is cross-entropy. */
  readonly gamma?: number;
  /** The share of positive targets in the balance with negative ones: 0.25 by default. Yes-or-no targets only. */
  readonly alpha?: number;
}

const ofLogits = elementwise((x, y, gamma, alpha) => {
  const entropy = minusLogSigmoid(x).add(x.mul(y.neg().add(1)));
  const p = x.sigmoid();
  const missed = p.add(y).sub(p.mul(y).mul(2));
  const balance = alpha.mul(y).add(alpha.neg().add(1).mul(y.neg().add(1)));
  // A power of exactly 0 would have an infinite slope for gamma below 1.
  return missed.maximum(1e-12).pow(gamma).mul(entropy).mul(balance);
});

const discounted = elementwise((logProbability, gamma) =>
  logProbability.exp().neg().add(1).maximum(1e-12).pow(gamma).mul(logProbability).neg(),
);

/**
 * Returns cross-entropy that is discounted where the prediction is good already, so that the many easy samples do not drown
 * the few hard ones.
 *
 * @param logits - any shape for yes-or-no targets; `[..., classes]` for class numbers
 * @param targets - 0 and 1, of the same shape; or class numbers `[...]`
 * @param options - gamma, alpha, reduction, weights
 * @throws `ShapeError` if shapes do not fit
 *
 * Source: Lin et al. 2017, "Focal loss for dense object detection"; torchvision's sigmoid_focal_loss.
 *
 * @example
 * focalLoss(tensor([0]), tensor([1])).item().toFixed(4); // => 0.0433
 */
export function focalLoss(logits: Tensor, targets: Tensor, options: FocalOptions = {}): Tensor {
  const { gamma = 2, alpha = 0.25 } = options;
  return tidy(() => {
    if (targets.rank === logits.rank) {
      checkSameShape("focalLoss", "targets", targets, logits);
      const losses = ofLogits(logits, targets.astype(logits.dtype), gamma, alpha);
      return finishLosses("focalLoss", losses, options);
    }
    checkClassNumbers("focalLoss", logits, targets);
    const picked = ofClasses("focalLoss", logSoftmax(logits), targets);
    return finishLosses("focalLoss", discounted(picked, gamma), options);
  });
}
