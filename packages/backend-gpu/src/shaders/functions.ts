import { floatFunctions } from "./float-functions.ts";
import type { ShaderModule } from "./module.ts";
import { scalarFunctions } from "./scalar-functions.ts";
import { typeNames, type Width } from "./type-names.ts";

/** Makes a function part of a shader, with all that it calls; returns a call of it. */
export function call(
  module: ShaderModule,
  width: Width,
  name: string,
  operands: readonly string[],
): string {
  addFunction(module, width, name);
  if (!(name in scalarFunctions) || width === 1) return `${name}(${operands.join(", ")})`;
  const type = name.endsWith("_ints") ? "vec4i" : "vec4f";
  const elements = Array.from("xyzw", (part) => {
    const parts = operands.map((operand) => `${operand}.${part}`);
    return `${name}(${parts.join(", ")})`;
  });
  return `${type}(${elements.join(", ")})`;
}

function addFunction(module: ShaderModule, width: Width, name: string): void {
  if (module.defines(name)) return;
  const { needs = [], text } = (floatFunctions[name] ?? scalarFunctions[name])!;
  for (const other of needs) addFunction(module, width, other);
  module.define(name, text(typeNames(width)));
}
