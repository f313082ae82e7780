import type { WasmHeap } from "../heap.ts";
import type { WasmKernels } from "../kernels.ts";
import { controlBytes, layout, mostArguments } from "./control-block.ts";
import { canBlock, spawn, type WorkerThread } from "./spawn.ts";

/** Where a module's bytes lie for workers, which compile it when they first need it. */
export interface SharedModule {
  readonly id: number;
  readonly address: number;
  readonly length: number;
}

/** A function of a module that was compiled while the threads ran. */
export interface SharedFunction {
  /** Runs it on this thread. */
  readonly run: (...numbers: readonly number[]) => void;
  readonly module: SharedModule;
  /** Its place among the module's exports. */
  readonly place: number;
}

let modules = 0;

/** Lays a module's bytes out for workers. */
export function shareModule(heap: WasmHeap, bytes: Uint8Array): SharedModule {
  const { address } = heap.allocate(bytes.length);
  heap.array("uint8").set(bytes, address);
  return { id: modules++, address, length: bytes.length };
}

/** One call of a kernel. Calls of a job write to places of their own, and can be repeated. */
export interface Call {
  /** The kernel's name, or a function that was compiled later. */
  readonly kernel: keyof WasmKernels | SharedFunction;
  readonly args: readonly number[];
}

type Run = (...args: readonly number[]) => void;

const startLimit = 2000;
const mostReplacements = 5;
const slice = 50;
// A worker that has begun a call and shows no sign of life for so many slices is taken for lost.
const lostAfter = 30;
// Jobs end within microseconds of each other most of the time.
const spins = 5000;

/**
 * Threads that share the module's memory, and run jobs together with the calling thread: it claims calls as the workers do,
 * then waits for those that they have claimed. A worker that dies is noticed by its silence, its calls are run again here,
 * and new workers are started.
 */
export class ThreadPool {
  /** For tests. */
  workers: WorkerThread[] = [];
  readonly #heap: WasmHeap;
  readonly #kernels: WasmKernels;
  readonly #module: WebAssembly.Module;
  readonly #numbers: ReadonlyMap<string, number>;
  readonly #wanted: number;
  #control = new Int32Array(0);
  #table = new Float64Array(0);
  #ready = 0;
  #job = 0;
  #cause: unknown;
  #isDisposed = false;
  #notes: readonly string[] = [];
  #replacements = 0;

  /** @param workers - how many to have beside the calling thread */
  constructor(heap: WasmHeap, kernels: WasmKernels, module: WebAssembly.Module, workers: number) {
    this.#heap = heap;
    this.#kernels = kernels;
    this.#module = module;
    this.#wanted = Math.min(workers, layout.mostWorkers);
    this.#numbers = new Map(Object.keys(kernels).map((name, i) => [name, i]));
  }

  /** How many threads take part: the calling one, and the workers that are ready. */
  get threads(): number {
    return 1 + this.#ready;
  }

  /** Why there are fewer threads than were asked for. */
  get notes(): readonly string[] {
    return this.#notes;
  }

