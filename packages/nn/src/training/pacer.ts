// How long work may keep the event loop waiting.
const longestMs = 50;

/** Lets timers and events run now and then during long work. */
export class Pacer {
  #last = performance.now();

  /** Resolves at once, or, when it has been long, after all that waits has run. */
  async pause(): Promise<void> {
    if (performance.now() - this.#last <= longestMs) return;
    await new Promise<void>((resolve) => setTimeout(resolve, 0));
    this.#last = performance.now();
  }
}
