import {
  computedDType,
  contiguousStrides,
  expression,
  mergeLoops,
  sizeOf,
  type DType,
  type LoopNest,
  type Program,
  type ReduceCall,
  type ReduceOperator,
  type View,
} from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { blockOf } from "../device/gpu-storage.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { foldCode, isPlace } from "../shaders/fold-code.ts";
import { typeNames, type Width } from "../shaders/type-names.ts";
import { isPacked, ShaderModule, turns } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import { parameterCode, programNumber, pushParameters } from "../shaders/parameters.ts";
import { programCode } from "../shaders/program-code.ts";
import { addSortKey } from "../shaders/sort-key.ts";
import { endsWhole } from "./aligned-outputs.ts";
import { map } from "./map.ts";
import { packedInputs } from "./packed-inputs.ts";
import { wholeDType } from "./whole-words.ts";
import { reshaped } from "./reshaped.ts";

const identity = expression((x) => x);

/**
 * Folds over axes in one or two stages. Each output is folded by several invocations where there are few outputs; these
 * take turns along the fold, so that neighbours read neighbours, and a second stage folds what they found.
 */
export function reduce(executor: Executor, given: ReduceCall): void {
  const call = { ...given, sourceDType: computedDType(given.sourceDType) };
  const { output, operator } = call;
  const count = sizeOf(output.shape);
  if (count === 0) return;
  if (!isPacked(output.dtype)) {
    packedInputs(executor, call.inputs, 1, (inputs) => fold(executor, { ...call, inputs }));
    return;
  }
  // What is packed is stored by those who have all elements of a word: by a map.
  const storage = executor.allocate(count * 4);
  const wide: View = { ...output, storage, dtype: wholeDType(output.dtype), offset: 0 };
  reduce(executor, { ...call, operator, output: wide });
  map(executor, { expression: identity, inputs: [wide], parameters: [], outputs: [output] });
  executor.free(storage);
}

/** How invocations share a fold: which of the two nests has four neighbours that one invocation takes at a time. */
type Mode = "along" | "across" | "single";

function fold(executor: Executor, call: ReduceCall): void {
  const { operator, inputs, sourceDType, axes, output } = call;
  const { shape } = inputs[0] ?? output;
  const program = call.expression.program(
    inputs.map(({ dtype }) => dtype),
    [sourceDType],
  );
  const stage = new Stage(shape, inputs, axes, program);
  const units = stage.outputs / (stage.mode === "across" ? 4 : 1);
  const length = stage.folded / (stage.mode === "along" ? 4 : 1);
  const { parts, lanes } = partsOf(executor, units, length, stage.mode);
  const count = stage.outputs;
  const common = {
    executor,
    operator,
    parameters: call.parameters,
    sourceDType,
    stage,
    parts,
    lanes,
  };
  const stored = parts / lanes;
  if (stored === 1) {
    runStage({ ...common, results: [output] });
    return;
  }
  const storages = (isPlace(operator) ? [0, 1] : [0]).map(() =>
    executor.allocate(count * stored * 4),
  );
  const dtype: DType = sourceDType === "float32" && !isPlace(operator) ? "float32" : "int32";
  const isAcross = stage.mode === "across";
  const partShape = isAcross ? [stored, count] : [count, stored];
  const strides = contiguousStrides(partShape);
  const partial = storages.map((storage): View => ({
    storage,
    dtype,
    offset: 0,
    shape: partShape,
    strides,
  }));
  runStage({ ...common, results: partial });
  const axis = isAcross ? 0 : 1;
  const finalView = isAcross
    ? reshaped(output, [1, count], [count, 1])
    : reshaped(output, [count, 1], [1, 1]);
  if (isPlace(operator)) {
    const rest = new Stage(partShape, partial, [axis], undefined);
    runStage({ ...common, stage: rest, parts: 1, lanes: 1, results: [finalView] });
  } else {
    fold(executor, {
      operator: operator === "any" ? "max" : operator === "all" ? "min" : operator,
      expression: identity,
      inputs: partial,
      parameters: [],
      sourceDType: dtype,
      axes: [axis],
      output: finalView,
    });
  }
  for (const storage of storages) executor.free(storage);
}

