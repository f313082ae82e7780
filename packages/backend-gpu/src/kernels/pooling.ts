import {
  sizeOf,
  type PoolCall,
  type PoolGradientCall,
  type PoolParameters,
  type View,
} from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { call as callFunction } from "../shaders/functions.ts";
import type { Width } from "../shaders/type-names.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import {
  declareWindow,
  placeNumber,
  pushWindow,
  tapLoops,
  windowLoops,
  type WindowGeometry,
} from "../shaders/window-code.ts";
import { endsWhole } from "./aligned-outputs.ts";

function geometryOf(call: PoolParameters, input: View, output: View): WindowGeometry {
  const { window, strides, dilation, padding } = call;
  const space = input.shape.slice(1, -1);
  return { window, strides, dilation, padding, space, outSpace: output.shape.slice(1, -1) };
}

/** Four channels an invocation where their number allows it, else one. */
function widthOf(channels: number, views: readonly View[]): Width {
  return channels % 4 === 0 && views.every((view) => endsWhole(view)) ? 4 : 1;
}

/** Pools: an invocation computes one place. */
export function pool(executor: Executor, call: PoolCall): void {
  const { input, output, mode } = call;
  if (sizeOf(output.shape) === 0) return;
  atPlaces(executor, call, "pool", input, [input], output, (width, loop) => {
    const { F } = loop;
    if (mode === "max") {
      return `  var best = ${F}(-${callFunction(loop.module, width, "infinity", [])});
${loop.taps(`    if (inside) { best = ${callFunction(loop.module, width, "maximum", ["best", loop.input])}; }`)}
  ${loop.store("best")}`;
    }
    return `  var sum = ${F}(0.0);
  var count = 0.0;
${loop.taps(`    if (${loop.counts}) { count += 1.0; }
    if (inside) { sum += ${loop.input}; }`)}
  ${loop.store(`(sum / ${F}(count))`)}`;
  });
}

/**
 * The gradient of pooling in two steps: what each window gives (for `max` the number of the tap that won, for `average` its
 * share), then what each element receives of the windows over it, always in the same order.
 */
export function poolGradient(executor: Executor, call: PoolGradientCall): void {
  const { input, gradient, output, mode } = call;
  if (sizeOf(output.shape) === 0) return;
  const count = sizeOf(gradient.shape);
  const storage = executor.allocate(Math.max(count, 1) * 4);
  const given: View = {
    ...gradient,
    storage,
    offset: 0,
    dtype: mode === "max" ? "int32" : "float32",
  };
  if (count > 0 && mode === "max") {
    atPlaces(executor, call, "poolGradient winners", input, [input], given, (width, loop) => {
      const { F } = loop;
      const I = width === 1 ? "i32" : "vec4i";
      const nan = (x: string): string => callFunction(loop.module, width, "is_nan", [x]);
      // The first one wins in any case; then a larger one, or NaN, unless NaN has won.
      return `  var best = ${F}(0.0);
  var winner = ${I}(-1);
${loop.taps(`    if (inside) {
      let x = ${loop.input};
      let wins = (winner == ${I}(-1)) | ((!${nan("best")}) & ((x > best) | ${nan("x")}));
      best = select(best, x, wins);
      winner = select(winner, ${I}(i32(tap)), wins);
    }`)}
  ${loop.store("winner")}`;
    });
  } else if (count > 0) {
    atPlaces(executor, call, "poolGradient shares", input, [gradient], given, (_, loop) => {
      const { F } = loop;
      return `  var count = 0.0;
${loop.taps(`    if (${loop.counts}) { count += 1.0; }`)}
  ${loop.store(`(${loop.own} / ${F}(count))`)}`;
    });
  }
  collect(executor, call, given);
  executor.free(storage);
}

interface PlaceCode {
  readonly module: ShaderModule;
  readonly F: string;
  /** The element of the first operand under the tap. */
  readonly input: string;
  /** The element of the first operand at the out place. */
  readonly own: string;
  /** Whether the tap counts in a mean. */
  readonly counts: string;
  taps(body: string): string;
  store(value: string): string;
}

