import { kernels } from "./kernels.generated.ts";

/** Returns the module of assembly/, for the WebAssembly versions of this package's kernels. */
export function classicModule(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(kernels), (character) => character.charCodeAt(0));
}

/** Operations below which work is not worth waking a thread. */
const leastShared = 2 ** 18;

/**
 * Returns the arguments of calls that cut rows into parts for threads: three each, so that none waits long for the slowest.
 *
 * @param rows - how many rows there are
 * @param operations - about how many operations a row takes
 * @param threads - how many threads there are
 * @param argumentsOf - the arguments for a part
 */
export function callsOverRows(
  rows: number,
  operations: number,
  threads: number,
  argumentsOf: (first: number, count: number) => readonly number[],
): (readonly number[])[] {
  const isSmall = threads === 1 || rows * operations < leastShared;
  const parts = isSmall ? 1 : Math.min(rows, threads * 3);
  return Array.from({ length: parts }, (_, i) => {
    const first = Math.floor((rows * i) / parts);
    return argumentsOf(first, Math.floor((rows * (i + 1)) / parts) - first);
  });
}
