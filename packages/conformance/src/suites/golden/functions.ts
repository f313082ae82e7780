// Values of PyTorch 1.13: fixtures/conv_pool_gemm.py.
import {
  Expr,
  Expression,
  expression,
  type DType,
  type UnaryOperator,
} from "@tensorloom/tensor/backend";
import golden from "../../../fixtures/functions.json" with { type: "json" };
import { Placer, type Arranged } from "../../arrangement.ts";
import { expectClose, run } from "../../compare.ts";
import type { Pair, Suite } from "../../registry.ts";
import { approximated, chained } from "../../tolerances.ts";
import { arrangedOf, numbersOf, type Written } from "./values.ts";

function valuesOf(pair: Pair, f: Expression, x: Arranged): Promise<number[][]> {
  return run(pair.backend, "map", (place) => {
    const output = place.output(x.dtype, x.shape);
    const call = { expression: f, inputs: [place.input(x)], parameters: [], outputs: [output] };
    return { call, outputs: [output] };
  });
}

function list(data: Written, dtype: DType): Arranged {
  return arrangedOf({ shape: [data.length], data }, dtype);
}

/** Elementwise functions. */
export function addGoldenFunctions(map: Suite): void {
  for (const { name, x, result } of golden.unary) {
    for (const dtype of ["float32", "float64"] as const) {
      map.test(
        `golden ${name} ${dtype}`,
        async (pair) => {
          const f = new Expression([new Expr(name as UnaryOperator, [Expr.input(0)])], 1);
          const [actual] = await valuesOf(pair, f, list(x, dtype));
          const expected = numbersOf(result).map((value) =>
            dtype === "float32" ? Math.fround(value) : value,
          );
          expectClose(pair, actual!, expected, approximated(dtype), name);
        },
        { dtypes: [dtype] },
      );
    }
  }

  map.test("golden gelu", async (pair) => {
    const f = expression((x) => x.mul(0.5).mul(x.mul(Math.SQRT1_2).erf().add(1)));
    const [actual] = await valuesOf(pair, f, list(golden.gelu.x, "float32"));
    expectClose(pair, actual!, numbersOf(golden.gelu.result), chained("float32"), "gelu");
  });
}

/** Folds with elementwise steps between them. */
export function addGoldenFolds(reduce: Suite): void {
  reduce.test("golden softmax and logsumexp", async (pair) => {
    const { backend } = pair;
    const place = new Placer(backend);
    const x = arrangedOf(golden.softmax.x);
    const [rows, columns] = x.shape as [number, number];
    const identity = expression((a) => a);
    const exponential = expression((a, b) => a.sub(b).exp());
    const shape = [rows, columns];
    const common = { parameters: [], sourceDType: "float32", axes: [1] } as const;
    const [largest, total] = [
      place.output("float32", [rows, 1]),
      place.output("float32", [rows, 1]),
    ];
    const across = (view: typeof total): typeof total => ({ ...view, shape, strides: [1, 0] });
    const input = place.input(x);
    backend.reduce({
      ...common,
      operator: "max",
      expression: identity,
      inputs: [input],
      output: largest,
    });
    const inputs = [input, across(largest)];
    backend.reduce({ ...common, operator: "sum", expression: exponential, inputs, output: total });
    const softmax = place.output("float32", shape);
    const share = expression((a, b, c) => a.sub(b).exp().div(c));
    backend.map({
      expression: share,
      inputs: [...inputs, across(total)],
      parameters: [],
      outputs: [softmax],
    });
    const logarithm = place.output("float32", [rows, 1]);
    const sum = expression((a, b) => a.log().add(b));
    backend.map({
      expression: sum,
      inputs: [total, largest],
      parameters: [],
      outputs: [logarithm],
    });
    const tolerance = chained("float32");
    const expected = numbersOf(golden.softmax.result.data);
    expectClose(pair, await place.read(softmax), expected, tolerance, "softmax");
    expectClose(
      pair,
      await place.read(logarithm),
      numbersOf(golden.logsumexp.result.data),
      tolerance,
      "logsumexp",
    );
    place.free();
  });
}
