import type {
  BackendTimingInfo,
  BackendValues,
  DataId,
  DataStorage,
  DataType,
  KernelBackend,
  NamedAttrMap,
  Tensor as TfTensor,
  TensorInfo,
} from "@tensorflow/tfjs-core";
import { keep, reshape, tidy, type Tensor } from "@tensorloom/tensor";
import {
  fromTypedArray,
  newTypedArray,
  UnsupportedError,
  type Backend,
  type DType,
  type TypedArray,
} from "@tensorloom/tensor/backend";
import type { Tf } from "../engine/load-engine.ts";
import {
  isGuestType,
  mapInfos,
  type CpuKernels,
  type Exchange,
  type KernelInputs,
} from "./cpu-kernels.ts";
import { contiguous } from "./contiguous.ts";
import type { Handle, Kernel, Surroundings } from "./kernel.ts";

/** What a data id of TensorFlow.js stands for. */
interface Entry {
  references: number;
  /** Elements in our memory, contiguous. */
  tensor?: Tensor;
  /** Elements that a device has not computed with yet. */
  host?: TypedArray;
  /** Strings and complex numbers, which TensorFlow.js' cpu backend keeps. */
  readonly guest?: DataId;
  readonly dtype: DataType;
}

/**
 * A backend of TensorFlow.js whose tensors lie in our memory: it counts the references to them, and runs kernels on them.
 */
export class TensorStore implements KernelBackend, Exchange {
  readonly #entries: DataStorage<Entry>;
  readonly #device: Backend;
  readonly #cpu: CpuKernels;
  readonly #surroundings: Surroundings;
  readonly #isHost: boolean;
  #guests = 0;

  constructor(tf: Tf, device: Backend, cpu: CpuKernels) {
    this.#device = device;
    this.#cpu = cpu;
    this.#surroundings = { tf, device };
    this.#isHost = device.readSync !== undefined;
    this.#entries = new tf.DataStorage<Entry>(this, tf.engine());
  }

  // What TensorFlow.js asks of every backend.

