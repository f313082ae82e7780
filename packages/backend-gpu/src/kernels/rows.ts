import {
  contiguousStrides,
  mergeLoops,
  sizeOf,
  type LoopNest,
  type Program,
  type RowPrograms,
  type RowsCall,
  type View,
} from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { blockOf } from "../device/gpu-storage.ts";
import type { DeviceTraits } from "../device/traits.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { ShaderModule, turns } from "../shaders/module.ts";
import { Operands, type OperandCode } from "../shaders/operands.ts";
import { parameterCode, programNumber, pushParameters } from "../shaders/parameters.ts";
import { RowCode } from "../shaders/row-code.ts";
import type { Width } from "../shaders/type-names.ts";
import { isInFours } from "./reduce.ts";
import { withWords } from "./whole-words.ts";

/** Rows longer than this are folded by more than those who have a row to themselves. */
const longest = 16_384;

/** Tells whether there are rows enough for each to be folded by one invocation, or the neighbours of a subgroup. */
export function hasRows(traits: DeviceTraits, call: Omit<RowsCall, "outputs">): boolean {
  const { inputs, axes } = call;
  const { shape } = inputs[0]!;
  const length = axes.reduce((size, axis) => size * shape[axis]!, 1);
  const count = sizeOf(shape) / length;
  const buffers = new Set(inputs.map(blockOf)).size + call.rows.results.length;
  // Few rows leave most of the device idle, but each step by itself costs a dispatch too.
  const isWide = length <= 1024 || count >= (traits.isSoftware ? 32 : 4096 / traits.lanes);
  return buffers <= traits.mostBuffers && length <= longest && isWide;
}

/** Folds each row and computes its results in one dispatch. */
export function rows(executor: Executor, call: RowsCall): void {
  withWords(executor, { inputs: [], outputs: call.outputs, isUpdate: false }, ({ outputs }) =>
    run(executor, { ...call, outputs }),
  );
}

function run(executor: Executor, call: RowsCall): void {
  const { inputs, outputs, dtype, axes, parameters } = call;
  const { traits } = executor;
  const programs = call.rows.programs(
    inputs.map((view) => view.dtype),
    dtype,
    outputs.map((view) => view.dtype),
  );
  const { shape } = inputs[0]!;
  const nests = new RowNests(shape, inputs, axes);
  const elements = outputs.filter((_, r) => !call.rows.isTotal[r]!);
  const width = nests.widthOf(inputs, elements);
  const lanes = traits.isSoftware && traits.tuning.isForced !== true ? 1 : traits.lanes;
  const isVector = (i: number): boolean => width === 4 && nests.across.strides[i]!.at(-1) === 1;
  const operands = new Operands([
    ...inputs.map((view, i) => ({ view, isOutput: false, isVector: isVector(i) })),
    ...outputs.map((view, r) => {
      const isWhole = width === 4 && !call.rows.isTotal[r]!;
      return { view, isOutput: true, isVector: isWhole };
    }),
  ]);
  const all = [...programs.folds, programs.elements, programs.totals];
  const vectors = inputs.map((_, i) => (isVector(i) ? "v" : "s")).join("");
  const key =
    `rows ${all.map(programNumber).join()} ${width} ${lanes} ${nests.kept.shape.length} ` +
    `${nests.across.shape.length} ${vectors} ${operands.key}`;
  const pipeline = executor.pipeline(key, () =>
    shader({ call, programs, nests, width, lanes, isVector, operands, keeps: traits.isSoftware }),
  );
  const count = sizeOf(nests.kept.shape);
  const words = executor.words().integers([count, sizeOf(nests.across.shape) / width]);
  for (const [nest, inner] of [
    [nests.kept, 1],
    [nests.across, width],
  ] as const) {
    const last = nest.shape.length - 1;
    for (let a = 1; a <= last; a++) words.integer(nest.shape[a]! / (a === last ? inner : 1));
  }
  [...inputs, { offset: 0 }].forEach(({ offset }, i) => {
    words.integer(offset).integers(nests.kept.strides[i]!).integers(nests.across.strides[i]!);
  });
  for (const { offset } of outputs) words.integer(offset);
  for (const program of all) pushParameters(words, program, parameters);
  executor.dispatch(pipeline, operands.blocks, words, turns(traits, count * lanes));
}

/** The loops over rows, and those along a row; for each input its strides, and last those of results. */
class RowNests {
  readonly kept: LoopNest;
  readonly across: LoopNest;

  constructor(shape: readonly number[], inputs: readonly View[], axes: readonly number[]) {
    const views = [...inputs, { strides: contiguousStrides(shape) }];
    const part = (isAlong: boolean): LoopNest => {
      const chosen = (_: number, axis: number): boolean => axes.includes(axis) === isAlong;
      return mergeLoops(
        shape.filter(chosen),
        views.map(({ strides }) => ({ strides: strides.filter(chosen) })),
      );
    };
    this.kept = part(false);
    this.across = part(true);
  }