  /** Starts the workers. Where that fails it warns once, and goes on without. */
  async start(): Promise<void> {
    if (this.#wanted === 0) return;
    try {
      await this.#startWorkers();
    } catch (cause) {
      this.#stop();
      const what = "no worker threads could be started, so it runs on one thread";
      this.#notes = [`one thread: ${reasonOf(cause)}`];
      warn(what, cause);
    }
  }

  /** For tests: each worker waits up to `microseconds` before each call; if negative, it dies in the middle of its next. */
  delay(microseconds: number): void {
    Atomics.store(this.#control, layout.delay, microseconds);
  }

  /** Runs calls, in any order and by any thread, and returns when all are over. */
  run(calls: readonly Call[]): void {
    if (calls.length > layout.calls) {
      for (let i = 0; i < calls.length; i += layout.calls)
        this.run(calls.slice(i, i + layout.calls));
      return;
    }
    const canShare = this.#ready > 0 && calls.length > 1;
    if (!canShare || calls.some(({ args }) => args.length > mostArguments)) {
      for (const call of calls) this.runHere(call);
      return;
    }
    this.#post(calls);
    const control = this.#control;
    let ended = 0;
    for (;;) {
      const claims = Atomics.load(control, layout.claims);
      const left = claims & 255;
      if (left === 0) break;
      if (Atomics.compareExchange(control, layout.claims, claims, claims - 1) !== claims) continue;
      try {
        this.runHere(calls[left - 1]!);
      } catch (error) {
        // Nobody takes what is left: it would be counted for the next job.
        Atomics.store(control, layout.claims, this.#job * 256);
        throw error;
      }
      Atomics.store(control, layout.states + left - 1, 1);
      ended++;
      Atomics.add(control, layout.finished, 1);
    }
    if (ended < calls.length) this.#join(calls);
  }

  /** Stops the workers. */
  dispose(): void {
    this.#isDisposed = true;
    this.#stop();
  }

  async #startWorkers(): Promise<void> {
    const { memory } = this.#heap;
    const { address } = this.#heap.allocate(controlBytes);
    this.#control = new Int32Array(memory.buffer, address, layout.words).fill(0);
    const calls = layout.calls * layout.callWords;
    this.#table = new Float64Array(memory.buffer, address + layout.table, calls);
    this.#job = 0;
    const start = { module: this.#module, memory, control: address, layout };
    let timer: unknown;
    try {
      await Promise.race([
        Promise.all(Array.from({ length: this.#wanted }, (_, index) => this.#spawn(start, index))),
        new Promise((_, reject) => {
          const late = (): void => reject(new Error(`none was ready after ${startLimit} ms`));
          timer = setTimeout(late, startLimit);
        }),
      ]);
      this.#ready = this.#isDisposed ? 0 : this.#wanted;
    } finally {
      clearTimeout(timer as number);
    }
  }

  #spawn(start: Omit<Parameters<typeof spawn>[0], "index">, index: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const worker = spawn(
        { ...start, index },
        {
          onReady: resolve,
          onError: (error) => (this.#cause = error),
          onLost: (cause) => {
            reject(cause instanceof Error ? cause : new Error(String(cause)));
            if (this.workers.includes(worker)) this.#replace(cause);
          },
        },
      );
      this.workers.push(worker);
    });
  }

  #post(calls: readonly Call[]): void {
    const table = this.#table;
    calls.forEach(({ kernel, args }, call) => {
      let at = call * layout.callWords;
      if (typeof kernel === "string") {
        table[at] = this.#numbers.get(kernel)!;
      } else {
        const { id, address, length } = kernel.module;
        table[at] = -1 - kernel.place;
        table[at + 1] = id;
        table[at + 2] = address;
        table[at + 3] = length;
      }
      table[at + 4] = args.length;
      at += 5;
      for (const arg of args) table[at++] = arg;
    });
    const control = this.#control;
    control.fill(0, layout.states, layout.states + calls.length);
    this.#job = (this.#job % 0x7ffffe) + 1;
    Atomics.store(control, layout.finished, 0);
    Atomics.store(control, layout.claims, this.#job * 256 + calls.length);
    Atomics.store(control, layout.job, this.#job);
    if (Atomics.load(control, layout.sleepers) > 0) Atomics.notify(control, layout.job);
  }

  /** Waits for the calls that workers have claimed. */
  #join(calls: readonly Call[]): void {
    const control = this.#control;
    const { finished } = layout;
    let silent = 0;
    let life = this.#life();
    let since = performance.now();
    for (let i = 0; ; i++) {
      const ended = Atomics.load(control, finished);
      if (ended === calls.length) break;
      if (i < spins) continue;
      if (canBlock) Atomics.wait(control, finished, ended, slice);
      else if (performance.now() - since < slice) continue;
      if (performance.now() - since < slice) continue;
      // Slices are counted, not time: a machine that has slept has lost nothing.
      since = performance.now();
      const now = this.#life();
      silent = now === life ? silent + 1 : 0;
      life = now;
      if (silent < lostAfter) continue;
      this.#replace(this.#cause ?? new Error("a worker was silent in the middle of a call"));
      break;
    }
    calls.forEach((call, i) => {
      if (Atomics.load(control, layout.states + i) === 1) return;
      this.runHere(call);
      if (this.#ready > 0) warn("a worker failed, and its part was computed again", this.#cause);
    });
  }

  #life(): number {
    let sum = Atomics.load(this.#control, layout.finished);
    for (let i = 0; i < this.#ready; i++) {
      sum += Atomics.load(this.#control, layout.liveness + i);
    }
    return sum;
  }

  /** Stops all workers, since one is lost, and starts others: until they are ready there is one thread. */
  #replace(cause: unknown): void {
    const wereReady = this.#ready > 0;
    this.#stop();
    if (this.#isDisposed || !wereReady) return;
    if (++this.#replacements > mostReplacements) {
      this.#notes = [`one thread: workers were lost ${this.#replacements} times`];
      warn("a worker thread was lost once more; it runs on one thread from now on", cause);
      return;
    }
    warn("a worker thread was lost; its part was computed again, and new ones are started", cause);
    void this.start();
  }

  #stop(): void {
    this.#ready = 0;
    for (const worker of this.workers.splice(0)) worker.terminate();
  }

  /** Runs a call on this thread. */
  runHere({ kernel, args }: Call): void {
    if (typeof kernel === "string") (this.#kernels[kernel] as Run)(...args);
    else kernel.run(...args);
  }
}

function warn(what: string, cause: unknown): void {
  // oxlint-disable-next-line no-console -- what was lost has been made good: nothing to throw
  console.warn(`backend wasm: ${what}. ${reasonOf(cause)}`);
}

function reasonOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
