import { currentBackend, UnsupportedError } from "@tensorloom/tensor";
import { availableThreads, builtin } from "../parallel/spawn.ts";
import { FitWorkers } from "./fit-workers.ts";

// For each backend and share of the machine, workers of their own, which stay.
const started = new Map<string, FitWorkers>();

/**
 * Returns workers of Node whose backends are like the current one.
 *
 * @param count - how many
 * @throws `UnsupportedError` for a backend that another thread cannot make, and where the file that workers run is not there
 */
export function nodeWorkers(count: number): FitWorkers {
  const { name, origin } = currentBackend();
  if (origin === undefined) {
    throw new UnsupportedError(
      `expected a backend that another thread can make, such as wasm, got ${name}`,
    );
  }
  const workerData = { origin, threads: Math.max(1, Math.floor(availableThreads() / count)) };
  const key = JSON.stringify([workerData, count]);
  const url = new URL("./node-worker.js", import.meta.url);
  if (!builtin("node:fs")!.existsSync(url)) {
    throw new UnsupportedError(
      "expected node-worker.js of @tensorloom/classic beside this module, got none, as in an app bundled into one file",
    );
  }
  const { Worker } = builtin("node:worker_threads")!;
  const start = (): InstanceType<typeof Worker> => new Worker(url, { workerData });
  const workers = started.get(key) ?? new FitWorkers({ start, count });
  started.set(key, workers);
  return workers;
}
