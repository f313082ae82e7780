/** A value that follows a task through its awaits: each of several tasks at a time sees its own. */
export interface AsyncContext<T> {
  /** Runs `fn`, and all that it awaits, with `value`. */
  run<R>(value: T, fn: () => R): R;
  /** Returns the value of the task that is running; undefined outside of any. */
  getStore(): T | undefined;
}

interface AsyncHooks {
  AsyncLocalStorage: new <T>() => AsyncContext<T>;
}

/**
 * Returns a new context; undefined where the platform has none, as in browsers today. It is got without an import, which
 * bundlers for browsers would follow.
 */
export function asyncContext<T>(): AsyncContext<T> | undefined {
  const { process } = globalThis as {
    process?: { getBuiltinModule?(name: string): unknown };
  };
  const hooks = process?.getBuiltinModule?.("node:async_hooks") as AsyncHooks | undefined;
  return hooks && new hooks.AsyncLocalStorage<T>();
}