/** Runs a shader whose invocations each have one place of the output, and one channel or four. */
function atPlaces(
  executor: Executor,
  call: PoolParameters,
  name: string,
  space: View,
  inputs: readonly View[],
  output: View,
  bodyOf: (width: Width, code: PlaceCode) => string,
): void {
  const geometry = geometryOf(call, space, output);
  const rank = geometry.window.length;
  const channels = output.shape.at(-1)!;
  const width = widthOf(channels, [...inputs, output]);
  const operands = new Operands([
    ...inputs.map((view) => ({ view, isOutput: false, isVector: width === 4 })),
    { view: output, isOutput: true, isVector: width === 4 },
  ]);
  const key = `${name} ${call.mode} ${call.countPadding} ${rank} ${width} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => {
    const module = new ShaderModule();
    const codes = operands.declare(module);
    const [count, channelCount] = module.wordList(2);
    const offsets = module.wordList(codes.length);
    const code = declareWindow(module, rank);
    const load = (i: number, at: string): string =>
      width === 4 ? codes[i]!.loadVector(at) : codes[i]!.load(at);
    const under = placeNumber("p", "batch", code.space);
    const inPadding = Array.from(
      { length: rank },
      (_, a) => `(i32(p${a}) < i32(${code.space[a]} + ${code.after[a]}))`,
    );
    const body = bodyOf(width, {
      module,
      F: width === 4 ? "vec4f" : "f32",
      input: load(0, `${offsets[0]!} + (${under}) * ${channelCount} + channel`),
      own: load(0, `${offsets[0]!} + id`),
      counts: call.countPadding ? inPadding.join(" & ") : "inside",
      taps: (inner) => tapLoops(code, inner),
      store: (value) => {
        const target = codes.at(-1)!;
        const at = `${offsets.at(-1)!} + id`;
        return width === 4 ? target.storeVector(at, value) : target.store(at, value);
      },
    });
    return module.eachSource(
      "id",
      `${count}`,
      `${placeCoordinates("o", code.outSpace, channelCount!)}
${body}`,
    );
  });
  const count = sizeOf(output.shape) / width;
  const words = executor.words().integers([count, channels / width]);
  for (const { offset } of [...inputs, output]) words.integer(offset / width);
  pushWindow(words, geometry);
  executor.dispatch(pipeline, operands.blocks, words, turns(executor.traits, count));
}

/** Names the coordinates of invocation `id` in [batch, ...space, channels]. */
export function placeCoordinates(
  prefix: string,
  space: readonly string[],
  channels: string,
): string {
  const names = ["batch", ...space.map((_, a) => `${prefix}${a}`), "channel"];
  const lines = coordinates("d", "id", [...space, channels]);
  return [...lines, ...names.map((name, i) => `  let ${name} = d${i};`)].join("\n");
}

/** Sums what each element receives of the windows over it. */
function collect(executor: Executor, call: PoolGradientCall, given: View): void {
  const { gradient, output, mode } = call;
  const geometry = geometryOf(call, output, gradient);
  const rank = geometry.window.length;
  const channels = output.shape.at(-1)!;
  const width = widthOf(channels, [gradient, output]);
  const isMax = mode === "max";
  const inputs = isMax ? [given, gradient] : [given];
  const operands = new Operands([
    ...inputs.map((view) => ({ view, isOutput: false, isVector: width === 4 })),
    { view: output, isOutput: true, isVector: width === 4 },
  ]);
  const key = `poolGradient ${mode} ${rank} ${width} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => {
    const module = new ShaderModule();
    const codes = operands.declare(module);
    const [count, channelCount, gradientOffset, outputOffset] = module.wordList(4);
    const code = declareWindow(module, rank);
    const F = width === 4 ? "vec4f" : "f32";
    const I = width === 4 ? "vec4i" : "i32";
    const load = (i: number, at: string): string =>
      width === 4 ? codes[i]!.loadVector(at) : codes[i]!.load(at);
    const take = isMax
      ? `sum += select(${F}(0.0), ${load(1, `${gradientOffset} + at`)}, ${load(0, "at")} == ${I}(i32(tap)));`
      : `sum += ${load(0, "at")};`;
    const target = codes.at(-1)!;
    const at = `${outputOffset} + id`;
    return module.eachSource(
      "id",
      `${count}`,
      `${placeCoordinates("p", code.space, channelCount!)}
  var sum = ${F}(0.0);
${windowLoops(
  module,
  code,
  `    let at = (${placeNumber("o", "batch", code.outSpace)}) * ${channelCount} + channel;
    ${take}`,
)}
  ${width === 4 ? target.storeVector(at, "sum") : target.store(at, "sum")}`,
    );
  });
  const count = sizeOf(output.shape) / width;
  const words = executor
    .words()
    .integers([count, channels / width, gradient.offset / width, output.offset / width]);
  pushWindow(words, geometry);
  executor.dispatch(pipeline, operands.blocks, words, turns(executor.traits, count));
}
