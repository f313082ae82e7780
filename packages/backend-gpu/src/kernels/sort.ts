import { contiguousStrides, sizeOf, type SortCall, type View } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import type { GpuStorage } from "../device/gpu-storage.ts";
import { axisNest } from "../shaders/axis-nest.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import { addSortKey } from "../shaders/sort-key.ts";
import { gather } from "./gather.ts";
import { copy } from "./whole-words.ts";

const runLength = 8;

/**
 * Sorts lines along an axis: runs of eight by insertion, then pairs of runs by merging, where each element finds its place
 * in the other run by halving. Stable, since of equal elements those of the first run come first.
 */
export function sort(executor: Executor, call: SortCall): void {
  const { input, axis, descending, values, indices } = call;
  const { shape } = input;
  const count = sizeOf(shape);
  if (count === 0) return;
  const length = shape[axis]!;
  let keys = executor.allocate(count * 4);
  let places = executor.allocate(count * 4);
  sortRuns(executor, input, axis, descending, keys, places);
  if (length > runLength) {
    let otherKeys = executor.allocate(count * 4);
    let otherPlaces = executor.allocate(count * 4);
    for (let width = runLength; width < length; width *= 2) {
      mergeRuns(
        executor,
        { keys, places },
        { keys: otherKeys, places: otherPlaces },
        count,
        length,
        width,
      );
      [keys, otherKeys] = [otherKeys, keys];
      [places, otherPlaces] = [otherPlaces, places];
    }
    executor.free(otherKeys);
    executor.free(otherPlaces);
  }
  // Lines lie one after the other: the axis is the innermost.
  const lineShape = [...shape.slice(0, axis), ...shape.slice(axis + 1), length];
  const lineStrides = contiguousStrides(lineShape);
  const order: View = {
    storage: places,
    dtype: "int32",
    offset: 0,
    shape,
    strides: [...lineStrides.slice(0, axis), 1, ...lineStrides.slice(axis, -1)],
  };
  if (indices !== undefined) copy(executor, order, indices);
  if (values !== undefined) gather(executor, { input, indices: order, axis, output: values });
  executor.free(keys);
  executor.free(places);
}

/** Writes the sorted runs of each line: a key an element, and where it came from. */
function sortRuns(
  executor: Executor,
  input: View,
  axis: number,
  descending: boolean,
  keys: GpuStorage,
  places: GpuStorage,
): void {
  const nest = axisNest(input.shape, axis, [input]);
  const rank = nest.sizes.length;
  const operands = new Operands([
    { view: input, isOutput: false, isVector: false },
    { view: { storage: keys, dtype: "int32" }, isOutput: true, isVector: false },
    { view: { storage: places, dtype: "int32" }, isOutput: true, isVector: false },
  ]);
  const key = `sort runs ${descending} ${rank} ${nest.axis} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => {
    const module = new ShaderModule();
    const [source, keyCode, placeCode] = operands.declare(module);
    addSortKey(module, input.dtype, 1, descending);
    const [runs, runsPerLine, length, offset] = module.wordList(4);
    const sizes = module.wordList(rank - 2);
    const strides = module.wordList(rank);
    const terms = strides.filter((_, i) => i !== nest.axis).map((stride, i) => `c${i} * ${stride}`);
    return module.eachSource(
      "run",
      `${runs}`,
      `  let line = run / ${runsPerLine};
  let begin = (run % ${runsPerLine}) * ${runLength}u;
  let count = min(${runLength}u, ${length} - begin);
${coordinates("c", "line", sizes).join("\n")}
  let base = ${[offset, ...terms].join(" + ")};
  var keys: array<u32, ${runLength}>;
  var places: array<u32, ${runLength}>;
  for (var i = 0u; i < count; i++) {
    let at = begin + i;
    let key = sort_key(${source!.load(`(base + at * ${strides[nest.axis]!})`)});
    var to = i;
    while (to > 0u) {
      if (keys[to - 1u] <= key) { break; }
      keys[to] = keys[to - 1u];
      places[to] = places[to - 1u];
      to--;
    }
    keys[to] = key;
    places[to] = at;
  }
  let out = line * ${length} + begin;
  for (var i = 0u; i < count; i++) {
    ${keyCode!.store("out + i", "bitcast<i32>(keys[i])")}
    ${placeCode!.store("out + i", "i32(places[i])")}
  }`,
    );
  });
  const others = nest.sizes.filter((_, i) => i !== nest.axis);
  const length = nest.sizes[nest.axis]!;
  const perLine = Math.ceil(length / runLength);
  const runs = perLine * sizeOf(others);
  const words = executor
    .words()
    .integers([runs, perLine, length, input.offset])
    .integers(others.slice(1))
    .integers(nest.strides[0]!);
  executor.dispatch(pipeline, operands.blocks, words, turns(executor.traits, runs));
}

interface Sorted {
  readonly keys: GpuStorage;
  readonly places: GpuStorage;
}

/** Merges each two runs of `width` elements; an invocation places one element. */
function mergeRuns(
  executor: Executor,
  from: Sorted,
  to: Sorted,
  count: number,
  length: number,
  width: number,
): void {
  const pipeline = executor.pipeline("sort merge", () => {
    const module = new ShaderModule();
    const [keys, places] = [module.buffer("r", "u32"), module.buffer("r", "u32")];
    const [newKeys, newPlaces] = [module.buffer("w", "u32"), module.buffer("w", "u32")];
    const [total, lineLength, runWidth] = module.wordList(3);
    return module.eachSource(
      "id",
      `${total}`,
      `  let line = id - id % ${lineLength};
  let at = id % ${lineLength};
  let pair = at - at % (2u * ${runWidth});
  let middle = min(pair + ${runWidth}, ${lineLength});
  let end = min(pair + 2u * ${runWidth}, ${lineLength});
  let key = ${keys}[id];
  let is_first = at < middle;
  // How many of the other run come before: of equal ones those of the first run do.
  var low = select(pair, middle, is_first);
  var high = select(middle, end, is_first);
  let other = low;
  while (low < high) {
    let half = (low + high) / 2u;
    let there = ${keys}[line + half];
    let comes_before = select(there <= key, there < key, is_first);
    if (comes_before) { low = half + 1u; } else { high = half; }
  }
  let own = at - select(middle, pair, is_first);
  let place = line + pair + own + (low - other);
  ${newKeys}[place] = key;
  ${newPlaces}[place] = ${places}[id];`,
    );
  });
  const blocks = [from.keys.block, from.places.block, to.keys.block, to.places.block];
  const words = executor.words().integers([count, length, width]);
  executor.dispatch(pipeline, blocks, words, turns(executor.traits, count));
}
