import { sizeOf, type GatherCall } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { blockOf } from "../device/gpu-storage.ts";
import { axisNest } from "../shaders/axis-nest.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import { computedType } from "../shaders/program-code.ts";
import { endsWhole, withAlignedOutputs } from "./aligned-outputs.ts";

/** Takes elements along an axis: four an invocation, looked up together where they lie in one slice. */
export function gather(executor: Executor, call: GatherCall): void {
  if (sizeOf(call.output.shape) === 0) return;
  withAlignedOutputs(executor, [call.output], ([output]) =>
    run(executor, { ...call, output: output! }),
  );
}

function run(executor: Executor, { input, indices, axis, output }: GatherCall): void {
  const nest = axisNest(output.shape, axis, [input, indices]);
  const rank = nest.sizes.length;
  const [from, where] = nest.strides as [readonly number[], readonly number[]];
  const inner = rank - 1;
  const isLine =
    inner !== nest.axis && nest.sizes[inner]! % 4 === 0 && from[inner] === 1 && where[inner] === 0;
  const isRow =
    isLine &&
    input.offset % 4 === 0 &&
    blockOf(input).buffer.size % 16 === 0 &&
    from.every((stride, i) => i === inner || stride % 4 === 0);
  const isWhole = endsWhole(output);
  const operands = new Operands([
    { view: input, isOutput: false, isVector: isRow },
    { view: indices, isOutput: false, isVector: false },
    { view: output, isOutput: true, isVector: isWhole },
  ]);
  const key = `gather ${rank} ${nest.axis} ${isRow} ${isWhole} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => {
    const module = new ShaderModule();
    const [source, index, target] = operands.declare(module);
    const [count, sourceOffset, indexOffset, targetOffset] = module.wordList(4);
    const sizes = module.wordList(rank - 1);
    const sourceStrides = module.wordList(rank);
    const indexStrides = module.wordList(rank);
    const place = (prefix: string): string => {
      const at = indexStrides.map((stride, i) => `${prefix}${i} * ${stride}`).join(" + ");
      const terms = sourceStrides.map((stride, i) =>
        i === nest.axis
          ? `u32(${index!.load(`(${indexOffset} + ${at})`)}) * ${stride}`
          : `${prefix}${i} * ${stride}`,
      );
      return `${sourceOffset} + ${terms.join(" + ")}`;
    };
    const type = computedType(output.dtype, 4);
    let statements: string;
    let value: string;
    if (isRow) {
      statements = coordinates("c", "(i * 4u)", sizes).join("\n");
      value = source!.loadVector(`((${place("c")}) >> 2u)`);
    } else {
      const lanes = [0, 1, 2, 3].map((lane) => {
        // Beyond the last element the last is taken again.
        const at = `min(i * 4u + ${lane}u, ${count} - 1u)`;
        return coordinates(`c${lane}_`, at, sizes).join("\n");
      });
      statements = lanes.join("\n");
      value = `${type}(${[0, 1, 2, 3].map((lane) => source!.load(`(${place(`c${lane}_`)})`)).join(", ")})`;
    }
    const store = isWhole
      ? target!.storeVector(`${targetOffset} + i`, "value")
      : Array.from(
          "xyzw",
          (part, lane) =>
            `if (i * 4u + ${lane}u < ${count}) { ${target!.store(`${targetOffset} + i * 4u + ${lane}u`, `value.${part}`)} }`,
        ).join("\n  ");
    return module.eachSource(
      "i",
      `(${count} + 3u) / 4u`,
      `${statements}
  let value: ${type} = ${value};
  ${store}`,
    );
  });
  const count = sizeOf(output.shape);
  const words = executor
    .words()
    .integers([count, input.offset, indices.offset, isWhole ? output.offset / 4 : output.offset])
    .integers(nest.sizes.slice(1))
    .integers(from)
    .integers(where);
  executor.dispatch(pipeline, operands.blocks, words, turns(executor.traits, Math.ceil(count / 4)));
}
