import {
  contiguousStrides,
  expression,
  sizeOf,
  type ConvCall,
  type ConvFilterGradientCall,
  type ConvInputGradientCall,
  type MapCall,
  type View,
} from "@tensorloom/tensor/backend";
import { unfinished, type Finish } from "./finish.ts";
import { GeometryWriter, shareWithTaps, type Geometry } from "./geometry.ts";
import type { WasmHeap, WasmStorage } from "./heap.ts";
import type { WasmKernels } from "./kernels.ts";
import type { PreparedOperands } from "./prepared-operands.ts";
import type { WasmProduct } from "./product.ts";
import { split, type Part } from "./threads/split.ts";
import type { Call, ThreadPool } from "./threads/thread-pool.ts";
import { addressOf, matrixOn } from "./view-address.ts";

// Patches whose gradients are scattered are made for some positions at a time, within about a megabyte.
const patchElements = 2 ** 18;
// Transformed tiles and their products are made for some tiles at a time, within about a megabyte.
const winogradElements = 2 ** 18;
/** Multiply-adds below which a convolution is not worth waking a thread. */
const leastShared = 2 ** 18;
const tileRows = 5;
const tileColumns = 8;

/** The gradient to the input and the filter that leads to it. */
type Products = Pick<
  ConvInputGradientCall,
  "strides" | "dilation" | "padding" | "groups" | "filter"
>;

const identity = expression((x) => x);

type Addresses = [number, number, number];

/** float32 convolutions of up to three axes, and their gradients. */
export class WasmConvolution {
  readonly #heap: WasmHeap;
  readonly #kernels: WasmKernels;
  readonly #map: (call: MapCall) => void;
  readonly #threads: ThreadPool;
  readonly #product: WasmProduct;
  readonly #operands: PreparedOperands;
  readonly #geometry: GeometryWriter;

  /**
   * @param product - multiplies matrices
   * @param operands - keeps transformed filters
   * @param map - copies filters
   */
  constructor(
    heap: WasmHeap,
    kernels: WasmKernels,
    threads: ThreadPool,
    product: WasmProduct,
    operands: PreparedOperands,
    map: (call: MapCall) => void,
  ) {
    this.#heap = heap;
    this.#kernels = kernels;
    this.#threads = threads;
    this.#product = product;
    this.#operands = operands;
    this.#map = map;
    this.#geometry = new GeometryWriter(heap);
  }

  /** Tells whether a call on tensors of this rank and dtype can run here. */
  static canRun(view: View): boolean {
    return view.dtype === "float32" && view.shape.length <= 5;
  }

