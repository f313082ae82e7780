import { ArgumentError } from "@tensorloom/tensor/backend";
import type {
  Backend,
  BackendInfo,
  BackendOrigin,
  ConvCall,
  ConvFilterGradientCall,
  ConvInputGradientCall,
  CustomCall,
  DType,
  GatherCall,
  GemmCall,
  MapCall,
  PoolCall,
  PoolGradientCall,
  ReduceCall,
  RowsCall,
  ScanCall,
  ScatterAddCall,
  SortCall,
  Storage,
  TypedArray,
} from "@tensorloom/tensor/backend";
import { HostBackend } from "./host-backend.ts";
import { applyEpilogue, multiply, type Multiply } from "./loops/gemm.ts";
import { map } from "./loops/map.ts";
import { addAlong, takeAlong } from "./wasm/along-axis.ts";
import { WasmConvolution } from "./wasm/convolution.ts";
import { WasmCustom } from "./wasm/custom.ts";
import { finishOf, unfinished } from "./wasm/finish.ts";
import { WasmHeap, type WasmStorage } from "./wasm/heap.ts";
import { checkWebAssembly, loadKernels, type SimdBuild, type WasmKernels } from "./wasm/kernels.ts";
import { WasmMap } from "./wasm/map.ts";
import { WasmPooling } from "./wasm/pooling.ts";
import { PreparedOperands } from "./wasm/prepared-operands.ts";
import { WasmProduct } from "./wasm/product.ts";
import { WasmReduce } from "./wasm/reduce.ts";
import { WasmRows } from "./wasm/rows.ts";
import { availableThreads, whyNotShared } from "./wasm/threads/spawn.ts";
import { ThreadPool } from "./wasm/threads/thread-pool.ts";

/** What {@link wasm} takes. */
export interface WasmOptions {
  /** Insists on a build; by default relaxed SIMD where the engine has it, else plain SIMD. */
  readonly simd?: SimdBuild;
  /**
   * How many threads take part, the calling one included; by default as many as the machine has, up to 8. Fewer where
   * memory cannot be shared: `info()` says why.
   */
  readonly threads?: number;
}

const mostThreadsByDefault = 8;

class WasmBackend extends HostBackend {
  readonly name = "wasm";
  readonly #options: WasmOptions;
  #heap!: WasmHeap;
  #kernels!: WasmKernels;
  #threads!: ThreadPool;
  #map!: WasmMap;
  #product!: WasmProduct;
  #convolution!: WasmConvolution;
  #operands!: PreparedOperands;
  #pooling!: WasmPooling;
  #reduce!: WasmReduce;
  #rows!: WasmRows;
  #custom!: WasmCustom;
  #build: SimdBuild = "simd";
  #notes: readonly string[] = [];

  constructor(options: WasmOptions) {
    super();
    this.#options = options;
  }

