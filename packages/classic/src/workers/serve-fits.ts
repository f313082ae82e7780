/* oxlint-disable unicorn/require-post-message-target-origin -- workers have no origin */
import { UnsupportedError } from "@tensorloom/tensor";
import { fitAndScore } from "../model-selection/fit-and-score.ts";
import { jobScores } from "../model-selection/scoring.ts";
import { holdLifeLock } from "../parallel/life-lock.ts";
import type { Reply, Request } from "../parallel/messages.ts";
import { limitThreads } from "../parallel/run-parts.ts";
import { builtin } from "../parallel/spawn.ts";
import type { Fit, FitJob } from "./fit-job.ts";
import type { SentJob, SentScores } from "./fit-workers.ts";
import { sentError } from "./send-error.ts";
import { receivedEstimator } from "./send-estimator.ts";

/**
 * Makes a worker thread fit estimators for whoever started it, see `fitWorkers`: the last call of the worker's module, after a
 * backend is in use.
 *
 * @throws `UnsupportedError` on a thread that is no worker
 *
 * ```ts no-run
 * await use(wasm({ threads: 1 }));
 * serveFits();
 * ```
 */
export function serveFits(): void {
  const jobs = new Map<number, SentJob>();
  const { ready, post, listen } = line();
  const take = async (request: Request): Promise<void> => {
    if (request.kind === "begin") jobs.set(request.job, request.common as SentJob);
    else if (request.kind === "end") jobs.delete(request.job);
    else {
      try {
        const job = receivedJob(jobs.get(request.job)!);
        post({ kind: "result", result: await fit(job, request.part as Fit) });
      } catch (error) {
        post({ kind: "error", error: sentError(error) });
      }
    }
  };
  listen((request) => void take(request));
  void ready();
}

/** The worker's line to who started it. */
interface Line {
  /** Says that it listens. */
  ready(): void | Promise<void>;
  post(reply: Reply): void;
  listen(take: (request: Request) => void): void;
}

function line(): Line {
  const node = builtin("node:worker_threads")?.parentPort;
  if (node !== null && node !== undefined) {
    return {
      ready: () => node.postMessage({ kind: "ready" }),
      post: (reply) => node.postMessage(reply),
      listen: (take) => node.on("message", take),
    };
  }
  const scope = globalThis as unknown as { postMessage?(reply: Reply): void } & EventTarget;
  if (scope.postMessage !== undefined && !("document" in scope)) {
    return {
      ready: async () => scope.postMessage!({ kind: "ready", lifeLock: await holdLifeLock() }),
      post: (reply) => scope.postMessage!(reply),
      listen(take) {
        scope.addEventListener("message", (event) => take((event as MessageEvent<Request>).data));
      },
    };
  }
  throw new UnsupportedError(
    "serveFits: expected a worker thread, got another; try it in a module that `new Worker` starts",
  );
}

function receivedJob({ threads, estimators, scoring, ...job }: SentJob): FitJob {
  limitThreads(threads);
  const scores = scoring === undefined ? {} : { scores: jobScores(job.operation, scoring) };
  return { ...job, ...scores, estimators: estimators.map(receivedEstimator) };
}

async function fit(job: FitJob, { estimator, part, isKept }: Fit): Promise<SentScores> {
  const { model, ...scores } = await fitAndScore(
    job.estimators[estimator]!,
    job.material,
    job.parts[part]!,
    job.scores?.scorers,
    { returnTrainScore: job.returnTrainScore, told: job.told, isKept },
  );
  try {
    return { ...scores, model: model?.toJSON() };
  } finally {
    model?.dispose();
  }
}
