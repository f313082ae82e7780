import type { Pacer } from "./pacer.ts";
import type { Job, WorkerPool } from "./worker-pool.ts";

/**
 * Has a pool's workers compute the parts of a job, and resolves when they are done, or when no worker can be had: parts without
 * a result are then the caller's to compute.
 *
 * @param pool - the workers
 * @param job - the parts
 * @param pacer - is told of each part; its signal stops the work
 * @param take - takes the result of a part; returns the number that progress is told with, if there is one
 * @throws what the first part, by their order, threw that threw, or what `onProgress` did; the signal's reason once it is aborted
 */
export function shareParts(
  pool: WorkerPool,
  job: Pick<Job, "task" | "common" | "parts" | "workers">,
  pacer: Pacer,
  take: (part: number, result: unknown) => number | void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const { signal } = pacer;
    const isDone = new Uint8Array(job.parts.length);
    let failed: { readonly part: number; readonly error: unknown } | undefined;
    let done = 0;
    const settle = (how: () => void): void => {
      signal?.removeEventListener("abort", stop);
      end();
      how();
    };
    const stop = (): void => settle(() => reject(signal!.reason as Error));
    const proceed = (): void => {
      if (failed !== undefined && isDone.subarray(0, failed.part).every((one) => one === 1)) {
        const { error } = failed;
        settle(() => reject(error as Error));
      } else if (done === job.parts.length) settle(resolve);
    };
    const end = pool.begin({
      ...job,
      onResult(part, result) {
        isDone[part] = 1;
        try {
          pacer.report(++done, take(part, result) ?? undefined);
          proceed();
        } catch (error) {
          // What progress is told to is the user's, and may throw: here, into nobody's hands.
          settle(() => reject(error as Error));
        }
      },
      onError(part, error) {
        if (failed === undefined || part < failed.part) failed = { part, error };
        proceed();
      },
      onRefused: () => settle(resolve),
    });
    signal?.addEventListener("abort", stop);
  });
}
