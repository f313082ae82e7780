import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differentiate } from "./differentiate.ts";
import { evaluate } from "./evaluate.ts";
import { expression, Expression } from "./expression.ts";
import { Expr } from "./node.ts";

/** Returns the derivative of `f` to one of its inputs; a constant 0 where it has none. */
function derivative(f: Expression, input: number): Expression {
  const found = differentiate(f.roots[0]!, f.inputCount, Expr.constant(1))[input];
  return new Expression([found ?? Expr.constant(0)], f.inputCount);
}

/** The slope by central differences: of order h², with rounding of some 1e-16 / h. */
function slope(f: Expression, at: readonly number[], input: number): number {
  const h = 1e-5;
  const moved = (by: number): number =>
    evaluate(
      f,
      at.map((x, i) => (i === input ? x + by : x)),
    )[0]!;
  return (moved(h) - moved(-h)) / (2 * h);
}

function expectSlopes(f: Expression, at: readonly number[], digits: number): void {
  at.forEach((_, input) => {
    const actual = evaluate(derivative(f, input), at)[0]!;
    const expected = slope(f, at, input);
    const scale = Math.max(1, Math.abs(expected));
    expect(actual / scale, `input ${input} at ${at.join()}`).toBeCloseTo(expected / scale, digits);
  });
}

const settings = { seed: 20_240_601, numRuns: 40 };
const between = (min: number, max: number): fc.Arbitrary<number> =>
  fc.double({ min, max, noNaN: true });

describe("first and second derivatives of two operands", () => {
  const cases: Record<
    string,
    [(x: Expr, y: Expr) => Expr, fc.Arbitrary<number>, fc.Arbitrary<number>]
  > = {
    add: [(x, y) => x.add(y), between(-3, 3), between(-3, 3)],
    sub: [(x, y) => x.sub(y), between(-3, 3), between(-3, 3)],
    mul: [(x, y) => x.mul(y), between(-3, 3), between(-3, 3)],
    div: [(x, y) => x.div(y), between(-3, 3), between(0.5, 3)],
    "div by negatives": [(x, y) => x.div(y), between(-3, 3), between(-3, -0.5)],
    pow: [(x, y) => x.pow(y), between(0.5, 2), between(-2, 2)],
    atan2: [(x, y) => x.atan2(y), between(0.5, 2), between(-2, 2)],
    minimum: [(x, y) => x.minimum(y), between(-3, -0.1), between(0.1, 3)],
    maximum: [(x, y) => x.maximum(y), between(-3, -0.1), between(0.1, 3)],
    // 5 to 5.9 over 1.1 to 1.2 stays in one step: the quotient is between 4 and 5.
    remainder: [(x, y) => x.remainder(y), between(5, 5.4), between(1.1, 1.2)],
    where: [(x, y) => x.less(0).where(x.mul(y), y.exp()), between(-3, -0.1), between(-1, 1)],
    "a chain": [
      (x, y) => x.mul(y).tanh().add(x.square().add(1).log()).sigmoid(),
      between(-2, 2),
      between(-2, 2),
    ],
    gelu: [(x, y) => x.mul(x.div(Math.SQRT2).erf().add(1)).mul(y), between(-3, 3), between(-1, 1)],
    "several leaves of one input": [
      () => Expr.input(0).mul(Expr.input(0)).mul(Expr.input(1)),
      between(-2, 2),
      between(-2, 2),
    ],
  };
  for (const [name, [build, first, second]] of Object.entries(cases)) {
    test(name, () => {
      const f = expression((x, y) => build(x, y));
      fc.assert(
        fc.property(first, second, (x, y) => {
          expectSlopes(f, [x, y], 6);
          expectSlopes(derivative(f, 0), [x, y], 5);
          expectSlopes(derivative(f, 1), [x, y], 5);
        }),
        settings,
      );
    });
  }
});

