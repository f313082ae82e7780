import type { Backend, CallOf, KernelName } from "./contract.ts";

/** Sees every kernel call: for profiling, debugging, and recording. */
export interface KernelObserver {
  /**
   * Called in place of the kernel; must call `run` once.
   *
   * @param kernel - the family
   * @param call - its arguments
   * @param backend - where it runs
   * @param run - runs it
   */
  observe<K extends KernelName>(
    kernel: K,
    call: CallOf<K>,
    backend: Backend,
    run: () => void,
  ): void;
}

let observer: KernelObserver | undefined;

/** The one place through which every kernel call passes. */
export function dispatch<K extends KernelName>(backend: Backend, kernel: K, call: CallOf<K>): void {
  const run = backend[kernel] as (this: Backend, call: CallOf<K>) => void;
  if (observer === undefined) run.call(backend, call);
  else observer.observe(kernel, call, backend, () => run.call(backend, call));
}

/**
 * Lets `next` see every kernel call from now on; undefined ends it.
 *
 * @returns the observer before
 */
export function observeKernels(next: KernelObserver | undefined): KernelObserver | undefined {
  const before = observer;
  observer = next;
  return before;
}
