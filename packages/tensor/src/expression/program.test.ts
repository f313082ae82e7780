import { describe, expect, test } from "vitest";
import type { DType } from "../dtype.ts";
import { evaluate } from "./evaluate.ts";
import { expression, type Expression } from "./expression.ts";
import { Expr } from "./node.ts";
import { inferDType, type Program } from "./program.ts";

/** Writes a program as text: `2: mul float32 (0 1)`. */
function listing({ instructions, outputs }: Program): string[] {
  const lines = instructions.map(({ kind, type, operandType, operands, value }, i) => {
    const from = operandType === type ? "" : ` of ${operandType}`;
    const last = operands.length === 0 ? String(value) : `(${operands.join(" ")})`;
    return `${i}: ${kind} ${type}${from} ${last}`;
  });
  return [...lines, `=> ${outputs.join(" ")}`];
}

const typeOf = (f: Expression, ...inputs: DType[]): DType => inferDType(f.roots[0]!, inputs);

describe("lowering", () => {
  test("writes casts out and types constants by their neighbours", () => {
    const f = expression((x, y) => x.add(y).mul(2));
    expect(listing(f.program(["int32", "float32"], ["float64"]))).toEqual([
      "0: input int32 0",
      "1: cast float32 of int32 (0)",
      "2: input float32 1",
      "3: add float32 (1 2)",
      "4: constant float32 2",
      "5: mul float32 (3 4)",
      "6: cast float64 of float32 (5)",
      "=> 6",
    ]);
  });

  test("computes equal and shared parts once", () => {
    const f = expression((x) => {
      const shared = x.exp();
      return [shared.mul(shared), x.exp().add(1), shared];
    });
    expect(listing(f.program(["float32"], ["float32", "float32", "float32"]))).toEqual([
      "0: input float32 0",
      "1: exp float32 (0)",
      "2: mul float32 (1 1)",
      "3: constant float32 1",
      "4: add float32 (1 3)",
      "=> 2 4 1",
    ]);
  });

  test("keeps zeros of both signs apart", () => {
    const { instructions } = expression((x) => x.add(0).mul(-0)).program(["float32"], ["float32"]);
    const constants = instructions.filter(({ kind }) => kind === "constant");
    expect(constants.map(({ value }) => value)).toEqual([0, -0]);
  });

  test("compares in the operands' type and gives bool", () => {
    const f = expression((x, y) => x.less(y));
    expect(listing(f.program(["uint8", "float32"], ["bool"]))).toEqual([
      "0: input uint8 0",
      "1: cast float32 of uint8 (0)",
      "2: input float32 1",
      "3: less bool of float32 (1 2)",
      "=> 3",
    ]);
  });

  test("casts conditions to bool and drops the rounding of integers", () => {
    const f = expression((c, x) => c.where(x.floor(), 0));
    expect(listing(f.program(["float32", "int32"], ["int32"]))).toEqual([
      "0: input float32 0",
      "1: cast bool of float32 (0)",
      "2: input int32 1",
      "3: constant int32 0",
      "4: where int32 (1 2 3)",
      "=> 4",
    ]);
  });

  test("takes a graph of many shared nodes in linear time", () => {
    let node = Expr.input(0);
    for (let i = 0; i < 60; i++) node = node.add(node);
    const f = expression((x) => x.mul(node));
    expect(f.program(["float64"], ["float64"]).instructions).toHaveLength(62);
    expect(f.key.length).toBeLessThan(2000);
    expect(evaluate(f, [1])).toEqual([2 ** 60]);
  });

  test("is done once for each combination of dtypes", () => {
    const f = expression((x) => x.neg());
    expect(f.program(["int32"], ["int32"])).toBe(f.program(["int32"], ["int32"]));
    expect(f.program(["int32"], ["int32"])).not.toBe(f.program(["int32"], ["float32"]));
  });
});

describe("types", () => {
  test("follow the one promotion order, whichever comes first", () => {
    const order: readonly DType[] = ["bool", "uint8", "int32", "float32", "float64"];
    const sum = expression((x, y) => x.add(y));
    order.forEach((a, i) => {
      order.forEach((b, j) => {
        const later = order[Math.max(i, j)]!;
        // There is no arithmetic on bools.
        expect(typeOf(sum, a, b), `${a} + ${b}`).toBe(later === "bool" ? "int32" : later);
      });
    });
  });

  test("of functions that have fractions are float", () => {
    for (const build of [(x: Expr) => x.sqrt(), (x: Expr) => x.div(2), (x: Expr) => x.atan2(1)]) {
      const f = expression((x) => build(x));
      expect([typeOf(f, "bool"), typeOf(f, "uint8"), typeOf(f, "int32")]).toEqual(
        Array.from({ length: 3 }, () => "float32"),
      );
      expect(typeOf(f, "float64")).toBe("float64");
    }
  });

  test("of parameters are their neighbour's; those that may have a fraction lift integers", () => {
    const whole = expression((x, p) => x.mul(p), 1);
    expect(typeOf(whole, "uint8")).toBe("uint8");
    const fraction = expression((x) => x.mul(Expr.parameter(0, true)));
    expect(typeOf(fraction, "uint8")).toBe("float32");
    expect(typeOf(fraction, "float64")).toBe("float64");
  });

  test("of infinities and NaN are float", () => {
    const f = expression((x) => x.minimum(Infinity));
    expect(typeOf(f, "int32")).toBe("float32");
  });

  test("of bools stay bool in logic, choice and extremes", () => {
    const logic = expression((x, y) => x.and(y).or(x.not()).xor(y));
    expect(typeOf(logic, "bool", "bool")).toBe("bool");
    expect(
      typeOf(
        expression((x, y) => x.where(x, y)),
        "bool",
        "bool",
      ),
    ).toBe("bool");
    expect(
      typeOf(
        expression((x, y) => x.maximum(y)),
        "bool",
        "bool",
      ),
    ).toBe("bool");
    expect(
      typeOf(
        expression((x) => x.neg()),
        "bool",
      ),
    ).toBe("int32");
  });

  test("of random bits are uint32, which meets floats alone", () => {
    expect(
      typeOf(
        expression((x) => Expr.index().mul(x)),
        "float32",
      ),
    ).toBe("float32");
    expect(() =>
      typeOf(
        expression((x) => Expr.index().add(x)),
        "int32",
      ),
    ).toThrow(/uint32 and int32/);
    expect(
      typeOf(
        expression((x) => Expr.index().cast("int32").add(x)),
        "int32",
      ),
    ).toBe("int32");
  });

  test("of constants alone are int32 or float32", () => {
    expect(inferDType(Expr.constant(2), [])).toBe("int32");
    expect(inferDType(Expr.constant(2).mul(0.5), [])).toBe("float32");
    expect(inferDType(Expr.constant(2).exp(), [])).toBe("float32");
  });
});

