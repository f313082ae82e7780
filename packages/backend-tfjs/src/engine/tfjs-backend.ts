import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import {
  UnsupportedError,
  type Backend,
  type BackendInfo,
  type ConvCall,
  type ConvFilterGradientCall,
  type ConvInputGradientCall,
  type CustomCall,
  type DType,
  type GatherCall,
  type GemmCall,
  type CallOf,
  type KernelName,
  type MapCall,
  type PoolCall,
  type PoolGradientCall,
  type ReduceCall,
  type ScanCall,
  type ScatterAddCall,
  type SortCall,
  type Storage,
  type TypedArray,
} from "@tensorloom/tensor/backend";
import { checkEngine, loadEngine, type EngineName, type Tf } from "./load-engine.ts";
import { detachedCall } from "./detached-call.ts";
import { EngineKernels } from "./engine-kernels.ts";
import { HostFallback } from "./host-fallback.ts";
import { TfjsStorage } from "./tfjs-storage.ts";
import { WorkQueue } from "./work-queue.ts";
import { downloaded, flatOf, overlaid, upload } from "./views.ts";

/** What {@link tfjs} takes. */
export interface TfjsOptions {
  /** Which of TensorFlow.js' engines computes. */
  readonly engine: EngineName;
}

class TfjsBackend implements Backend {
  readonly name: string;
  readonly dtypes: readonly DType[] = ["float32", "int32", "uint8", "bool"];
  readonly #engine: EngineName;
  readonly #queue = new WorkQueue();
  #downloads: Promise<unknown> = Promise.resolve();
  /** Whether the engine's tensors can be read at once. */
  protected readonly readsAtOnce: boolean = false;
  #tf!: Tf;
  #kernels!: EngineKernels;
  #fallback!: HostFallback;

  constructor(engine: EngineName) {
    this.#engine = engine;
    this.name = `tfjs:${engine}`;
  }

  async initialize(): Promise<void> {
    const before = this.#engineInUse();
    this.#tf = await loadEngine(this.#engine);
    if (before !== undefined && before !== this.#engine) void this.#tf.setBackend(before);
    this.#kernels = new EngineKernels(this.#tf, this.#engine, this.readsAtOnce);
    this.#fallback = new HostFallback(this.#tf);
  }

  #engineInUse(): string | undefined {
    const { _tfengine } = globalThis as { _tfengine?: { backendName?: string | null } };
    return _tfengine?.backendName ?? undefined;
  }

  info(): BackendInfo {
    const { version_core: version } = this.#tf;
    return { threads: 1, features: [`tfjs-core ${version}`, this.#engine], notes: [] };
  }

  allocate(byteLength: number): Storage {
    return new TfjsStorage(byteLength);
  }

  free(storage: Storage): void {
    this.#queue.add(() => (storage as TfjsStorage).free());
  }

  write(target: Storage, data: TypedArray): void {
    const storage = target as TfjsStorage;
    if (data.byteLength >= storage.byteLength || this.readsAtOnce) {
      const given = this.#queue.isIdle ? data : data.slice();
      this.#queue.add(() => this.#onEngine(() => this.#overwrite(storage, given)));
      return;
    }
    const given = data.slice();
    this.#queue.add(async () => {
      const before = await storage.flat?.data();
      this.#onEngine(() => this.#overwrite(storage, overlaid(given, before, storage.byteLength)));
    });
  }

