import type { Reply } from "./messages.ts";
import { spawn, type WorkerThread } from "./spawn.ts";
import type { TaskName } from "./task-types.ts";

/** Parts of a task that are to be computed. */
export interface Job {
  readonly task: TaskName;
  readonly common: unknown;
  readonly parts: readonly unknown[];
  /** How many workers may have parts of it at a time. */
  readonly workers: number;
  /** Takes the result of part `part`. */
  onResult(part: number, result: unknown): void;
  /** Takes what a part threw. */
  onError(error: unknown): void;
  /** No worker can be had, or part after part was lost: the parts without a result are the caller's to compute. */
  onRefused(): void;
}

interface Running extends Job {
  readonly id: number;
  readonly waiting: number[];
  active: number;
}

interface Slot {
  readonly thread: WorkerThread;
  readonly knows: Set<number>;
  isReady: boolean;
  doing: { readonly job: Running; readonly part: number } | undefined;
}

// Workers that die one after another will go on dying.
const mostLosses = 5;

/**
 * Worker threads that wait for parts of jobs. They are started when first needed, kept for the next job, and do not keep a
 * Node process alive while they have nothing to do. The part of a worker that dies goes to another.
 */
export class WorkerPool {
  readonly #slots: Slot[] = [];
  readonly #jobs: Running[] = [];
  #nextId = 1;
  #losses = 0;
  #warned = false;

  /** The threads that run. */
  get threads(): readonly WorkerThread[] {
    return this.#slots.map(({ thread }) => thread);
  }

  /** Begins a job; returns a function that ends it, whatever is still being computed. */
  begin(job: Job): () => void {
    const running: Running = {
      ...job,
      id: this.#nextId++,
      waiting: job.parts.map((_, i) => job.parts.length - 1 - i),
      active: 0,
    };
    this.#jobs.push(running);
    this.#distribute();
    return () => this.#end(running);
  }

  #end(job: Running): void {
    const at = this.#jobs.indexOf(job);
    if (at < 0) return;
    this.#jobs.splice(at, 1);
    for (const slot of [...this.#slots]) {
      if (slot.doing?.job === job) this.#remove(slot);
      else if (slot.knows.delete(job.id)) slot.thread.post({ kind: "end", job: job.id });
    }
    this.#distribute();
  }

  #distribute(): void {
    for (const job of this.#jobs) {
      while (job.waiting.length > 0 && job.active < job.workers) {
        const slot = this.#slots.find(({ doing }) => doing === undefined) ?? this.#start();
        if (slot === undefined) return;
        this.#give(slot, job, job.waiting.pop()!);
      }
    }
  }

  #give(slot: Slot, job: Running, part: number): void {
    slot.doing = { job, part };
    job.active++;
    slot.thread.hold(true);
    if (!slot.knows.has(job.id)) {
      slot.knows.add(job.id);
      slot.thread.post({ kind: "begin", job: job.id, common: job.common });
    }
    slot.thread.post({ kind: "part", job: job.id, task: job.task, part: job.parts[part] });
  }

  /** Starts a worker unless there are as many as any job wants; if none can be had, refuses all jobs. */
  #start(): Slot | undefined {
    const wanted = Math.max(...this.#jobs.map(({ workers }) => workers));
    if (this.#slots.length >= wanted) return undefined;
    if (this.#losses > mostLosses) return void this.#refuse(undefined);
    try {
      const slot: Slot = {
        thread: spawn({
          onReply: (reply) => this.#take(slot, reply),
          onLost: (cause) => this.#lose(slot, cause),
        }),
        knows: new Set(),
        isReady: false,
        doing: undefined,
      };
      this.#slots.push(slot);
      return slot;
    } catch (cause) {
      return void this.#refuse(cause);
    }
  }

  #take(slot: Slot, reply: Reply): void {
    if (reply.kind === "ready") {
      slot.isReady = true;
      return;
    }
    const { job, part } = slot.doing!;
    slot.doing = undefined;
    slot.thread.hold(false);
    job.active--;
    // The next part is on its way before anybody looks at the result of this one.
    this.#distribute();
    if (reply.kind === "result") job.onResult(part, reply.result);
    else job.onError(reply.error);
  }

  #lose(slot: Slot, cause: unknown): void {
    const { doing, isReady } = slot;
    if (!this.#remove(slot)) return;
    this.#losses++;
    if (doing !== undefined && this.#jobs.includes(doing.job)) {
      doing.job.active--;
      doing.job.waiting.push(doing.part);
    }
    if (!isReady || this.#losses > mostLosses) {
      this.#losses = Number.POSITIVE_INFINITY;
      this.#refuse(cause);
      return;
    }
    this.#distribute();
  }

  /** Stops a worker; false if it was stopped before. */
  #remove(slot: Slot): boolean {
    const at = this.#slots.indexOf(slot);
    if (at < 0) return false;
    this.#slots.splice(at, 1);
    slot.thread.terminate();
    return true;
  }

  #refuse(cause: unknown): void {
    if (!this.#warned) {
      this.#warned = true;
      const reason = cause instanceof Error ? ` ${cause.message}` : "";
      // oxlint-disable-next-line no-console -- the work is done all the same: nothing to throw
      console.warn(`classic: no worker threads can be had, so it runs on one thread.${reason}`);
    }
    for (const job of this.#jobs.splice(0)) {
      for (const slot of [...this.#slots]) if (slot.doing?.job === job) this.#remove(slot);
      // Later, since whoever begins a job does not hold its end yet.
      queueMicrotask(() => job.onRefused());
    }
  }
}
