import { elementwise, tidy, type Tensor } from "@tensorloom/tensor";
import { minusLogSigmoid } from "./log-sigmoid.ts";
import { checkSameShape, finishLosses, type LossOptions } from "./reduction.ts";

/** What {@link binaryCrossEntropy} takes. */
export interface BinaryCrossEntropyOptions extends LossOptions {
  /** Whether the outputs are logits, before the sigmoid: true by default, and more precise than probabilities. */
  readonly fromLogits?: boolean;
  /** How much a positive target counts, beside a negative one: 1 by default. */
  readonly positiveWeight?: number;
}

const ofLogits = elementwise((x, y, positive) => {
  const share = y.mul(positive.sub(1)).add(1);
  return x.mul(y.neg().add(1)).add(share.mul(minusLogSigmoid(x)));
});

// Logarithms end at -100, as in PyTorch, so that a wrong certainty is bad and not infinite.
const ofProbabilities = elementwise((p, y, positive) => {
  const hit = p.log().maximum(-100);
  const miss = p.neg().log1p().maximum(-100);
  return y.mul(hit).mul(positive).add(y.neg().add(1).mul(miss)).neg();
});

/**
 * Returns the cross-entropy between independent yes-or-no predictions and targets.
 *
 * @param outputs - logits of any shape; probabilities with `fromLogits: false`
 * @param targets - 0, 1 or between, of the same shape
 * @param options - fromLogits, positiveWeight, reduction, weights
 * @returns a scalar; the shape of `outputs` with reduction "none"
 * @throws `ShapeError` if shapes differ
 *
 * Source: PyTorch's binary_cross_entropy_with_logits and binary_cross_entropy.
 *
 * @example
 * binaryCrossEntropy(tensor([0, 200]), tensor([1, 1])).item().toFixed(4); // => 0.3466
 */
export function binaryCrossEntropy(
  outputs: Tensor,
  targets: Tensor,
  options: BinaryCrossEntropyOptions = {},
): Tensor {
  checkSameShape("binaryCrossEntropy", "targets", targets, outputs);
  const { fromLogits = true, positiveWeight = 1 } = options;
  return tidy(() => {
    const losses = (fromLogits ? ofLogits : ofProbabilities)(
      outputs,
      targets.astype(outputs.dtype),
      positiveWeight,
    );
    return finishLosses("binaryCrossEntropy", losses, options);
  });
}
