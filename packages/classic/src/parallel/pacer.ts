/** What long work takes. */
export interface LongWork {
  /** Stops the work: its promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Is told how many of all steps are done. */
  readonly onProgress?: (done: number, total: number) => void;
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

  /** Tells how many steps are done. */
  report(done: number): void {
    this.#onProgress?.(done, this.#total);
  }

  /** Tells how many steps are done; waits for other events when they have waited for long; throws once aborted. */
  async done(done: number): Promise<void> {
    this.report(done);
    this.signal?.throwIfAborted();
    if (performance.now() - this.#last < pauseEveryMs) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    this.signal?.throwIfAborted();
    this.#last = performance.now();
  }
}
