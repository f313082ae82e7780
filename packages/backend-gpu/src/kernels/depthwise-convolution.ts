import { sizeOf, type View } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import type { EpilogueCode } from "../shaders/epilogue-code.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import type { Width } from "../shaders/type-names.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import {
  declareWindow,
  placeNumber,
  pushWindow,
  tapLoops,
  windowLoops,
} from "../shaders/window-code.ts";
import { endsWhole } from "./aligned-outputs.ts";
import type { Convolution } from "./convolution-product.ts";
import { areTaps, depthwiseTiles } from "./depthwise-tiles.ts";
import { sumParts } from "./gemm.ts";
import { placeCoordinates } from "./pooling.ts";

function widthOf(views: readonly View[]): Width {
  const inFours = views.every((view) => view.shape.at(-1)! % 4 === 0 && endsWhole(view));
  return inFours ? 4 : 1;
}

/** Convolves each channel by itself; returns whether the epilogue has been applied. */
export function depthwise(
  executor: Executor,
  convolution: Convolution,
  input: View,
  filter: View,
  output: View,
  epilogue: EpilogueCode | undefined,
): boolean {
  const width = widthOf([input, filter, output]);
  const isGradient = false;
  if (width === 4 && areTaps(convolution, isGradient)) {
    const name = "conv depthwise";
    depthwiseTiles(executor, { name, geometry: convolution, isGradient, input, filter, output, epilogue }); // prettier-ignore
    return epilogue !== undefined;
  }
  const isFused = epilogue !== undefined && width === 4;
  overPlaces(executor, {
    name: "conv depthwise",
    convolution,
    width,
    views: [input, filter],
    output,
    epilogue: isFused ? epilogue : undefined,
    coordinatesOf: "o",
    body: (load, window, channels) =>
      tapLoops(
        window,
        `    if (inside) {
      sum += ${load(0, `(${placeNumber("p", "batch", window.space)}) * ${channels} + channel`)} * ${load(1, `tap * ${channels} + channel`)};
    }`,
      ),
  });
  return isFused;
}

/** The gradient of {@link depthwise} in its input: each place sums what the windows over it give. */
export function depthwiseInputGradient(
  executor: Executor,
  convolution: Convolution,
  gradient: View,
  filter: View,
  output: View,
): void {
  const width = widthOf([gradient, filter, output]);
  const name = "convInputGradient depthwise";
  const isGradient = true;
  if (width === 4 && areTaps(convolution, isGradient)) {
    const [geometry, epilogue] = [convolution, undefined];
    depthwiseTiles(executor, { name, geometry, isGradient, input: gradient, filter, output, epilogue }); // prettier-ignore
    return;
  }
  overPlaces(executor, {
    name,
    convolution,
    width,
    views: [gradient, filter],
    output,
    epilogue: undefined,
    coordinatesOf: "p",
    body: (load, window, channels, module) =>
      windowLoops(
        module,
        window,
        `    sum += ${load(0, `(${placeNumber("o", "batch", window.outSpace)}) * ${channels} + channel`)} * ${load(1, `tap * ${channels} + channel`)};`,
      ),
  });
}

/** An invocation computes one place, of four channels where they lie so: for windows that are too large to be written out. */
interface PlaceRun {
  readonly name: string;
  readonly convolution: Convolution;
  readonly width: Width;
  readonly views: readonly [View, View];
  readonly output: View;
  readonly epilogue: EpilogueCode | undefined;
  readonly coordinatesOf: "o" | "p";
  readonly body: (
    load: (i: number, at: string) => string,
    window: ReturnType<typeof declareWindow>,
    channels: string,
    module: ShaderModule,
  ) => string;
}

