import {
  ArgumentError,
  bytesPerElement,
  sizeOf,
  tensorOn,
  typedArrayOn,
  type Backend,
  type BackendInfo,
  type ConvCall,
  type ConvFilterGradientCall,
  type ConvInputGradientCall,
  type CustomCall,
  type DType,
  type GatherCall,
  type GemmCall,
  type MapCall,
  type PoolCall,
  type PoolGradientCall,
  type ReduceCall,
  type RowsCall,
  type ScanCall,
  type ScatterAddCall,
  type SortCall,
  type Storage,
  type Tensor,
  type TypedArray,
  type View,
} from "@tensorloom/tensor/backend";
import { Block, BufferPool, usage } from "./device/buffer-pool.ts";
import { CommandQueue, lostError, type Workgroups } from "./device/command-queue.ts";
import type { Executor } from "./device/executor.ts";
import { blockOf, GpuStorage } from "./device/gpu-storage.ts";
import { openDevice, type WebGpuOptions } from "./device/open-device.ts";
import type { Pipeline, ShaderSource } from "./device/pipelines.ts";
import { Profile } from "./device/profile.ts";
import { Profiler } from "./device/profiler.ts";
import type { DeviceTraits } from "./device/traits.ts";
import type { Tuning } from "./device/tuning.ts";
import { Words } from "./device/words.ts";
import { placeBytes } from "./kernels/aligned-outputs.ts";
import { map } from "./kernels/map.ts";
import { custom } from "./kernels/custom.ts";
import { gather } from "./kernels/gather.ts";
import { withHalves } from "./kernels/with-halves.ts";
import { scan } from "./kernels/scan.ts";
import { scatterAdd } from "./kernels/scatter-add.ts";
import { sort } from "./kernels/sort.ts";
import { fastestTuning } from "./kernels/tune.ts";
import { reduce } from "./kernels/reduce.ts";
import { hasRows, rows } from "./kernels/rows.ts";

/** All that exists from the device's opening on. */
interface Opened {
  readonly device: GPUDevice;
  readonly traits: DeviceTraits;
  readonly queue: CommandQueue;
  readonly buffers: BufferPool;
}

/** How much a backend has asked of its device so far. */
export interface WorkCounts {
  /** Batches of commands. */
  readonly submits: number;
  /** Shader runs in them. */
  readonly dispatches: number;
  /** Of the buffers that are in use now. */
  readonly bytes: number;
}

/** The WebGPU backend: the contract, and what only it can do. */
export interface WebGpuBackend extends Backend {
  /** The device, once `use` has resolved: for pipelines of your own that share buffers with tensors. */
  readonly device: GPUDevice;
  /** How many batches of commands have been submitted, and dispatches recorded, so far; and the memory in use. */
  counts(): WorkCounts;
  /**
   * Returns the buffer that a tensor lies in, not a copy, and where; commands that you submit from now on see its elements.
   * The tensor must live until they have been submitted.
   *
   * @param tensor - on this backend; contiguous, or its strides say how the elements lie
   * @throws `ArgumentError` for a tensor elsewhere
   */
  bufferOf(tensor: View): BufferRange;
  /**
   * Returns a tensor on a buffer of yours, without a copy. The buffer stays yours: disposing the tensor does not destroy it.
   *
   * @param buffer - made on {@link WebGpuBackend.device} with the usages STORAGE, COPY_SRC and COPY_DST; float32 and int32
   * lie as in `array<f32>` and `array<i32>`, uint8 and bool four to a word, the first lowest
   * @throws `ArgumentError` for a buffer that is too small or lacks a usage
   */
  tensorFrom<D extends DType>(
    buffer: GPUBuffer,
    options: { readonly shape: readonly number[]; readonly dtype: D },
  ): Tensor<D>;
  /**
   * Runs `fn` and resolves to what each kernel cost: time on the device where it has timestamps, dispatches, bytes. Every
   * dispatch is then a pass of its own, so the whole takes longer than without.
   */
  profile(fn: () => unknown): Promise<Profile>;
  /**
   * Times products with each way to cut them, works with the fastest from then on, and resolves to it: keep it, and give it
   * to `webgpu({ tuning })` next time. Takes seconds; adapters that have been measured begin with what was best there.
   */
  tune(): Promise<Tuning>;
}

/** Where a tensor's elements lie on the device. */
export interface BufferRange {
  /** Not to be destroyed, nor written while the tensor is used. */
  readonly buffer: GPUBuffer;
  /** Where the first element lies. */
  readonly byteOffset: number;
}

