/** How far long work has come. */
export interface Progress {
  /** Steps done: iterations, trees, folds. */
  readonly done: number;
  /** Steps there are at most. */
  readonly total: number;
  /** What the work makes smaller or larger, where there is such a number: a loss, an inertia. */
  readonly value?: number;
}

/** What long work takes. */
export interface LongWork {
  /** Stops the work: its promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told how far it has come. */
  readonly onProgress?: (progress: Progress) => void;
}

// How long work may keep the event loop waiting.
const pauseEveryMs = 30;

/** Watches over long work on the calling thread: reports progress, pauses for other events, ends it when it is aborted. */
export class Pacer {
  /** The signal that ends the work. */
  readonly signal: AbortSignal | undefined;
  readonly #total: number;
  readonly #onProgress: LongWork["onProgress"];
  #last = performance.now();

  /**
   * @param total - how many steps there are
   * @param options - whom to tell, and who may stop it
   * @throws the signal's reason if it is aborted already
   */
  constructor(total: number, { signal, onProgress }: LongWork) {
    signal?.throwIfAborted();
    this.#total = total;
    this.signal = signal;
    this.#onProgress = onProgress;
  }

  /** Tells how many steps are done, and with what value. */
  report(done: number, value?: number): void {
    const total = this.#total;
    this.#onProgress?.(value === undefined ? { done, total } : { done, total, value });
  }

  /** Tells how many steps are done; waits for other events when they have waited for long; throws once aborted. */
  async done(done: number, value?: number): Promise<void> {
    this.report(done, value);
    await this.pause();
  }

  /** Waits for other events when they have waited for long; throws once aborted. */
  async pause(): Promise<void> {
    this.signal?.throwIfAborted();
    if (performance.now() - this.#last < pauseEveryMs) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.signal?.throwIfAborted();
    this.#last = performance.now();
  }
}
