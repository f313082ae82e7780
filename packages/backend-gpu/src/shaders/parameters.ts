import type { Program } from "@tensorloom/tensor/backend";
import type { Words } from "../device/words.ts";
import type { ShaderModule } from "./module.ts";
import type { ParameterCode } from "./program-code.ts";

const numbers = new WeakMap<Program, number>();
let next = 1;

/** Returns a number that names a program in keys. */
export function programNumber(program: Program): number {
  let number = numbers.get(program);
  if (number === undefined) {
    number = next++;
    numbers.set(program, number);
  }
  return number;
}

const used = new WeakMap<Program, readonly number[]>();

/** The parameters that a program reads, by number. */
function parametersOf(program: Program): readonly number[] {
  let list = used.get(program);
  if (list === undefined) {
    const all = program.instructions.filter(({ kind }) => kind === "parameter");
    list = [...new Set(all.map(({ value }) => value))].toSorted((a, b) => a - b);
    used.set(program, list);
  }
  return list;
}

/** Declares a program's parameters: each as a float, and as a whole number for the integers beside it. */
export function parameterCode(module: ShaderModule, program: Program): ParameterCode[] {
  const codes: ParameterCode[] = [];
  for (const number of parametersOf(program)) {
    codes[number] = { float: module.float(), whole: module.word() };
  }
  return codes;
}

/** Adds the values in the order in which {@link parameterCode} declared them. */
export function pushParameters(
  words: Words,
  program: Program,
  parameters: readonly number[],
): void {
  for (const number of parametersOf(program)) {
    const value = parameters[number]!;
    words.float(value);
    // Whole numbers wrap, as they do in arithmetic; others truncate and saturate.
    words.integer(
      Number.isInteger(value)
        ? value
        : Math.min(Math.max(Math.trunc(value) || 0, -2147483648), 2147483647),
    );
  }
}
