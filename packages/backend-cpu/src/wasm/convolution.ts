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
import { GeometryWriter, type Geometry } from "./geometry.ts";
import type { WasmHeap, WasmStorage } from "./heap.ts";
import type { WasmKernels } from "./kernels.ts";

// Patches whose gradients are scattered are made for some positions at a time, within about a megabyte.
const patchElements = 2 ** 18;

/** The gradient to the input and the filter that leads to it. */
type Products = Pick<
  ConvInputGradientCall,
  "strides" | "dilation" | "padding" | "groups" | "filter"
>;

const identity = expression((x) => x);

type Addresses = [number, number, number];

/** The address of a float32 view's first element. */
export function addressOf(view: View): number {
  return (view.storage as WasmStorage).address + view.offset * 4;
}

/** float32 convolutions of up to three axes, and their gradients. */
export class WasmConvolution {
  readonly #heap: WasmHeap;
  readonly #kernels: WasmKernels;
  readonly #map: (call: MapCall) => void;
  readonly #geometry: GeometryWriter;

  /** @param map - copies filters */
  constructor(heap: WasmHeap, kernels: WasmKernels, map: (call: MapCall) => void) {
    this.#heap = heap;
    this.#kernels = kernels;
    this.#map = map;
    this.#geometry = new GeometryWriter(heap);
  }

  /** Tells whether a call on tensors of this rank and dtype can run here. */
  static canRun(view: View): boolean {
    return view.dtype === "float32" && view.shape.length <= 5;
  }

  /** Convolves, without the epilogue. */
  forward({ input, filter, output, groups, ...window }: Omit<ConvCall, "epilogue">): void {
    const outChannels = output.shape.at(-1)!;
    const geometry = geometryOf(window, input, filter, output, groups);
    const rows = sizeOf(output.shape.slice(0, -1));
    if (isDepthwise(geometry, outChannels, groups)) {
      this.#withTaps(geometry, (table, at) => {
        const [from, weights, to] = [input, filter, output].map(addressOf) as Addresses;
        this.#kernels.depthwise(from, weights, to, rows, table, at);
      });
      return;
    }
    const n = outChannels / groups;
    const k = sizeOf(geometry.window) * geometry.count;
    this.#withWorkspace(n, k, geometry, (workspace) => {
      for (let group = 0; group < groups; group++) {
        this.#kernels.convolve(
          addressOf(input) + group * geometry.count * 4,
          addressOf(filter) + group * n * 4,
          outChannels,
          addressOf(output) + group * n * 4,
          outChannels,
          ...([0, rows, n, k, this.#geometry.write(geometry), workspace] as const),
        );
      }
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
    const rows = sizeOf(gradient.shape.slice(0, -1));
    fillZero(output);
    if (isDepthwise(geometry, outChannels, groups)) {
      this.#withTaps(geometry, (table, at) => {
        const [to, weights, passed] = [output, filter, gradient].map(addressOf) as Addresses;
        this.#kernels.depthwiseGradient(to, weights, passed, rows, 0, table, at);
      });
      return;
    }
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
    this.forward({
      input: gradient,
      filter: { storage: turned, dtype: "float32", offset: 0, shape, strides: [] },
      output,
      strides: call.strides,
      dilation: call.dilation,
      padding,
      groups,
    });
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
    const workspace = this.#heap.allocate(this.#kernels.gemmWorkspace(k, n) >>> 0);
    const at = this.#geometry.write(geometry);
    for (let group = 0; group < groups; group++) {
      for (let first = 0; first < rows; first += atOnce) {
        const count = Math.min(atOnce, rows - first);
        const passed = addressOf(gradient) + (first * outChannels + group * n) * 4;
        const weights = addressOf(filter) + group * n * 4;
        this.#kernels.gemm(
          ...([passed, outChannels, 1, weights, 1, outChannels, patches.address, k] as const),
          ...([count, k, n, 0, workspace.address] as const),
        );
        const to = addressOf(output) + group * geometry.count * 4;
        this.#kernels.scatterPatches(patches.address, to, first, count, at);
      }
    }
    this.#heap.free(workspace);
    this.#heap.free(patches);
  }

  /** Takes gradients to the filter. */
  filterGradient({ input, gradient, output, groups, ...window }: ConvFilterGradientCall): void {
    const outChannels = gradient.shape.at(-1)!;
    const geometry = geometryOf(window, input, output, gradient, groups);
    const rows = sizeOf(gradient.shape.slice(0, -1));
    if (isDepthwise(geometry, outChannels, groups)) {
      fillZero(output);
      this.#withTaps(geometry, (table, at) => {
        const [from, to, passed] = [input, output, gradient].map(addressOf) as Addresses;
        this.#kernels.depthwiseGradient(from, to, passed, rows, 1, table, at);
      });
      return;
    }
    const n = outChannels / groups;
    const k = sizeOf(geometry.window) * geometry.count;
    if (rows === 0) fillZero(output);
    this.#withWorkspace(n, rows, geometry, (workspace) => {
      for (let group = 0; group < groups; group++) {
        this.#kernels.convolveFilter(
          addressOf(input) + group * geometry.count * 4,
          addressOf(gradient) + group * n * 4,
          outChannels,
          addressOf(output) + group * n * 4,
          outChannels,
          ...([rows, n, k, this.#geometry.write(geometry), workspace] as const),
        );
      }
    });
  }

  /** Lends room for a list of taps. */
  #withTaps(geometry: Geometry, use: (table: number, geometry: number) => void): void {
    const table = this.#heap.allocate(sizeOf(geometry.window) * 8);
    use(table.address, this.#geometry.write({ ...geometry, count: geometry.channels }));
    this.#heap.free(table);
  }

  #withWorkspace(
    n: number,
    k: number,
    { window, count }: Geometry,
    use: (address: number) => void,
  ): void {
    const bytes = this.#kernels.convolutionWorkspace(n, k, window.at(-1)! * count) >>> 0;
    const workspace = this.#heap.allocate(bytes);
    use(workspace.address);
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

function isDepthwise({ channels }: Geometry, outChannels: number, groups: number): boolean {
  return groups > 1 && groups === channels && groups === outChannels;
}

function fillZero(view: View): void {
  const storage = view.storage as WasmStorage;
  const start = storage.start("float32") + view.offset;
  storage.array("float32").fill(0, start, start + sizeOf(view.shape));
}