/** How many invocations share each output, and how many of them join what they found before they store it. */
function partsOf(
  { traits }: Executor,
  units: number,
  length: number,
  mode: Mode,
): { readonly parts: number; readonly lanes: number } {
  // Enough for all cores, and on a GPU to hide the memory's latency.
  const wanted = Math.ceil((traits.isSoftware ? 1024 : 65_536) / units);
  const most = Math.floor(length / (traits.isSoftware ? 64 : 16));
  const parts = Math.max(1, Math.min(wanted, most, 1024));
  // Those across have an output each.
  if (mode === "across" || (parts === 1 && traits.tuning.isForced !== true))
    return { parts, lanes: 1 };
  const { lanes } = traits;
  return { parts: Math.max(1, Math.floor(parts / lanes)) * lanes, lanes };
}

/** What a stage folds: the loops over the outputs, and those over what each of them folds. */
class Stage {
  readonly inputs: readonly View[];
  /** None in a stage that folds the places that another found. */
  readonly program: Program | undefined;
  readonly outputs: number;
  readonly folded: number;
  readonly kept: LoopNest;
  readonly across: LoopNest;
  readonly mode: Mode;
  readonly usesIndex: boolean;

  constructor(
    shape: readonly number[],
    inputs: readonly View[],
    axes: readonly number[],
    program: Program | undefined,
  ) {
    this.inputs = inputs;
    this.program = program;
    this.usesIndex = program?.instructions.some(({ kind }) => kind === "index") ?? false;
    const isFolded = shape.map((_, axis) => axes.includes(axis));
    // The index of an element is the place where a contiguous view would have it.
    const all = this.usesIndex ? [...inputs, { strides: contiguousStrides(shape) }] : inputs;
    const part = (folded: boolean): LoopNest =>
      mergeLoops(
        shape.filter((_, axis) => isFolded[axis] === folded),
        all.map(({ strides }) => ({
          strides: strides.filter((_, axis) => isFolded[axis] === folded),
        })),
      );
    this.kept = part(false);
    this.across = part(true);
    this.outputs = sizeOf(this.kept.shape);
    this.folded = sizeOf(this.across.shape);
    this.mode = this.#modeOf();
  }

  #modeOf(): Mode {
    const inner = (nest: LoopNest): boolean => {
      if (nest.shape.at(-1)! % 4 !== 0) return false;
      return this.inputs.every((view, i) =>
        isInFours(view, i, nest, nest === this.kept ? this.across : this.kept),
      );
    };
    const isMoving = (nest: LoopNest): boolean =>
      this.inputs.some((_, i) => nest.strides[i]!.at(-1) === 1);
    if (isMoving(this.across) && inner(this.across)) return "along";
    return isMoving(this.kept) && inner(this.kept) ? "across" : "single";
  }
}

/** Tells whether an input's four neighbours in a nest's innermost loop are one vector, or one element. */
export function isInFours(view: View, i: number, nest: LoopNest, other: LoopNest): boolean {
  const strides = nest.strides[i]!;
  const inner = strides.at(-1)!;
  if (inner === 0) return true;
  if (inner !== 1 || view.offset % 4 !== 0 || blockOf(view).buffer.size % 16 !== 0) return false;
  const rest = [...strides.slice(0, -1), ...other.strides[i]!];
  return rest.every((stride) => stride % 4 === 0);
}

interface StageRun {
  readonly executor: Executor;
  readonly operator: ReduceOperator;
  readonly parameters: readonly number[];
  readonly sourceDType: DType;
  readonly stage: Stage;
  readonly parts: number;
  /** How many of the parts, neighbours, are joined before they are stored. */
  readonly lanes: number;
  readonly results: readonly View[];
}

