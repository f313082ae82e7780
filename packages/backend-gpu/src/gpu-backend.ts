import {
  bytesPerElement,
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
  type ScanCall,
  type ScatterAddCall,
  type SortCall,
  type Storage,
  type TypedArray,
} from "@tensorloom/tensor/backend";
import { BufferPool, type Block } from "./device/buffer-pool.ts";
import { CommandQueue, lostError, type Workgroups } from "./device/command-queue.ts";
import type { Executor } from "./device/executor.ts";
import { GpuStorage } from "./device/gpu-storage.ts";
import { openDevice, type WebGpuOptions } from "./device/open-device.ts";
import type { Pipeline, ShaderSource } from "./device/pipelines.ts";
import type { DeviceTraits } from "./device/traits.ts";
import { Words } from "./device/words.ts";
import { placeBytes } from "./kernels/aligned-outputs.ts";
import { map } from "./kernels/map.ts";
import { conv, convFilterGradient, convInputGradient } from "./kernels/convolution.ts";
import { custom } from "./kernels/custom.ts";
import { gemm } from "./kernels/gemm.ts";
import { gather } from "./kernels/gather.ts";
import { pool, poolGradient } from "./kernels/pooling.ts";
import { scan } from "./kernels/scan.ts";
import { scatterAdd } from "./kernels/scatter-add.ts";
import { sort } from "./kernels/sort.ts";
import { reduce } from "./kernels/reduce.ts";

/** All that exists from the device's opening on. */
interface Opened {
  readonly device: GPUDevice;
  readonly traits: DeviceTraits;
  readonly queue: CommandQueue;
  readonly buffers: BufferPool;
}

class GpuBackend implements Backend, Executor {
  readonly name = "webgpu";
  readonly dtypes: readonly DType[] = ["float32", "int32", "uint8", "bool"];
  readonly #options: WebGpuOptions;
  #opened: Opened | undefined;
  readonly #pipelines = new Map<string, Pipeline>();
  readonly #words = new Words();

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

  get traits(): DeviceTraits {
    return this.#here.traits;
  }

  info(): BackendInfo {
    const { traits } = this.#here;
    const notes = traits.isSoftware ? [`${traits.name} computes on the host's processor`] : [];
    return { threads: 1, features: [traits.name], notes };
  }

  allocate(byteLength: number): GpuStorage {
    this.#here.queue.checkAlive();
    return new GpuStorage(this.#here.buffers.take(byteLength), byteLength);
  }

  free(storage: Storage): void {
    const { block, isBorrowed } = storage as GpuStorage;
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

  map(call: MapCall): void {
    map(this, call);
  }
  reduce(call: ReduceCall): void {
    reduce(this, call);
  }
  gemm(call: GemmCall): void {
    gemm(this, call);
  }
  conv(call: ConvCall): void {
    conv(this, call);
  }
  convInputGradient(call: ConvInputGradientCall): void {
    convInputGradient(this, call);
  }
  convFilterGradient(call: ConvFilterGradientCall): void {
    convFilterGradient(this, call);
  }
  pool(call: PoolCall): void {
    pool(this, call);
  }
  poolGradient(call: PoolGradientCall): void {
    poolGradient(this, call);
  }
  gather(call: GatherCall): void {
    gather(this, call);
  }
  scatterAdd(call: ScatterAddCall): void {
    scatterAdd(this, call);
  }
  scan(call: ScanCall): void {
    scan(this, call);
  }
  sort(call: SortCall): void {
    sort(this, call);
  }
  custom(call: CustomCall): void {
    custom(this, call);
  }
}

/**
 * Returns the backend on WebGPU: in browsers through `navigator.gpu`, in Node through the npm package `webgpu`.
 *
 * `use` rejects with `BACKEND_UNAVAILABLE` where there is no WebGPU, or no adapter. Numbers are float32, int32, uint8 and
 * bool; those below the smallest normal one may be taken for zero. Results are read with `await x.data()`.
 *
 * @param options - where adapters come from; a device of the caller's; which of several adapters
 *
 * @example
 * import { webgpu } from "@tensorloom/backend-gpu";
 * webgpu().name; // => webgpu
 */
export function webgpu(options: WebGpuOptions = {}): Backend {
  return new GpuBackend(options);
}
