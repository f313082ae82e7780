import { ArgumentError } from "@tensorloom/tensor";
import { fitAndScore, type FoldScores } from "../model-selection/fit-and-score.ts";
import { Pacer, type LongWork, type Progress } from "../parallel/pacer.ts";
import { threadsFor } from "../parallel/run-parts.ts";
import { withProgressBar } from "../progress-bar.ts";
import type { Fit, FitJob } from "./fit-job.ts";
import type { FitWorkers } from "./fit-workers.ts";
import { warnOnce } from "./warn-once.ts";

/** What work takes that worker threads can do: several fits that do not depend on each other. */
export interface SharedWork extends LongWork {
  /**
   * How many worker threads fit, -1 for as many as the machine runs at a time, at most 8; or workers of your own, by `fitWorkers`
   * of `@tensorloom/classic/workers`. By default there are none, and fits take turns on the calling thread.
   *
   * A number is for Node, and for the backends `cpu` and `wasm`: each worker has a backend like the current one, and a share of
   * the machine's threads. Results are the same, to the bit. Fits stay on the calling thread, with one warning, where workers
   * cannot be had, or an option cannot go to them: a function, or an object that is no estimator of this package.
   */
  readonly workers?: number | FitWorkers;
  /** Whether a bar shows in a terminal how many fits are done, by the optional package cli-progress; false by default. */
  readonly progressBar?: boolean;
}

/**
 * Resolves to what fits give, in their order.
 *
 * @param job - estimators, samples, scores
 * @param fits - which is fitted to what
 * @param options - `workers`, `signal`, `onProgress`, `progressBar`
 * @throws what the first fit throws that throws; the signal's reason once it is aborted
 */
export async function runFits(
  job: FitJob,
  fits: readonly Fit[],
  options: SharedWork,
): Promise<FoldScores[]> {
  if (options.progressBar !== true) return runAll(job, fits, options);
  return withProgressBar((draw) => {
    const onProgress = (progress: Progress): void => {
      draw(progress);
      options.onProgress?.(progress);
    };
    return runAll(job, fits, { ...options, onProgress });
  });
}

async function runAll(
  job: FitJob,
  fits: readonly Fit[],
  options: SharedWork,
): Promise<FoldScores[]> {
  const pacer = new Pacer(fits.length, options);
  const results = new Map<number, FoldScores>();
  try {
    const workers = await workersFor(job.operation, options.workers);
    await workers?.run(job, fits, pacer, results);
    for (const [i, { estimator, part, isKept }] of fits.entries()) {
      if (results.has(i)) continue;
      const { signal } = options;
      const { returnTrainScore, told } = job;
      const fold = await fitAndScore(
        job.estimators[estimator]!,
        job.material,
        job.parts[part]!,
        job.scores?.scorers,
        { signal, returnTrainScore, told, isKept },
      );
      results.set(i, fold);
      await pacer.done(results.size, firstScore(fold));
    }
  } catch (error) {
    for (const { model } of results.values()) model?.dispose();
    throw error;
  }
  return fits.map((_, i) => results.get(i)!);
}

/** The number that progress is told with. */
export function firstScore({ test }: FoldScores): number | undefined {
  return Object.values(test)[0];
}

async function workersFor(
  operation: string,
  workers: SharedWork["workers"],
): Promise<FitWorkers | undefined> {
  if (workers === undefined || typeof workers === "object") return workers;
  if (!(workers === -1 || (Number.isInteger(workers) && workers >= 1))) {
    throw new ArgumentError(
      `${operation}: workers: expected a number of workers from 1, -1 for all, or fitWorkers(), got ${String(workers)}`,
    );
  }
  try {
    const { nodeWorkers } = await import("#node-workers");
    return nodeWorkers(threadsFor(operation, workers));
  } catch (error) {
    warnOnce(
      `classic: ${operation}: workers: ${(error as Error).message}, so fits run on the calling thread; try fitWorkers() with a module of your own that calls serveFits().`,
    );
    return undefined;
  }
}
