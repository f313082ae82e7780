import { sizeOf, type ScanCall } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import type { GpuStorage } from "../device/gpu-storage.ts";
import { axisNest, type AxisNest } from "../shaders/axis-nest.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import { withWords } from "./whole-words.ts";

const shortest = 64;
const mostParts = 2048;

/**
 * Accumulates along an axis. Where there are few lines, each is cut into parts: the parts' totals come first, then what
 * lies before each part, then the parts themselves.
 */
export function scan(executor: Executor, call: ScanCall): void {
  if (sizeOf(call.output.shape) === 0) return;
  withWords(executor, { inputs: [call.input], outputs: [call.output], isUpdate: false }, (words) =>
    run(executor, { ...call, input: words.inputs[0]!, output: words.outputs[0]! }),
  );
}

type Step = "whole" | "totals" | "parts";

function run(executor: Executor, call: ScanCall): void {
  const nest = axisNest(call.output.shape, call.axis, [call.input, call.output]);
  const length = nest.sizes[nest.axis]!;
  const lines = sizeOf(nest.sizes.filter((_, i) => i !== nest.axis));
  const wanted = Math.ceil((executor.traits.isSoftware ? 512 : 16_384) / lines);
  const parts = Math.max(1, Math.min(wanted, Math.floor(length / shortest), mostParts));
  const common = { executor, call, nest, lines };
  if (parts === 1) {
    step({ ...common, kind: "whole", parts: 1, partLength: length, totals: undefined });
    return;
  }
  const totals = executor.allocate(lines * parts * 4);
  const cut = { ...common, parts, partLength: Math.ceil(length / parts), totals };
  step({ ...cut, kind: "totals" });
  accumulateTotals(executor, call, totals, lines, parts);
  step({ ...cut, kind: "parts" });
  executor.free(totals);
}

interface StepRun {
  readonly executor: Executor;
  readonly call: ScanCall;
  readonly nest: AxisNest;
  readonly lines: number;
  readonly kind: Step;
  readonly parts: number;
  readonly partLength: number;
  readonly totals: GpuStorage | undefined;
}

function step({ executor, call, nest, lines, kind, parts, partLength, totals }: StepRun): void {
  const { operator, exclusive, reverse, input, output } = call;
  const rank = nest.sizes.length;
  const views = kind === "totals" ? [input] : [input, output];
  const operands = new Operands([
    ...views.map((view, v) => ({ view, isOutput: v === 1, isVector: false })),
    ...(totals === undefined
      ? []
      : [
          {
            view: { storage: totals, dtype: output.dtype },
            isOutput: kind === "totals",
            isVector: false,
          },
        ]),
  ]);
  const key = `scan ${kind} ${operator} ${exclusive} ${reverse} ${rank} ${nest.axis} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => {
    const module = new ShaderModule();
    const codes = operands.declare(module);
    const total = codes.at(-1)!;
    const [lineCount, length, partCount, part] = module.wordList(4);
    const sizes = module.wordList(rank - 2);
    const places = views.map(() => ({ offset: module.word(), strides: module.wordList(rank) }));
    const start = operator === "sum" ? "0" : "1";
    const type = output.dtype === "float32" ? "f32" : "i32";
    const symbol = operator === "sum" ? "+" : "*";
    const bases = places.map(({ offset, strides }, v) => {
      const terms = strides
        .filter((_, i) => i !== nest.axis)
        .map((stride, i) => `c${i} * ${stride}`);
      return `  let base${v} = ${[offset, ...terms].join(" + ")};`;
    });
    const at = (v: number): string => `(base${v} + n * ${places[v]!.strides[nest.axis]!})`;
    const first = kind === "parts" ? total.load("id") : `${type}(${start})`;
    const add = `sum = sum ${symbol} x;`;
    const steps = (): string => {
      if (kind === "totals") return add;
      const store = codes[1]!.store(at(1), "sum");
      return exclusive ? `${store}\n    ${add}` : `${add}\n    ${store}`;
    };
    return module.eachSource(
      "id",
      `${lineCount} * ${partCount}`,
      `  let line = id / ${partCount};
  let begin = (id % ${partCount}) * ${part};
  let end = min(begin + ${part}, ${length});
${coordinates("c", "line", sizes).join("\n")}
${bases.join("\n")}
  var sum = ${first};
  for (var i = begin; i < end; i++) {
    let n = ${reverse ? `${length} - 1u - i` : "i"};
    let x = ${codes[0]!.load(at(0))};
    ${steps()}
  }
  ${kind === "totals" ? total.store("id", "sum") : ""}`,
    );
  });
  const others = nest.sizes.filter((_, i) => i !== nest.axis);
  const words = executor
    .words()
    .integers([lines, nest.sizes[nest.axis]!, parts, partLength])
    .integers(others.slice(1));
  views.forEach(({ offset }, v) => words.integer(offset).integers(nest.strides[v]!));
  const groups = turns(executor.traits, lines * parts);
  executor.dispatch(pipeline, operands.blocks, words, groups);
}

/** Replaces each part's total by what lies before the part. */
function accumulateTotals(
  executor: Executor,
  { operator, output: { dtype } }: ScanCall,
  totals: GpuStorage,
  lines: number,
  parts: number,
): void {
  const operands = new Operands([
    { view: { storage: totals, dtype }, isOutput: true, isVector: false },
  ]);
  const pipeline = executor.pipeline(`scan before ${operator} ${operands.key}`, () => {
    const module = new ShaderModule();
    const [total] = operands.declare(module);
    const [lineCount, partCount] = module.wordList(2);
    const type = dtype === "float32" ? "f32" : "i32";
    return module.eachSource(
      "line",
      `${lineCount}`,
      `  var sum = ${type}(${operator === "sum" ? 0 : 1});
  for (var i = line * ${partCount}; i < (line + 1u) * ${partCount}; i++) {
    let x = ${total!.load("i")};
    ${total!.store("i", "sum")}
    sum = sum ${operator === "sum" ? "+" : "*"} x;
  }`,
    );
  });
  const words = executor.words().integers([lines, parts]);
  executor.dispatch(pipeline, operands.blocks, words, turns(executor.traits, lines));
}