  #overwrite(storage: TfjsStorage, data: TypedArray): void {
    let flat = upload(this.#tf, data);
    if (data.byteLength < storage.byteLength) {
      const dtype =
        data instanceof Float32Array ? "float32" : data instanceof Int32Array ? "int32" : "uint8";
      const before = flatOf(this.#tf, storage, dtype);
      const rest = this.#tf.slice(before, [data.length], [before.size - data.length]);
      flat = this.#tf.concat([flat, rest]);
    }
    storage.replace(this.#tf.keep(flat));
  }

  async read(source: Storage, dtype: DType, offset: number, length: number): Promise<TypedArray> {
    if (length === 0) return downloaded(new Float32Array(0), dtype);
    // To cut integers, its webgpu engine would round them.
    const isWhole = !this.readsAtOnce && dtype !== "float32";
    const held = source as TfjsStorage;
    const part = await this.#queue.result(() =>
      this.#onEngine(() => {
        const flat = flatOf(this.#tf, held, dtype);
        return this.#tf.keep(
          isWhole ? this.#tf.clone(flat) : this.#tf.slice(flat, [offset], [length]),
        );
      }),
    );
    const values = await this.#download(part);
    return downloaded(isWhole ? values.subarray(offset, offset + length) : values, dtype);
  }

  /** One after another: TensorFlow.js does not read the same memory twice at a time. */
  #download(tensor: TfTensor): Promise<Float32Array> {
    const values = this.#downloads.then(async () => (await tensor.data()) as Float32Array);
    this.#downloads = values.then(
      () => tensor.dispose(),
      () => tensor.dispose(),
    );
    return values;
  }

  /** The same at once, for engines that can. */
  protected readNow(source: Storage, dtype: DType, offset: number, length: number): TypedArray {
    return this.#onEngine(() => {
      if (length === 0) return downloaded(new Float32Array(0), dtype);
      const part = this.#tf.slice(flatOf(this.#tf, source, dtype), [offset], [length]);
      return downloaded(part.dataSync() as Float32Array, dtype);
    });
  }

  async synchronize(): Promise<void> {
    const zero = await this.#queue.result(() =>
      this.#onEngine(() => this.#tf.keep(this.#tf.zeros([1]))),
    );
    await zero.data();
    zero.dispose();
  }

  async dispose(): Promise<void> {
    // The engine is TensorFlow.js' own, and others may be using it.
  }

  map(call: MapCall): void {
    this.#run("map", call);
  }

  reduce(call: ReduceCall): void {
    this.#run("reduce", call);
  }

  gemm(call: GemmCall): void {
    this.#run("gemm", call);
  }

  conv(call: ConvCall): void {
    this.#run("conv", call);
  }

  convInputGradient(call: ConvInputGradientCall): void {
    this.#run("convInputGradient", call);
  }

  convFilterGradient(call: ConvFilterGradientCall): void {
    this.#run("convFilterGradient", call);
  }

  pool(call: PoolCall): void {
    this.#run("pool", call);
  }

  poolGradient(call: PoolGradientCall): void {
    this.#run("poolGradient", call);
  }

  gather(call: GatherCall): void {
    this.#run("gather", call);
  }

  scatterAdd(call: ScatterAddCall): void {
    this.#run("scatterAdd", call);
  }

  scan(call: ScanCall): void {
    this.#run("scan", call);
  }

  sort(call: SortCall): void {
    this.#run("sort", call);
  }

  custom(call: CustomCall): void {
    const { kernel } = call;
    if (kernel.host === undefined) {
      throw new UnsupportedError(
        `${kernel.name}: expected a kernel with a host version on ${this.name}, got none; try \`await x.to("wasm")\``,
      );
    }
    this.#run("custom", call);
  }

  /** Runs a kernel by the engine's operations, or where they cannot, by our loops, when its turn comes. */
  #run<Name extends KernelName>(name: Name, call: CallOf<Name>): void {
    const own = this.#queue.isIdle ? call : detachedCall(call);
    this.#queue.add(() => {
      const isDone = this.#onEngine(() => {
        if (this.#kernels.run(name, own)) return true;
        if (this.readsAtOnce) this.#fallback.run(name, own);
        return this.readsAtOnce;
      });
      if (isDone) return undefined;
      return this.#fallback.runLater(name, own, (work) => this.#onEngine(work));
    });
  }

  /** Makes the engine current while something runs, and gives back what it leaves. */
  #onEngine<T>(work: () => T): T {
    const tf = this.#tf;
    const before = tf.getBackend();
    // It is set at once where it has been started.
    if (before !== this.#engine) void tf.setBackend(this.#engine);
    let result: T;
    try {
      tf.engine().startScope();
      result = work();
    } finally {
      tf.engine().endScope();
      if (before !== this.#engine) void tf.setBackend(before);
    }
    return result;
  }
}

/** Engines whose tensors can be read at once: host backends. */
class TfjsHostBackend extends TfjsBackend {
  protected override readonly readsAtOnce = true;

  readSync(source: Storage, dtype: DType, offset: number, length: number): TypedArray {
    return this.readNow(source, dtype, offset, length);
  }
}

/**
 * Returns an engine of TensorFlow.js as a backend: `cpu`, `wasm` or `webgpu`, from the packages
 * `@tensorflow/tfjs-core` and `@tensorflow/tfjs-backend-...`, which are loaded when it is first used.
 *
 * Expressions run as chains of its operations, products and convolutions on its kernels. What it lacks or gets wrong is
 * composed of what it has; our TypeScript loops do the rest. On `webgpu`, where nothing can be read at once, work then queues behind
 * them; what goes wrong there comes out of the next read.
 *
 * `use()` rejects with `BACKEND_UNAVAILABLE` where a package is missing or the engine does not start.
 *
 * @param options - `engine`
 * @throws `ArgumentError` for an engine of another name
 *
 * @example
 * import { use } from "@tensorloom/tensor";
 * import { tfjs } from "@tensorloom/backend-tfjs";
 * (await use(tfjs({ engine: "cpu" }))).name; // => tfjs:cpu
 */
export function tfjs({ engine }: TfjsOptions): Backend {
  const name = checkEngine(engine);
  return name === "webgpu" ? new TfjsBackend(name) : new TfjsHostBackend(name);
}
