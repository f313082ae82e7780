import {
  bytesPerElement,
  type CustomCall,
  type View,
  type WasmArray,
  type WasmVersion,
} from "@tensorloom/tensor/backend";
import type { WasmHeap, WasmStorage } from "./heap.ts";
import { importingShared, isSharedMemory } from "./kernels.ts";
import { shareModule, type SharedFunction, type ThreadPool } from "./threads/thread-pool.ts";

type FunctionOf = (name: string) => SharedFunction;

/** Runs kernels that packages bring along in WebAssembly, on this memory and these threads. */
export class WasmCustom {
  readonly #heap: WasmHeap;
  readonly #threads: ThreadPool;
  readonly #modules = new Map<WasmVersion["module"], FunctionOf>();

  constructor(heap: WasmHeap, threads: ThreadPool) {
    this.#heap = heap;
    this.#threads = threads;
  }

  /** Runs a call's WebAssembly version; tells whether it could. */
  run({ module, plan }: WasmVersion, { inputs, outputs, parameters }: CustomCall): boolean {
    const planned = plan(
      inputs.map(arrayOf),
      outputs.map(arrayOf),
      parameters,
      this.#threads.threads,
    );
    if (planned === undefined) return false;
    let functionOf = this.#modules.get(module);
    if (functionOf === undefined) {
      functionOf = this.#compile(module());
      this.#modules.set(module, functionOf);
    }
    const kernel = functionOf(planned.run);
    const { calls, workspace = 0 } = planned;
    if (workspace === 0) {
      this.#threads.run(calls.map((args) => ({ kernel, args })));
      return true;
    }
    // A multiple of a cache line, so that threads do not write to one.
    const room = Math.ceil(workspace / 64) * 64;
    const memory = this.#heap.allocate(room * calls.length);
    this.#threads.run(
      calls.map((args, i) => ({ kernel, args: [...args, memory.address + i * room] })),
    );
    this.#heap.free(memory);
    return true;
  }

  #compile(given: Uint8Array<ArrayBuffer>): FunctionOf {
    const { memory } = this.#heap;
    const bytes = isSharedMemory(memory) ? importingShared(given) : given;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    const names = Object.keys(instance.exports);
    const module = shareModule(this.#heap, bytes);
    return (name) => ({
      run: instance.exports[name] as SharedFunction["run"],
      module,
      place: names.indexOf(name),
    });
  }
}

function arrayOf({ storage, offset, dtype, shape }: View): WasmArray {
  const { address } = storage as WasmStorage;
  return { address: address + offset * bytesPerElement(dtype), dtype, shape };
}
