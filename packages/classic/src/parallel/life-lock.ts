/** What is used of a browser's Web Locks, which threads of one origin share. */
interface Locks {
  request(name: string, use: () => Promise<void> | void): Promise<void>;
}

function locks(): Locks | undefined {
  return (globalThis as { navigator?: { locks?: Locks } }).navigator?.locks;
}

/**
 * Takes a lock that the browser lets go when this worker ends: one that closes itself tells nobody else.
 *
 * @returns the lock's name; undefined where there are none, or the page may have none
 */
export function holdLifeLock(): Promise<string | undefined> {
  const name = `tensorloom-${crypto.randomUUID()}`;
  return new Promise((resolve) => {
    const hold = (): Promise<never> => {
      resolve(name);
      return new Promise(() => undefined);
    };
    const asked = locks()?.request(name, hold);
    if (asked === undefined) resolve(undefined);
    else asked.catch(() => resolve(undefined));
  });
}

/** Says when the worker that holds a lock has ended. */
export function watchLifeLock(name: string, onEnd: () => void): void {
  locks()
    ?.request(name, onEnd)
    // A page that may have no locks was told of none.
    .catch(() => undefined);
}