  /**
   * Convolves.
   *
   * @param finish - what is done to the sums
   * @param isPassing - whether the filter is used once only, and so never kept transformed
   */
  forward(
    { input, filter, output, groups, ...window }: Omit<ConvCall, "epilogue">,
    finish: Finish = unfinished,
    isPassing = false,
  ): void {
    const outChannels = output.shape.at(-1)!;
    const geometry = geometryOf(window, input, filter, output, groups);
    const rows = sizeOf(output.shape) / outChannels;
    const taps = sizeOf(geometry.window);
    const n = outChannels / groups;
    const k = taps * geometry.count;
    const [from, to] = [addressOf(input), addressOf(output)];
    const { bias, activation } = finish;
    if (taps === 1 && groups === 1 && isWhole(geometry)) {
      const matrix = matrixOn(filter, filter.offset, [k, n], [n, 1]);
      const [left, product] = [
        { address: from, row: k, column: 1 },
        { address: to, row: n, column: 1 },
      ];
      this.#product.run(left, matrix, product, { m: rows, n, k }, { isSum: false, finish });
      return;
    }
    const threads = this.#threadsFor(rows * outChannels * k);
    if (isDepthwise(geometry, outChannels, groups)) {
      const weights = addressOf(filter);
      const parts = split(rows, threads, 1);
      this.#shareWithTaps(geometry, parts, ({ begin, count }, table, at) => ({
        kernel: "depthwise",
        args: [from, weights, to, begin, count, table, at, bias, activation],
      }));
      return;
    }
    const at = this.#geometry.write(geometry);
    if (isForwardDirect(n, k)) {
      const weights = addressOf(filter);
      const room = this.#kernels.directWorkspace(n, k, taps, geometry.count) >>> 0;
      for (let group = 0; group < groups; group++) {
        this.#shareWithRoom(
          split(rows, threads, tileRows),
          room,
          ({ begin, count }, workspace) => ({
            kernel: "convolveDirect",
            args: [
              ...[from + group * geometry.count * 4, weights + group * n * 4, outChannels],
              ...[to + (begin * outChannels + group * n) * 4, outChannels],
              ...[begin, count, n, k, at, workspace, biasAt(bias, group * n), activation],
            ],
          }),
        );
      }
      return;
    }
    if (groups === 1 && isForWinograd(geometry, n, output.shape[0]!, isPassing)) {
      this.#winograd(input, filter, output, geometry, finish);
      return;
    }
    // Who shares channels packs all patches again: only where there are fewer positions than channels.
    const isByRows = rows >= n;
    const parts = isByRows ? split(rows, threads, tileRows) : split(n, threads, tileColumns);
    const room = this.#packingRoom(0, k, geometry);
    const groupBytes = this.#kernels.packedBytes(n, k) >>> 0;
    this.#product.withPacked(filter, { n, k, groups }, threads, (packed) => {
      for (let group = 0; group < groups; group++) {
        this.#shareWithRoom(parts, room, ({ begin, count }, workspace) => {
          const [row, column] = isByRows ? [begin, 0] : [0, begin];
          const channel = group * n + column;
          return {
            kernel: "convolve",
            args: [
              ...[from + group * geometry.count * 4, packed + group * groupBytes, n, column],
              ...[to + (row * outChannels + channel) * 4, outChannels, row],
              ...(isByRows ? [count, n] : [rows, count]),
              ...[k, at, workspace, biasAt(bias, channel), activation],
            ],
          };
        });
      }
    });
  }

  #winograd(
    input: View,
    filter: View,
    output: View,
    geometry: Geometry,
    { bias, activation }: Finish,
  ): void {
    const [from, weights, to] = [input, filter, output].map(addressOf) as Addresses;
    const { channels, outSpace } = geometry;
    const n = output.shape.at(-1)!;
    const tiles = output.shape[0]! * Math.ceil(outSpace[0]! / 2) * Math.ceil(outSpace[1]! / 2);
    const parts = split(tiles, this.#threads.threads, tileRows);
    const most = Math.ceil(Math.max(...parts.map(({ count }) => count)) / tileRows) * tileRows;
    const inCache = Math.trunc(winogradElements / (16 * (channels + n)) / tileRows) * tileRows;
    const block = Math.min(Math.max(inCache, 2 * tileRows), most);
    const room = this.#kernels.winogradWorkspace(n, channels, block) >>> 0;
    const at = this.#geometry.write(geometry);
    const prepare = (transformed: number): void => {
      this.#threads.run(
        split(channels, this.#threads.threads, 1).map(({ begin, count }): Call => ({
          kernel: "winogradFilter",
          args: [weights, channels, n, begin, count, transformed],
        })),
      );
    };
    const bytes = this.#kernels.winogradFilterBytes(n, channels) >>> 0;
    this.#operands.with(filter, "winograd", bytes, prepare, (transformed) => {
      this.#shareWithRoom(parts, room, ({ begin, count }, workspace) => ({
        kernel: "winograd",
        args: [from, transformed, to, begin, count, n, block, at, workspace, bias, activation],
      }));
    });
  }

  /** Takes gradients back to the input. */
  inputGradient({ gradient, output, ...call }: ConvInputGradientCall): void {
    const { filter, groups } = call;
    const outChannels = gradient.shape.at(-1)!;
    const geometry = geometryOf(call, output, filter, gradient, groups);
    if (call.strides.every((stride) => stride === 1)) {
      this.#correlate(gradient, output, call, geometry);
      return;
    }
    if (isDepthwise(geometry, outChannels, groups)) {
      const [to, weights, passed] = [output, filter, gradient].map(addressOf) as Addresses;
      const products = sizeOf(gradient.shape) * sizeOf(geometry.window);
      const parts = split(output.shape[0]!, this.#threadsFor(products), 1);
      const [inputStep, outputStep] = [output, gradient].map((view) => sizeOf(view.shape.slice(1)) * 4) as [number, number]; // prettier-ignore
      this.#shareWithTaps(geometry, parts, ({ begin, count }, table, at) => ({
        kernel: "depthwiseInputGradient",
        args: [to + begin * inputStep, weights, passed + begin * outputStep, count, table, at],
      }));
      return;
    }
    fillZero(output);
    this.#scatter(gradient, output, call, geometry);
  }

  /** With steps of one, the gradient to the input is a convolution of the gradient, with the filter turned round. */
  #correlate(gradient: View, output: View, call: Products, geometry: Geometry): void {
    const { filter, groups } = call;
    const taps = sizeOf(geometry.window);
    const outChannels = gradient.shape.at(-1)!;
    const [perGroup, n] = [geometry.count, outChannels / groups];
    const turned = this.#heap.allocate(taps * perGroup * outChannels * 4);
    // [taps, n, groups, perGroup], taps backwards: each output channel of a group is now an input channel.
    const turnedShape = [taps, n, groups, perGroup];
    const tapSize = perGroup * outChannels;
    this.#map({
      expression: identity,
      parameters: [],
      inputs: [
        {
          ...{ storage: filter.storage, dtype: "float32", shape: turnedShape },
          offset: filter.offset + (taps - 1) * tapSize,
          strides: [-tapSize, 1, n, outChannels],
        },
      ],
      outputs: [
        {
          ...{ storage: turned, dtype: "float32", shape: turnedShape, offset: 0 },
          strides: contiguousStrides(turnedShape),
        },
      ],
    });
    const shape = [...geometry.window, n, geometry.channels];
    const padding = call.padding.map(([before, after], axis) => {
      const reach = (geometry.window[axis]! - 1) * call.dilation[axis]!;
      // What the forward pass never reached, since it was less than a step, has no gradient.
      const outside = geometry.space[axis]! + before + after - reach - geometry.outSpace[axis]!;
      return [reach - before, reach - after + outside] as const;
    });
    const correlation: Omit<ConvCall, "epilogue"> = {
      input: gradient,
      filter: {
        ...{ storage: turned, dtype: "float32", offset: 0, shape },
        strides: contiguousStrides(shape),
      },
      output,
      strides: call.strides,
      dilation: call.dilation,
      padding,
      groups,
    };
    this.forward(correlation, unfinished, true);
    this.#heap.free(turned);
  }

  /** Gradient times transposed filter gives the gradient of patches, which add up at the input. */
  #scatter(gradient: View, output: View, { filter, groups }: Products, geometry: Geometry): void {
    const outChannels = gradient.shape.at(-1)!;
    const n = outChannels / groups;
    const k = sizeOf(geometry.window) * geometry.count;
    const rows = sizeOf(gradient.shape.slice(0, -1));
    const atOnce = Math.min(rows, Math.max(16, Math.trunc(patchElements / k)));
    const patches = this.#heap.allocate(atOnce * k * 4);
    const at = this.#geometry.write(geometry);
    for (let group = 0; group < groups; group++) {
      for (let first = 0; first < rows; first += atOnce) {
        const count = Math.min(atOnce, rows - first);
        const passed = addressOf(gradient) + (first * outChannels + group * n) * 4;
        const weights = matrixOn(filter, filter.offset + group * n, [n, k], [1, outChannels]);
        this.#product.run(
          { address: passed, row: outChannels, column: 1 },
          weights,
          { address: patches.address, row: k, column: 1 },
          { m: count, n: k, k: n },
        );
        const to = addressOf(output) + group * geometry.count * 4;
        this.#kernels.scatterPatches(patches.address, to, first, count, at);
      }
    }
    this.#heap.free(patches);
  }

  /** Takes gradients to the filter. */
  filterGradient({ input, gradient, output, groups, ...window }: ConvFilterGradientCall): void {
    const outChannels = gradient.shape.at(-1)!;
    const geometry = geometryOf(window, input, output, gradient, groups);
    const rows = sizeOf(gradient.shape.slice(0, -1));
    if (isDepthwise(geometry, outChannels, groups)) {
      const [from, to, passed] = [input, output, gradient].map(addressOf) as Addresses;
      this.#shareWithTaps(geometry, [{ begin: 0, count: rows }], (_, table, at) => ({
        kernel: "depthwiseFilterGradient",
        args: [from, to, passed, rows, table, at],
      }));
      return;
    }
    const n = outChannels / groups;
    const k = sizeOf(geometry.window) * geometry.count;
    if (rows === 0) {
      fillZero(output);
      return;
    }
    const [from, passed, to] = [input, gradient, output].map(addressOf) as Addresses;
    const parts = split(k, this.#threadsFor(rows * outChannels * k), tileRows);
    const at = this.#geometry.write(geometry);
    const perLine = geometry.outSpace.at(-1)!;
    const isDirect = isFilterDirect(n, k, perLine);
    const lineElements = perLine * geometry.strides.at(-1)! * geometry.channels;
    const room = isDirect
      ? this.#kernels.filterDirectWorkspace(n, k, lineElements) >>> 0
      : this.#packingRoom(n, rows, geometry);
    for (let group = 0; group < groups; group++) {
      this.#shareWithRoom(parts, room, ({ begin, count }, workspace) => ({
        kernel: isDirect ? "convolveFilterDirect" : "convolveFilter",
        args: [
          ...[from + group * geometry.count * 4, passed + group * n * 4, outChannels],
          ...[to + group * n * 4, outChannels],
          ...[isDirect ? rows / perLine : rows, n, begin, count, at, workspace],
        ],
      }));
    }
  }

  /** How many threads are worth waking for so many multiply-adds. */
  #threadsFor(products: number): number {
    return products < leastShared ? 1 : this.#threads.threads;
  }

  /** Shares parts of a job, each with room for a list of taps. */
  #shareWithTaps(
    geometry: Geometry,
    parts: readonly Part[],
    callOf: (part: Part, table: number, geometry: number) => Call,
  ): void {
    const at = this.#geometry.write({ ...geometry, count: geometry.channels });
    shareWithTaps(this.#heap, this.#threads, geometry.window, parts, (part, table) =>
      callOf(part, table, at),
    );
  }

  /** Bytes that a part needs for panels of `n` columns and depth `k`. */
  #packingRoom(n: number, k: number, { window, count }: Geometry): number {
    return this.#kernels.convolutionWorkspace(n, k, window.at(-1)! * count) >>> 0;
  }

  /** Shares parts of a job, each with `room` bytes of working memory. */
  #shareWithRoom(
    parts: readonly Part[],
    room: number,
    callOf: (part: Part, workspace: number) => Call,
  ): void {
    // A multiple of a cache line, so that threads do not write to one.
    const padded = Math.ceil(room / 64) * 64;
    const workspace = this.#heap.allocate(padded * parts.length);
    this.#threads.run(parts.map((part, i) => callOf(part, workspace.address + i * padded)));
    this.#heap.free(workspace);
  }
}

