import type {
  Backend,
  BackendInfo,
  ConvCall,
  ConvFilterGradientCall,
  ConvInputGradientCall,
  MapCall,
  PoolCall,
  PoolGradientCall,
  ReduceCall,
  Storage,
} from "@tensorloom/tensor/backend";
import { HostBackend } from "./host-backend.ts";
import { applyEpilogue, multiply, type Multiply } from "./loops/gemm.ts";
import { map } from "./loops/map.ts";
import { addressOf, WasmConvolution } from "./wasm/convolution.ts";
import { WasmHeap, type WasmStorage } from "./wasm/heap.ts";
import { checkWebAssembly, loadKernels, type SimdBuild, type WasmKernels } from "./wasm/kernels.ts";
import { WasmMap } from "./wasm/map.ts";
import { WasmPooling } from "./wasm/pooling.ts";
import { WasmReduce } from "./wasm/reduce.ts";

/** What {@link wasm} takes. */
export interface WasmOptions {
  /** Insists on a build; by default relaxed SIMD where the engine has it, else plain SIMD. */
  readonly simd?: SimdBuild;
}

class WasmBackend extends HostBackend {
  readonly name = "wasm";
  readonly #options: WasmOptions;
  #heap!: WasmHeap;
  #kernels!: WasmKernels;
  #map!: WasmMap;
  #convolution!: WasmConvolution;
  #pooling!: WasmPooling;
  #reduce!: WasmReduce;
  #build: SimdBuild = "simd";

  constructor(options: WasmOptions) {
    super();
    this.#options = options;
  }

  async initialize(): Promise<void> {
    checkWebAssembly();
    const heap = new WasmHeap();
    const { kernels, build } = await loadKernels(heap.memory, this.#options.simd);
    heap.start(kernels.heapBase());
    this.#heap = heap;
    this.#kernels = kernels;
    this.#build = build;
    this.#map = new WasmMap(heap, kernels, { isRelaxed: build === "relaxed", isShared: false });
    this.#convolution = new WasmConvolution(heap, kernels, this.map);
    this.#pooling = new WasmPooling(heap, kernels);
    this.#reduce = new WasmReduce(heap, kernels, this.map);
  }

  info(): BackendInfo {
    return {
      threads: 1,
      features: [this.#build === "relaxed" ? "relaxed-simd" : "simd"],
      notes: [],
    };
  }

  allocate(byteLength: number): WasmStorage {
    return this.#heap.allocate(byteLength);
  }

  free(storage: Storage): void {
    this.#heap.free(storage as WasmStorage);
  }

  async dispose(): Promise<void> {
    // The memory goes with the last reference to it.
    this.#heap = new WasmHeap();
  }

  override readonly map = (call: MapCall): void => {
    if (!this.#map.run(call)) map(call);
  };

  override readonly multiply: Multiply = (a, b, c, options) => {
    if (c.dtype !== "float32") {
      multiply(a, b, c, options);
      return;
    }
    const [m, k] = a.shape as readonly [number, number];
    const n = b.shape[1]!;
    if (k === 0) {
      multiply(a, b, c, options);
      return;
    }
    const workspace = this.#heap.allocate(this.#kernels.gemmWorkspace(n, k) >>> 0);
    const [aRow, aColumn] = a.strides as readonly [number, number];
    const [bRow, bColumn] = b.strides as readonly [number, number];
    this.#kernels.gemm(
      ...([
        addressOf(a),
        aRow,
        aColumn,
        addressOf(b),
        bRow,
        bColumn,
        addressOf(c),
        c.strides[0]!,
      ] as const),
      ...([m, n, k, Number(options.isSum), workspace.address] as const),
    );
    this.#heap.free(workspace);
  };

  override reduce(call: ReduceCall): void {
    if (!this.#reduce.run(call)) super.reduce(call);
  }

  override conv(call: ConvCall): void {
    if (!WasmConvolution.canRun(call.output)) {
      super.conv(call);
      return;
    }
    this.#convolution.forward(call);
    if (call.epilogue !== undefined) applyEpilogue(call.epilogue, call.output, this.map);
  }

  override convInputGradient(call: ConvInputGradientCall): void {
    if (WasmConvolution.canRun(call.output)) this.#convolution.inputGradient(call);
    else super.convInputGradient(call);
  }

  override convFilterGradient(call: ConvFilterGradientCall): void {
    if (WasmConvolution.canRun(call.gradient)) this.#convolution.filterGradient(call);
    else super.convFilterGradient(call);
  }

  override pool(call: PoolCall): void {
    if (WasmConvolution.canRun(call.input)) this.#pooling.forward(call);
    else super.pool(call);
  }

  override poolGradient(call: PoolGradientCall): void {
    if (WasmConvolution.canRun(call.input)) this.#pooling.gradient(call);
    else super.poolGradient(call);
  }
}

/**
 * Returns the backend in WebAssembly SIMD. The module is part of this package's JavaScript: there is no file to host.
 *
 * `use()` rejects with `BACKEND_UNAVAILABLE` where the engine lacks WebAssembly or SIMD, or a page forbids it.
 *
 * @param options - `simd`: insist on a build
 *
 * @example
 * import { use } from "@tensorloom/tensor";
 * import { wasm } from "@tensorloom/backend-cpu";
 * (await use(wasm())).name; // => wasm
 */
export function wasm(options: WasmOptions = {}): Backend {
  return new WasmBackend(options);
}
