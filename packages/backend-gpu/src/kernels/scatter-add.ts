import { sizeOf, type ScatterAddCall } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { axisNest } from "../shaders/axis-nest.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import { sortedScatterAdd } from "./sorted-scatter-add.ts";
import { withWords } from "./whole-words.ts";

/**
 * Adds along an axis, what goes to one place always in the same order, so that the sums are the same bits every time: an
 * invocation has a line of the output to itself, or, where lines are long and few, the updates are sorted first.
 */
export function scatterAdd(executor: Executor, call: ScatterAddCall): void {
  const { updates, axis } = call;
  const size = sizeOf(updates.shape);
  if (size === 0) return;
  const length = updates.shape[axis]!;
  // On a host's processor, sorting takes longer than it gains.
  const { isSoftware } = executor.traits;
  const isSorted = !isSoftware && length >= longLine && size / length < fewLines;
  withWords(executor, { inputs: [updates], outputs: [call.output], isUpdate: true }, (words) => {
    const add = isSorted ? sortedScatterAdd : addLines;
    add(executor, { ...call, updates: words.inputs[0]!, output: words.outputs[0]! });
  });
}

/** Lines from this length on are sorted where there are fewer than so many of them. */
const [longLine, fewLines] = [1024, 4096];

function addLines(executor: Executor, { indices, updates, axis, output }: ScatterAddCall): void {
  const nest = axisNest(updates.shape, axis, [indices, updates, output]);
  const rank = nest.sizes.length;
  const operands = new Operands([
    { view: indices, isOutput: false, isVector: false },
    { view: updates, isOutput: false, isVector: false },
    { view: output, isOutput: true, isVector: false },
  ]);
  const pipeline = executor.pipeline(`scatterAdd ${rank} ${nest.axis} ${operands.key}`, () => {
    const module = new ShaderModule();
    const [index, update, target] = operands.declare(module);
    const [lines, length] = module.wordList(2);
    const offsets = module.wordList(3);
    const sizes = module.wordList(rank - 2);
    const strides = [0, 1, 2].map(() => module.wordList(rank));
    // The line's coordinates are those of all loops but the axis.
    const base = (v: number): string =>
      [
        offsets[v]!,
        ...strides[v]!.filter((_, i) => i !== nest.axis).map((stride, i) => `c${i} * ${stride}`),
      ].join(" + ");
    const along = (v: number): string => strides[v]![nest.axis]!;
    return module.eachSource(
      "line",
      `${lines}`,
      `${coordinates("c", "line", sizes).join("\n")}
  let indices = ${base(0)};
  let updates = ${base(1)};
  let target_base = ${base(2)};
  for (var i = 0u; i < ${length}; i++) {
    let at = target_base + u32(${index!.load(`(indices + i * ${along(0)})`)}) * ${along(2)};
    ${target!.store("at", `${target!.load("at")} + ${update!.load(`(updates + i * ${along(1)})`)}`)}
  }`,
    );
  });
  const length = nest.sizes[nest.axis]!;
  const others = nest.sizes.filter((_, i) => i !== nest.axis);
  const lines = sizeOf(others);
  const words = executor
    .words()
    .integers([lines, length, indices.offset, updates.offset, output.offset])
    .integers(others.slice(1));
  for (const strides of nest.strides) words.integers(strides);
  executor.dispatch(pipeline, operands.blocks, words, turns(executor.traits, lines));
}
