import fc from "fast-check";
import { expect, test } from "vitest";
import type { DType } from "../dtype.ts";
import { evaluateProgram } from "./evaluate.ts";
import { expression, Expression } from "./expression.ts";
import { Expr } from "./node.ts";
import type { Program } from "./program.ts";
import { assignRegisters } from "./registers.ts";

/**
 * Runs a program the way block interpreters do, with one file of registers, one instruction at a time: each instruction
 * is evaluated by itself, on what its operands' registers hold at that time.
 */
function runOnRegisters(
  program: Program,
  inputs: readonly number[],
  parameters: readonly number[],
): number[] {
  const { registers, types } = assignRegisters(program);
  const file = types.map(() => Number.NaN);
  // Filled once, before anything runs.
  program.instructions.forEach((instruction, i) => {
    if (instruction.kind !== "constant" && instruction.kind !== "parameter") return;
    const alone = { instructions: [instruction], outputs: [0] };
    file[registers[i]!] = evaluateProgram(alone, inputs, parameters, 7)[0]!;
  });
  program.instructions.forEach((instruction, i) => {
    if (instruction.kind === "constant" || instruction.kind === "parameter") return;
    // The operands become inputs of a program of one step.
    const values = instruction.operands.map((operand) => file[registers[operand]!]!);
    const leaves = values.map((_, k) => ({
      ...program.instructions[instruction.operands[k]!]!,
      kind: "input" as const,
      operands: [],
      value: k,
    }));
    const step = { ...instruction, operands: values.map((_, k) => k) };
    const isLeaf = values.length === 0;
    const alone = { instructions: [...leaves, step], outputs: [leaves.length] };
    file[registers[i]!] = evaluateProgram(alone, isLeaf ? inputs : values, parameters, 7)[0]!;
  });
  return program.outputs.map((output) => file[registers[output]!]!);
}

const dtypes: readonly DType[] = ["float32", "float64", "int32", "uint8"];
const anyExpr = fc.letrec<{ node: Expr }>((tie) => {
  const node = tie("node");
  const pair = fc.tuple(node, node);
  return {
    node: fc.oneof(
      { maxDepth: 6 },
      fc.integer({ min: 0, max: 2 }).map((i) => Expr.input(i)),
      fc.integer({ min: 0, max: 3 }).map((c) => Expr.constant(c)),
      fc.constant(Expr.parameter(0)),
      fc.constant(Expr.index().cast("int32")),
      node.map((x) => x.neg()),
      fc.tuple(node, fc.constantFrom(...dtypes)).map(([x, type]) => x.cast(type)),
      pair.map(([x, y]) => x.add(y)),
      pair.map(([x, y]) => x.mul(y)),
      // A shared node, read twice by its parent and again later.
      pair.map(([x, y]) => x.sub(y).mul(x)),
      fc.tuple(node, node, node).map(([c, x, y]) => c.less(x).where(x, y)),
    ),
  };
}).node;

test("no register is overwritten while its value is still read, whatever the types and outputs", () => {
  const roots = fc.array(anyExpr, { minLength: 1, maxLength: 3 });
  const inputTypes = fc.tuple(...[0, 1, 2].map(() => fc.constantFrom(...dtypes)));
  fc.assert(
    fc.property(roots, inputTypes, fc.constantFrom(...dtypes), (outputs, inputs, outputType) => {
      const program = new Expression(outputs, 3, 1).program(
        inputs,
        outputs.map(() => outputType),
      );
      expect(runOnRegisters(program, [2, 3, 5], [4])).toEqual(
        evaluateProgram(program, [2, 3, 5], [4], 7),
      );
    }),
    { seed: 7, numRuns: 300 },
  );
});

test("a register holds one type, and long chains take few", () => {
  let node = Expr.input(0);
  for (let i = 0; i < 50; i++) node = node.mul(Expr.input(1)).tanh();
  const f = new Expression([node.cast("int32")], 2);
  const program = f.program(["float32", "float32"], ["int32"]);
  const { registers, types } = assignRegisters(program);
  program.instructions.forEach(({ type }, i) => expect(types[registers[i]!]).toBe(type));
  expect(types.length).toBeLessThanOrEqual(4);
});

test("outputs keep their registers to the end", () => {
  const f = expression((x, y) => [x.add(y), x.sub(y), x.mul(y)]);
  const program = f.program(["float32", "float32"], ["float32", "float32", "float32"]);
  const { registers } = assignRegisters(program);
  expect(new Set(program.outputs.map((output) => registers[output])).size).toBe(3);
});
