import { ArgumentError, type Tensor } from "@tensorloom/tensor";

/** How the losses of a batch become the result: their mean, their sum, or each by itself. */
export type Reduction = "mean" | "sum" | "none";

/** Reduces losses; the mean is by the sum of `weights` where there are any. */
export function reduceLosses(
  operation: string,
  losses: Tensor,
  reduction: Reduction = "mean",
  weights?: Tensor,
): Tensor {
  switch (reduction) {
    case "none":
      return losses;
    case "sum":
      return losses.sum();
    case "mean":
      return weights === undefined ? losses.mean() : losses.sum().div(weights.sum());
    default:
      throw new ArgumentError(
        `${operation}: reduction: expected "mean", "sum" or "none", got "${String(reduction)}"`,
      );
  }
}
