import { Expr, Expression, expression, inferDType, type DType } from "@tensorloom/tensor/backend";
import * as fc from "fast-check";
import { checkProperty, shapes, views } from "../../arbitraries.ts";
import type { Arranged } from "../../arrangement.ts";
import { compare } from "../../compare.ts";
import type { Pair, Suite } from "../../registry.ts";

async function check(pair: Pair, f: Expression, inputs: readonly Arranged[]): Promise<void> {
  const types = f.roots.map((root) =>
    inferDType(
      root,
      inputs.map(({ dtype }) => dtype),
    ),
  );
  await compare(pair, "map", (place) => {
    const outputs = types.map((dtype) => place.output(dtype, inputs[0]!.shape));
    const call = {
      expression: f,
      inputs: inputs.map((input) => place.input(input)),
      parameters: [3],
      outputs,
    };
    return { call, outputs };
  });
}

const anyTypes = [
  expression((x) => x),
  expression((x, y) => x.add(y)),
  expression((x, y) => x.maximum(y)),
  expression((x, y, c) => c.where(x, y)),
  expression((x, y, c) => [x.equal(y), x.less(c), y]),
  expression((x, y, c, p) => x.sub(y).mul(p).add(c), 1),
];

/** Whole numbers alone, and products with constants alone: exact in any order, fused or not. */
function floatProgram(): fc.Arbitrary<Expr> {
  return fc.letrec<{ node: Expr }>((tie) => {
    const node = tie("node");
    const pair = fc.tuple(node, node);
    return {
      node: fc.oneof(
        { maxDepth: 5, withCrossShrink: true },
        fc.nat(2).map((i) => Expr.input(i)),
        fc.constantFrom(-3, 0, 1, 2.5).map((value) => Expr.constant(value)),
        fc.constant(Expr.parameter(0)),
        fc.tuple(node, fc.constantFrom(-2, -1, 0.5)).map(([x, by]) => x.mul(by)),
        node.map((x) => x.abs()),
        node.map((x) => x.floor()),
        pair.map(([x, y]) => x.add(y)),
        pair.map(([x, y]) => x.sub(y)),
        pair.map(([x, y]) => x.minimum(y)),
        fc.tuple(node, node, node).map(([c, x, y]) => c.less(x).where(x, y)),
      ),
    };
  }).node;
}

/** Anything on int32: all of it wraps, so all of it is exact. */
function integerProgram(): fc.Arbitrary<Expr> {
  return fc.letrec<{ node: Expr }>((tie) => {
    const node = tie("node");
    const pair = fc.tuple(node, node);
    const shift = fc.tuple(node, fc.integer({ min: 0, max: 31 }));
    return {
      node: fc.oneof(
        { maxDepth: 6, withCrossShrink: true },
        fc.nat(2).map((i) => Expr.input(i)),
        fc.integer().map((value) => Expr.constant(value)),
        fc.constant(Expr.parameter(0)),
        fc.constant(Expr.index().cast("int32")),
        node.map((x) => x.neg()),
        node.map((x) => x.not()),
        pair.map(([x, y]) => x.add(y)),
        pair.map(([x, y]) => x.mul(y)),
        pair.map(([x, y]) => x.xor(y)),
        pair.map(([x, y]) => x.maximum(y)),
        shift.map(([x, by]) => x.shiftLeft(by)),
        shift.map(([x, by]) => x.cast("uint32").shiftRight(by).cast("int32")),
        fc.tuple(node, node, node).map(([c, x, y]) => c.lessEqual(x).where(x, y)),
      ),
    };
  }).node;
}

/** Random views and random programs. */
export function addRandomMaps(map: Suite): void {
  map.test("random views of mixed dtypes", async (pair) => {
    const dtypes = (["float32", "float64", "int32", "uint8", "bool"] as const).filter((dtype) =>
      pair.backend.dtypes.includes(dtype),
    );
    const calls = fc.tuple(shapes(), fc.constantFrom(...anyTypes)).chain(([shape, f]) => {
      const input = fc.constantFrom<DType>(...dtypes).chain((dtype) => views(shape, dtype));
      const count = Math.max(1, f.inputCount);
      return fc.record({
        f: fc.constant(f),
        inputs: fc.array(input, { minLength: count, maxLength: count }),
      });
    });
    await checkProperty(calls, ({ f, inputs }) => check(pair, f, inputs), 150);
  });

  for (const [dtype, program] of [
    ["float32", floatProgram],
    ["int32", integerProgram],
  ] as const) {
    map.test(`random programs ${dtype}`, async (pair) => {
      const calls = shapes(3).chain((shape) =>
        fc.record({
          roots: fc.array(program(), { minLength: 1, maxLength: 3 }),
          inputs: fc.tuple(...[0, 1, 2].map(() => views(shape, dtype, { size: 100 }))),
        }),
      );
      await checkProperty(
        calls,
        ({ roots, inputs }) =>
          check(
            pair,
            new Expression(
              roots.map((root) => root.cast(dtype)),
              3,
              1,
            ),
            inputs,
          ),
        100,
      );
    });
  }
}
