import {
  ArgumentError,
  broadcastTo,
  DTypeError,
  ShapeError,
  stopGradient,
  takeAlongAxis,
  where,
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
  checkWeights(operation, losses, weights);
  if (weights === undefined) return reduceLosses(operation, losses, reduction);
  const constant = stopGradient(weights);
  return reduceLosses(
    operation,
    losses.mul(constant),
    reduction,
    broadcastTo(constant, losses.shape),
  );
}

/** Throws `ShapeError` unless weights broadcast to the shape of losses. */
export function checkWeights(operation: string, losses: Tensor, weights: Tensor | undefined): void {
  if (weights === undefined) return;
  const before = losses.rank - weights.rank;
  const fits = weights.shape.every((n, axis) => n === 1 || n === losses.shape[before + axis]);
  if (before >= 0 && fits) return;
  throw new ShapeError(
    `${operation}: weights: expected a shape that broadcasts to that of the losses, [${losses.shape.join(", ")}], ` +
      `got [${weights.shape.join(", ")}]`,
  );
}

/**
 * Returns, for each class number, the element of its class along the last axis. Where indices are checked, on host backends,
 * one outside [0, classes) is an error: negative ones do not count from the end here.
 */
export function ofClasses(operation: string, values: Tensor, targets: Tensor): Tensor {
  const classes = values.shape.at(-1)!;
  // Beyond the last class, so that it is out of range.
  const numbers = where(targets.less(0), classes, targets).astype("int32");
  try {
    return takeAlongAxis(values, numbers.expandDims(-1), -1).squeeze(-1);
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error;
    throw new ArgumentError(
      `${operation}: targets: expected class numbers in [0, ${classes}), got some outside; ` +
        "are there as many outputs as classes?",
    );
  }
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

/** Throws `DTypeError` or `ShapeError` unless `targets` are class numbers `[...]` for `logits [..., classes]`. */
export function checkClassNumbers(operation: string, logits: Tensor, targets: Tensor): void {
  const expected = logits.shape.slice(0, -1);
  if (logits.rank === 0 || String(targets.shape) !== String(expected)) {
    throw new ShapeError(
      `${operation}: targets: expected class numbers of shape [${expected.join(", ")}] for logits ` +
        `[${logits.shape.join(", ")}], got [${targets.shape.join(", ")}] ${targets.dtype}`,
    );
  }
  if (targets.dtype !== "int32" && targets.dtype !== "uint8") {
    throw new DTypeError(
      `${operation}: targets: expected class numbers in int32 or uint8, got ${targets.dtype}; try astype("int32")`,
    );
  }
}
