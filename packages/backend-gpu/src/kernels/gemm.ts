import {
  Expr,
  Expression,
  expression,
  mergeLoops,
  sizeOf,
  type Epilogue,
  type GemmCall,
  type View,
} from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { blockOf } from "../device/gpu-storage.ts";
import { coordinates } from "../shaders/element-inputs.ts";
import { EpilogueCode } from "../shaders/epilogue-code.ts";
import { leftMatrix, rightMatrix, type MatrixLie } from "../shaders/factors.ts";
import { linearWorkgroups, ShaderModule } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import {
  loadedBy,
  productShader,
  productWorkgroups,
  tilingKey,
  type Tiling,
} from "../shaders/product-code.ts";
import { map } from "./map.ts";
import { multiplyVector } from "./matrix-vector.ts";
import { reduce } from "./reduce.ts";
import { reshaped } from "./reshaped.ts";
import { isSmall, tilingFor } from "./tilings.ts";

const identity = expression((x) => x);
const zero = new Expression([Expr.constant(0)], 0);

/** Multiplies matrices, in tiles kept in registers; where outputs are few and the depth long, in parts that are then summed. */
export function gemm(executor: Executor, call: GemmCall): void {
  const { a, output } = call;
  if (sizeOf(output.shape) === 0) return;
  if (a.shape.at(-1) === 0) {
    emptySum(executor, output, call.epilogue);
    return;
  }
  const result = { rowAxis: output.shape.length - 2, columns: output.shape.at(-1)! };
  withEpilogue(executor, output, call.epilogue, result, (epilogue) =>
    multiply(executor, call, epilogue),
  );
}

/**
 * Runs a product that applies its epilogue as it stores, where the epilogue's inputs lie so and it returns true; else the
 * epilogue follows in a pass of its own.
 *
 * @param result - the axis that a product's rows are, for inputs with one element a row, -1 for none; and how many columns a
 * product has: those of a group, where a convolution has groups
 */
export function withEpilogue(
  executor: Executor,
  output: View,
  epilogue: Epilogue | undefined,
  result: { readonly rowAxis: number; readonly columns: number },
  product: (epilogue: EpilogueCode | undefined) => boolean,
): void {
  const fused =
    epilogue === undefined
      ? undefined
      : EpilogueCode.of(epilogue, output.dtype, output.shape, result);
  const fits = fused !== undefined && fused.operands.length <= executor.traits.mostBuffers - 3;
  const isDone = product(fits ? fused : undefined);
  if (epilogue !== undefined && !isDone) applyEpilogue(executor, output, epilogue);
}

/** The product over nothing: zeros, and the epilogue of them. */
export function emptySum(executor: Executor, output: View, epilogue: Epilogue | undefined): void {
  map(executor, { expression: zero, inputs: [], parameters: [], outputs: [output] });
  if (epilogue !== undefined) applyEpilogue(executor, output, epilogue);
}

/** Replaces each result by the epilogue of it: each element is read before it is written, and by itself. */
export function applyEpilogue(executor: Executor, output: View, epilogue: Epilogue): void {
  const { expression: f, inputs, parameters } = epilogue;
  map(executor, { expression: f, inputs: [output, ...inputs], parameters, outputs: [output] });
}

/** Sums parts `[parts, ...output]` into the output. */
export function sumParts(executor: Executor, parts: View, output: View): void {
  const count = sizeOf(output.shape);
  reduce(executor, {
    operator: "sum",
    expression: identity,
    inputs: [reshaped(parts, [parts.shape[0]!, count], [count, 1])],
    parameters: [],
    sourceDType: output.dtype,
    axes: [0],
    output: reshaped(output, [1, count], [0, 1]),
  });
}

interface Batches {
  readonly count: number;
  readonly sizes: readonly number[];
  readonly strides: readonly (readonly number[])[];
}

function batchesOf({ a, b, output }: GemmCall): Batches {
  const lead = output.shape.length - 2;
  const nest = mergeLoops(
    output.shape.slice(0, lead),
    [a, b].map(({ strides }) => ({ strides: strides.slice(0, lead) })),
  );
  return { count: sizeOf(nest.shape), sizes: nest.shape, strides: nest.strides };
}

