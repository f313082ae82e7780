import { BackendError } from "../errors.ts";
import { asyncContext, type AsyncContext } from "./async-context.ts";
import type { Backend } from "./contract.ts";

const known = new Map<string, Backend>();
const ready = new WeakMap<Backend, Promise<void>>();
let current: Backend | undefined;

/** The backend of a task that runs in {@link withBackend}. */
interface TaskSetting {
  backend: Backend;
}
/** Made by the first {@link withBackend}, since it costs a little at every await; null where there is none. */
let tasks: AsyncContext<TaskSetting> | null | undefined;

/**
 * Makes a backend the current one, on which new tensors are born; initialises it when it is new.
 *
 * @param backend - a backend object, e.g. `wasm()`, or the name of one that was used before
 * @returns the backend
 * @throws {@link BackendError} for an unknown name, or (`BACKEND_UNAVAILABLE`) when this machine cannot run it; the
 * current backend then stays
 *
 * @example
 * import { cpu } from "@tensorloom/backend-cpu";
 * await use(cpu());
 * currentBackend().name; // => cpu
 */
export async function use(backend: Backend | string): Promise<Backend> {
  const chosen = typeof backend === "string" ? backendNamed("use", backend) : backend;
  await initializeBackend(chosen);
  known.set(chosen.name, chosen);
  current = chosen;
  const task = tasks?.getStore();
  if (task !== undefined) task.backend = chosen;
  return chosen;
}

/**
 * Initialises a backend, once however often it is asked for, without making it current: for programs whose tensors say
 * where they lie, such as bridges to other libraries.
 *
 * @param backend - a backend object
 * @throws {@link BackendError} (`BACKEND_UNAVAILABLE`) when this machine cannot run it
 */
export async function initializeBackend(backend: Backend): Promise<void> {
  let pending = ready.get(backend);
  if (pending === undefined) {
    pending = Promise.resolve(backend.initialize?.());
    ready.set(backend, pending);
    // A failure is not remembered: what was missing may be there next time.
    pending.catch(() => ready.delete(backend));
  }
  await pending;
}

/**
 * Returns the backend on which new tensors are born.
 *
 * @throws {@link BackendError} if none has been chosen
 */
export function currentBackend(): Backend {
  const chosen = chosenBackend();
  if (chosen !== undefined) return chosen;
  throw new BackendError(
    "currentBackend: expected a backend to be in use, got none; try `await use(wasm())`; wasm is in " +
      "@tensorloom/backend-cpu",
  );
}

/** Whether new tensors are born on `backend`; false too where none has been chosen. */
export function isCurrentBackend(backend: Backend): boolean {
  return chosenBackend() === backend;
}

function chosenBackend(): Backend | undefined {
  return tasks?.getStore()?.backend ?? current;
}

/** Returns the names of the backends that have been used, in that order. */
export function backends(): string[] {
  return [...known.keys()];
}

/**
 * Runs `fn` with another current backend, and puts the former one back afterwards, also when `fn` throws or rejects.
 *
 * In Node, each of several asynchronous tasks that overlap keeps its own through all its awaits. Browsers cannot tell
 * tasks apart yet: there, let tasks take turns, or name the backend with `.to(name)`; operations follow their data
 * everywhere.
 *
 * @param name - a backend that has been used before, or a backend object that has been initialised
 * @param fn - synchronous or asynchronous
 * @returns what `fn` returns
 * @throws {@link BackendError} for an unknown name
 *
 * @example
 * import { cpu } from "@tensorloom/backend-cpu";
 * await use(cpu());
 * withBackend("cpu", () => zeros([2]).backend); // => cpu
 */
export function withBackend<R>(name: string | Backend, fn: () => R): R {
  const chosen = typeof name === "string" ? backendNamed("withBackend", name) : name;
  tasks ??= asyncContext() ?? null;
  return tasks === null ? inTurns(chosen, fn) : tasks.run({ backend: chosen }, fn);
}

/** One setting for the whole program, put back at the end. */
function inTurns<R>(chosen: Backend, fn: () => R): R {
  const before = current;
  current = chosen;
  const restore = (): void => {
    // Only what was set here is undone: a use() inside or meanwhile stays.
    if (current === chosen) current = before;
  };
  let result: R;
  try {
    result = fn();
  } catch (error) {
    restore();
    throw error;
  }
  if (result instanceof Promise) return result.finally(restore) as R;
  restore();
  return result;
}

/** Returns the backend of this name; throws {@link BackendError} when no such backend has been used. */
export function backendNamed(operation: string, name: string): Backend {
  const backend = known.get(name);
  if (backend !== undefined) return backend;
  const names = known.size === 0 ? "none yet" : backends().join(", ");
  throw new BackendError(
    `${operation}: backend: expected the name of a backend in use (${names}), got "${name}"; ` +
      `try use() with the backend object first`,
  );
}
