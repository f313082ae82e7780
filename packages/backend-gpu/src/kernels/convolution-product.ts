import { sizeOf, type View } from "@tensorloom/tensor/backend";
import type { Executor } from "../device/executor.ts";
import { blockOf } from "../device/gpu-storage.ts";
import type { EpilogueCode } from "../shaders/epilogue-code.ts";
import { rightMatrix } from "../shaders/factors.ts";
import { stridedPhase, wholePhase } from "../shaders/gradient-phases.ts";
import { linearWorkgroups, ShaderModule } from "../shaders/module.ts";
import { Operands } from "../shaders/operands.ts";
import {
  filterGradientPatches,
  gradientPatches,
  inputPatches,
  linePatches,
} from "../shaders/patch-factors.ts";
import { loadedBy, productShader, productWorkgroups, tilingKey } from "../shaders/product-code.ts";
import {
  declareWindow,
  mostHits,
  place,
  pushWindow,
  type WindowGeometry,
} from "../shaders/window-code.ts";
import { storeQuad, sumParts } from "./gemm.ts";
import { isSmall, tilingFor } from "./tilings.ts";

/** A convolution's geometry and channels. */
export interface Convolution extends WindowGeometry {
  readonly batch: number;
  readonly groups: number;
  /** Input channels a group. */
  readonly perGroup: number;
  /** Output channels a group. */
  readonly outPerGroup: number;
}

interface ProductCall {
  readonly kind: "forward" | "inputGradient" | "filterGradient";
  readonly convolution: Convolution;
  readonly left: View;
  readonly right: View;
  readonly output: View;
  readonly epilogue: EpilogueCode | undefined;
}

/** What is multiplied: rows by columns in each group, over segments of a depth. */
interface Extent {
  readonly rows: number;
  readonly columns: number;
  readonly segments: number;
  readonly depth: number;
  /** Whether four neighbours of the left factor are one vector. */
  readonly leftInFours: boolean;
  readonly rightInFours: boolean;
  /** Parts of the input that are computed by themselves, as each sees taps of its own; one, but for gradients of long steps. */
  readonly phases: number;
  /** Whether it is so small that one kernel does for all layouts. */
  readonly isPlain: boolean;
}

function extentOf({ traits }: Executor, call: ProductCall): Extent {
  const extent = fullExtentOf(call);
  const { rows, columns, segments, depth, phases } = extent;
  const batches = call.convolution.groups * phases;
  const size = { rows, columns, depth: segments * depth, batches };
  if (!isSmall(traits, size)) return { ...extent, isPlain: false };
  return { ...extent, leftInFours: false, rightInFours: false, isPlain: true };
}

function fullExtentOf({ kind, convolution: c, left, right }: ProductCall): Omit<Extent, "isPlain"> {
  const taps = sizeOf(c.window);
  const aligned = (view: View): boolean =>
    view.offset % 4 === 0 && view.shape.at(-1)! % 4 === 0 && blockOf(view).buffer.size % 16 === 0;
  const inFours = c.perGroup % 4 === 0;
  const outInFours = c.outPerGroup % 4 === 0;
  switch (kind) {
    case "forward":
      return {
        rows: c.batch * sizeOf(c.outSpace),
        columns: c.outPerGroup,
        segments: byLines(c) ? taps / c.window.at(-1)! : taps,
        depth: byLines(c) ? c.perGroup * c.window.at(-1)! : c.perGroup,
        leftInFours: inFours && aligned(left),
        rightInFours: outInFours && aligned(right),
        phases: 1,
      };
    case "inputGradient":
      return {
        rows: c.batch * sizeOf(c.space.map((size, axis) => Math.ceil(size / c.strides[axis]!))),
        columns: c.perGroup,
        segments: sizeOf(mostHits(c)),
        depth: c.outPerGroup,
        leftInFours: outInFours && aligned(left),
        rightInFours: outInFours && aligned(right),
        phases: sizeOf(c.space.map((size, axis) => Math.min(size, c.strides[axis]!))),
      };
    case "filterGradient":
      return {
        rows: taps * c.perGroup,
        columns: c.outPerGroup,
        // A line of the output after another.
        segments: c.batch * sizeOf(c.outSpace.slice(0, -1)),
        depth: c.outSpace.at(-1)!,
        leftInFours: inFours && aligned(left),
        rightInFours: outInFours && aligned(right),
        phases: 1,
      };
  }
}

