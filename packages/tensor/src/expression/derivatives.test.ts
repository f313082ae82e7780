import { expect, test } from "vitest";
import { derivativesOf } from "./derivatives.ts";
import { evaluate } from "./evaluate.ts";
import { expression } from "./expression.ts";
import { Expr } from "./node.ts";
import { substitute } from "./substitute.ts";

test("derivatives take the inputs, then the gradient", () => {
  const [toX, toY] = derivativesOf(
    expression((x, y) => x.mul(y).tanh()),
    false,
  );
  const slope = 1 - Math.tanh(6) ** 2;
  expect(evaluate(toX!, [2, 3, 10])[0]).toBeCloseTo(10 * 3 * slope, 12);
  expect(evaluate(toY!, [2, 3, 10])[0]).toBeCloseTo(10 * 2 * slope, 12);
});

test("where the result is given, it is not computed again", () => {
  const f = expression((x) => x.mul(2).exp());
  const [derivative] = derivativesOf(f, true);
  const { instructions } = derivative!.program(["float64", "float64", "float64"], ["float64"]);
  expect(instructions.some(({ kind }) => kind === "exp")).toBe(false);
  expect(evaluate(derivative!, [1, 10, Math.exp(2)])[0]).toBeCloseTo(20 * Math.exp(2), 9);
  const [identity] = derivativesOf(
    expression((x) => x),
    true,
  );
  expect(evaluate(identity!, [1, 10, 1])).toEqual([10]);
});

test("are made once an expression", () => {
  const f = expression((x) => x.sin());
  expect(derivativesOf(f, false)).toBe(derivativesOf(f, false));
  expect(derivativesOf(f, true)).not.toBe(derivativesOf(f, false));
});

test("an input that the result does not depend on has none", () => {
  expect(
    derivativesOf(
      expression((x, y) => x.add(y.floor())),
      false,
    )[1],
  ).toBeUndefined();
});

test("substitution replaces every place and keeps sharing", () => {
  const x = Expr.input(0);
  const shared = x.exp();
  const root = shared.mul(shared);
  const [replaced] = substitute([root], (node) => (node === x ? Expr.input(1) : undefined));
  expect(replaced!.operands[0]).toBe(replaced!.operands[1]);
  expect(replaced!.operands[0]!.operands[0]!.value).toBe(1);
  expect(substitute([root], () => undefined)[0]).toBe(root);
});
