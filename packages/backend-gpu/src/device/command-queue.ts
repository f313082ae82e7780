import {
  BackendError,
  DeviceLostError,
  TensorloomError,
  type OutOfMemoryError,
} from "@tensorloom/tensor/backend";
import { usage, type Block } from "./buffer-pool.ts";
import { Pipelines, type Pipeline } from "./pipelines.ts";
import type { Profiler } from "./profiler.ts";
import { StagingBuffers } from "./staging-buffers.ts";
import type { Words } from "./words.ts";

/** How many workgroups run along each axis. */
export type Workgroups = readonly [x: number, y: number, z: number];

const ringBytes = 512 * 1024;
const uniformAlignment = 256;
const mostDispatches = 256;
/** Writes up to this size travel with the commands; larger ones are worth a submit. */
const mostInlineBytes = 16 * 1024;

/**
 * Records commands and submits them in batches: a dispatch costs little by itself, and a submit much. Uniforms of all
 * dispatches of a batch lie in one buffer, written once before the batch.
 */
export class CommandQueue {
  /** Compiled shaders. */
  readonly pipelines: Pipelines;
  /** How many batches have been submitted. */
  submits = 0;
  /** How many dispatches have been recorded. */
  dispatches = 0;
  /** Sees every dispatch; undefined outside of profiles. */
  profiler: Profiler | undefined;
  readonly #device: GPUDevice;
  readonly #ring: GPUBuffer;
  readonly #ringBytes = new Uint8Array(ringBytes);
  readonly #ringWords: Uint32Array;
  #ringLength = 0;
  readonly #staging: StagingBuffers;
  #encoder: GPUCommandEncoder | undefined;
  #pass: GPUComputePassEncoder | undefined;
  #pipeline: GPUComputePipeline | undefined;
  #batch = 1;
  #batchDispatches = 0;
  #batchNames: string[] = [];
  readonly #retired: GPUBuffer[] = [];
  readonly #checks = new Set<Promise<Error | undefined>>();
  #lost: DeviceLostError | undefined;

