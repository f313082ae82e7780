import { elementwise, logSoftmax, tidy, type Tensor } from "@tensorloom/tensor";
import { checkSameShape, finishLosses, type LossOptions } from "./reduction.ts";

/** What {@link klDivergence} takes. */
export interface DivergenceOptions extends LossOptions {
  /** Whether the targets are logarithms of probabilities; false by default. */
  readonly logTargets?: boolean;
}

// 0 log 0 is 0.
const ofProbabilities = elementwise((q, p) =>
  p.greater(0).where(p.mul(p.greater(0).where(p, 1).log().sub(q)), 0),
);
const ofLogarithms = elementwise((q, p) => p.exp().mul(p.sub(q)));

/**
 * Returns the Kullback-Leibler divergence of predicted from target distributions: `sum(p · (log p - log q))` over the last
 * axis.
 *
 * @param logits - `[..., classes]`: logits, or logarithms of probabilities, which are the same to it
 * @param targets - probabilities of the same shape; their logarithms with `logTargets`
 * @param options - logTargets, reduction, weights; the mean is over distributions (PyTorch's "batchmean")
 * @returns a scalar; `[...]` with reduction "none"
 * @throws `ShapeError` if shapes differ
 *
 * Source: Kullback and Leibler 1951, "On information and sufficiency"; PyTorch's kl_div.
 *
 * @example
 * klDivergence(tensor([[0, 0]]), tensor([[1, 0]])).item().toFixed(4); // => 0.6931
 */
export function klDivergence(
  logits: Tensor,
  targets: Tensor,
  options: DivergenceOptions = {},
): Tensor {
  checkSameShape("klDivergence", "targets", targets, logits);
  return tidy(() => {
    const of = options.logTargets === true ? ofLogarithms : ofProbabilities;
    return finishLosses("klDivergence", of(logSoftmax(logits), targets).sum(-1), options);
  });
}