/** Tells whether a line of the window is taken as one: where channels are few, and one place's lie behind the other's. */
function byLines({ perGroup, groups, dilation, window }: Convolution): boolean {
  return groups === 1 && perGroup % 4 !== 0 && dilation.at(-1) === 1 && window.at(-1)! > 1;
}

/** Runs a convolution, or one of its gradients, as a product; returns whether the epilogue has been applied. */
export function convolutionProduct(executor: Executor, call: ProductCall): boolean {
  const { convolution, output } = call;
  const extent = extentOf(executor, call);
  const { rows, columns, segments, depth, phases } = extent;
  const { tiling, parts: wanted } = tilingFor(executor.traits, {
    rows,
    columns,
    depth: segments * depth,
    run: depth,
    batches: convolution.groups * phases,
    leftIsTurned: call.kind === "filterGradient",
  });
  const perPart = Math.ceil(segments / wanted);
  const parts = Math.ceil(segments / perPart);
  const cut = { tiling, parts, perPart };
  if (parts === 1) {
    run(executor, call, extent, cut);
    return call.epilogue !== undefined;
  }
  const count = sizeOf(output.shape);
  const storage = executor.allocate(parts * count * 4);
  const partial: View = {
    ...output,
    storage,
    offset: 0,
    shape: [parts, ...output.shape],
    strides: [count, ...output.strides],
  };
  run(executor, { ...call, output: partial, epilogue: undefined }, extent, cut);
  sumParts(executor, partial, output);
  executor.free(storage);
  return false;
}

interface Cut {
  readonly tiling: ReturnType<typeof tilingFor>["tiling"];
  readonly parts: number;
  readonly perPart: number;
}