function overPlaces(executor: Executor, one: PlaceRun): void {
  const { name, convolution, width, views, output, epilogue } = one;
  const rank = convolution.window.length;
  const isVector = width === 4;
  const operands = new Operands([
    ...views.map((view) => ({ view, isOutput: false, isVector })),
    ...(epilogue?.operands ?? []),
    { view: output, isOutput: true, isVector },
  ]);
  const key = `${name} ${rank} ${width} ${epilogue?.key ?? ""} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => {
    const module = new ShaderModule();
    const codes = operands.declare(module);
    const [count, channels] = module.wordList(2);
    const offsets = module.wordList(3);
    const window = declareWindow(module, rank);
    const applied = epilogue?.declare(module, codes.slice(2, -1), "(id * 4u)", "(channel * 4u)");
    const load = (i: number, at: string): string =>
      isVector
        ? codes[i]!.loadVector(`${offsets[i]} + ${at}`)
        : codes[i]!.load(`(${offsets[i]} + ${at})`);
    const made = applied?.("sum");
    const target = codes.at(-1)!;
    const at = `${offsets[2]} + id`;
    const value = made?.value ?? "sum";
    const space = one.coordinatesOf === "o" ? window.outSpace : window.space;
    return module.eachSource(
      "id",
      `${count}`,
      `${placeCoordinates(one.coordinatesOf, space, channels!)}
  var sum = ${isVector ? "vec4f" : "f32"}(0.0);
${one.body(load, window, channels!, module)}
${made?.statements ?? ""}
  ${isVector ? target.storeVector(at, value) : target.store(at, value)}`,
    );
  });
  const count = sizeOf(output.shape) / width;
  const words = executor.words().integers([count, output.shape.at(-1)! / width]);
  for (const { offset } of [...views, output]) words.integer(offset / width);
  pushWindow(words, convolution);
  epilogue?.push(words);
  executor.dispatch(pipeline, operands.blocks, words, turns(executor.traits, count));
}

/** The gradient of {@link depthwise} in its filter: an invocation has a tap, a channel or four, and a part of the places. */
export function depthwiseFilterGradient(
  executor: Executor,
  convolution: Convolution,
  input: View,
  gradient: View,
  output: View,
): void {
  const width = widthOf([input, gradient, output]);
  const rank = convolution.window.length;
  const isVector = width === 4;
  const places = convolution.batch * sizeOf(convolution.outSpace);
  const count = sizeOf(output.shape) / width;
  const wanted = Math.ceil((executor.traits.isSoftware ? 1024 : 65_536) / count);
  const parts = Math.max(1, Math.min(wanted, Math.floor(places / 32), 256));
  const storage = parts === 1 ? undefined : executor.allocate(parts * sizeOf(output.shape) * 4);
  const target: View =
    storage === undefined
      ? output
      : {
          ...output,
          storage,
          offset: 0,
          shape: [parts, ...output.shape],
          strides: [sizeOf(output.shape), ...output.strides],
        };
  const operands = new Operands([
    { view: input, isOutput: false, isVector },
    { view: gradient, isOutput: false, isVector },
    { view: target, isOutput: true, isVector },
  ]);
  const key = `convFilterGradient depthwise ${rank} ${width} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => {
    const module = new ShaderModule();
    const codes = operands.declare(module);
    const [total, partCount, channels, placeCount, perPart] = module.wordList(5);
    const offsets = module.wordList(3);
    const window = declareWindow(module, rank);
    const axes = Array.from({ length: rank }, (_, axis) => axis);
    const load = (i: number, at: string): string =>
      isVector
        ? codes[i]!.loadVector(`${offsets[i]} + ${at}`)
        : codes[i]!.load(`(${offsets[i]} + ${at})`);
    const result = `${offsets[2]} + id`;
    const F = isVector ? "vec4f" : "f32";
    const at = axes.map(
      (a) => `    let p${a} = o${a + 1} * ${window.strides[a]} + shift${a} - ${window.before[a]};`,
    );
    const inside = axes.map((a) => `(p${a} < ${window.space[a]})`);
    return module.eachSource(
      "id",
      `${total} * ${partCount}`,
      `  let channel = (id % ${total}) % ${channels};
${coordinates("t", `((id % ${total}) / ${channels})`, window.window.slice(1)).join("\n")}
${axes.map((a) => `  let shift${a} = t${a} * ${window.dilation[a]};`).join("\n")}
  let first = (id / ${total}) * ${perPart};
  let end = min(first + ${perPart}, ${placeCount});
  var sum = ${F}(0.0);
  for (var place = first; place < end; place++) {
${coordinates("o", "place", window.outSpace).join("\n")}
${at.join("\n")}
    if (${inside.join(" & ")}) {
      sum += ${load(0, `(${placeNumber("p", "o0", window.space)}) * ${channels} + channel`)} * ${load(1, `place * ${channels} + channel`)};
    }
  }
  ${isVector ? codes[2]!.storeVector(result, "sum") : codes[2]!.store(result, "sum")}`,
    );
  });
  const words = executor
    .words()
    .integers([count, parts, output.shape.at(-1)! / width, places, Math.ceil(places / parts)]);
  for (const { offset } of [input, gradient, target]) words.integer(offset / width);
  pushWindow(words, convolution);
  const groups = turns(executor.traits, count * parts);
  executor.dispatch(pipeline, operands.blocks, words, groups);
  if (storage !== undefined) {
    sumParts(executor, target, output);
    executor.free(storage);
  }
}
