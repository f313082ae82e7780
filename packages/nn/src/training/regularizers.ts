import { ArgumentError, Parameter, Tensor } from "@tensorloom/tensor";
import { Module } from "../module.ts";

/** What a {@link Regularizer} looks at: one tensor; or the weights among parameters, those of two or more axes. */
export type Regularized = Tensor | Module<unknown> | readonly Parameter[];

/** Returns a penalty, a scalar, to be added to a loss; `fit` takes one as `regularizer`. */
export type Regularizer = (of: Regularized) => Tensor;

/**
 * Returns a regularizer by the sum of magnitudes, `strength · Σ|w|`: it draws weights to zero.
 *
 * @param strength - 0 or more
 * @throws `ArgumentError` for a negative strength
 *
 * Source: Tibshirani 1996, "Regression shrinkage and selection via the lasso".
 *
 * @example
 * l1(0.5)(tensor([1, -3])).item(); // => 2
 */
export function l1(strength: number): Regularizer {
  return l1l2({ l1: strength });
}

/**
 * Returns a regularizer by the sum of squares, `strength · Σw²`: it keeps weights small. Its gradient is `2 · strength · w`, so that
 * an SGD optimizer's `weightDecay` is twice its strength.
 *
 * @param strength - 0 or more
 * @throws `ArgumentError` for a negative strength
 *
 * Source: Hoerl and Kennard 1970, "Ridge regression".
 *
 * @example
 * l2(0.5)(tensor([1, -3])).item(); // => 5
 */
export function l2(strength: number): Regularizer {
  return l1l2({ l2: strength });
}

/**
 * Returns a regularizer by both, the elastic net: `l1 · Σ|w| + l2 · Σw²`.
 *
 * @param strengths - `l1`, `l2`: 0 by default
 * @throws `ArgumentError` for a negative strength
 *
 * Source: Zou and Hastie 2005, "Regularization and variable selection via the elastic net".
 *
 * @example
 * l1l2({ l1: 0.5, l2: 1 })(tensor([1, -3])).item(); // => 12
 */
export function l1l2(strengths: { readonly l1?: number; readonly l2?: number }): Regularizer {
  const { l1: absolute = 0, l2: squared = 0 } = strengths;
  for (const [name, strength] of Object.entries({ l1: absolute, l2: squared })) {
    if (strength >= 0) continue;
    throw new ArgumentError(`${name}: strength: expected a number of 0 or more, got ${strength}`);
  }
  const penaltyOf = (w: Tensor): Tensor => {
    if (absolute === 0) return w.mul(w).sum().mul(squared);
    if (squared === 0) return w.abs().sum().mul(absolute);
    return w.abs().mul(absolute).add(w.mul(w).mul(squared)).sum();
  };
  return (of) =>
    weightsOf(of)
      .map(penaltyOf)
      .reduce((sum, penalty) => sum.add(penalty));
}

function weightsOf(of: Regularized): Tensor[] {
  if (of instanceof Tensor) return [of];
  const parameters = of instanceof Module ? of.parameters() : of;
  const weights = parameters.filter(({ shape }) => shape.length >= 2);
  if (weights.length > 0) return weights.map(({ value }) => value);
  throw new ArgumentError(
    "regularizer: expected a tensor, or parameters with a weight of two or more axes, got none",
  );
}
