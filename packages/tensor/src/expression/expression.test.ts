import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { differentiate } from "./differentiate.ts";
import { evaluate, evaluateProgram } from "./evaluate.ts";
import { expression, Expression } from "./expression.ts";
import { Expr, type BinaryOperator, type UnaryOperator } from "./node.ts";
import { printExpression } from "./print.ts";
import { inferDType } from "./program.ts";
import { assignRegisters } from "./registers.ts";
import { erf, floorDivide, pow, remainder, roundHalfEven } from "./scalar-functions.ts";

describe("printing", () => {
  test("is a formula", () => {
    const f = expression((x, y, p) => x.mul(y).add(p).tanh().where(1, x.cast("int32")), 1);
    expect(printExpression(f)).toBe("where(tanh((x0 * x1) + p0), 1, int32(x0))");
  });
});

describe("keys", () => {
  test("are equal for equal structure, shared or not", () => {
    const shared = expression((x) => {
      const y = x.exp();
      return y.mul(y);
    });
    const written = expression((x) => x.exp().mul(x.exp()));
    expect(shared.key).toBe(written.key);
  });

  test("tell zeros, operands and constants apart", () => {
    const keys = [
      expression((x) => x.add(0)),
      expression((x) => x.add(-0)),
      expression((x, y) => x.sub(y)),
      expression((x, y) => y.sub(x)),
      expression((x) => x.cast("int32")),
      expression((x) => x.cast("float32")),
    ].map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });
});

describe("types", () => {
  const f = expression((x, y) => x.add(y));
  test("promote", () => {
    expect(inferDType(f.roots[0]!, ["int32", "float32"])).toBe("float32");
    expect(inferDType(f.roots[0]!, ["uint8", "int32"])).toBe("int32");
    expect(inferDType(f.roots[0]!, ["float32", "float64"])).toBe("float64");
    expect(inferDType(f.roots[0]!, ["bool", "bool"])).toBe("int32");
  });

  test("of constants are their neighbour's", () => {
    const type = (build: (x: Expr) => Expr, dtype: "int32" | "float64" | "uint8") =>
      inferDType(expression(build).roots[0]!, [dtype]);
    expect(type((x) => x.mul(2), "int32")).toBe("int32");
    expect(type((x) => x.mul(0.5), "int32")).toBe("float32");
    expect(type((x) => x.mul(0.5), "float64")).toBe("float64");
    expect(type((x) => x.exp(), "uint8")).toBe("float32");
    expect(type((x) => x.less(2), "uint8")).toBe("bool");
  });

  test("bits of floats are refused", () => {
    const bits = expression((x) => x.xor(1));
    expect(() => inferDType(bits.roots[0]!, ["float32"])).toThrow(
      "xor: expected bool or integer operands",
    );
  });

  test("uint8 and int32 wrap", () => {
    const sum = expression((x, y) => x.add(y));
    const on = (dtype: "uint8" | "int32", x: number, y: number) =>
      evaluate(sum, [x, y], { inputDTypes: [dtype, dtype], outputDTypes: [dtype] })[0];
    expect(on("uint8", 250, 10)).toBe(4);
    expect(on("int32", 2147483647, 1)).toBe(-2147483648);
  });

  test("casts truncate, saturate and wrap", () => {
    const cast = (x: number, from: "float32" | "int32", to: "int32" | "uint8" | "bool") =>
      evaluate(
        expression((a) => a),
        [x],
        { inputDTypes: [from], outputDTypes: [to] },
      )[0];
    expect(cast(-1.7, "float32", "int32")).toBe(-1);
    expect(cast(1e20, "float32", "int32")).toBe(2147483647);
    expect(cast(Number.NaN, "float32", "int32")).toBe(0);
    expect(cast(300, "float32", "uint8")).toBe(255);
    expect(cast(300, "int32", "uint8")).toBe(44);
    expect(cast(Number.NaN, "float32", "bool")).toBe(1);
  });
});

describe("scalar functions", () => {
  // From NumPy and from tables of erf (Abramowitz and Stegun 7.1).
  test("erf", () => {
    const table = [
      [0.1, 0.1124629160182849],
      [0.5, 0.5204998778130465],
      [1, 0.8427007929497149],
      [2, 0.9953222650189527],
      [3, 0.9999779095030014],
      [3.5, 0.9999992569016276],
      [5, 0.9999999999984626],
      [-1, -0.8427007929497149],
    ] as const;
    for (const [x, y] of table) expect(Math.abs(erf(x) - y)).toBeLessThan(4e-16);
    expect(erf(Infinity)).toBe(1);
    expect(erf(Number.NaN)).toBeNaN();
  });

  test("halves round to even", () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.49999999999999994].map(roundHalfEven)).toEqual([
      0, 2, 2, -0, -2, -2, 0,
    ]);
  });

  test("remainders have the divisor's sign", () => {
    expect([remainder(7, 3), remainder(-7, 3), remainder(7, -3), remainder(-7, -3)]).toEqual([
      1, 2, -2, -1,
    ]);
    expect(floorDivide(1, 0.1)).toBe(9);
    expect(floorDivide(-7, 2)).toBe(-4);
    expect(pow(1, Number.NaN)).toBe(1);
  });
});

