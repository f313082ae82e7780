import {
  contiguousStrides,
  sizeOf,
  type ScatterAddCall,
  type View,
} from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { axisNest } from "../shaders/axis-nest.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import { reshaped } from "./reshaped.ts";
import { sort } from "./sort.ts";

/**
 * Adds along an axis, all that goes to one place by one invocation: the indices are sorted, so that it finds its updates one
 * after the other. The sort is stable, and so they are added in their order, as if one after the other.
 *
 * @param call - of elements of four bytes
 */
export function sortedScatterAdd(executor: Executor, call: ScatterAddCall): void {
  const { indices, axis } = call;
  // Where all lines share their indices, one line of them is sorted.
  const shape = indices.shape.map((size, a) => (indices.strides[a] === 0 && a !== axis ? 1 : size));
  const contiguous = contiguousStrides(shape);
  const storages = [0, 1].map(() => executor.allocate(sizeOf(shape) * 4));
  const [values, places] = storages.map((storage): View => {
    return { storage, dtype: "int32", shape, strides: contiguous, offset: 0 };
  });
  sort(executor, {
    input: reshaped(indices, shape, indices.strides),
    axis,
    descending: false,
    values: values!,
    indices: places!,
  });
  const strides = contiguous.map((stride, a) => (shape[a] === 1 ? 0 : stride));
  const spread = (view: View): View => reshaped(view, indices.shape, strides);
  addRuns(executor, call, spread(values!), spread(places!));
  for (const storage of storages) executor.free(storage);
}

/** An invocation for every update; those at which a new index begins add all that follow with the same one. */
function addRuns(
  executor: Executor,
  { updates, axis, output }: ScatterAddCall,
  sorted: View,
  places: View,
): void {
  const views = [sorted, places, updates, output];
  const nest = axisNest(updates.shape, axis, views);
  const rank = nest.sizes.length;
  const operands = new Operands(
    views.map((view) => ({ view, isOutput: view === output, isVector: false })),
  );
  const pipeline = executor.pipeline(
    `scatterAdd sorted ${rank} ${nest.axis} ${operands.key}`,
    () => {
      const module = new ShaderModule();
      const codes = operands.declare(module);
      const [count, length] = module.wordList(2);
      const offsets = module.wordList(views.length);
      const sizes = module.wordList(rank - 1);
      const strides = views.map(() => module.wordList(rank));
      const bases = views.map((_, v) => {
        const terms = strides[v]!.map((stride, a) => `c${a} * ${stride}`);
        return `  let base${v} = ${[offsets[v]!, ...terms.filter((__, a) => a !== nest.axis)].join(" + ")};`;
      });
      const along = (v: number, place: string): string =>
        `(base${v} + ${place} * ${strides[v]![nest.axis]})`;
      const indexAt = (place: string): string => codes[0]!.load(along(0, place));
      const update = codes[2]!.load(along(2, `u32(${codes[1]!.load(along(1, "i"))})`));
      return module.eachSource(
        "id",
        `${count}`,
        `${coordinates("c", "id", sizes).join("\n")}
${bases.join("\n")}
  let first = c${nest.axis};
  let index = ${indexAt("first")};
  if (first == 0u || ${indexAt("(first - 1u)")} != index) {
    let at = ${along(3, "u32(index)")};
    var sum = ${codes[3]!.load("at")};
    for (var i = first; i < ${length}; i++) {
      if (${indexAt("i")} != index) { break; }
      sum += ${update};
    }
    ${codes[3]!.store("at", "sum")}
  }`,
      );
    },
  );
  const words = executor.words().integers([sizeOf(nest.sizes), nest.sizes[nest.axis]!]);
  for (const { offset } of views) words.integer(offset);
  words.integers(nest.sizes.slice(1));
  for (const strides of nest.strides) words.integers(strides);
  executor.dispatch(pipeline, operands.blocks, words, turns(executor.traits, sizeOf(nest.sizes)));
}