  async initialize(): Promise<void> {
    checkWebAssembly();
    const wanted = this.#options.threads ?? Math.min(availableThreads(), mostThreadsByDefault);
    const obstacle = wanted > 1 ? whyNotShared() : undefined;
    this.#notes = obstacle === undefined ? [] : [obstacle];
    const isShared = wanted > 1 && obstacle === undefined;
    const heap = new WasmHeap(isShared);
    const { kernels, module, build } = await loadKernels(heap.memory, this.#options.simd);
    heap.start(kernels.heapBase());
    const threads = new ThreadPool(heap, kernels, module, isShared ? wanted - 1 : 0);
    this.#heap = heap;
    this.#kernels = kernels;
    this.#threads = threads;
    this.#build = build;
    const features = { isRelaxed: build === "relaxed", isShared };
    this.#map = new WasmMap(heap, kernels, threads, features);
    this.#operands = new PreparedOperands(heap);
    this.#product = new WasmProduct(heap, kernels, threads, this.#operands);
    this.#convolution = new WasmConvolution(
      ...([heap, kernels, threads, this.#product, this.#operands, this.map] as const),
    );
    this.#pooling = new WasmPooling(heap, threads);
    this.#reduce = new WasmReduce(heap, threads, this.map);
    this.#rows = new WasmRows(heap, threads, features);
    this.#custom = new WasmCustom(heap, threads);
    await threads.start();
  }

  /** The same build of the kernels: the two round differently. */
  get origin(): BackendOrigin {
    return { module: "@tensorloom/backend-cpu", name: "wasm", options: { simd: this.#build } };
  }

  info(): BackendInfo {
    return {
      threads: this.#threads.threads,
      features: [this.#build === "relaxed" ? "relaxed-simd" : "simd"],
      notes: [...this.#notes, ...this.#threads.notes],
    };
  }

  /** @internal For tests. */
  get threads(): ThreadPool {
    return this.#threads;
  }

  allocate(byteLength: number): WasmStorage {
    return this.#operands.allocate(byteLength);
  }

  override write(target: Storage, data: TypedArray): void {
    changed(target);
    super.write(target, data);
  }

  override hostMemory(storage: Storage, dtype: DType): TypedArray {
    changed(storage);
    return super.hostMemory(storage, dtype);
  }

  free(storage: Storage): void {
    this.#operands.forget(storage as WasmStorage);
    this.#heap.free(storage as WasmStorage);
  }

  async dispose(): Promise<void> {
    this.#threads.dispose();
    // The memory goes with the last reference to it.
    this.#heap = new WasmHeap(false);
  }

  override readonly map = (call: MapCall): void => {
    for (const { storage } of call.outputs) changed(storage);
    if (!this.#map.run(call)) map(call);
  };

  override readonly multiply: Multiply = (a, b, c, options) => {
    if (c.dtype !== "float32" || a.shape[1] === 0) multiply(a, b, c, options);
    else this.#product.multiply(a, b, c, options);
  };

  override gemm(call: GemmCall): void {
    changed(call.output.storage);
    const { a, b, output, epilogue } = call;
    if (output.dtype !== "float32" || a.shape.at(-1) === 0) {
      super.gemm(call);
      return;
    }
    const finish = finishOf(epilogue, output);
    this.#product.batch(a, b, output, finish ?? unfinished);
    if (finish === undefined) applyEpilogue(epilogue!, output, this.map);
  }

  override reduce(call: ReduceCall): void {
    changed(call.output.storage);
    if (!this.#reduce.run(call)) super.reduce(call);
  }

  hasRows(call: Omit<RowsCall, "outputs">): boolean {
    return WasmRows.canRun(call);
  }

  rows(call: RowsCall): void {
    for (const { storage } of call.outputs) changed(storage);
    this.#rows.run(call);
  }

  override conv(call: ConvCall): void {
    changed(call.output.storage);
    if (!WasmConvolution.canRun(call.output)) {
      super.conv(call);
      return;
    }
    const { output, epilogue } = call;
    const finish = finishOf(epilogue, output);
    this.#convolution.forward(call, finish ?? unfinished);
    if (finish === undefined) applyEpilogue(epilogue!, output, this.map);
  }

  override convInputGradient(call: ConvInputGradientCall): void {
    changed(call.output.storage);
    if (WasmConvolution.canRun(call.output)) this.#convolution.inputGradient(call);
    else super.convInputGradient(call);
  }

  override convFilterGradient(call: ConvFilterGradientCall): void {
    changed(call.output.storage);
    if (WasmConvolution.canRun(call.gradient)) this.#convolution.filterGradient(call);
    else super.convFilterGradient(call);
  }

  override gather(call: GatherCall): void {
    changed(call.output.storage);
    if (!takeAlong(this.#kernels, call)) super.gather(call);
  }

  override scatterAdd(call: ScatterAddCall): void {
    changed(call.output.storage);
    if (!addAlong(this.#kernels, call)) super.scatterAdd(call);
  }

  override scan(call: ScanCall): void {
    changed(call.output.storage);
    super.scan(call);
  }

  override sort(call: SortCall): void {
    for (const output of [call.values, call.indices]) {
      if (output !== undefined) changed(output.storage);
    }
    super.sort(call);
  }

  override pool(call: PoolCall): void {
    changed(call.output.storage);
    if (WasmConvolution.canRun(call.input)) this.#pooling.forward(call);
    else super.pool(call);
  }

  override poolGradient(call: PoolGradientCall): void {
    changed(call.output.storage);
    if (WasmConvolution.canRun(call.input)) this.#pooling.gradient(call);
    else super.poolGradient(call);
  }

  override custom(call: CustomCall): void {
    const { wasm: version } = call.kernel;
    for (const { storage } of call.outputs) changed(storage);
    if (version === undefined || !this.#custom.run(version, call)) super.custom(call);
  }
}

/** What was prepared of its values before is not of those that it has now. */
function changed(storage: Storage): void {
  (storage as WasmStorage).version++;
}

/**
 * Returns the backend in WebAssembly SIMD. The module is part of this package's JavaScript: there is no file to host.
 *
 * Large operations are shared between threads: Node's worker threads, or a page's workers if it is cross-origin isolated.
 * Results are the same bits for every number of threads. Threads do not keep a Node process alive. One that is lost is
 * replaced, with a warning, and its part is computed again.
 *
 * `use()` rejects with `BACKEND_UNAVAILABLE` where the engine lacks WebAssembly or SIMD, or a page forbids it.
 *
 * @param options - `simd`: insist on a build; `threads`: how many
 * @throws `ArgumentError` if `threads` is not a whole number of 1 or more
 *
 * @example
 * import { use } from "@tensorloom/tensor";
 * import { wasm } from "@tensorloom/backend-cpu";
 * (await use(wasm({ threads: 2 }))).name; // => wasm
 */
export function wasm(options: WasmOptions = {}): Backend {
  const { threads } = options;
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1)) {
    throw new ArgumentError(
      `wasm: threads: expected a whole number of 1 or more, got ${threads}; leave it out for as many as the machine has`,
    );
  }
  return new WasmBackend(options);
}
