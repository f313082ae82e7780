import {
  ArgumentError,
  elementwise,
  squaredDifference,
  tidy,
  type Tensor,
} from "@tensorloom/tensor";
import { checkSameShape, finishLosses, type LossOptions } from "./reduction.ts";

const distance = elementwise((x, y) => x.sub(y).abs());

const huber = elementwise((x, y, delta) => {
  const error = x.sub(y).abs();
  return error
    .lessEqual(delta)
    .where(error.mul(error).mul(0.5), error.sub(delta.mul(0.5)).mul(delta));
});

/**
 * Returns the mean absolute error.
 *
 * @param outputs - any shape
 * @param targets - the same shape
 * @param options - reduction, weights
 * @returns a scalar; the shape of `outputs` with reduction "none"
 * @throws `ShapeError` if shapes differ
 *
 * Source: PyTorch's l1_loss.
 *
 * @example
 * l1Loss(tensor([1, 5]), tensor([2, 2])).item(); // => 2
 */
export function l1Loss(outputs: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  checkSameShape("l1Loss", "targets", targets, outputs);
  return tidy(() => finishLosses("l1Loss", distance(outputs, targets), options));
}

/**
 * Returns the mean squared error.
 *
 * @param outputs - any shape
 * @param targets - the same shape
 * @param options - reduction, weights
 * @returns a scalar; the shape of `outputs` with reduction "none"
 * @throws `ShapeError` if shapes differ
 *
 * Source: PyTorch's mse_loss.
 *
 * @example
 * mseLoss(tensor([1, 5]), tensor([2, 2])).item(); // => 5
 */
export function mseLoss(outputs: Tensor, targets: Tensor, options: LossOptions = {}): Tensor {
  checkSameShape("mseLoss", "targets", targets, outputs);
  return tidy(() => finishLosses("mseLoss", squaredDifference(outputs, targets), options));
}

/**
 * Returns half the squared error where it is small, and the absolute error where it is large: outliers pull less.
 *
 * @param outputs - any shape
 * @param targets - the same shape
 * @param options - `delta`: where one becomes the other, 1 by default; reduction, weights
 * @returns a scalar; the shape of `outputs` with reduction "none"
 * @throws `ShapeError` if shapes differ; `ArgumentError` for a delta that is not positive
 *
 * Source: Huber 1964, "Robust estimation of a location parameter"; PyTorch's huber_loss.
 *
 * @example
 * huberLoss(tensor([0, 0]), tensor([0.5, 3]), { reduction: "none" }).toString(); // => [0.125, 2.500]
 */
export function huberLoss(
  outputs: Tensor,
  targets: Tensor,
  options: LossOptions & { readonly delta?: number } = {},
): Tensor {
  checkSameShape("huberLoss", "targets", targets, outputs);
  const { delta = 1 } = options;
  if (!(delta > 0)) {
    throw new ArgumentError(`huberLoss: delta: expected a positive number, got ${String(delta)}`);
  }
  return tidy(() => finishLosses("huberLoss", huber(outputs, targets, delta), options));
}
