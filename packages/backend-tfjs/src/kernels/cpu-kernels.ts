import type { MathBackendCPU } from "@tensorflow/tfjs-backend-cpu";
import type {
  BackendValues,
  DataId,
  DataType,
  KernelConfig,
  NamedAttrMap,
  TensorInfo,
} from "@tensorflow/tfjs-core";
import type { Tf } from "../engine/load-engine.ts";

/** What a kernel of TensorFlow.js is given: handles by name, some missing, some in lists. */
export type KernelInputs = Readonly<
  Record<string, TensorInfo | readonly TensorInfo[] | null | undefined>
>;

/** Elements that leave our memory for TensorFlow.js' cpu kernels, and those that come back. */
export interface Exchange {
  /** The guest that a handle stands for; undefined where its elements are in our memory. */
  guestOf(info: TensorInfo): DataId | undefined;
  /** A copy of the elements of a handle in our memory, for a kernel. */
  valuesOf(info: TensorInfo, kernel: string): BackendValues;
  /** Takes elements into our memory. */
  takeIn(values: BackendValues, shape: number[], dtype: DataType): TensorInfo;
  /** Takes in a guest, with one reference to it. */
  adopt(guest: TensorInfo): TensorInfo;
  /** One more handle on what `info` stands for. */
  share(info: TensorInfo, like: TensorInfo): TensorInfo;
}

/** Whether TensorFlow.js' cpu backend keeps elements of a dtype: we have neither strings nor complex numbers. */
export function isGuestType(dtype: DataType): boolean {
  return dtype === "string" || dtype === "complex64";
}

/**
 * TensorFlow.js' own cpu kernels, in a cpu backend that nobody else uses. Elements go there as copies, since ours may move
 * while a kernel holds them; strings and complex numbers stay there, as guests.
 */
export class CpuKernels {
  readonly #tf: Tf;
  readonly #cpu: MathBackendCPU;
  readonly #kernels: ReadonlyMap<string, KernelConfig>;

  constructor(tf: Tf, cpu: MathBackendCPU) {
    this.#tf = tf;
    this.#cpu = cpu;
    // Else it greets the program, and recommends another backend than the one that it has chosen.
    Object.assign(cpu, { firstUse: false });
    this.#kernels = new Map(tf.getKernelsForBackend("cpu").map((one) => [one.kernelName, one]));
  }

  /** The names of its kernels. */
  get names(): Iterable<string> {
    return this.#kernels.keys();
  }

  /** How many guests there are, parts of complex numbers counted. */
  get count(): number {
    return this.#cpu.numDataIds();
  }

  /** Returns a new guest. */
  write(values: BackendValues, shape: number[], dtype: DataType): DataId {
    if (dtype !== "complex64") return this.#cpu.write(values, shape, dtype);
    const parts = this.#tf.backend_util.splitRealAndImagArrays(values as Float32Array);
    const [real, imag] = [parts.real, parts.imag].map((part) =>
      this.#cpu.makeTensorInfo(shape, "float32", part),
    ) as [TensorInfo, TensorInfo];
    const { dataId } = this.#run("Complex", { real, imag }, {}) as TensorInfo;
    this.release(real.dataId);
    this.release(imag.dataId);
    return dataId;
  }

  /** Returns a guest's elements. */
  read(guest: DataId): BackendValues {
    return this.#cpu.readSync(guest);
  }

  /** Gives a reference to a guest back. */
  release(guest: DataId): void {
    this.#cpu.disposeData(guest);
  }

  /** Runs a kernel on copies of our elements, and takes in what it computes. */
  run(
    name: string,
    inputs: KernelInputs,
    attributes: NamedAttrMap,
    exchange: Exchange,
  ): TensorInfo | TensorInfo[] {
    const lent = new Map<DataId, TensorInfo>();
    const copies: DataId[] = [];
    const lend = (info: TensorInfo): TensorInfo => {
      let dataId = exchange.guestOf(info);
      if (dataId === undefined) {
        dataId = this.#cpu.write(exchange.valuesOf(info, name), info.shape, info.dtype);
        copies.push(dataId);
      }
      lent.set(dataId, info);
      const { shape, dtype } = info;
      // Some kernels look at the rank, which handles of programs have.
      return { dataId, shape, dtype, rank: shape.length } as TensorInfo;
    };
    try {
      const outputs = this.#run(name, mapInfos(inputs, lend), attributes);
      return Array.isArray(outputs)
        ? outputs.map((output) => this.#welcome(output, lent, exchange))
        : this.#welcome(outputs, lent, exchange);
    } finally {
      for (const dataId of copies) this.release(dataId);
    }
  }

  #welcome(
    output: TensorInfo,
    lent: ReadonlyMap<DataId, TensorInfo>,
    exchange: Exchange,
  ): TensorInfo {
    const { shape, dtype, dataId } = output;
    const known = lent.get(dataId);
    const isKnown = known?.dtype === dtype;
    if (!isKnown && isGuestType(dtype)) return exchange.adopt(output);
    const result = isKnown
      ? exchange.share(known, output)
      : exchange.takeIn(this.read(dataId), shape, dtype);
    this.release(dataId);
    return result;
  }

  #run(name: string, inputs: object, attrs: NamedAttrMap): TensorInfo | TensorInfo[] {
    return this.#kernels.get(name)!.kernelFunc({
      inputs: inputs as Record<string, TensorInfo>,
      attrs,
      backend: this.#cpu,
    });
  }
}

/** Returns the same arrangement of handles with each replaced. */
export function mapInfos<To>(inputs: KernelInputs, to: (info: TensorInfo) => To): object {
  if (Array.isArray(inputs)) return (inputs as readonly TensorInfo[]).map(to);
  const entries = Object.entries(inputs).map(([key, input]) => [
    key,
    Array.isArray(input)
      ? (input as readonly TensorInfo[]).map(to)
      : input == null
        ? input
        : to(input as TensorInfo),
  ]);
  return Object.fromEntries(entries) as object;
}
