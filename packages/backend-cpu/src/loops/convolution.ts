import {
  bytesPerElement,
  contiguousStrides,
  sizeOf,
  type ConvCall,
  type ConvFilterGradientCall,
  type ConvInputGradientCall,
  type DType,
  type Storage,
  type View,
} from "@tensorloom/tensor/backend";
import { elementsOf } from "../host-storage.ts";
import { applyEpilogue, type Multiply } from "./gemm.ts";
import type { map } from "./map.ts";
import { gatherPatches, scatterPatches, type PatchGeometry } from "./patches.ts";

/** What convolution needs of the backend that it runs on. */
export interface ConvolutionEngine {
  /** Multiplies matrices. */
  readonly multiply: Multiply;
  /** Applies the epilogue. */
  readonly map: typeof map;
  /** Lends working memory. */
  allocate(byteLength: number): Storage;
  /** Takes it back. */
  free(storage: Storage): void;
}

// Patches are made for a chunk of output positions at a time, so that working memory stays within about a megabyte.
const patchElements = 2 ** 18;

type Call = Pick<ConvCall, "strides" | "dilation" | "padding" | "groups">;

/** Convolves: patches times filter. */
export function conv(engine: ConvolutionEngine, call: ConvCall): void {
  const { input, filter, output, epilogue } = call;
  eachChunk(engine, call, input, filter, output, (chunk) => {
    const filterMatrix = filterOf(filter, chunk.geometry, chunk.outFirst, chunk.outCount);
    const target = rowsOf(output, chunk.firstRow, chunk.rows, chunk.outFirst, chunk.outCount);
    engine.multiply(chunk.gather(input), filterMatrix, target, { isSum: false });
  });
  if (epilogue !== undefined) applyEpilogue(epilogue, output, engine.map);
}

/** Takes gradients back to the input: gradient times transposed filter gives the gradient of patches, which add up. */
export function convInputGradient(engine: ConvolutionEngine, call: ConvInputGradientCall): void {
  const { gradient, filter, output } = call;
  const { array, offset } = elementsOf(output);
  array.fill(0, offset, offset + sizeOf(output.shape));
  eachChunk(engine, call, output, filter, gradient, (chunk) => {
    const filterMatrix = filterOf(filter, chunk.geometry, chunk.outFirst, chunk.outCount);
    const source = rowsOf(gradient, chunk.firstRow, chunk.rows, chunk.outFirst, chunk.outCount);
    const patches = chunk.scratch();
    engine.multiply(source, transposed(filterMatrix), patches, { isSum: false });
    scatterPatches(patches, output, chunk.firstRow, chunk.geometry);
  });
}

/** Takes gradients to the filter: transposed patches times gradient, summed over chunks. */
export function convFilterGradient(engine: ConvolutionEngine, call: ConvFilterGradientCall): void {
  const { input, gradient, output } = call;
  const { array, offset } = elementsOf(output);
  array.fill(0, offset, offset + sizeOf(output.shape));
  eachChunk(engine, call, input, output, gradient, (chunk) => {
    const target = filterOf(output, chunk.geometry, chunk.outFirst, chunk.outCount);
    const source = rowsOf(gradient, chunk.firstRow, chunk.rows, chunk.outFirst, chunk.outCount);
    engine.multiply(transposed(chunk.gather(input)), source, target, { isSum: true });
  });
}

interface Chunk {
  readonly geometry: PatchGeometry;
  readonly firstRow: number;
  readonly rows: number;
  readonly outFirst: number;
  readonly outCount: number;
  /** The patches of this chunk: of a pointwise convolution, the input itself. */
  gather(input: View): View;
  /** Working memory of the patches' shape. */
  scratch(): View;
}

/** Visits chunks of output positions, group by group. */
function eachChunk(
  engine: ConvolutionEngine,
  call: Call,
  input: View,
  filter: View,
  output: View,
  visit: (chunk: Chunk) => void,
): void {
  const window = filter.shape.slice(0, -2);
  const perGroup = filter.shape.at(-2)!;
  const outCount = filter.shape.at(-1)! / call.groups;
  const columns = sizeOf(window) * perGroup;
  const positions = sizeOf(output.shape.slice(0, -1));
  if (positions === 0 || columns === 0 || outCount === 0) return;
  const rowsAtOnce = Math.min(positions, Math.max(16, Math.trunc(patchElements / columns)));
  const isPointwise =
    window.every((size) => size === 1) &&
    call.strides.every((stride) => stride === 1) &&
    call.padding.every(([before, after]) => before === 0 && after === 0);
  const memory = engine.allocate(rowsAtOnce * columns * bytesPerElement(input.dtype));
  try {
    for (let group = 0; group < call.groups; group++) {
      const geometry: PatchGeometry = {
        strides: call.strides,
        dilation: call.dilation,
        padding: call.padding,
        space: input.shape.slice(1, -1),
        outSpace: output.shape.slice(1, -1),
        window,
        channels: input.shape.at(-1)!,
        group: [group * perGroup, perGroup],
      };
      for (let firstRow = 0; firstRow < positions; firstRow += rowsAtOnce) {
        const rows = Math.min(rowsAtOnce, positions - firstRow);
        const scratch = (): View => matrix(memory, input.dtype, 0, [rows, columns]);
        const gather = (source: View): View => {
          if (isPointwise) return rowsOf(source, firstRow, rows, group * perGroup, perGroup);
          const patches = scratch();
          gatherPatches(source, patches, firstRow, geometry);
          return patches;
        };
        visit({ geometry, firstRow, rows, outFirst: group * outCount, outCount, gather, scratch });
      }
    }
  } finally {
    engine.free(memory);
  }
}

function matrix(
  storage: Storage,
  dtype: DType,
  offset: number,
  shape: readonly [number, number],
  strides: readonly number[] = contiguousStrides(shape),
): View {
  return { storage, dtype, offset, shape, strides };
}

/** Some output positions and channels of `[batch, ...space, channels]` as a matrix. */
function rowsOf(view: View, firstRow: number, rows: number, first: number, count: number): View {
  const channels = view.shape.at(-1)!;
  const offset = view.offset + firstRow * channels + first;
  return matrix(view.storage, view.dtype, offset, [rows, count], [channels, 1]);
}

/** The filter of a group as a matrix `[taps * channels, outCount]`. */
function filterOf(filter: View, geometry: PatchGeometry, first: number, count: number): View {
  const outChannels = filter.shape.at(-1)!;
  const rows = sizeOf(geometry.window) * geometry.group[1];
  return matrix(
    filter.storage,
    filter.dtype,
    filter.offset + first,
    [rows, count],
    [outChannels, 1],
  );
}

function transposed(view: View): View {
  return { ...view, shape: view.shape.toReversed(), strides: view.strides.toReversed() };
}