  /** Four elements at a time, where each view's four neighbours are one vector or one element. */
  widthOf(inputs: readonly View[], elements: readonly View[]): Width {
    const { kept, across } = this;
    if (across.shape.at(-1)! % 4 !== 0) return 1;
    const fits =
      inputs.every((view, i) => isInFours(view, i, across, kept)) &&
      elements.every((view) => isInFours(view, inputs.length, across, kept));
    return fits ? 4 : 1;
  }
}

interface RowShader {
  readonly call: RowsCall;
  readonly programs: RowPrograms;
  readonly nests: RowNests;
  readonly width: Width;
  readonly lanes: number;
  readonly isVector: (i: number) => boolean;
  readonly operands: Operands;
  /** Whether what enters a fold is stored for its later use, where that is dear to compute. */
  readonly keeps: boolean;
}

function shader(one: RowShader): ReturnType<ShaderModule["source"]> {
  const { call, programs, nests, width, lanes, isVector } = one;
  const { rows: f, inputs } = call;
  const module = new ShaderModule();
  const codes = one.operands.declare(module);
  const [count, length] = module.wordList(2);
  const [keptRank, acrossRank] = [nests.kept.shape.length, nests.across.shape.length];
  const keptSizes = module.wordList(keptRank - 1);
  const acrossSizes = module.wordList(acrossRank - 1);
  const places = [...inputs, undefined].map(() => ({
    offset: module.word(),
    kept: module.wordList(keptRank),
    across: module.wordList(acrossRank),
  }));
  const resultOffsets = module.wordList(f.results.length);
  const at = (prefix: string, strides: readonly string[], inner: number): string =>
    strides
      .map((stride, a) => {
        const factor = inner > 1 && a === strides.length - 1 ? ` * ${inner}u` : "";
        return `${prefix}${a} * ${stride}${factor}`;
      })
      .join(" + ");
  const place = (i: number): string => `(base${i} + ${at("a", places[i]!.across, width)})`;
  const own = inputs.length;
  const targets = f.results.map((_, r) => codes[inputs.length + r]!);
  const load = (code: OperandCode, where: string, inFours: boolean): string =>
    inFours ? code.loadVector(`(${where} >> 2u)`) : code.load(where);
  const resultPlace = (r: number): string => `(${resultOffsets[r]!} + ${place(own)})`;
  const code = new RowCode({
    module,
    width,
    lanes,
    folds: f.folds.map(({ operator, isKept }, k) => ({
      operator,
      isStored: one.keeps && isKept && f.isTotal.includes(false) && isDear(programs.folds[k]!),
    })),
    programs,
    parameters: [...programs.folds, programs.elements, programs.totals].map((program) =>
      parameterCode(module, program),
    ),
    inputs: inputs.map(({ dtype }, i) => ({
      dtype,
      text: load(codes[i]!, place(i), isVector(i)),
      isVector: isVector(i),
    })),
    index: width === 4 ? `(vec4u(${place(own)}) + vec4u(0u, 1u, 2u, 3u))` : place(own),
    results: f.isTotal.map((isTotal, r) => ({
      isTotal,
      load: load(targets[r]!, resultPlace(r), width === 4),
      store: (value) => {
        const target = targets[r]!;
        if (isTotal) return target.store(`${resultOffsets[r]!} + row`, width === 4 ? `${value}.x` : value); // prettier-ignore
        return width === 4
          ? target.storeVector(`(${resultPlace(r)} >> 2u)`, value)
          : target.store(resultPlace(r), value);
      },
    })),
    along: { length: length!, coordinates: coordinates("a", "r", acrossSizes).join("\n") },
  });
  const bases = places.map(
    ({ offset, kept }, i) => `  let base${i} = ${offset} + ${at("k", kept, 1)};`,
  );
  return module.eachSource(
    "id",
    `${count} * ${lanes}u`,
    `  let row = id / ${lanes}u;
  let own_lane = id % ${lanes}u;
${coordinates("k", "row", keptSizes).join("\n")}
${bases.join("\n")}
${code.text()}`,
  );
}

const cheap: ReadonlySet<string> = new Set([
  ...["input", "parameter", "constant", "index", "cast", "where", "add", "sub", "mul", "div"],
  ...["neg", "abs", "sqrt", "sign", "minimum", "maximum", "equal", "less", "lessEqual", "not"],
  ...["and", "or"],
]);

/** Tells whether a program has functions that take longer than a store and a load. */
function isDear({ instructions }: Program): boolean {
  return instructions.some(({ kind }) => !cheap.has(kind));
}
