import { elementwise, max, oneHot, tidy, where, type Tensor } from "@tensorloom/tensor";
import {
  checkClassNumbers,
  checkSameShape,
  finishLosses,
  ofClasses,
  type LossOptions,
} from "./reduction.ts";

/** What {@link hingeLoss} takes. */
export interface HingeOptions extends LossOptions {
  /** By how much the right side must win: 1 by default. */
  readonly margin?: number;
  /** Whether losses are squared; false by default. */
  readonly squared?: boolean;
}

const below = elementwise((lead, margin) => margin.sub(lead).relu());

/**
 * Returns how far predictions are from winning by a margin: the loss of support vector machines.
 *
 * @param outputs - scores of any shape for targets of -1 and 1; or `[..., classes]` for class numbers
 * @param targets - -1 and 1, of the same shape: `max(0, margin - target · output)`; or class numbers `[...]`: the right class
 * must lead the best of the others by the margin
 * @param options - margin, squared, reduction, weights
 * @throws `ShapeError` if shapes do not fit
 *
 * Source: Crammer and Singer 2001 for classes; scikit-learn's hinge_loss.
 *
 * @example
 * hingeLoss(tensor([2, 0.5]), tensor([1, -1])).item(); // => 0.75
 * hingeLoss(tensor([[3, 1, 2.5]]), tensor([0], { dtype: "int32" })).item(); // => 0.5
 */
export function hingeLoss(outputs: Tensor, targets: Tensor, options: HingeOptions = {}): Tensor {
  const { margin = 1, squared = false } = options;
  return tidy(() => {
    const losses = below(leadOf(outputs, targets), margin);
    return finishLosses("hingeLoss", squared ? losses.square() : losses, options);
  });
}

function leadOf(outputs: Tensor, targets: Tensor): Tensor {
  if (targets.rank === outputs.rank) {
    checkSameShape("hingeLoss", "targets", targets, outputs);
    return outputs.mul(targets.astype(outputs.dtype));
  }
  checkClassNumbers("hingeLoss", outputs, targets);
  const right = ofClasses("hingeLoss", outputs, targets);
  const isRight = oneHot(targets, outputs.shape.at(-1)!, "bool");
  return right.sub(max(where(isRight, -Infinity, outputs), -1));
}
