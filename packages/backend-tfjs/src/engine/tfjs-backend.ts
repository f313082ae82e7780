import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import {
  mergeLoops,
  sizeOf,
  UnsupportedError,
  type Backend,
  type BackendInfo,
  type ConvCall,
  type ConvFilterGradientCall,
  type ConvInputGradientCall,
  type CustomCall,
  type DType,
  type Epilogue,
  type Expression,
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
  type View,
} from "@tensorloom/tensor/backend";
import { convolve, convolveFilterGradient, convolveInputGradient } from "./convolution.ts";
import { checkEngine, loadEngine, type EngineName, type Tf } from "./load-engine.ts";
import { detachedCall } from "./detached-call.ts";
import { fold } from "./folds.ts";
import { HostFallback } from "./host-fallback.ts";
import { gather } from "./indexing.ts";
import { pool, poolGradient } from "./pooling.ts";
import { isChain, runChain } from "./program-chain.ts";
import { sums } from "./sums.ts";
import { TfjsStorage } from "./tfjs-storage.ts";
import { WorkQueue } from "./work-queue.ts";
import { downloaded, flatOf, overlaid, store, stretched, tensorOf, upload } from "./views.ts";

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
  #fallback!: HostFallback;

  constructor(engine: EngineName) {
    this.#engine = engine;
    this.name = `tfjs:${engine}`;
  }

  async initialize(): Promise<void> {
    const before = this.#engineInUse();
    this.#tf = await loadEngine(this.#engine);
    if (before !== undefined && before !== this.#engine) void this.#tf.setBackend(before);
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
      this.#queue.add(() => this.#run(() => this.#overwrite(storage, given)));
      return;
    }
    const given = data.slice();
    this.#queue.add(async () => {
      const before = await storage.flat?.data();
      this.#run(() => this.#overwrite(storage, overlaid(given, before, storage.byteLength)));
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
      this.#run(() => {
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
    return this.#run(() => {
      if (length === 0) return downloaded(new Float32Array(0), dtype);
      const part = this.#tf.slice(flatOf(this.#tf, source, dtype), [offset], [length]);
      return downloaded(part.dataSync() as Float32Array, dtype);
    });
  }

  async synchronize(): Promise<void> {
    const zero = await this.#queue.result(() =>
      this.#run(() => this.#tf.keep(this.#tf.zeros([1]))),
    );
    await zero.data();
    zero.dispose();
  }

  async dispose(): Promise<void> {
    // The engine is TensorFlow.js' own, and others may be using it.
  }

  map(call: MapCall): void {
    this.#try("map", call, (own) => {
      const { expression, inputs, outputs, parameters } = own;
      const results = this.#chain(expression, inputs, parameters, outputs[0]!.shape, outputs);
      if (results === undefined) return false;
      results.forEach((result, i) => store(this.#tf, outputs[i]!, result));
      return true;
    });
  }

  reduce(call: ReduceCall): void {
    this.#try("reduce", call, (own) => {
      const { operator, expression, inputs, parameters, sourceDType, axes, output } = own;
      // Where the host is near, its loops do the other folds.
      if (sourceDType !== "float32" || (operator !== "sum" && this.readsAtOnce)) return false;
      const source = inputs[0];
      if (source === undefined || sizeOf(source.shape) === 0 || source.shape.length > 6)
        return false;
      const program = expression.program(
        inputs.map(({ dtype }) => dtype),
        [sourceDType],
      );
      if (!isChain(program, this.#engine)) return false;
      const views = inputs.map((view) => tensorOf(this.#tf, view, false));
      const [values] = runChain(this.#tf, program, views, parameters);
      const whole = stretched(this.#tf, values!, source.shape);
      const result =
        operator === "sum" ? sums(this.#tf, whole, axes) : fold(this.#tf, operator, whole, axes);
      if (result !== undefined) store(this.#tf, output, result);
      return result !== undefined;
    });
  }

  gemm(call: GemmCall): void {
    this.#try("gemm", call, (own) => {
      const { a, b, output, epilogue } = own;
      if (output.dtype !== "float32" || hasEmpty(a, b)) return false;
      const rows = this.#matrices(a);
      // Its wasm engine remembers the second operand's packed form by its memory, and forgets that its shape may differ: a
      // copy has memory of its own.
      const columns = this.#tf.mul(this.#matrices(b), this.#tf.scalar(1));
      const product = this.#tf.matMul(rows, columns);
      return this.#finish(this.#tf.reshape(product, [...output.shape]), output, epilogue);
    });
  }

  /** `[batch, m, k]`, whatever the batch axes were. */
  #matrices(view: View): TfTensor {
    const [m, k] = view.shape.slice(-2) as [number, number];
    return this.#tf.reshape(tensorOf(this.#tf, view), [-1, m, k]);
  }

  conv(call: ConvCall): void {
    this.#try("conv", call, (own) => {
      const { input, filter, output, epilogue } = own;
      const result = hasEmpty(input, filter, output) ? undefined : convolve(this.#tf, own);
      return this.#finish(result, output, epilogue);
    });
  }

  convInputGradient(call: ConvInputGradientCall): void {
    this.#try("convInputGradient", call, (own) => {
      const isEmpty = hasEmpty(own.gradient, own.filter, own.output);
      return this.#finish(isEmpty ? undefined : convolveInputGradient(this.#tf, own), own.output);
    });
  }

  convFilterGradient(call: ConvFilterGradientCall): void {
    this.#try("convFilterGradient", call, (own) => {
      const isEmpty = hasEmpty(own.input, own.gradient, own.output);
      return this.#finish(isEmpty ? undefined : convolveFilterGradient(this.#tf, own), own.output);
    });
  }

  pool(call: PoolCall): void {
    this.#try("pool", call, (own) => this.#composed(own, () => pool(this.#tf, own)));
  }

  poolGradient(call: PoolGradientCall): void {
    this.#try("poolGradient", call, (own) =>
      this.#composed(own, () => poolGradient(this.#tf, own)),
    );
  }

  gather(call: GatherCall): void {
    this.#try("gather", call, (own) => this.#composed(own, () => gather(this.#tf, own)));
  }

  scatterAdd(call: ScatterAddCall): void {
    this.#try("scatterAdd", call, () => false);
  }

  scan(call: ScanCall): void {
    this.#try("scan", call, () => false);
  }

  sort(call: SortCall): void {
    this.#try("sort", call, () => false);
  }

  custom(call: CustomCall): void {
    const { kernel } = call;
    if (kernel.host === undefined) {
      throw new UnsupportedError(
        `${kernel.name}: expected a kernel with a host version on ${this.name}, got none; try \`await x.to("wasm")\``,
      );
    }
    this.#try("custom", call, () => false);
  }

  /** Stores what is composed of operations for a call of floats; false where there is nothing, or the host is near. */
  #composed(
    { input, output }: PoolCall | GatherCall,
    compose: () => TfTensor | undefined,
  ): boolean {
    if (this.readsAtOnce || input.dtype !== "float32") return false;
    const result = compose();
    if (result !== undefined) store(this.#tf, output, this.#tf.reshape(result, [...output.shape]));
    return result !== undefined;
  }

  /** Applies an epilogue to a result and stores it; false where there is none, or the engine cannot. */
  #finish(result: TfTensor | undefined, output: View, epilogue?: Epilogue): boolean {
    if (result === undefined) return false;
    let value = result;
    if (epilogue !== undefined) {
      const { expression, inputs, parameters } = epilogue;
      const program = expression.program(
        [output.dtype, ...inputs.map(({ dtype }) => dtype)],
        [output.dtype],
      );
      if (!isChain(program, this.#engine) || output.shape.length > 6) return false;
      const others = inputs.map((view) => tensorOf(this.#tf, view, false));
      value = runChain(this.#tf, program, [result, ...others], parameters)[0]!;
    }
    store(this.#tf, output, stretched(this.#tf, value, output.shape));
    return true;
  }

  /** An expression's results in the outputs' shape; undefined where it is no chain of the engine's operations. */
  #chain(
    expression: Expression,
    inputs: readonly View[],
    parameters: readonly number[],
    shape: readonly number[],
    outputs: readonly View[],
  ): TfTensor[] | undefined {
    const program = expression.program(
      inputs.map(({ dtype }) => dtype),
      outputs.map(({ dtype }) => dtype),
    );
    const nest = mergeLoops(shape, inputs);
    if (sizeOf(shape) === 0 || nest.shape.length > 6 || !isChain(program, this.#engine))
      return undefined;
    const merged = inputs.map((view, i) =>
      tensorOf(
        this.#tf,
        { ...detachedCall(view), shape: nest.shape, strides: nest.strides[i]! },
        false,
      ),
    );
    return runChain(this.#tf, program, merged, parameters).map((result) =>
      stretched(this.#tf, result, nest.shape),
    );
  }

  /** Runs a kernel by the engine's operations, or where they cannot, by our loops, when its turn comes. */
  #try<Name extends KernelName>(
    name: Name,
    call: CallOf<Name>,
    byEngine: (call: CallOf<Name>) => boolean,
  ): void {
    const own = this.#queue.isIdle ? call : detachedCall(call);
    this.#queue.add(() => {
      const isDone = this.#run(() => {
        if (byEngine(own)) return true;
        if (this.readsAtOnce) this.#fallback.run(name, own);
        return this.readsAtOnce;
      });
      if (isDone) return undefined;
      return this.#fallback.runLater(name, own, (work) => this.#run(work));
    });
  }

  /** Makes the engine current while something runs, and gives back what it leaves. */
  #run<T>(work: () => T): T {
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

function hasEmpty(...views: readonly View[]): boolean {
  return views.some(({ shape }) => sizeOf(shape) === 0);
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
