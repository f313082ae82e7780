import { sizeOf, type MapCall } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { ElementInputs } from "../shaders/element-inputs.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import { parameterCode, programNumber, pushParameters } from "../shaders/parameters.ts";
import { programCode } from "../shaders/program-code.ts";
import { endsWhole } from "./aligned-outputs.ts";

/** Computes a program for every element, four an invocation: inputs in few enough buffers, bytes that end on whole words. */
export function mapElements(
  executor: Executor,
  { expression, inputs, parameters, outputs }: MapCall,
): void {
  const program = expression.program(
    inputs.map(({ dtype }) => dtype),
    outputs.map(({ dtype }) => dtype),
  );
  const { shape } = outputs[0]!;
  const size = sizeOf(shape);
  const elements = new ElementInputs(shape, inputs);
  const isWhole = outputs.map((output) => endsWhole(output));
  const operands = new Operands([
    ...inputs.map((view, i) => ({ view, isOutput: false, isVector: elements.isVector(i) })),
    ...outputs.map((view, i) => ({ view, isOutput: true, isVector: isWhole[i]! })),
  ]);
  const key = `map ${programNumber(program)} ${elements.key} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => {
    const module = new ShaderModule();
    const codes = operands.declare(module);
    const count = module.word();
    const sources = elements.declare(module, codes.slice(0, inputs.length));
    const offsets = module.wordList(outputs.length);
    const { statements, outputs: results } = programCode(module, program, 4, {
      inputs: sources.inputs,
      parameters: parameterCode(module, program),
      index: "(vec4u(i * 4u) + vec4u(0u, 1u, 2u, 3u))",
    });
    const stores = outputs.map((_, r) => {
      const code = codes[inputs.length + r]!;
      const value = results[r]!;
      if (isWhole[r] === true) return code.storeVector(`${offsets[r]!} + i`, value);
      return Array.from(
        "xyzw",
        (part, lane) =>
          `if (i * 4u + ${lane}u < ${count}) { ${code.store(`${offsets[r]!} + i * 4u + ${lane}u`, `${value}.${part}`)} }`,
      ).join("\n  ");
    });
    return module.eachSource(
      "i",
      `(${count} + 3u) / 4u`,
      `${sources.statements}
${statements}
  ${stores.join("\n  ")}`,
    );
  });
  const words = executor.words().integer(size);
  elements.push(words);
  outputs.forEach(({ offset }, r) => words.integer(isWhole[r] === true ? offset / 4 : offset));
  pushParameters(words, program, parameters);
  const groups = turns(executor.traits, Math.ceil(size / 4));
  executor.dispatch(pipeline, operands.blocks, words, groups);
}
