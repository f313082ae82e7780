import { tidy } from "../scope.ts";
import { Expression, expression } from "../expression/expression.ts";
import { Expr } from "../expression/node.ts";
import { normalizeAxes, normalizeAxis, type Axis } from "../shape.ts";
import type { Tensor } from "../tensor.ts";
import { noGrad, stopGradient } from "../autograd/stop-gradient.ts";
import { record } from "../autograd/tape.ts";
import { ownHandle } from "./elementwise-ternary.ts";
import { mapExpression, reduceExpression } from "./map-and-reduce.ts";
import { toTensor, type TensorLike } from "./operand.ts";
import { max, type ReductionOptions } from "./reduction.ts";
import { dropUnitAxes } from "./unit-axes.ts";

const exponential = expression((x, shift) => x.sub(shift).exp());
const inverse = expression((total) => Expr.constant(1).div(total));
const logNormalized = expression((x, shift, total) => x.sub(shift).sub(total.log()));
const product = expression((x, y) => x.mul(y));
const identity = expression((x) => x);
const softmaxDerivative = expression((y, gradient, dot) => y.mul(gradient.sub(dot)));
const logSoftmaxDerivative = expression((y, gradient, total) => gradient.sub(y.exp().mul(total)));
const shiftedLog = expression((total, shift) => total.log().add(shift));

/** The largest element, by which exponents are shifted so that none overflows; infinite ones shift by 0. */
function shiftOf(x: Tensor, axes: readonly number[]): Tensor {
  const largest = stopGradient(max(x, axes, { keepDims: true }));
  return mapExpression("softmax", finiteOrZero, [largest]);
}
const finiteOrZero: Expression = expression((x) => x.abs().equal(Infinity).where(0, x));

function totalOf(x: Tensor, shift: Tensor, axes: readonly number[]): Tensor {
  return reduceExpression("softmax", "sum", exponential, [x, shift], { axes, dropAxes: [] });
}

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
    const value = noGrad(() => {
      // Stored, since it costs more to exponentiate twice than to write and read once.
      const powers = mapExpression("softmax", exponential, [input, shiftOf(input, axes)]);
      const total = reduceExpression("softmax", "sum", identity, [powers], { axes, dropAxes: [] });
      // A division takes several times as long as a product, and there is one total for many powers.
      return mapExpression("softmax", product, [
        powers,
        mapExpression("softmax", inverse, [total]),
      ]);
    });
    return record("softmax", [input], value, (gradient, _, y) => {
      const fold = { axes, dropAxes: [] };
      const dot = reduceExpression("softmax", "sum", product, [y, gradient], fold);
      return [mapExpression("softmax", softmaxDerivative, [y, gradient, dot])];
    });
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
    const value = noGrad(() => {
      const shift = shiftOf(input, axes);
      const total = totalOf(input, shift, axes);
      return mapExpression("logSoftmax", logNormalized, [input, shift, total]);
    });
    return record("logSoftmax", [input], value, (gradient, _, y) => {
      const fold = { axes, dropAxes: [] };
      const total = reduceExpression("logSoftmax", "sum", identity, [gradient], fold);
      return [mapExpression("logSoftmax", logSoftmaxDerivative, [y, gradient, total])];
    });
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
    const shift = shiftOf(input, axes);
    const kept = mapExpression("logsumexp", shiftedLog, [totalOf(input, shift, axes), shift]);
    return options.keepDims === true ? kept : dropUnitAxes(kept, axes);
  });
}
