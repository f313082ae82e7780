import { noGrad } from "../autograd/stop-gradient.ts";
import { record } from "../autograd/tape.ts";
import { expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
import { tidy } from "../scope.ts";
import { normalizeAxes, normalizeAxis, type Axis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { ownHandle } from "./elementwise-ternary.ts";
import { mapExpression } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import type { ReductionOptions } from "./reduction.ts";
import { rowKernel } from "./row-kernel.ts";
import { dropUnitAxes } from "./unit-axes.ts";

/** The largest element shifts the exponents, so that none overflows; an infinite one shifts by 0. */
function finiteOrZero(largest: Expr): Expr {
  return largest.abs().equal(Infinity).where(0, largest);
}

const softmaxRows = rowKernel(1, 0, (row, [x]) => {
  const powers = x!.sub(finiteOrZero(row.max(x!))).exp();
  // A division takes several times as long as a product, and there is one total for many powers.
  return [powers.mul(Expr.constant(1).div(row.sum(powers)))];
});
const softmaxGradient = rowKernel(2, 0, (row, [y, gradient]) => [
  y!.mul(gradient!.sub(row.sum(y!.mul(gradient!)))),
]);
const logSoftmaxRows = rowKernel(1, 0, (row, [x]) => {
  const shifted = x!.sub(finiteOrZero(row.max(x!)));
  return [shifted.sub(row.sum(shifted.exp()).log())];
});
const logSoftmaxGradient = rowKernel(2, 0, (row, [y, gradient]) => [
  gradient!.sub(y!.exp().mul(row.sum(gradient!))),
]);
const logsumexpRows = rowKernel(1, 0, (row, [x]) => {
  const shift = finiteOrZero(row.max(x!));
  return [row.sum(x!.sub(shift).exp()).log().add(shift)];
});
const timesSoftmax = expression((gradient, x, y) => gradient.mul(x.sub(y).exp()));

/**
 * Returns `exp(x) / sum(exp(x))` along an axis, without overflow.
 *
 * @param x - any shape but a scalar
 * @param axis - the last by default
 *
 * @example
 * softmax(tensor([0, 0])).toString(); // => [0.5, 0.5]
 */
export function softmax(x: TensorLike, axis = -1): Tensor {
  return tidy(() => {
    const input = toTensor("softmax", x);
    const axes = [normalizeAxis("softmax", axis, input.rank)];
    if (input.size === 0) return ownHandle(x, input);
    const [value] = noGrad(() => softmaxRows([input], [], axes)) as [Tensor];
    return record("softmax", [input], value, (gradient, _, y) =>
      softmaxGradient([y, gradient], [], axes),
    );
  });
}

/**
 * Returns the logarithm of {@link softmax}, precise where the softmax is tiny.
 *
 * @param x - any shape but a scalar
 * @param axis - the last by default
 *
 * @example
 * logSoftmax(tensor([0, 0, 0, 0])).sum().item().toFixed(4); // => -5.5452
 */
export function logSoftmax(x: TensorLike, axis = -1): Tensor {
  return tidy(() => {
    const input = toTensor("logSoftmax", x);
    const axes = [normalizeAxis("logSoftmax", axis, input.rank)];
    if (input.size === 0) return ownHandle(x, input);
    const [value] = noGrad(() => logSoftmaxRows([input], [], axes)) as [Tensor];
    return record("logSoftmax", [input], value, (gradient, _, y) =>
      logSoftmaxGradient([y, gradient], [], axes),
    );
  });
}

/**
 * Returns `log(sum(exp(x)))` over axes, without overflow.
 *
 * @param x - any shape
 * @param axis - all axes by default
 * @param options - `keepDims`
 *
 * @example
 * logsumexp(tensor([1000, 1000])).item().toFixed(3); // => 1000.693
 */
export function logsumexp(x: TensorLike, axis?: Axis, options: ReductionOptions = {}): Tensor {
  return tidy(() => {
    const input = toTensor("logsumexp", x);
    const axes = normalizeAxes("logsumexp", axis, input.rank);
    if (axes.length === 0) return ownHandle(x, input);
    const [value] = noGrad(() => logsumexpRows([input], [], axes)) as [Tensor];
    const kept = record("logsumexp", [input], value, (gradient, [given], y) => [
      mapExpression("logsumexp", timesSoftmax, [gradient, given!, y]),
    ]);
    return options.keepDims === true ? kept : dropUnitAxes(kept, axes);
  });
}