  write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  move(
    dataId: DataId,
    values: BackendValues,
    shape: number[],
    dtype: DataType,
    references: number,
  ): void {
    if (isGuestType(dtype)) {
      this.#setGuest(dataId, this.#cpu.write(values, shape, dtype), dtype, references);
      return;
    }
    const elements = elementsOf(values as TypedArray, dtype);
    const entry: Entry = this.#isHost
      ? { references, dtype, tensor: this.#uploaded(elements, dtype, shape) }
      : { references, dtype, host: elements };
    this.#entries.set(dataId, entry);
  }

  async read(dataId: DataId): Promise<BackendValues> {
    const { tensor } = this.#entries.get(dataId);
    return tensor === undefined ? this.readSync(dataId) : (tensor.data() as Promise<BackendValues>);
  }

  readSync(dataId: DataId): BackendValues {
    const { tensor, host, guest } = this.#entries.get(dataId);
    if (guest !== undefined) return this.#cpu.read(guest);
    return (host ?? tensor!.dataSync()) as BackendValues;
  }

  refCount(dataId: DataId): number {
    return this.#entries.has(dataId) ? this.#entries.get(dataId).references : 0;
  }

  incRef(dataId: DataId): void {
    this.#entries.get(dataId).references++;
  }

  decRef(dataId: DataId): void {
    if (this.#entries.has(dataId)) this.#entries.get(dataId).references--;
  }

  disposeData(dataId: DataId, force = false): boolean {
    if (!this.#entries.has(dataId)) return true;
    const entry = this.#entries.get(dataId);
    if (--entry.references > 0 && !force) return false;
    entry.tensor?.dispose();
    if (entry.guest !== undefined) {
      this.#cpu.release(entry.guest);
      this.#guests--;
    }
    this.#entries.delete(dataId);
    return true;
  }

  numDataIds(): number {
    // A guest is one here and at least one there.
    return this.#entries.numDataIds() - this.#guests + this.#cpu.count;
  }

  memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  floatPrecision(): 16 | 32 {
    return 32;
  }

  epsilon(): number {
    return 1e-7;
  }

  timerAvailable(): boolean {
    return this.#isHost;
  }

  async time(f: () => void): Promise<BackendTimingInfo> {
    const start = performance.now();
    f();
    await this.#device.synchronize();
    return { kernelMs: performance.now() - start };
  }

  readToGPU(): never {
    throw this.#unsupported("readToGPU");
  }

  createTensorFromGPUData(): TfTensor {
    throw this.#unsupported("createTensorFromGPUData");
  }

  dispose(): void {
    // The device is the caller's, or goes with the program.
  }

  // Kernels.

  /** Runs a kernel of ours, or where it does not take the arguments, TensorFlow.js' own of that name. */
  run(
    name: string,
    kernel: Kernel | undefined,
    inputs: KernelInputs,
    attributes: NamedAttrMap,
  ): TensorInfo | TensorInfo[] {
    const [first] = Object.values(inputs) as TensorInfo[];
    const handle = kernel?.share?.(first!, attributes, this.#surroundings);
    if (handle !== undefined) return this.share(first!, handle);
    if (kernel?.onGuest !== undefined && first!.dtype === "complex64") {
      const elements = this.readSync(first!.dataId) as Float32Array;
      return this.takeIn(kernel.onGuest(elements, first!.shape), first!.shape, first!.dtype);
    }
    const results =
      kernel?.compute === undefined ? undefined : this.#compute(kernel.compute, inputs, attributes);
    if (results === undefined) return this.#cpu.run(name, inputs, attributes, this);
    return Array.isArray(results)
      ? results.map((one) => this.#put(one))
      : this.#put(results as Tensor);
  }

  #compute(
    compute: NonNullable<Kernel["compute"]>,
    inputs: KernelInputs,
    attributes: NamedAttrMap,
  ): Tensor | readonly Tensor[] | undefined {
    let hasGuests = false;
    return tidy(() => {
      const entries: Entry[] = [];
      const tensors = mapInfos(inputs, (info) => {
        const tensor = this.#tensorOf(info);
        hasGuests ||= tensor === undefined;
        entries.push(this.#entries.get(info.dataId));
        return tensor;
      });
      if (hasGuests) return undefined;
      const results = compute(tensors as never, attributes, this.#surroundings);
      // Where the kernel did not take them, the cpu kernel is to find them on the host.
      if (results !== undefined) for (const entry of entries) delete entry.host;
      return isList(results) ? results.map(ownLaidOut) : results && ownLaidOut(results);
    });
  }

  /** A handle's elements as a tensor of its shape; undefined for a guest. */
  #tensorOf({ dataId, shape }: TensorInfo): Tensor | undefined {
    const entry = this.#entries.get(dataId);
    if (entry.host !== undefined) {
      entry.tensor ??= this.#uploaded(entry.host, entry.dtype, shape);
    }
    const { tensor } = entry;
    if (tensor === undefined || hasShape(tensor, shape)) return tensor;
    return reshape(tensor, shape);
  }

  /** Elements may come in the midst of a kernel, whose scope they outlive. */
  #uploaded(elements: TypedArray, dtype: DataType, shape: readonly number[]): Tensor {
    return keep(fromTypedArray(elements as Float32Array, dtype as DType, shape, this.#device));
  }

  #put(tensor: Tensor): TensorInfo {
    const dtype = tensor.dtype as DataType;
    const dataId = {};
    this.#entries.set(dataId, { references: 1, dtype, tensor });
    return { dataId, dtype, shape: [...tensor.shape] };
  }

  // What the cpu kernels exchange with us.

  guestOf({ dataId }: TensorInfo): DataId | undefined {
    return this.#entries.get(dataId).guest;
  }

  valuesOf({ dataId }: TensorInfo, kernel: string): BackendValues {
    const { host } = this.#entries.get(dataId);
    if (host === undefined && !this.#isHost) throw this.#unsupported(kernel);
    return this.readSync(dataId);
  }

  takeIn(values: BackendValues, shape: number[], dtype: DataType): TensorInfo {
    return { dataId: this.write(values, shape, dtype), shape, dtype };
  }

  adopt({ dataId: guest, shape, dtype }: TensorInfo): TensorInfo {
    const dataId = {};
    this.#setGuest(dataId, guest, dtype, 1);
    return { dataId, shape, dtype };
  }

  share({ dataId }: TensorInfo, { shape, dtype }: Handle): TensorInfo {
    this.incRef(dataId);
    return { dataId, shape: [...shape], dtype };
  }

  #setGuest(dataId: DataId, guest: DataId, dtype: DataType, references: number): void {
    this.#entries.set(dataId, { references, dtype, guest });
    this.#guests++;
  }

  #unsupported(what: string): UnsupportedError {
    return new UnsupportedError(
      `${what}: expected a kernel that ${this.#device.name} has, or elements on the host, got neither; ` +
        'try the backend "tensorloom-wasm"',
    );
  }
}

/** A kernel may give out its operand, or a view of it: what is stored is a handle of its own, in row-major order. */
function ownLaidOut(x: Tensor): Tensor {
  const result = contiguous(x);
  return result === x ? reshape(x, x.shape) : result;
}

function isList(results: unknown): results is readonly Tensor[] {
  return Array.isArray(results);
}

function hasShape(tensor: Tensor, shape: readonly number[]): boolean {
  return tensor.shape.length === shape.length && shape.every((n, i) => n === tensor.shape[i]);
}

/** Elements as the typed array of their dtype, which programs do not always give. */
function elementsOf(values: TypedArray, dtype: DataType): TypedArray {
  const like = newTypedArray(dtype as DType, 0);
  if (values.constructor === like.constructor) return values;
  const { from } = like.constructor as unknown as { from(values: TypedArray): TypedArray };
  return from.call(like.constructor, values);
}