/** Runs the product; returns whether the epilogue has been applied. */
export function multiply(
  executor: Executor,
  call: GemmCall,
  epilogue: EpilogueCode | undefined,
): boolean {
  const { a, b, output } = call;
  const [rows, columns] = output.shape.slice(-2) as [number, number];
  const depth = a.shape.at(-1)!;
  const batches = batchesOf(call);
  const size = { rows, columns, depth, batches: batches.count };
  const isPlain = isSmall(executor.traits, size);
  // A software adapter is quicker with a tile of one row.
  const { sharing } = executor.traits.tuning;
  if (!isPlain && Math.min(rows, columns) === 1 && sharing === "workgroup") {
    multiplyVector(executor, call);
    return false;
  }
  const leftLie = isPlain ? "single" : lieOf(a, batches.strides[0]!, rows);
  const rightLie = isPlain ? "single" : lieOf(b, batches.strides[1]!, columns);
  const leftIsTurned = leftLie === "column";
  const { tiling, parts } = tilingFor(executor.traits, { ...size, run: depth, leftIsTurned });
  const one = { call, batches, leftLie, rightLie, isPlain, tiling, parts, output, epilogue };
  if (parts === 1) {
    run(executor, one);
    return epilogue !== undefined;
  }
  const storage = executor.allocate(parts * sizeOf(output.shape) * 4);
  const partial: View = {
    ...output,
    storage,
    offset: 0,
    shape: [parts, ...output.shape],
    strides: [sizeOf(output.shape), ...output.strides],
  };
  run(executor, { ...one, output: partial, epilogue: undefined });
  sumParts(executor, partial, output);
  executor.free(storage);
  return false;
}

/** Which neighbours of a matrix one vector holds; `across` is its size along the output. */
function lieOf(view: View, batchStrides: readonly number[], across: number): MatrixLie {
  const [rowStride, columnStride] = view.strides.slice(-2) as [number, number];
  const isAligned =
    view.offset % 4 === 0 &&
    blockOf(view).buffer.size % 16 === 0 &&
    batchStrides.every((stride) => stride % 4 === 0);
  const [rows, columns] = view.shape.slice(-2) as [number, number];
  if (
    isAligned &&
    columnStride === 1 &&
    rowStride % 4 === 0 &&
    (columns !== across || columns % 4 === 0)
  ) {
    return "row";
  }
  if (
    isAligned &&
    rowStride === 1 &&
    columnStride % 4 === 0 &&
    (rows !== across || rows % 4 === 0)
  ) {
    return "column";
  }
  return "single";
}

interface Run {
  readonly call: GemmCall;
  readonly batches: Batches;
  readonly leftLie: MatrixLie;
  readonly rightLie: MatrixLie;
  readonly isPlain: boolean;
  readonly tiling: Tiling;
  readonly parts: number;
  readonly output: View;
  readonly epilogue: EpilogueCode | undefined;
}

