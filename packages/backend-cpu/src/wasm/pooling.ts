import {
  sizeOf,
  type PoolCall,
  type PoolGradientCall,
  type PoolParameters,
  type View,
} from "@tensorloom/tensor/backend";
import { addressOf } from "./convolution.ts";
import { GeometryWriter } from "./geometry.ts";
import type { WasmHeap, WasmStorage } from "./heap.ts";
import type { WasmKernels } from "./kernels.ts";

/** float32 pooling of up to three axes, and its gradient. */
export class WasmPooling {
  readonly #heap: WasmHeap;
  readonly #kernels: WasmKernels;
  readonly #geometry: GeometryWriter;

  constructor(heap: WasmHeap, kernels: WasmKernels) {
    this.#heap = heap;
    this.#kernels = kernels;
    this.#geometry = new GeometryWriter(heap);
  }

  /** Pools. */
  forward({ input, output, ...parameters }: PoolCall): void {
    const table = this.#heap.allocate(sizeOf(parameters.window) * 8);
    this.#kernels.pool(
      addressOf(input),
      addressOf(output),
      sizeOf(output.shape.slice(0, -1)),
      Number(parameters.mode === "max"),
      Number(parameters.countPadding),
      table.address,
      this.#write(parameters, input, output),
    );
    this.#heap.free(table);
  }

  /** Takes gradients back. */
  gradient({ input, gradient, output, ...parameters }: PoolGradientCall): void {
    const storage = output.storage as WasmStorage;
    const start = storage.start("float32") + output.offset;
    storage.array("float32").fill(0, start, start + sizeOf(output.shape));
    const table = this.#heap.allocate(sizeOf(parameters.window) * 8);
    this.#kernels.poolGradient(
      addressOf(input),
      addressOf(gradient),
      addressOf(output),
      sizeOf(gradient.shape.slice(0, -1)),
      Number(parameters.mode === "max"),
      Number(parameters.countPadding),
      table.address,
      this.#write(parameters, input, gradient),
    );
    this.#heap.free(table);
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