describe("values by type", () => {
  const on = (f: Expression, dtype: DType, ...inputs: number[]): number =>
    evaluate(f, inputs, { inputDTypes: inputs.map(() => dtype), outputDTypes: [dtype] })[0]!;

  test("uint8 wraps at every step", () => {
    expect(
      on(
        expression((x, y) => x.add(y).div(2).floor()),
        "uint8",
        250,
        10,
      ),
    ).toBe(2);
    expect(
      on(
        expression((x) => x.neg()),
        "uint8",
        1,
      ),
    ).toBe(255);
    expect(
      on(
        expression((x, y) => x.mul(y)),
        "uint8",
        20,
        13,
      ),
    ).toBe(4);
    expect(
      on(
        expression((x) => x.not()),
        "uint8",
        1,
      ),
    ).toBe(254);
    expect(
      on(
        expression((x) => x.shiftLeft(4)),
        "uint8",
        0x1f,
      ),
    ).toBe(0xf0);
  });

  test("int32 wraps, and its products keep their low bits", () => {
    expect(
      on(
        expression((x, y) => x.mul(y)),
        "int32",
        123456789,
        987654321,
      ),
    ).toBe(-67153019);
    expect(
      on(
        expression((x) => x.neg()),
        "int32",
        -2147483648,
      ),
    ).toBe(-2147483648);
    expect(
      on(
        expression((x) => x.abs()),
        "int32",
        -2147483648,
      ),
    ).toBe(-2147483648);
    expect(
      on(
        expression((x) => x.shiftRight(4)),
        "int32",
        -16,
      ),
    ).toBe(-1);
  });

  test("uint32 has no sign", () => {
    const f = expression((x) => x.cast("uint32").shiftRight(4).cast("int32"));
    expect(on(f, "int32", -16)).toBe(0x0fffffff);
    const less = expression((x, y) => x.cast("uint32").less(y.cast("uint32")));
    expect(on(less, "int32", 1, -1)).toBe(1);
    expect(
      on(
        expression((x) => x.cast("uint32").cast("float32")),
        "int32",
        -1,
      ),
    ).toBe(2147483647);
  });

  test("float32 rounds every step", () => {
    const f = expression((x, y) => x.add(y).sub(x));
    expect(on(f, "float32", 16777216, 1)).toBe(0);
    expect(on(f, "float64", 16777216, 1)).toBe(1);
  });

  test("indices count elements, beyond 2^31 too", () => {
    const f = expression(() => Expr.index());
    expect(evaluate(f, [], { index: 3_000_000_000 })).toEqual([3_000_000_000]);
  });

  test("special values pass through as in IEEE 754", () => {
    const value = (build: (x: Expr, y: Expr) => Expr, ...inputs: number[]): number =>
      evaluate(
        expression((x, y) => build(x, y)),
        inputs,
      )[0]!;
    expect(value((x, y) => x.maximum(y), Number.NaN, 1)).toBeNaN();
    expect(value((x, y) => x.minimum(y), 1, Number.NaN)).toBeNaN();
    expect(value((x) => x.neg(), 0, 0)).toBe(-0);
    expect(value((x, y) => x.div(y), -1, 0)).toBe(-Infinity);
    expect(value((x, y) => x.equal(y), Number.NaN, Number.NaN)).toBe(0);
    expect(value((x, y) => x.notEqual(y), Number.NaN, Number.NaN)).toBe(1);
    expect(value((x) => x.relu(), Number.NaN, 0)).toBeNaN();
    expect(value((x) => x.clip(0, 1), Number.NaN, 0)).toBeNaN();
    expect(value((x) => x.sigmoid(), -Infinity, 0)).toBe(0);
    expect(value((x) => x.round(), -0.4, 0)).toBe(-0);
    expect(value((x, y) => x.atan2(y), -0, -1)).toBe(-Math.PI);
  });
});