describe("constant powers", () => {
  for (const exponent of [0, 1, 2, 3, -1, 0.5, -2.5]) {
    test(String(exponent), () => {
      const f = expression((x) => x.pow(exponent));
      fc.assert(
        fc.property(between(0.3, 3), (x) => {
          expectSlopes(f, [x], 6);
          expectSlopes(derivative(f, 0), [x], 5);
        }),
        settings,
      );
    });
  }

  test("are smooth at 0 where the power is", () => {
    const at0 = (exponent: number): number =>
      evaluate(
        derivative(
          expression((x) => x.pow(exponent)),
          0,
        ),
        [0],
      )[0]!;
    expect([0, 1, 2, 3].map(at0)).toEqual([0, 1, 0, 0]);
    expect(at0(0.5)).toBe(Infinity);
  });

  test("of a variable exponent are free of NaN at 0", () => {
    const f = expression((x, y) => x.pow(y));
    expect(evaluate(derivative(f, 0), [0, 0])).toEqual([0]);
    expect(evaluate(derivative(f, 1), [0, 2])).toEqual([0]);
  });
});

describe("kinks and what is constant", () => {
  test("abs has slope 0 at 0, ties of minimum and maximum share", () => {
    expect(
      evaluate(
        derivative(
          expression((x) => x.abs()),
          0,
        ),
        [0],
      ),
    ).toEqual([0]);
    for (const f of [expression((x, y) => x.minimum(y)), expression((x, y) => x.maximum(y))]) {
      expect([0, 1].map((input) => evaluate(derivative(f, input), [2, 2])[0])).toEqual([0.5, 0.5]);
    }
  });

  test("roundings, comparisons, logic and integers have none", () => {
    const constant = [
      expression((x) => x.floor().add(x.ceil()).add(x.round()).add(x.trunc()).add(x.sign())),
      expression((x) => x.floorDivide(2)),
      expression((x) => x.less(1).cast("float64")),
      expression((x) => x.notEqual(1).and(x.less(3)).or(x.greater(7)).cast("float64")),
      expression((x) => x.cast("int32").cast("float64")),
      expression(() => Expr.constant(3)),
    ];
    for (const f of constant) {
      expect(differentiate(f.roots[0]!, 1, Expr.constant(1))).toEqual([undefined]);
    }
  });

  test("conditions pass nothing on", () => {
    const f = expression((c, x) => c.notEqual(0).where(x, x.neg()));
    const [toCondition, toValue] = differentiate(f.roots[0]!, 2, Expr.constant(1));
    expect(toCondition).toBeUndefined();
    expect(evaluate(new Expression([toValue!], 2), [1, 5])).toEqual([1]);
    expect(evaluate(new Expression([toValue!], 2), [0, 5])).toEqual([-1]);
  });

  test("what has no derivative is named", () => {
    const f = expression((x) => x.cast("int32").shiftLeft(1));
    expect(() => differentiate(f.roots[0]!, 1, Expr.constant(1))).toThrow(
      expect.objectContaining({
        code: "UNSUPPORTED",
        message: expect.stringContaining("shiftLeft"),
      }),
    );
  });
});

test("the seed multiplies, and may be an input of its own", () => {
  const f = expression((x) => x.square());
  const [toX] = differentiate(f.roots[0]!, 1, Expr.input(1));
  expect(evaluate(new Expression([toX!], 2), [3, 10])).toEqual([60]);
});

test("parts that derivatives share are computed once", () => {
  const f = expression((x, y) => x.mul(y).exp().tanh());
  const both = differentiate(f.roots[0]!, 2, Expr.constant(1)).map((part) => part!);
  const { instructions } = new Expression(both, 2).program(
    ["float64", "float64"],
    ["float64", "float64"],
  );
  expect(instructions.filter(({ kind }) => kind === "exp")).toHaveLength(1);
  expect(instructions.filter(({ kind }) => kind === "tanh")).toHaveLength(1);
});
