import {
  bytesPerElement,
  runOnHost,
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
import type { HostStorage } from "./host-storage.ts";
import { gather, scan, scatterAdd, sort } from "./loops/along-axis.ts";
import {
  conv,
  convFilterGradient,
  convInputGradient,
  type ConvolutionEngine,
} from "./loops/convolution.ts";
import { gemm, multiply, type Multiply } from "./loops/gemm.ts";
import { map } from "./loops/map.ts";
import { pool, poolGradient } from "./loops/pooling.ts";
import { reduce } from "./loops/reduce.ts";

/**
 * A backend in host memory whose every kernel is a TypeScript loop. Its subclasses say where memory comes from, and put
 * faster kernels in place of loops.
 */
export abstract class HostBackend implements Backend, ConvolutionEngine {
  abstract readonly name: string;
  readonly dtypes: readonly DType[] = ["float32", "float64", "int32", "uint8", "bool"];

  abstract info(): BackendInfo;
  abstract allocate(byteLength: number): HostStorage;
  abstract free(storage: Storage): void;
  abstract dispose(): Promise<void>;

  write(target: Storage, data: TypedArray): void {
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    const storage = target as HostStorage;
    storage.array("uint8").set(bytes, storage.start("uint8"));
  }

  async read(source: Storage, dtype: DType, offset: number, length: number): Promise<TypedArray> {
    return this.readSync(source, dtype, offset, length);
  }

  readSync(source: Storage, dtype: DType, offset: number, length: number): TypedArray {
    const storage = source as HostStorage;
    const start = storage.start(dtype) + offset;
    return storage.array(dtype).slice(start, start + length);
  }

  hostMemory(storage: Storage, dtype: DType): TypedArray {
    const host = storage as HostStorage;
    const start = host.start(dtype);
    const length = Math.floor(storage.byteLength / bytesPerElement(dtype));
    return host.array(dtype).subarray(start, start + length);
  }

  async synchronize(): Promise<void> {
    // Nothing is ever queued.
  }

  /** Multiplies two matrices; gemm and convolution stand on it. */
  readonly multiply: Multiply = multiply;

  readonly map = (call: MapCall): void => map(call);

  reduce(call: ReduceCall): void {
    reduce(call);
  }

  gemm(call: GemmCall): void {
    gemm(call, this.multiply, this.map);
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
    pool(call);
  }

  poolGradient(call: PoolGradientCall): void {
    poolGradient(call);
  }

  gather(call: GatherCall): void {
    gather(call);
  }

  scatterAdd(call: ScatterAddCall): void {
    scatterAdd(call);
  }

  scan(call: ScanCall): void {
    scan(call);
  }

  sort(call: SortCall): void {
    sort(call);
  }

  custom(call: CustomCall): void {
    runOnHost(call, (storage, dtype) => this.hostMemory(storage, dtype));
  }
}
