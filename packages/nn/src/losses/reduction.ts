import {
  ArgumentError,
  broadcastTo,
  ShapeError,
  stopGradient,
  type Tensor,
} from "@tensorloom/tensor";

/** How the losses of a batch become the result: their mean, their sum, or each by itself. */
export type Reduction = "mean" | "sum" | "none";

/** What every loss takes. */
export interface LossOptions {
  /** How the losses become the result; the mean by default. */
  readonly reduction?: Reduction;
  /** How much each loss counts; a shape that broadcasts to the losses'. The mean is then weighted: by their sum. */
  readonly weights?: Tensor;
}

/** Weighs losses and reduces them as asked. */
export function finishLosses(operation: string, losses: Tensor, options: LossOptions): Tensor {
  const { reduction, weights } = options;
  if (weights === undefined) return reduceLosses(operation, losses, reduction);
  const constant = stopGradient(weights);
  return reduceLosses(
    operation,
    losses.mul(constant),
    reduction,
    broadcastTo(constant, losses.shape),
  );
}

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

/** Throws `ShapeError` unless `given` has the shape of `like`: losses do not broadcast, since that is nearly always a slip. */
export function checkSameShape(operation: string, name: string, given: Tensor, like: Tensor): void {
  if (String(given.shape) === String(like.shape)) return;
  throw new ShapeError(
    `${operation}: ${name}: expected shape [${like.shape.join(", ")}], got [${given.shape.join(", ")}]; try reshape`,
  );
}

/** Throws `ShapeError` unless `targets` are class numbers `[...]` for `logits [..., classes]`. */
export function checkClassNumbers(operation: string, logits: Tensor, targets: Tensor): void {
  const expected = logits.shape.slice(0, -1);
  if (logits.rank > 0 && String(targets.shape) === String(expected)) return;
  throw new ShapeError(
    `${operation}: targets: expected class numbers of shape [${expected.join(", ")}] for logits ` +
      `[${logits.shape.join(", ")}], got [${targets.shape.join(", ")}] ${targets.dtype}`,
  );
}
