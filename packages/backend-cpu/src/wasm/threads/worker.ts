// All that a worker thread runs. scripts/embed.mjs turns this file into a string, so that no bundler has a worker file to
// place: it imports nothing, and is told the layout of the control block (see control-block.ts).
import type { WorkerStart } from "./control-block.ts";

type Run = (...args: number[]) => void;
interface Port {
  postMessage(message: unknown): void;
}
interface NodeThreads {
  readonly parentPort: Port;
  readonly workerData: WorkerStart;
}

/** Ends this thread at once, as a crash would. */
function exit(): void {
  const { process, close } = globalThis as { process?: { exit(): void }; close?(): void };
  process?.exit();
  close?.();
  for (;;);
}

/** Spins this often before it sleeps: a thread that must be woken comes some 50 microseconds late. */
const spins = 10_000;

function work(start: WorkerStart, port: Port): void {
  const { module, memory, control: base, index, layout } = start;
  const control = new Int32Array(memory.buffer, base, layout.words);
  const table = new Float64Array(
    memory.buffer,
    base + layout.table,
    layout.calls * layout.callWords,
  );
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as Record<
    string,
    Run
  >;
  const kernels = Object.values(exports);
  const compiled = new Map<number, Run[]>();

  const kernelOf = (at: number): Run => {
    const number = table[at]!;
    if (number >= 0) return kernels[number]!;
    const [id, address, length] = [table[at + 1]!, table[at + 2]!, table[at + 3]!];
    let functions = compiled.get(id);
    if (functions === undefined) {
      // A copy, since the compiler refuses shared memory.
      const bytes = Uint8Array.from(new Uint8Array(memory.buffer, address, length));
      const instance = new WebAssembly.Instance(new WebAssembly.Module(bytes), {
        env: { memory },
        // Compiled maps call its functions.
        Math: Math as unknown as WebAssembly.ModuleImports,
      });
      functions = Object.values(instance.exports) as Run[];
      compiled.set(id, functions);
    }
    return functions[-1 - number]!;
  };

  const runCall = (call: number): void => {
    const most = Atomics.load(control, layout.delay);
    if (most < 0) exit();
    if (most > 0) {
      const until = performance.now() + (Math.random() * most) / 1000;
      while (performance.now() < until);
    }
    const at = call * layout.callWords;
    const count = table[at + 4]!;
    kernelOf(at)(...table.subarray(at + 5, at + 5 + count));
  };

  const runJob = (job: number): void => {
    for (;;) {
      const claims = Atomics.load(control, layout.claims);
      const left = claims & 255;
      if (claims >>> 8 !== job || left === 0) return;
      if (Atomics.compareExchange(control, layout.claims, claims, claims - 1) !== claims) continue;
      Atomics.add(control, layout.liveness + index, 1);
      try {
        runCall(left - 1);
        Atomics.store(control, layout.states + left - 1, 1);
      } catch (error) {
        port.postMessage({ error });
      }
      Atomics.add(control, layout.liveness + index, 1);
      Atomics.add(control, layout.finished, 1);
      Atomics.notify(control, layout.finished);
    }
  };

  port.postMessage({ isReady: true });
  let seen = 0;
  for (;;) {
    let job = Atomics.load(control, layout.job);
    for (let i = 0; job === seen && i < spins; i++) job = Atomics.load(control, layout.job);
    if (job === seen) {
      Atomics.add(control, layout.sleepers, 1);
      Atomics.wait(control, layout.job, seen);
      Atomics.sub(control, layout.sleepers, 1);
      continue;
    }
    seen = job;
    runJob(job);
  }
}

const node = (
  globalThis as { process?: { getBuiltinModule?(name: string): unknown } }
).process?.getBuiltinModule?.("node:worker_threads") as NodeThreads | undefined;
if (node !== undefined) work(node.workerData, node.parentPort);
else {
  const scope = globalThis as unknown as Port & EventTarget;
  scope.addEventListener("message", (event) => {
    work((event as MessageEvent<WorkerStart>).data, scope);
  });
}
