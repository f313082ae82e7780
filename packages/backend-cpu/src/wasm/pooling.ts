import {
  sizeOf,
  type PoolCall,
  type PoolGradientCall,
  type PoolParameters,
  type View,
} from "@tensorloom/tensor/backend";
import { GeometryWriter, shareWithTaps } from "./geometry.ts";
import type { WasmHeap } from "./heap.ts";
import { split } from "./threads/split.ts";
import type { ThreadPool } from "./threads/thread-pool.ts";
import { addressOf } from "./view-address.ts";

/** Elements of windows below which pooling is not worth waking a thread. */
const leastShared = 2 ** 17;

/** float32 pooling of up to three axes, and its gradient. */
export class WasmPooling {
  readonly #heap: WasmHeap;
  readonly #threads: ThreadPool;
  readonly #geometry: GeometryWriter;

  constructor(heap: WasmHeap, threads: ThreadPool) {
    this.#heap = heap;
    this.#threads = threads;
    this.#geometry = new GeometryWriter(heap);
  }

  /** Pools. */
  forward({ input, output, ...parameters }: PoolCall): void {
    const rows = sizeOf(output.shape.slice(0, -1));
    const { window, mode, countPadding } = parameters;
    const parts = split(rows, this.#threadsFor(output, window), 1);
    const at = this.#write(parameters, input, output);
    const [from, to] = [addressOf(input), addressOf(output)];
    const flags = [Number(mode === "max"), Number(countPadding)];
    shareWithTaps(this.#heap, this.#threads, window, parts, ({ begin, count }, table) => ({
      kernel: "pool",
      args: [from, to, begin, count, ...flags, table, at],
    }));
  }

  /** Takes gradients back. */
  gradient({ input, gradient, output, ...parameters }: PoolGradientCall): void {
    const { window, mode, countPadding } = parameters;
    const parts = split(input.shape[0]!, this.#threadsFor(gradient, window), 1);
    const at = this.#write(parameters, input, gradient);
    const [inputStep, gradientStep] = [input, gradient].map((view) => sizeOf(view.shape.slice(1)) * 4) as [number, number]; // prettier-ignore
    const [from, passed, to] = [addressOf(input), addressOf(gradient), addressOf(output)];
    const flags = [Number(mode === "max"), Number(countPadding)];
    shareWithTaps(this.#heap, this.#threads, window, parts, ({ begin, count }, table) => ({
      kernel: "poolGradient",
      args: [
        ...[from + begin * inputStep, passed + begin * gradientStep, to + begin * inputStep],
        ...[count, ...flags, table, at],
      ],
    }));
  }

  #threadsFor(pooled: View, window: readonly number[]): number {
    const elements = sizeOf(pooled.shape) * sizeOf(window);
    return elements < leastShared ? 1 : this.#threads.threads;
  }

  #write(
    { window, strides, dilation, padding }: PoolParameters,
    input: View,
    output: View,
  ): number {
    const channels = input.shape.at(-1)!;
    return this.#geometry.write({
      strides,
      dilation,
      padding,
      window,
      space: input.shape.slice(1, -1),
      outSpace: output.shape.slice(1, -1),
      channels,
      count: channels,
    });
  }
}