function runStage(run: StageRun): void {
  const { executor, operator, stage, parts, lanes, results, parameters } = run;
  const { inputs, mode, kept, across, program } = stage;
  const isVector = (i: number): boolean => {
    const nest = mode === "along" ? across : kept;
    return mode !== "single" && nest.strides[i]!.at(-1) === 1;
  };
  const isWhole = mode === "across" && results.every(endsWhole);
  const operands = new Operands([
    ...inputs.map((view, i) => ({ view, isOutput: false, isVector: isVector(i) })),
    ...results.map((view) => ({ view, isOutput: true, isVector: isWhole })),
  ]);
  const vectors = inputs.map((_, i) => (isVector(i) ? "v" : "s")).join("");
  const name = program === undefined ? "places" : programNumber(program);
  const key =
    `reduce ${operator} ${name} ${run.sourceDType} ${mode} ${parts > 1} ${lanes} ${isWhole} ${kept.shape.length} ` +
    `${across.shape.length} ${vectors} ${results.length} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => stageShader(run, operands, isVector, isWhole));
  const words = executor.words();
  const outputUnits = stage.outputs / (mode === "across" ? 4 : 1);
  words.integers([outputUnits, stage.folded / (mode === "along" ? 4 : 1), parts]);
  pushSizes(words, kept, mode === "across");
  pushSizes(words, across, mode === "along");
  inputs.forEach(({ offset }, i) => {
    words.integer(offset).integers(kept.strides[i]!).integers(across.strides[i]!);
  });
  if (stage.usesIndex) {
    words.integers(kept.strides[inputs.length]!).integers(across.strides[inputs.length]!);
  }
  for (const { offset } of results) words.integer(offset);
  if (program !== undefined) pushParameters(words, program, parameters);
  const groups = turns(executor.traits, outputUnits * parts);
  executor.dispatch(pipeline, operands.blocks, words, groups);
}

function pushSizes(
  words: { integer(value: number): unknown },
  { shape }: LoopNest,
  inFours: boolean,
): void {
  for (let axis = 1; axis < shape.length; axis++) {
    words.integer(inFours && axis === shape.length - 1 ? shape[axis]! / 4 : shape[axis]!);
  }
}

function stageShader(
  run: StageRun,
  operands: Operands,
  isVector: (i: number) => boolean,
  isWhole: boolean,
): ReturnType<ShaderModule["source"]> {
  const { operator, stage, results, sourceDType, parts, lanes } = run;
  const { inputs, mode, program, usesIndex } = stage;
  const width: Width = mode === "single" ? 1 : 4;
  const { U } = typeNames(width);
  const module = new ShaderModule();
  const codes = operands.declare(module);
  const [outputs, length, partCount] = module.wordList(3);
  const keptRank = stage.kept.shape.length;
  const acrossRank = stage.across.shape.length;
  const keptSizes = module.wordList(keptRank - 1);
  const acrossSizes = module.wordList(acrossRank - 1);
  const places = inputs.map(() => ({
    offset: module.word(),
    kept: module.wordList(keptRank),
    across: module.wordList(acrossRank),
  }));
  const indexStrides = usesIndex
    ? { kept: module.wordList(keptRank), across: module.wordList(acrossRank) }
    : undefined;
  const resultOffsets = module.wordList(results.length);
  // A nest's innermost coordinate counts in fours where an invocation takes four of them.
  const at = (prefix: "k" | "a", strides: readonly string[]): string =>
    strides
      .map((stride, axis) => {
        const counts = prefix === "k" ? mode === "across" : mode === "along";
        const isInner = axis === strides.length - 1;
        return `${prefix}${axis} * ${stride}${counts && isInner ? " * 4u" : ""}`;
      })
      .join(" + ");
  const fours = "vec4u(0u, 1u, 2u, 3u)";
  const bases = places.map(
    ({ offset, kept }, i) => `  let base${i} = ${offset} + ${at("k", kept)};`,
  );
  const loads = places.map(({ across }, i) => {
    const code = codes[i]!;
    const place = `(base${i} + ${at("a", across)})`;
    if (width === 1) return code.load(place);
    if (isVector(i)) return code.loadVector(`(${place} >> 2u)`);
    return `${code.load(place)}`;
  });
  const type = sourceDType === "float32" ? "f32" : "i32";
  const element = elementCode();
  const accumulator = foldCode(module, operator, type, width);
  const indexOfFold = mode === "along" ? `(${U}(r * 4u) + ${fours})` : `${U}(r)`;

  function elementCode(): {
    readonly statements: string;
    readonly value: string;
    readonly index?: string;
  } {
    if (program === undefined) {
      return {
        statements: "",
        value: `${U}(${unsigned(loads[0]!)})`,
        index: `${U}(${unsigned(loads[1]!)})`,
      };
    }
    let index = "0u";
    if (indexStrides !== undefined) {
      const base = `${at("k", indexStrides.kept)} + ${at("a", indexStrides.across)}`;
      const inner = (mode === "along" ? indexStrides.across : indexStrides.kept).at(-1)!;
      index = width === 1 ? `(${base})` : `(vec4u(${base}) + ${fours} * ${inner})`;
    }
    const { statements, outputs: made } = programCode(module, program, width, {
      inputs: loads.map((load, i) =>
        width === 1 || isVector(i) ? load : `${vectorOf(inputs[i]!.dtype)}(${load})`,
      ),
      parameters: parameterCode(module, program),
      index,
    });
    const value = made[0]!;
    if (isPlace(operator)) {
      addSortKey(module, sourceDType, width, operator === "argmin");
      return { statements, value: `sort_key(${value})` };
    }
    const { I } = typeNames(width);
    if (sourceDType === "bool") return { statements, value: `select(${I}(0), ${I}(1), ${value})` };
    return { statements, value: sourceDType === "uint8" ? `${I}(${value})` : value };
  }

  function unsigned(load: string): string {
    return width === 1 ? `bitcast<u32>(${load})` : `bitcast<vec4u>(${load})`;
  }

  const step = `${coordinates("a", "r", acrossSizes).join("\n")}
${element.statements}`;
  const take = (target: string): string =>
    accumulator.take(target, element.value, element.index ?? indexOfFold);
  // Sums of floats in runs of 16, so that a long sum's error grows with the root of its length at most.
  const loop =
    operator === "sum" && type === "f32"
      ? `  for (var r = part; r < ${length};) {
    ${accumulator.declare("run")}
    for (var k = 0u; k < 16u && r < ${length}; k++) {
${step}
      ${take("run")}
      r += ${partCount};
    }
    ${accumulator.merge("all", "run")}
  }`
      : `  for (var r = part; r < ${length}; r += ${partCount}) {
${step}
    ${take("all")}
  }`;
  const split =
    mode === "across"
      ? `  let o = id % ${outputs};\n  let part = id / ${outputs};`
      : `  let o = id / ${partCount};\n  let part = id % ${partCount};`;
  const whole = parts === 1 ? `  let o = id;\n  let part = 0u;` : split;
  const body = `${whole}
${coordinates("k", "o", keptSizes).join("\n")}
${bases.join("\n")}
  ${accumulator.declare("all")}
${loop}
${storeCode()}`;
  return module.eachSource("id", `${outputs} * ${partCount}`, body);

  function storeCode(): string {
    const isFinalPlace = isPlace(operator) && results.length === 1;
    const prefix = mode === "along" ? "one" : "all";
    const narrowed = mode === "along" ? `  ${accumulator.narrow("one", "all")}\n` : "";
    const values = accumulator.values(prefix);
    const kept = isFinalPlace ? [values[1]!] : values;
    const lines = results.map(({ dtype }, r) => {
      const code = codes[inputs.length + r]!;
      const narrow = mode !== "across";
      const word = dtype === "float32" ? "f32" : "i32";
      const target = narrow ? word : word === "f32" ? "vec4f" : "vec4i";
      const value = isPlace(operator) ? `bitcast<${target}>(${kept[r]!})` : kept[r]!;
      if (narrow) return code.store(`${resultOffsets[r]!} + id / ${lanes}u`, value);
      if (isWhole) return code.storeVector(`(${resultOffsets[r]!} >> 2u) + id`, value);
      return Array.from("xyzw", (part, lane) =>
        code.store(`${resultOffsets[r]!} + id * 4u + ${lane}u`, `(${value}).${part}`),
      ).join(" ");
    });
    const stores = lines.join("\n  ");
    if (lanes === 1) return `${narrowed}  ${stores}`;
    return `${narrowed}  ${accumulator.acrossLanes(prefix, lanes)}
  if (id % ${lanes}u == 0u) { ${stores} }`;
  }
}

function vectorOf(dtype: DType): string {
  if (dtype === "float32" || dtype === "float16") return "vec4f";
  if (dtype === "int32") return "vec4i";
  return dtype === "bool" ? "vec4<bool>" : "vec4u";
}
