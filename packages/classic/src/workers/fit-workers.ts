import type { FittedModel, SavedModel } from "../fitted-model.ts";
import type { Material, FoldScores, Part } from "../model-selection/fit-and-score.ts";
import type { Pacer } from "../parallel/pacer.ts";
import { shared, threadsFor } from "../parallel/run-parts.ts";
import { shareParts } from "../parallel/share-parts.ts";
import {
  availableThreads,
  threadOf,
  type BrowserWorker,
  type NodeWorker,
} from "../parallel/spawn.ts";
import { WorkerPool } from "../parallel/worker-pool.ts";
import { fromJSON } from "../persistence/from-json.ts";
import type { Table } from "../table.ts";
import type { Fit, FitJob, JobScores } from "./fit-job.ts";
import { firstScore } from "./run-fits.ts";
import { receivedError, type SentError } from "./send-error.ts";
import { CannotBeSent, sentEstimator, type SentEstimator } from "./send-estimator.ts";
import { warnOnce } from "./warn-once.ts";

/** What fits have in common, as it goes to a worker. */
export interface SentJob extends Omit<FitJob, "estimators" | "scores"> {
  readonly estimators: readonly SentEstimator[];
  readonly scoring: JobScores["asked"] | undefined;
  /** How many threads the worker may use. */
  readonly threads: number;
}

/** What a fit gives, as a worker sends it. */
export interface SentScores extends Omit<FoldScores, "model"> {
  readonly model: SavedModel | undefined;
}

/** What {@link fitWorkers} takes. */
export interface FitWorkersOptions {
  /**
   * Starts a worker: of a browser or of `node:worker_threads`, whose module chooses a backend and then calls `serveFits()`. Called
   * again where a worker is lost.
   */
  readonly start: () => NodeWorker | BrowserWorker;
  /** How many workers there are at most; by default as many as the machine has threads, but at most 8. */
  readonly count?: number;
}

/** Worker threads that fit estimators. They start when first needed and stay for what comes next; `dispose` stops them. */
export class FitWorkers {
  readonly #pool: WorkerPool;
  readonly #count: number;

  /** @internal Use {@link fitWorkers}. */
  constructor({ start, count }: FitWorkersOptions) {
    this.#count = threadsFor("fitWorkers", count);
    this.#pool = new WorkerPool((events) => threadOf(start(), events));
  }

  /** Stops the workers; fits that they had go on on the calling thread. */
  dispose(): void {
    this.#pool.dispose();
  }

  /** Disposes at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal Fills `results` with what the workers can compute; resolves without where they cannot. */
  async run(
    job: FitJob,
    fits: readonly Fit[],
    pacer: Pacer,
    results: Map<number, FoldScores>,
  ): Promise<void> {
    const workers = Math.min(this.#count, fits.length);
    const common = sentJob(job, Math.max(1, Math.floor(availableThreads() / workers)));
    if (common === undefined) return;
    const work = { task: "fit", common, parts: fits, workers };
    try {
      await shareParts(this.#pool, work, pacer, (i, result) => {
        const { model, ...rest } = result as SentScores;
        const fold: FoldScores =
          model === undefined ? rest : { ...rest, model: fromJSON<FittedModel>(model) };
        results.set(i, fold);
        return firstScore(fold);
      });
    } catch (error) {
      // A worker's is data; others are thrown here: by `onProgress`, or as the signal's reason.
      const isOurs = error instanceof Error || pacer.signal?.aborted === true;
      throw isOurs ? error : receivedError(error as SentError);
    }
  }
}

/** Returns a job as data; undefined, with a warning, where something in it cannot go to another thread. */
function sentJob(job: FitJob, threads: number): SentJob | undefined {
  try {
    const { scores, ...rest } = job;
    const scoring = scores?.asked;
    const ownScore = [...(scoring ?? [])].find(([, score]) => typeof score === "function");
    if (ownScore !== undefined) throw new CannotBeSent(`scoring ${ownScore[0]} is a function`);
    return {
      ...{ ...rest, scoring },
      estimators: job.estimators.map(sentEstimator),
      material: sentMaterial(job.material),
      parts: job.parts.map(({ train, test, features }): Part =>
        features === undefined ? { train, test } : { train, test, features },
      ),
      threads,
    };
  } catch (error) {
    if (!(error instanceof CannotBeSent)) throw error;
    warnOnce(
      `classic: ${job.operation}: ${error.message}, which cannot go to a worker, so fits run on the calling thread.`,
    );
    return undefined;
  }
}

function sentMaterial({ count, x, y, weights }: Material): Material {
  return {
    ...{ count, x: sentTable(x) },
    y: y === undefined ? undefined : shared(y),
    weights: weights === undefined ? undefined : shared(weights),
  };
}

function sentTable(x: Material["x"]): Material["x"] {
  if ("data" in x) return { data: shared(x.data), shape: x.shape };
  const isSendable = (cell: unknown): boolean =>
    cell === null || ["number", "string", "undefined", "boolean"].includes(typeof cell);
  const rows = x as Extract<Table, readonly unknown[]>;
  if (rows.every((row) => Array.isArray(row) && row.every(isSendable))) return x;
  throw new CannotBeSent("x has cells that are neither numbers nor text");
}

/**
 * Returns worker threads for the option `workers` of cross-validation, searches and ensembles: for browsers and bundlers, and for
 * backends that a worker must choose by itself. In Node, `workers: 2` needs none of it.
 *
 * The worker's module is yours, so that your bundler finds it:
 *
 * ```ts no-run
 * // fits.worker.ts
 * import { wasm } from "@tensorloom/backend-cpu";
 * import { serveFits } from "@tensorloom/classic/workers";
 * import { use } from "@tensorloom/tensor";
 * await use(wasm({ threads: 1 }));
 * serveFits();
 * ```
 *
 * ```ts no-run
 * const start = () => new Worker(new URL("./fits.worker.ts", import.meta.url), { type: "module" });
 * using workers = fitWorkers({ start, count: 4 });
 * const result = await crossValidate(new SVC(), x, y, { workers });
 * ```
 *
 * Workers keep no Node process alive while they have nothing to do. Results are those of the calling thread, to the bit, if the
 * workers' backend is its own.
 *
 * @param options - `start`, `count`
 * @throws `ArgumentError` for a count that is none
 */
export function fitWorkers(options: FitWorkersOptions): FitWorkers {
  return new FitWorkers(options);
}
