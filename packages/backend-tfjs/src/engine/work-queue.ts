/**
 * Work that is done in the order in which it came, at once while nothing waits. A piece that returns a promise lets all later pieces
 * wait for it.
 */
export class WorkQueue {
  #last: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;

  /** Whether new work is done at once. */
  get isIdle(): boolean {
    return this.#last === undefined;
  }

  /**
   * Does a piece of work when its turn comes. What it throws at once is thrown; what it throws later comes out of the next
   * {@link WorkQueue.result}.
   */
  add(work: () => void | Promise<void>): void {
    const later = this.#last === undefined ? work() : this.#last.then(work);
    if (later !== undefined) this.#wait(later);
  }

  /** Resolves to what `work` returns when its turn comes; rejects with what went wrong before. */
  result<T>(work: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      this.add(() => {
        const failure = this.#failure;
        this.#failure = undefined;
        if (failure !== undefined) reject(failure.error as Error);
        else resolve(work());
      });
    });
  }

  #wait(work: Promise<void>): void {
    const done = work
      .catch((error: unknown) => {
        this.#failure ??= { error };
      })
      .then(() => {
        if (this.#last === done) this.#last = undefined;
      });
    this.#last = done;
  }
}
