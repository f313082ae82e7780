import type { Expr } from "../expression/node.ts";

// Coefficients of Giles 2010, "Approximating the erfinv function", table of the single-precision version: a polynomial in
// w = -log(1 - x²), one for the middle (w < 5) and one for the tails.
const middle = [
  2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
  -0.00417768164, 0.246640727, 1.50140941,
];
const tails = [
  -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
  0.00943887047, 1.00167406, 2.83297682,
];

/** Returns the number whose error function is `x`, in (-1, 1); relative error below 4e-7 in exact arithmetic. */
export function inverseErrorFunction(x: Expr): Expr {
  const w = x.mul(x).neg().log1p().neg();
  const polynomial = (coefficients: readonly number[], of: Expr): Expr =>
    coefficients
      .slice(1)
      .reduce<Expr>((sum, c) => sum.mul(of).add(c), of.mul(0).add(coefficients[0]!));
  const factor = w
    .less(5)
    .where(polynomial(middle, w.sub(2.5)), polynomial(tails, w.sqrt().sub(3)));
  return x.mul(factor);
}
