import { ArgumentError } from "@tensorloom/tensor";
import { Pacer, type LongWork } from "./pacer.ts";
import { shareParts } from "./share-parts.ts";
import { availableThreads, canShareMemory, spawn } from "./spawn.ts";
import * as tasks from "./tasks.ts";
import {
  isSteps,
  type Common,
  type Part,
  type Result,
  type Run,
  type TaskName,
} from "./task-types.ts";
import { WorkerPool } from "./worker-pool.ts";

/** What estimators take whose work is shared among threads. */
export interface ParallelOptions extends LongWork {
  /** How many threads compute; by default, and for -1, all that the machine has, but at most 8. */
  readonly nJobs?: number;
}

const mostThreads = 8;
let threadsAtHand: number | undefined;
/** For tests. Pure, so that a program that shares no work is bundled without the worker's source. */
export const pool: WorkerPool = /* @__PURE__ */ new WorkerPool(spawn);

/** Says how many threads `nJobs` stands for by default on this thread, one of several that compute. */
export function limitThreads(threads: number): void {
  threadsAtHand = threads;
}

/** Returns how many threads `nJobs` stands for. */
export function threadsFor(operation: string, nJobs: number | undefined): number {
  if (nJobs === undefined || nJobs === -1) {
    return threadsAtHand ?? Math.min(mostThreads, availableThreads());
  }
  if (Number.isInteger(nJobs) && nJobs >= 1) return Math.min(nJobs, 4 * mostThreads);
  throw new ArgumentError(
    `${operation}: nJobs: expected a number of threads from 1, or -1 for all, got ${nJobs}`,
  );
}

/** Returns a copy that worker threads read where it lies, where threads can share memory; the array itself elsewhere. */
export function shared<
  A extends Float32Array | Float64Array | Int32Array | Uint32Array | Uint16Array | Uint8Array,
>(array: A): A {
  if (!canShareMemory() || array.buffer instanceof SharedArrayBuffer) return array;
  const Type = array.constructor as new (buffer: SharedArrayBuffer) => A;
  const copy = new Type(new SharedArrayBuffer(array.byteLength));
  copy.set(array as never);
  return copy;
}

/**
 * Resolves to a task's results, one a part and in their order. Parts are shared among `nJobs` worker threads; with one thread,
 * or where there are no workers, they are computed on the calling thread, which pauses between parts, and between the steps of
 * tasks that have some, for other events. A
 * part's result depends on the part alone, so neither changes results.
 *
 * @param operation - who asks, for errors
 * @param task - its name in `tasks`
 * @param common - what all parts need; arrays go through {@link shared} first, so that they are not copied to each worker
 * @param parts - the parts, in the order in which they are begun
 * @param options - `nJobs`, `signal`, `onProgress`
 * @throws what a part throws; the signal's reason once it is aborted
 */
export async function runParts<Name extends TaskName>(
  operation: string,
  task: Name,
  common: Common<Name>,
  parts: readonly Part<Name>[],
  options: ParallelOptions = {},
): Promise<Result<Name>[]> {
  const threads = Math.min(threadsFor(operation, options.nJobs), parts.length);
  const pacer = new Pacer(parts.length, options);
  const results = new Map<number, Result<Name>>();
  if (threads > 1) {
    const job = { task, common, parts, workers: threads };
    await shareParts(pool, job, pacer, (part, result) => {
      results.set(part, result as Result<Name>);
    });
  }
  const run = tasks[task] as Run;
  for (const [i, part] of parts.entries()) {
    if (results.has(i)) continue;
    const outcome = run(common, part);
    const result = isSteps(outcome) ? await paced(outcome, pacer) : outcome;
    results.set(i, result as Result<Name>);
    await pacer.done(results.size);
  }
  return parts.map((_, i) => results.get(i)!);
}

/** Takes a task's steps one after the other, with pauses between. */
async function paced(steps: Generator<unknown, unknown>, pacer: Pacer): Promise<unknown> {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
    await pacer.pause();
  }
}
