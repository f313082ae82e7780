import type { ExprType } from "./node.ts";
import type { Program } from "./program.ts";

/** What {@link assignRegisters} gives. */
export interface RegisterAssignment {
  /** For each instruction, the number of its register. */
  readonly registers: readonly number[];
  /** For each register, the type that it holds. */
  readonly types: readonly ExprType[];
}

/**
 * Returns, for each instruction of `program`, the number of the block register that holds its result: registers are
 * reused after a value's last use, but never within the instruction that reads it, and only between equal types.
 * Constants and parameters have registers of their own, which are filled once for all blocks.
 *
 * `types` has the type of each register. For interpreters that run a program block by block.
 */
export function assignRegisters(program: Program): RegisterAssignment {
  const { instructions, outputs } = program;
  const lastUse = instructions.map((_, i) => i);
  instructions.forEach((instruction, i) => {
    for (const operand of instruction.operands) lastUse[operand] = i;
  });
  for (const output of outputs) lastUse[output] = instructions.length;
  const isFilledOnce = instructions.map(({ kind }) => kind === "constant" || kind === "parameter");
  isFilledOnce.forEach((once, i) => {
    if (once) lastUse[i] = instructions.length;
  });
  const registers: number[] = [];
  const types: ExprType[] = [];
  const free = new Map<string, number[]>();
  instructions.forEach((instruction, i) => {
    const { type } = instruction;
    const reusable = isFilledOnce[i] === true ? undefined : free.get(type)?.pop();
    registers.push(reusable ?? types.push(type) - 1);
    for (const operand of new Set(instruction.operands)) {
      if (lastUse[operand] !== i) continue;
      const operandType = instructions[operand]!.type;
      const list = free.get(operandType);
      if (list === undefined) free.set(operandType, [registers[operand]!]);
      else list.push(registers[operand]!);
    }
    if (lastUse[i] === i) {
      // A result that nobody reads (an unused input) gives its register back at once.
      const list = free.get(type);
      if (list === undefined) free.set(type, [registers[i]!]);
      else list.push(registers[i]!);
    }
  });
  return { registers, types };
}