function geometryOf(
  { strides, dilation, padding }: Pick<ConvCall, "strides" | "dilation" | "padding">,
  input: View,
  filter: View,
  output: View,
  groups: number,
): Geometry {
  const channels = input.shape.at(-1)!;
  return {
    strides,
    dilation,
    padding,
    space: input.shape.slice(1, -1),
    outSpace: output.shape.slice(1, -1),
    window: filter.shape.slice(0, -2),
    channels,
    count: channels / groups,
  };
}

/** Whether the transforms cost less than the products that they save (measured). */
function isForWinograd(geometry: Geometry, n: number, batch: number, isPassing: boolean): boolean {
  const { window, strides, dilation, channels, outSpace } = geometry;
  const isOne = (step: number): boolean => step === 1;
  if (window.join() !== "3,3" || !strides.every(isOne) || !dilation.every(isOne)) return false;
  const isWide = channels >= 16 && n >= 16 && channels % 4 === 0 && n % 8 === 0;
  return isWide && batch * outSpace[0]! * outSpace[1]! >= (isPassing ? 64 : 32);
}

/** Whether packing patches would take longer than it saves, going forward: few channels in, or out (measured). */
function isForwardDirect(n: number, k: number): boolean {
  return k <= 32 || (n <= 16 && k <= 160);
}

/** The same for the gradient to the filter, which goes line by line and wants long ones (measured). */
function isFilterDirect(n: number, k: number, perLine: number): boolean {
  return k <= 160 && n <= 64 && perLine >= 24;
}

/** Whether a window of one tap goes over all of the input, element by element. */
function isWhole({ strides, padding }: Geometry): boolean {
  return strides.every((step) => step === 1) && padding.every(([a, b]) => a === 0 && b === 0);
}

/** The address of a channel's bias; 0 where there is none. */
function biasAt(bias: number, channel: number): number {
  return bias === 0 ? 0 : bias + channel * 4;
}

function isDepthwise({ channels }: Geometry, outChannels: number, groups: number): boolean {
  return groups > 1 && groups === channels && groups === outChannels;
}

function fillZero(view: View): void {
  const storage = view.storage as WasmStorage;
  const start = storage.start("float32") + view.offset;
  storage.array("float32").fill(0, start, start + sizeOf(view.shape));
}
