import { usage, type Block } from "./buffer-pool.ts";
import type { Pipeline } from "./pipelines.ts";

/** What one kernel cost, over all its dispatches. */
export interface KernelProfile {
  /** The operation and its variant. */
  readonly kernel: string;
  /** How often it ran. */
  readonly dispatches: number;
  /** Milliseconds on the device; NaN where it cannot tell. */
  readonly ms: number;
  /** Bytes of the buffers that it was given: an upper bound of what it moves. */
  readonly bytes: number;
}

interface Tally {
  dispatches: number;
  nanoseconds: number;
  bytes: number;
}

// Two timestamps a dispatch, and a batch has fewer dispatches than this.
const mostQueries = 1024;

/** Counts dispatches by kernel, and times each in a pass of its own where the device has timestamps. */
export class Profiler {
  readonly #device: GPUDevice;
  readonly #tallies = new Map<string, Tally>();
  readonly #queries: GPUQuerySet | undefined;
  #names: string[] = [];
  readonly #pending: Promise<void>[] = [];
  #staging: { readonly names: readonly string[]; readonly buffer: GPUBuffer } | undefined;

  /** @param device - where */
  constructor(device: GPUDevice) {
    this.#device = device;
    if (device.features.has("timestamp-query")) {
      this.#queries = device.createQuerySet({ type: "timestamp", count: mostQueries });
    }
  }

  /** A dispatch begins; returns where its pass writes its times. */
  begin({ name }: Pipeline, blocks: readonly Block[]): GPUComputePassTimestampWrites | undefined {
    let tally = this.#tallies.get(name);
    if (tally === undefined) {
      tally = { dispatches: 0, nanoseconds: 0, bytes: 0 };
      this.#tallies.set(name, tally);
    }
    tally.dispatches++;
    for (const { buffer } of blocks) tally.bytes += buffer.size;
    if (this.#queries === undefined) return undefined;
    const first = 2 * this.#names.length;
    this.#names.push(name);
    return {
      querySet: this.#queries,
      beginningOfPassWriteIndex: first,
      endOfPassWriteIndex: first + 1,
    };
  }

  /** The batch ends: its times are copied to where the host can read them. */
  resolve(encoder: GPUCommandEncoder): void {
    if (this.#queries === undefined || this.#names.length === 0) return;
    const count = 2 * this.#names.length;
    const size = count * 8;
    const resolved = this.#device.createBuffer({
      size,
      usage: usage.queryResolve | usage.copySource,
    });
    const buffer = this.#device.createBuffer({ size, usage: usage.mapRead | usage.copyTarget });
    encoder.resolveQuerySet(this.#queries, 0, count, resolved, 0);
    encoder.copyBufferToBuffer(resolved, 0, buffer, 0, size);
    this.#staging = { names: this.#names, buffer };
    this.#names = [];
  }

  /** The batch has been submitted. */
  afterSubmit(): void {
    if (this.#staging === undefined) return;
    this.#pending.push(this.#collect(this.#staging.names, this.#staging.buffer));
    this.#staging = undefined;
  }

  async #collect(names: readonly string[], buffer: GPUBuffer): Promise<void> {
    await buffer.mapAsync(1);
    const times = new BigUint64Array(buffer.getMappedRange());
    names.forEach((name, i) => {
      const nanoseconds = Number(times[2 * i + 1]! - times[2 * i]!);
      // Clocks may be set back between two passes.
      this.#tallies.get(name)!.nanoseconds += Math.max(0, nanoseconds);
    });
    buffer.destroy();
  }

  /** Resolves to what was seen, the costliest first. */
  async finish(): Promise<KernelProfile[]> {
    await Promise.all(this.#pending);
    this.#queries?.destroy();
    const hasTimes = this.#queries !== undefined;
    return [...this.#tallies]
      .map(([kernel, { dispatches, nanoseconds, bytes }]) => ({
        kernel,
        dispatches,
        ms: hasTimes ? nanoseconds / 1e6 : Number.NaN,
        bytes,
      }))
      .toSorted((a, b) => (b.ms || 0) - (a.ms || 0) || b.dispatches - a.dispatches);
  }
}
