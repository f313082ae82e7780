import type { Reply, Request } from "./messages.ts";
import type { WorkerEvents, WorkerThread } from "./spawn.ts";

/** Parts of a task that are to be computed. */
export interface Job {
  readonly task: string;
  readonly common: unknown;
  readonly parts: readonly unknown[];
  /** How many workers may have parts of it at a time. */
  readonly workers: number;
  /** Takes the result of part `part`. */
  onResult(part: number, result: unknown): void;
  /** Takes what part `part` threw; parts that are not begun will not be. */
  onError(part: number, error: unknown): void;
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
  /** What it is to be sent once it is ready: before, a browser's worker may not listen yet. */
  readonly unsent: Request[];
  isReady: boolean;
  doing: { readonly job: Running; readonly part: number } | undefined;
}

// Workers that die one after another will go on dying.
const mostLosses = 5;
// A worker that has not said by then that it is ready will not: its file does something else.
const readyWithinMs = 20_000;

/**
 * Worker threads that wait for parts of jobs. They are started when first needed, kept for the next job, and do not keep a
 * Node process alive while they have nothing to do. The part of a worker that dies goes to another.
 */
export class WorkerPool {
  readonly #spawn: (events: WorkerEvents) => WorkerThread;
  readonly #slots: Slot[] = [];
  readonly #jobs: Running[] = [];
  #nextId = 1;
  #losses = 0;
  #canStart = false;
  #warned = false;

  /** @param spawn - starts a worker, which answers `ready` when it listens; throws where it cannot */
  constructor(spawn: (events: WorkerEvents) => WorkerThread) {
    this.#spawn = spawn;
  }

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

  /** Stops all workers; what they were doing is refused. */
  dispose(): void {
    for (const job of this.#jobs.splice(0)) queueMicrotask(() => job.onRefused());
    for (const slot of [...this.#slots]) this.#remove(slot);
  }

  #end(job: Running): void {
    const at = this.#jobs.indexOf(job);
    if (at < 0) return;
    this.#jobs.splice(at, 1);
    for (const slot of [...this.#slots]) {
      if (slot.doing?.job === job) this.#remove(slot);
      else if (slot.knows.delete(job.id)) this.#post(slot, { kind: "end", job: job.id });
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
      this.#post(slot, { kind: "begin", job: job.id, common: job.common });
    }
    this.#post(slot, { kind: "part", job: job.id, task: job.task, part: job.parts[part] });
  }

  #post(slot: Slot, request: Request): void {
    if (slot.isReady) slot.thread.post(request);
    else slot.unsent.push(request);
  }

  /** Starts a worker unless there are as many as any job wants; if none can be had, refuses all jobs. */
  #start(): Slot | undefined {
    const wanted = Math.max(...this.#jobs.map(({ workers }) => workers));
    if (this.#slots.length >= wanted) return undefined;
    if (this.#losses > mostLosses) return void this.#refuse(undefined);
    try {
      const slot: Slot = {
        thread: this.#spawn({
          onReply: (reply) => this.#take(slot, reply),
          onLost: (cause) => this.#lose(slot, cause),
        }),
        knows: new Set(),
        unsent: [],
        isReady: false,
        doing: undefined,
      };
      this.#slots.push(slot);
      const late = setTimeout(() => this.#giveUp(slot), readyWithinMs) as unknown;
      (late as { unref?(): void }).unref?.();
      return slot;
    } catch (cause) {
      return void this.#refuse(cause);
    }
  }

  #take(slot: Slot, reply: Reply): void {
    if (reply.kind === "ready") {
      slot.isReady = true;
      this.#canStart = true;
      for (const request of slot.unsent.splice(0)) slot.thread.post(request);
      return;
    }
    const { job, part } = slot.doing!;
    slot.doing = undefined;
    slot.thread.hold(false);
    job.active--;
    // The next part is on its way before anybody looks at the result of this one.
    if (reply.kind === "error") job.waiting.length = 0;
    this.#distribute();
    if (reply.kind === "result") job.onResult(part, reply.result);
    else job.onError(part, reply.error);
  }

  #giveUp(slot: Slot): void {
    if (slot.isReady) return;
    this.#lose(slot, new Error(`The worker has not answered in ${readyWithinMs / 1000} s.`));
  }

  #lose(slot: Slot, cause: unknown): void {
    const { doing } = slot;
    if (!this.#remove(slot)) return;
    this.#losses++;
    if (doing !== undefined && this.#jobs.includes(doing.job)) {
      doing.job.active--;
      doing.job.waiting.push(doing.part);
    }
    if (!this.#canStart || this.#losses > mostLosses) {
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