describe("derivatives", () => {
  const unary: readonly [UnaryOperator, number, number][] = [
    ["neg", -3, 3],
    ["abs", 0.1, 3],
    ["exp", -2, 2],
    ["expm1", -2, 2],
    ["log", 0.2, 4],
    ["log1p", -0.7, 4],
    ["sqrt", 0.2, 4],
    ["sin", -3, 3],
    ["cos", -3, 3],
    ["tan", -1.2, 1.2],
    ["asin", -0.9, 0.9],
    ["acos", -0.9, 0.9],
    ["atan", -3, 3],
    ["sinh", -2, 2],
    ["cosh", -2, 2],
    ["tanh", -2, 2],
    ["sigmoid", -3, 3],
    ["erf", -2, 2],
  ];
  const derivativeOf = (f: Expression, input: number): Expression =>
    new Expression(
      [differentiate(f.roots[0]!, f.inputCount, Expr.constant(1))[input]!],
      f.inputCount,
    );

  for (const [kind, low, high] of unary) {
    test(`${kind}, twice`, () => {
      const f = new Expression([new Expr(kind, [Expr.input(0)])], 1);
      const first = derivativeOf(f, 0);
      fc.assert(
        fc.property(fc.double({ min: low, max: high, noNaN: true }), (x) => {
          expect(evaluate(first, [x])[0]).toBeCloseTo(slope(f, [x], 0), 5);
          if (kind === "abs" || kind === "neg") return;
          expect(evaluate(derivativeOf(first, 0), [x])[0]).toBeCloseTo(slope(first, [x], 0), 4);
        }),
        { numRuns: 50 },
      );
    });
  }

  for (const kind of ["add", "sub", "mul", "div", "pow", "atan2", "minimum", "maximum"] as const) {
    test(kind, () => {
      const f = new Expression(
        [new Expr(kind as BinaryOperator, [Expr.input(0), Expr.input(1)])],
        2,
      );
      const positive = fc.double({ min: 0.3, max: 3, noNaN: true });
      fc.assert(
        fc.property(positive, positive, (x, y) => {
          fc.pre(Math.abs(x - y) > 1e-3);
          for (const i of [0, 1]) {
            expect(evaluate(derivativeOf(f, i), [x, y])[0]).toBeCloseTo(slope(f, [x, y], i), 5);
          }
        }),
        { numRuns: 50 },
      );
    });
  }

  test("equal operands of maximum share", () => {
    const f = expression((x, y) => x.maximum(y));
    expect(evaluate(derivativeOf(f, 0), [2, 2])[0]).toBe(0.5);
  });

  test("relu has slope 0 at 0; clip has slope 1 at its bounds", () => {
    expect(
      evaluate(
        derivativeOf(
          expression((x) => x.relu()),
          0,
        ),
        [0],
      )[0],
    ).toBe(0);
    expect(
      evaluate(
        derivativeOf(
          expression((x) => x.clip(0, 1)),
          0,
        ),
        [1],
      )[0],
    ).toBe(1);
  });

  test("what is constant has none", () => {
    const f = expression((x) => x.floor());
    expect(differentiate(f.roots[0]!, 1, Expr.constant(1))).toEqual([undefined]);
  });
});

function slope(f: Expression, at: readonly number[], input: number): number {
  const h = 1e-6;
  const moved = (by: number) =>
    evaluate(
      f,
      at.map((x, i) => (i === input ? x + by : x)),
    )[0]!;
  return (moved(h) - moved(-h)) / (2 * h);
}

describe("registers", () => {
  test("hold every value as long as it is read", () => {
    const build = fc.letrec<{ node: Expr }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 6 },
        fc.integer({ min: 0, max: 2 }).map((i) => Expr.input(i)),
        fc.integer({ min: 0, max: 3 }).map((c) => Expr.constant(c)),
        tie("node").map((x) => x.neg()),
        fc.tuple(tie("node"), tie("node")).map(([x, y]) => x.add(y)),
        fc.tuple(tie("node"), tie("node")).map(([x, y]) => x.mul(y)),
      ),
    })).node;
    fc.assert(
      fc.property(build, (root) => {
        const f = new Expression([root], 3);
        const program = f.program(["float64", "float64", "float64"], ["float64"]);
        const { registers, types } = assignRegisters(program);
        const file = types.map(() => Number.NaN);
        program.instructions.forEach((instruction, i) => {
          const operands = instruction.operands.map((o) => file[registers[o]!]!);
          const [x = 0, y = 0] = operands;
          const { kind, value } = instruction;
          file[registers[i]!] =
            kind === "input"
              ? [2, 3, 5][value]!
              : kind === "constant"
                ? value
                : kind === "neg"
                  ? -x
                  : kind === "add"
                    ? x + y
                    : x * y;
        });
        const expected = evaluateProgram(program, [2, 3, 5], [], 0)[0];
        expect(file[registers[program.outputs[0]!]!]).toBe(expected);
      }),
    );
  });
});
