import type { Expr } from "@tensorloom/tensor";

/** The gradient with its penalty, and the running means of it and of its square. */
export interface Moments {
  readonly slope: Expr;
  readonly mean: Expr;
  readonly square: Expr;
}

/**
 * Returns what Adam and its kin share: the next running means of the gradient and of its square.
 *
 * @param inputs - the parameter, its gradient, and the two means before
 * @param betas - how slowly the two follow
 * @param decay - the L2 penalty
 */
export function nextMoments(
  [w, g, m, v]: readonly Expr[],
  [beta1, beta2]: readonly [Expr, Expr],
  decay: Expr,
): Moments {
  const slope = g!.add(w!.mul(decay));
  const mean = m!.add(slope.sub(m!).mul(beta1.neg().add(1)));
  const square = v!.mul(beta2).add(slope.mul(slope).mul(beta2.neg().add(1)));
  return { slope, mean, square };
}
