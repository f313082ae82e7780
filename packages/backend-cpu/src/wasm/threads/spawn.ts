import { workerSource } from "../worker-source.generated.ts";
import type { WorkerStart } from "./control-block.ts";

/** A worker thread, of Node or of a browser. */
export interface WorkerThread {
  /** Stops it, wherever it is. */
  terminate(): void;
}

/** What a worker tells. */
export interface WorkerEvents {
  /** It can take work. */
  onReady(): void;
  /** A call threw. */
  onError(error: unknown): void;
  /** It will not run on. */
  onLost(cause: unknown): void;
}

interface NodeWorker {
  on(event: string, listener: (value: never) => void): void;
  unref(): void;
  terminate(): Promise<number>;
}
interface NodeModules {
  readonly "node:worker_threads": {
    readonly Worker: new (url: URL, options: { workerData: WorkerStart }) => NodeWorker;
  };
  readonly "node:os": { availableParallelism(): number };
}

function builtin<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): NodeModules[Name] | undefined };
  };
  return process?.getBuiltinModule?.(name);
}

/** Whether this thread may sleep until another wakes it: a browser's main thread may not. */
export const canBlock: boolean =
  (globalThis as { process?: { getBuiltinModule?: unknown } }).process?.getBuiltinModule !==
    undefined || !("document" in globalThis);

/** How many threads the machine can run at a time. */
export function availableThreads(): number {
  const os = builtin("node:os");
  if (os !== undefined) return os.availableParallelism();
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return navigator?.hardwareConcurrency ?? 1;
}

/** Why memory cannot be shared between threads here; undefined if it can. */
export function whyNotShared(): string | undefined {
  if (typeof SharedArrayBuffer === "undefined") {
    return "one thread: SharedArrayBuffer is missing; a page needs the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  }
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  if (builtin("node:worker_threads") === undefined && crossOriginIsolated === false) {
    return "one thread: the page is not cross-origin isolated; it needs the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp";
  }
  return undefined;
}

/** Starts a worker; once ready it does not keep a Node process alive. Throws where the platform refuses at once. */
export function spawn(start: WorkerStart, events: WorkerEvents): WorkerThread {
  const threads = builtin("node:worker_threads");
  return threads === undefined
    ? spawnInBrowser(start, events)
    : spawnInNode(threads, start, events);
}

type Message = { readonly isReady?: boolean; readonly error?: unknown };

function receive({ isReady, error }: Message, events: WorkerEvents): void {
  if (isReady === true) events.onReady();
  else events.onError(error);
}

function spawnInNode(
  { Worker }: NodeModules["node:worker_threads"],
  start: WorkerStart,
  events: WorkerEvents,
): WorkerThread {
  const url = new URL(`data:text/javascript,${encodeURIComponent(workerSource)}`);
  const worker = new Worker(url, { workerData: start });
  worker.on("message", (message: Message) => {
    // Until it is ready it keeps the process alive, for whoever waits for that.
    if (message.isReady === true) worker.unref();
    receive(message, events);
  });
  worker.on("error", (error: unknown) => events.onLost(error));
  worker.on("exit", (code: number) => {
    events.onLost(new Error(`the worker ended with code ${code}`));
  });
  return {
    terminate: () => void worker.terminate(),
  };
}

function spawnInBrowser(start: WorkerStart, events: WorkerEvents): WorkerThread {
  const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<Message>) => receive(data, events));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    events.onLost(new Error(event.message || "the worker could not be loaded"));
  });
  // oxlint-disable-next-line require-post-message-target-origin -- a worker has none
  worker.postMessage(start);
  return {
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