function run(executor: Executor, one: Run): void {
  const { call, batches, leftLie, rightLie, isPlain, tiling, parts, output, epilogue } = one;
  const { a, b } = call;
  const [rows, columns] = output.shape.slice(-2) as [number, number];
  const depth = a.shape.at(-1)!;
  // Rows of quads that begin on one, so that each quad of results is one vector.
  const isWhole = !isPlain && columns % 4 === 0 && output.offset % 4 === 0;
  const hasRest = isPlain || depth % 4 !== 0;
  const operands = new Operands([
    { view: a, isOutput: false, isVector: leftLie !== "single" },
    { view: b, isOutput: false, isVector: rightLie !== "single" },
    ...(epilogue?.operands ?? []),
    { view: output, isOutput: true, isVector: isWhole },
  ]);
  const rank = batches.sizes.length;
  const key =
    `gemm ${tilingKey(tiling)} ${leftLie} ${rightLie} ${rank} ${isWhole} ${hasRest} ` +
    `${epilogue?.key ?? ""} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => {
    const module = new ShaderModule();
    const codes = operands.declare(module);
    const [rowCount, columnCount, depthCount, partDepth, partCount, batchCount, groupColumns] =
      module.wordList(7);
    const batchSizes = module.wordList(rank - 1);
    const matrix = (): { offset: string; strides: string[]; batch: string[] } => ({
      offset: module.word(),
      strides: module.wordList(2),
      batch: module.wordList(rank),
    });
    const left = matrix();
    const right = matrix();
    const outputOffset = module.word();
    const linear = `((batch * ${rowCount} + row) * ${columnCount} + column)`;
    const applied = epilogue?.declare(module, codes.slice(2, -1), linear, "column");
    const base = ({ offset, batch }: { offset: string; batch: string[] }): string =>
      [offset, ...batch.map((stride, axis) => `z${axis} * ${stride}`)].join(" + ");
    const type = output.dtype === "float32" ? "f32" : "i32";
    const target = codes.at(-1)!;
    return productShader({
      module,
      tiling,
      type,
      left: leftMatrix(
        {
          code: codes[0]!,
          lie: leftLie,
          base: "left_base",
          rowStride: left.strides[0]!,
          columnStride: left.strides[1]!,
        },
        loadedBy(tiling).rows,
      ),
      right: rightMatrix(
        {
          code: codes[1]!,
          lie: rightLie,
          base: "right_base",
          rowStride: right.strides[0]!,
          columnStride: right.strides[1]!,
        },
        loadedBy(tiling).columns,
        type === "f32" ? "vec4f" : "vec4i",
      ),
      size: { rows: rowCount!, columns: columnCount! },
      mostRows: rowCount!,
      groupColumns: groupColumns!,
      segments: undefined,
      depth: { first: "first", end: "end" },
      hasRest,
      prepare: `${coordinates("z", "batch", batchSizes).join("\n")}
  let left_base = ${base(left)};
  let right_base = ${base(right)};
  let first = part * ${partDepth};
  let end = min(first + ${partDepth}, ${depthCount});`,
      batches: batchCount!,
      parts: partCount!,
      store: (value) =>
        storeQuad({
          value,
          applied,
          isWhole,
          target,
          columns: columnCount!,
          at: `${outputOffset} + part * ${batchCount} * ${rowCount} * ${columnCount} + ${linear}`,
        }),
    });
  });
  const partDepth = Math.ceil(depth / parts / 4) * 4;
  const words = executor
    .words()
    .integers([rows, columns, depth, partDepth, parts, batches.count, tiling.groupColumns])
    .integers(batches.sizes.slice(1));
  [a, b].forEach(({ offset, strides }, v) => {
    words.integer(offset).integers(strides.slice(-2)).integers(batches.strides[v]!);
  });
  words.integer(output.offset);
  epilogue?.push(words);
  const groups = productWorkgroups(tiling, { rows, columns }, batches.count * parts);
  executor.dispatch(pipeline, operands.blocks, words, linearWorkgroups(groups));
}

/** Statements that store four results at place `at`, through the epilogue. */
export function storeQuad(options: {
  readonly value: string;
  readonly applied:
    ((value: string) => { readonly statements: string; readonly value: string }) | undefined;
  readonly isWhole: boolean;
  readonly target: {
    store(index: string, value: string): string;
    storeVector(index: string, value: string): string;
  };
  readonly columns: string;
  readonly at: string;
}): string {
  const { applied, isWhole, target, columns, at } = options;
  const made = applied?.(options.value);
  const value = made?.value ?? options.value;
  const statements = made === undefined ? "" : `${made.statements}\n`;
  if (isWhole) return `${statements}    ${target.storeVector(`(${at}) >> 2u`, value)}`;
  const stores = Array.from(
    "xyzw",
    (part, l) =>
      `if (column + ${l}u < ${columns}) { ${target.store(`place + ${l}u`, `${value}.${part}`)} }`,
  );
  return `${statements}    let place = ${at};\n    ${stores.join("\n    ")}`;
}
