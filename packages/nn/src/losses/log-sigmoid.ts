import type { Expr } from "@tensorloom/tensor";

/**
 * Returns `-log(sigmoid(x))`, which is `log(1 + exp(-x))`, without overflow. Its branches are smooth at 0, as it is, so that
 * derivatives of any order are right there: where training begins.
 */
export function minusLogSigmoid(x: Expr): Expr {
  const isPositive = x.greater(0);
  const exponent = isPositive.where(x.neg(), x);
  return exponent.exp().log1p().add(isPositive.where(0, x.neg()));
}
