/* oxlint-disable unicorn/require-post-message-target-origin -- workers have no origin */
import { watchLifeLock } from "./life-lock.ts";
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

/** What is used of a `Worker` of node:worker_threads. */
export interface NodeWorker {
  /** Listens. */
  on(event: string, listener: (value: unknown) => void): unknown;
  /** Keeps the process alive. */
  ref(): void;
  /** Does not. */
  unref(): void;
  /** Sends. */
  postMessage(message: unknown): void;
  /** Stops it. */
  terminate(): unknown;
}

/** What is used of a browser's `Worker`. */
export interface BrowserWorker {
  /** Listens. */
  addEventListener(event: string, listener: (event: object) => void): void;
  /** Sends. */
  postMessage(message: unknown): void;
  /** Stops it. */
  terminate(): unknown;
}

interface NodeModules {
  readonly "node:worker_threads": {
    readonly Worker: new (url: URL, options?: { readonly workerData: unknown }) => NodeWorker;
    readonly workerData: unknown;
    readonly parentPort: NodePort | null;
  };
  readonly "node:fs": { existsSync(file: URL): boolean };
  readonly "node:os": { availableParallelism(): number };
}

/** A worker's end of the line to who started it, in Node. */
export interface NodePort {
  on(event: "message", listener: (request: Request) => void): void;
  postMessage(message: Reply): void;
}

/** Returns a module of Node, got without an import, which bundlers for browsers would follow; undefined elsewhere. */
export function builtin<Name extends keyof NodeModules>(name: Name): NodeModules[Name] | undefined {
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

/** Starts a worker that runs the package's tasks. Throws where the platform refuses at once. */
export function spawn(events: WorkerEvents): WorkerThread {
  const threads = builtin("node:worker_threads");
  if (threads !== undefined) {
    const url = new URL(`data:text/javascript,${encodeURIComponent(workerSource)}`);
    return threadOf(new threads.Worker(url), events);
  }
  const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
  const thread = threadOf(new Worker(url, { type: "module" }), events);
  return {
    ...thread,
    terminate() {
      thread.terminate();
      URL.revokeObjectURL(url);
    },
  };
}

/** Listens to a worker of Node or of a browser. */
export function threadOf(worker: NodeWorker | BrowserWorker, events: WorkerEvents): WorkerThread {
  const post = (request: Request): void => worker.postMessage(request);
  const terminate = (): void => void worker.terminate();
  if ("on" in worker) {
    worker.unref();
    worker.on("message", (reply) => events.onReply(reply as Reply));
    worker.on("error", (error) => events.onLost(error));
    worker.on("exit", (code) => {
      events.onLost(new Error(`the worker ended with code ${String(code)}`));
    });
    return { post, hold: (isHeld) => (isHeld ? worker.ref() : worker.unref()), terminate };
  }
  worker.addEventListener("message", (event) => {
    const reply = (event as MessageEvent<Reply>).data;
    if (reply.kind === "ready" && reply.lifeLock !== undefined) {
      watchLifeLock(reply.lifeLock, () => events.onLost(new Error("the worker closed itself")));
    }
    events.onReply(reply);
  });
  worker.addEventListener("error", (event) => {
    const { message } = event as ErrorEvent;
    (event as ErrorEvent).preventDefault();
    events.onLost(new Error(message || "the worker could not be loaded"));
  });
  return { post, hold: () => undefined, terminate };
}