class GpuBackend implements WebGpuBackend, Executor {
  readonly name = "webgpu";
  readonly dtypes: readonly DType[] = ["float32", "float16", "int32", "uint8", "bool"];
  readonly #options: WebGpuOptions;
  #opened: Opened | undefined;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #words = new Words();
  /** What has been lent since the last kernel began. */
  readonly #lent = new Set<GpuStorage>();

  constructor(options: WebGpuOptions) {
    this.#options = options;
  }

  async initialize(): Promise<void> {
    if (this.#opened !== undefined) return;
    const { device, traits } = await openDevice(this.#options);
    const queue = new CommandQueue(device);
    const buffers = new BufferPool(device, (block) => queue.retire(block));
    this.#opened = { device, traits, queue, buffers };
    void device.lost.then((info) => queue.lose(lostError(info)));
  }

  get #here(): Opened {
    return this.#opened!;
  }

  get device(): GPUDevice {
    return this.#here.device;
  }

  counts(): WorkCounts {
    const { submits, dispatches } = this.#here.queue;
    return { submits, dispatches, bytes: this.#here.buffers.counts().usedBytes };
  }

  bufferOf(tensor: View): BufferRange {
    const { queue } = this.#here;
    queue.checkAlive();
    if (!(tensor.storage instanceof GpuStorage)) {
      throw new ArgumentError(
        'bufferOf: tensor: expected a tensor on webgpu, got one elsewhere; try `await x.to("webgpu")`',
      );
    }
    // What the elements are computed by goes first.
    queue.flush();
    return {
      buffer: blockOf(tensor).buffer,
      byteOffset: tensor.offset * bytesPerElement(tensor.dtype),
    };
  }

  tensorFrom<D extends DType>(
    buffer: GPUBuffer,
    { shape, dtype }: { readonly shape: readonly number[]; readonly dtype: D },
  ): Tensor<D> {
    this.#here.queue.checkAlive();
    const byteLength = sizeOf(shape) * bytesPerElement(dtype);
    if (buffer.size < byteLength) {
      throw new ArgumentError(
        `tensorFrom: buffer: expected at least ${byteLength} bytes for [${shape.join(", ")}] of ${dtype}, got ${buffer.size}`,
      );
    }
    const needed = usage.storage | usage.copySource | usage.copyTarget;
    if ((buffer.usage & needed) !== needed) {
      throw new ArgumentError(
        `tensorFrom: buffer: expected the usages STORAGE, COPY_SRC and COPY_DST, got ${buffer.usage}; add what is missing`,
      );
    }
    const storage = new GpuStorage(new Block(buffer), byteLength, true);
    return tensorOn(this, storage, { shape, dtype });
  }

  async profile(fn: () => unknown): Promise<Profile> {
    const { device, queue } = this.#here;
    await queue.finish();
    const before = this.counts();
    const profiler = new Profiler(device);
    queue.profiler = profiler;
    try {
      await fn();
      await queue.finish();
    } finally {
      queue.profiler = undefined;
    }
    const kernels = await profiler.finish();
    const after = this.counts();
    return new Profile(
      kernels,
      after.submits - before.submits,
      after.dispatches - before.dispatches,
    );
  }

  async tune(): Promise<Tuning> {
    const { queue } = this.#here;
    const withTuning = (tuning: Tuning): Executor => {
      this.#opened = { ...this.#here, traits: { ...this.traits, tuning } };
      return this;
    };
    await queue.finish();
    const best = await fastestTuning(withTuning, () => queue.finish());
    withTuning(best);
    return best;
  }

  get traits(): DeviceTraits {
    return this.#here.traits;
  }

  info(): BackendInfo {
    const { device, traits } = this.#here;
    const features = [traits.name];
    if (device.features.has("timestamp-query")) features.push("timestamp-query");
    if (!traits.isSoftware) return { threads: 1, features, notes: [] };
    const note = `${traits.name} computes on the host's processor, where wasm is faster`;
    return { threads: 1, features: [...features, "software"], notes: [note] };
  }

  allocate(byteLength: number): GpuStorage {
    this.#here.queue.checkAlive();
    const storage = new GpuStorage(this.#here.buffers.take(byteLength), byteLength);
    this.#lent.add(storage);
    return storage;
  }

  free(storage: Storage): void {
    const { block, isBorrowed } = storage as GpuStorage;
    this.#lent.delete(storage as GpuStorage);
    if (!isBorrowed) this.#here.buffers.give(block);
  }

  write(target: Storage, data: TypedArray): void {
    const storage = target as GpuStorage;
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const { queue } = this.#here;
    // The device is written in whole words: the bytes behind the last one may be another's.
    if (bytes.byteLength % 4 === 0 || bytes.byteLength === storage.byteLength) {
      queue.write(storage.block, bytes);
      return;
    }
    const copy = this.allocate(bytes.byteLength);
    queue.write(copy.block, bytes);
    placeBytes(this, copy, { storage, offset: 0, shape: [bytes.byteLength] });
    this.free(copy);
  }

  async read(source: Storage, dtype: DType, offset: number, length: number): Promise<TypedArray> {
    if (length === 0) return typedArrayOn(dtype, new ArrayBuffer(0), 0, 0);
    const bytes = bytesPerElement(dtype);
    const first = Math.floor((offset * bytes) / 4) * 4;
    const end = Math.ceil(((offset + length) * bytes) / 4) * 4;
    const { block } = source as GpuStorage;
    const copy = await this.#here.queue.read(block, first, end - first);
    return typedArrayOn(dtype, copy, offset * bytes - first, length);
  }

  synchronize(): Promise<void> {
    return this.#here.queue.finish();
  }

  async dispose(): Promise<void> {
    if (this.#opened === undefined) return;
    if (this.#options.device === undefined) this.#opened.device.destroy();
  }

  pipeline(key: string, build: () => ShaderSource): Pipeline {
    let pipeline = this.#pipelines.get(key);
    if (pipeline === undefined) {
      const name = key.split(" ", 1)[0]!;
      pipeline = this.#here.queue.pipelines.compile(name, build());
      this.#pipelines.set(key, pipeline);
    }
    return pipeline;
  }

  words(): Words {
    return this.#words.clear();
  }

  dispatch(
    pipeline: Pipeline,
    blocks: readonly Block[],
    words: Words,
    workgroups: Workgroups,
  ): void {
    this.#here.queue.dispatch(pipeline, blocks, words, workgroups);
  }

  /** Runs a kernel. When it throws, for want of memory, what it had lent goes back: a refusal leaves nothing behind. */
  #run<C>(kernel: (executor: Executor, call: C) => void, call: C): void {
    this.#lent.clear();
    try {
      kernel(this, call);
    } catch (error) {
      for (const storage of this.#lent) this.free(storage);
      throw error;
    }
  }

  map(call: MapCall): void {
    this.#run(map, call);
  }
  reduce(call: ReduceCall): void {
    this.#run(reduce, call);
  }
  hasRows(call: Omit<RowsCall, "outputs">): boolean {
    return hasRows(this.traits, call);
  }
  rows(call: RowsCall): void {
    this.#run(rows, call);
  }
  gemm(call: GemmCall): void {
    this.#run(withHalves.gemm, call);
  }
  conv(call: ConvCall): void {
    this.#run(withHalves.conv, call);
  }
  convInputGradient(call: ConvInputGradientCall): void {
    this.#run(withHalves.convInputGradient, call);
  }
  convFilterGradient(call: ConvFilterGradientCall): void {
    this.#run(withHalves.convFilterGradient, call);
  }
  pool(call: PoolCall): void {
    this.#run(withHalves.pool, call);
  }
  poolGradient(call: PoolGradientCall): void {
    this.#run(withHalves.poolGradient, call);
  }
  gather(call: GatherCall): void {
    this.#run(gather, call);
  }
  scatterAdd(call: ScatterAddCall): void {
    this.#run(scatterAdd, call);
  }
  scan(call: ScanCall): void {
    this.#run(scan, call);
  }
  sort(call: SortCall): void {
    this.#run(sort, call);
  }
  custom(call: CustomCall): void {
    this.#run(custom, call);
  }
}

/**
 * Returns the backend on WebGPU: in browsers through `navigator.gpu`, in Node through the npm package `webgpu`.
 *
 * `use` rejects with `BACKEND_UNAVAILABLE` where there is no WebGPU, or no adapter. Numbers are float32, float16, int32,
 * uint8 and bool; those below the smallest normal one may be taken for zero. Results are read with `await x.data()`.
 *
 * @param options - where adapters come from; a device of the caller's; which of several adapters
 *
 * @example
 * import { webgpu } from "@tensorloom/backend-gpu";
 * webgpu().name; // => webgpu
 */
export function webgpu(options: WebGpuOptions = {}): WebGpuBackend {
  return new GpuBackend(options);
}
