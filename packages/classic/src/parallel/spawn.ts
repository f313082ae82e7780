/* oxlint-disable unicorn/require-post-message-target-origin -- workers have no origin */
import type { Reply, Request } from "./messages.ts";
import { workerSource } from "./worker-source.generated.ts";

/** A worker thread, of Node or of a browser. */
export interface WorkerThread {
  /** Sends it a message. */
  post(request: Request): void;
  /** Whether it keeps a Node process alive; it does not at first. */
  hold(isHeld: boolean): void;
  /** Stops it, wherever it is. */
  terminate(): void;
}

/** What happens to a worker. */
export interface WorkerEvents {
  /** It answers. */
  onReply(reply: Reply): void;
  /** It will not run on. */
  onLost(cause: unknown): void;
}

interface NodeWorker {
  on(event: string, listener: (value: never) => void): void;
  ref(): void;
  unref(): void;
  postMessage(message: unknown): void;
  terminate(): Promise<number>;
}
interface NodeModules {
  readonly "node:worker_threads": { readonly Worker: new (url: URL) => NodeWorker };
  readonly "node:os": { availableParallelism(): number };
}

function builtin<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): NodeModules[Name] | undefined };
  };
  return process?.getBuiltinModule?.(name);
}

/** How many threads the machine can run at a time. */
export function availableThreads(): number {
  const os = builtin("node:os");
  if (os !== undefined) return os.availableParallelism();
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  return navigator?.hardwareConcurrency ?? 1;
}

/** Whether threads can see the same memory here. */
export function canShareMemory(): boolean {
  if (typeof SharedArrayBuffer === "undefined") return false;
  const { crossOriginIsolated } = globalThis as { crossOriginIsolated?: boolean };
  return builtin("node:worker_threads") !== undefined || crossOriginIsolated !== false;
}

/** Starts a worker. Throws where the platform refuses at once. */
export function spawn(events: WorkerEvents): WorkerThread {
  const threads = builtin("node:worker_threads");
  return threads === undefined ? spawnInBrowser(events) : spawnInNode(threads, events);
}

function spawnInNode(
  { Worker }: NodeModules["node:worker_threads"],
  events: WorkerEvents,
): WorkerThread {
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(workerSource)}`));
  worker.unref();
  worker.on("message", (reply: Reply) => events.onReply(reply));
  worker.on("error", (error: unknown) => events.onLost(error));
  worker.on("exit", (code: number) => {
    events.onLost(new Error(`the worker ended with code ${code}`));
  });
  return {
    post: (request) => worker.postMessage(request),
    hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()),
    terminate: () => void worker.terminate(),
  };
}

function spawnInBrowser(events: WorkerEvents): WorkerThread {
  const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  worker.addEventListener("message", ({ data }: MessageEvent<Reply>) => events.onReply(data));
  worker.addEventListener("error", (event) => {
    event.preventDefault();
    events.onLost(new Error(event.message || "the worker could not be loaded"));
  });
  return {
    post: (request) => worker.postMessage(request),
    hold: () => undefined,
    terminate: () => {
      worker.terminate();
      URL.revokeObjectURL(url);
    },
  };
}