  /** @param device - where */
  constructor(device: GPUDevice) {
    this.#device = device;
    this.#ringWords = new Uint32Array(this.#ringBytes.buffer);
    this.#ring = device.createBuffer({
      size: ringBytes,
      usage: usage.uniform | usage.copyTarget | usage.copySource,
    });
    this.#staging = new StagingBuffers(device);
    this.pipelines = new Pipelines(device, this.#ring, (check) => this.#watch(check));
  }

  /** Every call from now on, and every read that waits, fails with this. */
  lose(error: DeviceLostError): void {
    this.#lost ??= error;
  }

  /** @throws {@link DeviceLostError} once the device is lost */
  checkAlive(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  /** Records one dispatch. */
  dispatch(
    pipeline: Pipeline,
    blocks: readonly Block[],
    words: Words,
    [x, y, z]: Workgroups,
  ): void {
    this.checkAlive();
    if (x === 0 || y === 0 || z === 0) return;
    const { uniformBytes } = pipeline.layout;
    if (this.#batchDispatches >= mostDispatches) this.flush();
    const offset = uniformBytes === 0 ? 0 : this.#reserve(uniformBytes);
    const bits = words.bits;
    for (let i = 0, to = offset / 4; i < words.length; i++) this.#ringWords[to++] = bits[i]!;
    const pass = this.#openPass(pipeline, blocks);
    if (this.#pipeline !== pipeline.pipeline) {
      pass.setPipeline(pipeline.pipeline);
      this.#pipeline = pipeline.pipeline;
    }
    const group = this.pipelines.group(pipeline, blocks);
    if (uniformBytes === 0) pass.setBindGroup(0, group);
    else pass.setBindGroup(0, group, [offset]);
    pass.dispatchWorkgroups(x, y, z);
    for (let i = 0; i < blocks.length; i++) blocks[i]!.batch = this.#batch;
    this.dispatches++;
    this.#batchDispatches++;
    this.#batchNames.push(pipeline.name);
    if (this.profiler !== undefined) this.#endPass();
  }

  #reserve(byteLength: number): number {
    const size = Math.ceil(byteLength / uniformAlignment) * uniformAlignment;
    if (this.#ringLength + size > ringBytes) this.flush();
    const offset = this.#ringLength;
    this.#ringLength += size;
    return offset;
  }

  #open(): GPUCommandEncoder {
    if (this.#encoder === undefined) {
      this.#device.pushErrorScope("validation");
      this.#encoder = this.#device.createCommandEncoder();
    }
    return this.#encoder;
  }

  #openPass(pipeline: Pipeline, blocks: readonly Block[]): GPUComputePassEncoder {
    if (this.#pass === undefined) {
      const encoder = this.#open();
      const timing = this.profiler?.begin(pipeline, blocks);
      this.#pass = encoder.beginComputePass(
        timing === undefined ? undefined : { timestampWrites: timing },
      );
      this.#pipeline = undefined;
    }
    return this.#pass;
  }

  #endPass(): void {
    this.#pass?.end();
    this.#pass = undefined;
  }

  /** Copies between blocks; offsets and length are whole numbers of words. */
  copy(from: Block, fromOffset: number, to: Block, toOffset: number, byteLength: number): void {
    this.checkAlive();
    const encoder = this.#open();
    this.#endPass();
    encoder.copyBufferToBuffer(from.buffer, fromOffset, to.buffer, toOffset, byteLength);
    from.batch = this.#batch;
    to.batch = this.#batch;
  }

  /** Copies `data` to a block's start, in order with all other commands; up to three bytes behind it become zero. */
  write(block: Block, data: Uint8Array): void {
    this.checkAlive();
    const bytes = wholeWords(data);
    if (block.batch !== this.#batch) {
      this.#writeNow(block, bytes);
    } else if (bytes.byteLength <= mostInlineBytes) {
      const offset = this.#reserve(bytes.byteLength);
      this.#ringBytes.set(bytes, offset);
      const encoder = this.#open();
      this.#endPass();
      encoder.copyBufferToBuffer(this.#ring, offset, block.buffer, 0, bytes.byteLength);
      block.batch = this.#batch;
    } else {
      this.flush();
      this.#writeNow(block, bytes);
    }
  }

  #writeNow(block: Block, bytes: Uint8Array): void {
    const { buffer, byteOffset, byteLength } = bytes;
    this.#device.queue.writeBuffer(block.buffer, 0, buffer as ArrayBuffer, byteOffset, byteLength);
  }

  /** Submits what has been recorded. */
  flush(): void {
    if (this.#encoder === undefined) return;
    this.#endPass();
    this.profiler?.resolve(this.#encoder);
    const commands = this.#encoder.finish();
    if (this.#ringLength > 0) {
      this.#device.queue.writeBuffer(this.#ring, 0, this.#ringBytes, 0, this.#ringLength);
    }
    this.#device.queue.submit([commands]);
    this.submits++;
    this.#watch(batchOutcome(this.#batchNames, this.#device.popErrorScope()));
    this.#encoder = undefined;
    this.#ringLength = 0;
    this.#batch++;
    this.#batchDispatches = 0;
    this.#batchNames = [];
    for (const buffer of this.#retired.splice(0)) buffer.destroy();
    this.profiler?.afterSubmit();
  }

  /** Destroys a block once the commands that use it have been submitted. */
  retire(block: Block): void {
    if (block.batch === this.#batch) this.#retired.push(block.buffer);
    else block.buffer.destroy();
  }

  /** Resolves to a copy of the bytes that a block holds after all commands so far; whole words. */
  async read(block: Block, byteOffset: number, byteLength: number): Promise<ArrayBuffer> {
    this.checkAlive();
    const staging = this.#staging.take(byteLength);
    const encoder = this.#open();
    this.#endPass();
    encoder.copyBufferToBuffer(block.buffer, byteOffset, staging, 0, byteLength);
    block.batch = this.#batch;
    const batch = this.#batch;
    // Reads that are asked for together share a submit.
    await Promise.resolve();
    if (batch === this.#batch) this.flush();
    try {
      await staging.mapAsync(1, 0, byteLength);
      const copy = staging.getMappedRange(0, byteLength).slice(0);
      await this.#throwFailure(block.failure);
      return copy;
    } catch (cause) {
      throw await this.#explain(cause);
    } finally {
      this.#staging.give(staging);
    }
  }

  /** Resolves when all work so far is done; rejects with what went wrong in it. */
  async finish(): Promise<void> {
    this.flush();
    try {
      await this.#device.queue.onSubmittedWorkDone();
      await this.#throwFailure(undefined);
    } catch (cause) {
      throw await this.#explain(cause);
    }
  }

  async #throwFailure(outOfMemory: OutOfMemoryError | undefined): Promise<void> {
    if (outOfMemory !== undefined) throw outOfMemory;
    if (this.#lost !== undefined) throw this.#lost;
    const checks = [...this.#checks];
    const found = await Promise.all(checks);
    for (const check of checks) this.#checks.delete(check);
    const failure = found.find((error) => error !== undefined);
    if (failure !== undefined) throw failure;
  }

  /** The device aborts reads when it goes away; why it went is known a moment later. */
  async #explain(cause: unknown): Promise<unknown> {
    if (cause instanceof TensorloomError) return cause;
    const moment = new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), 20));
    return this.#lost ?? (await Promise.race([this.#device.lost.then(lostError), moment])) ?? cause;
  }

  /** Remembers a check whose outcome the next read waits for. */
  #watch(check: Promise<Error | undefined>): void {
    // A lost device rejects; its readers are told by themselves.
    const quiet = check.catch(() => undefined);
    this.#checks.add(quiet);
    void quiet.then((error) => {
      // One without a fault need not wait to be asked for.
      if (error === undefined) this.#checks.delete(quiet);
    });
  }
}

function wholeWords(data: Uint8Array): Uint8Array {
  if (data.byteLength % 4 === 0) return data;
  const padded = new Uint8Array(Math.ceil(data.byteLength / 4) * 4);
  padded.set(data);
  return padded;
}

/** Says which device went, and why. */
export function lostError({ reason, message }: GPUDeviceLostInfo): DeviceLostError {
  const why = message === "" ? "no reason was given" : message;
  return new DeviceLostError(
    `backend webgpu: device: expected it to stay, but it was lost (${reason}): ${why}; ` +
      "call `await use(webgpu())` again; what was on it is gone",
  );
}

async function batchOutcome(
  names: readonly string[],
  scope: Promise<GPUError | null>,
): Promise<Error | undefined> {
  const error = await scope;
  if (error === null) return undefined;
  const some = [...new Set(names)].slice(0, 8).join(", ");
  return new BackendError(
    `backend webgpu: one of ${some}: the device refused it: ${error.message}`,
    {
      cause: error,
    },
  );
}