function run(
  executor: Executor,
  call: ProductCall,
  extent: Extent,
  { tiling: given, parts, perPart }: Cut,
): void {
  const { kind, convolution, left, right, output, epilogue } = call;
  const { rows, columns, segments, depth, leftInFours, rightInFours, phases, isPlain } = extent;
  // All phases have as many places where steps divide the sizes.
  const fits =
    given.fits && convolution.space.every((size, a) => size % convolution.strides[a]! === 0);
  const tiling = kind === "inputGradient" ? { ...given, fits } : given;
  const rank = convolution.window.length;
  const outColumns = output.shape.at(-1)!;
  const isWhole = !isPlain && columns % 4 === 0 && outColumns % 4 === 0 && output.offset % 4 === 0;
  const hasRest = isPlain || depth % 4 !== 0;
  const isByLines = kind === "forward" && byLines(convolution);
  const isPhased =
    kind === "inputGradient" && (isPlain || convolution.strides.some((stride) => stride !== 1));
  const operands = new Operands([
    { view: left, isOutput: false, isVector: leftInFours },
    { view: right, isOutput: false, isVector: rightInFours },
    ...(epilogue?.operands ?? []),
    { view: output, isOutput: true, isVector: isWhole },
  ]);
  const key =
    `${names[kind]} ${tilingKey(tiling)} ${rank} ${leftInFours} ${rightInFours} ${isWhole} ${hasRest} ` +
    `${isByLines} ${isPhased} ${epilogue?.key ?? ""} ${operands.key}`;
  const pipeline = executor.pipeline(key, () => {
    const module = new ShaderModule();
    const codes = operands.declare(module);
    const [
      rowCount,
      columnCount,
      segmentCount,
      segmentsPerPart,
      partCount,
      batchCount,
      groupColumns,
    ] = module.wordList(7);
    const [depthCount, leftOffset, rightOffset, outputOffset] = module.wordList(4);
    const [leftChannels, rightChannels, outChannels, outputCount] = module.wordList(4);
    const [perGroup, outPerGroup, rightSegment, images] = module.wordList(4);
    const window = declareWindow(module, rank);
    const phase = isPhased ? stridedPhase(module, window) : wholePhase(window);
    const channel = `(${phase.group} * ${columnCount} + column)`;
    const outRow = isPhased ? `(${phase.inputPlace("out", "outbatch")})` : "row";
    const linear = `(${outRow} * ${outChannels} + ${channel})`;
    const applied = epilogue?.declare(module, codes.slice(2, -1), linear, channel);
    const patches = {
      code: codes[0]!,
      window,
      inFours: leftInFours,
      rows: loadedBy(tiling).rows,
      channels: leftChannels!,
    };
    const isTurned = kind === "inputGradient";
    const base = `${leftOffset} + ${phase.group} * ${isTurned ? outPerGroup : perGroup}`;
    const leftFactor =
      kind === "forward"
        ? (isByLines ? linePatches : inputPatches)({ ...patches, base })
        : isTurned
          ? gradientPatches({ ...patches, base, phase })
          : filterGradientPatches({ ...patches, base, perGroup: perGroup! });
    return productShader({
      module,
      tiling,
      type: "f32",
      left: leftFactor,
      right: rightMatrix(
        {
          code: codes[1]!,
          lie: rightInFours ? (isTurned ? "column" : "row") : "single",
          base: `${rightOffset} + ${phase.group} * ${outPerGroup}`,
          rowStride: isTurned ? "1u" : rightChannels!,
          columnStride: isTurned ? rightChannels! : "1u",
        },
        loadedBy(tiling).columns,
        "vec4f",
        `${isTurned ? "filter_tap" : "segment"} * ${rightSegment}`,
      ),
      size: { rows: isPhased ? "phase_rows" : rowCount!, columns: columnCount! },
      mostRows: rowCount!,
      groupColumns: groupColumns!,
      segments: { first: "first", end: "end" },
      depth: { first: "0u", end: depthCount! },
      hasRest,
      prepare: `${phase.prepare}
  let first = part * ${segmentsPerPart};
  let end = min(first + ${segmentsPerPart}, ${isPhased ? phase.taps.join(" * ") : segmentCount});
${isPhased ? `  let phase_rows = ${images} * ${phase.sizes.join(" * ")};` : ""}`,
      batches: batchCount!,
      parts: partCount!,
      store: (value) =>
        `${isPhased ? place("out", "row", phase.sizes) : ""}\n${storeQuad({
          value,
          applied,
          isWhole,
          target: codes.at(-1)!,
          columns: columnCount!,
          at: `${outputOffset} + part * ${outputCount} + ${linear}`,
        })}`,
    });
  });
  const { groups, perGroup, outPerGroup } = convolution;
  const rightChannels = right.shape.at(-1)!;
  const rightSegment = (kind === "inputGradient" ? perGroup : depth) * rightChannels;
  const words = executor
    .words()
    .integers([rows, columns, segments, perPart, parts, groups * phases, tiling.groupColumns])
    .integers([depth, left.offset, right.offset, output.offset])
    .integers([left.shape.at(-1)!, rightChannels, outColumns, sizeOf(output.shape) / parts])
    .integers([perGroup, outPerGroup, rightSegment, convolution.batch]);
  pushWindow(words, convolution);
  epilogue?.push(words);
  const workgroups = productWorkgroups(tiling, { rows, columns }, groups * phases * parts);
  executor.dispatch(pipeline, operands.blocks, words, linearWorkgroups(workgroups));
}

const names = {
  forward: "conv",
  inputGradient: "convInputGradient",
  filterGradient: "convFilterGradient",
} as const;
