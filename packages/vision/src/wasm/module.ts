import type { WasmPlan } from "@tensorloom/tensor";
import { kernels } from "./kernels.generated.ts";

/** Returns the module of assembly/, for the WebAssembly versions of this package's kernels. */
export function visionModule(): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(kernels), (character) => character.charCodeAt(0));
}

/** A kernel that computes a range of rows, and the work that there is. */
export interface RowJob {
  /** The kernel's name. */
  readonly run: string;
  /** How many rows there are. */
  readonly rows: number;
  /** About how many operations a row takes. */
  readonly operations: number;
  /** Bytes of working memory a call. */
  readonly workspace: number;
}

/** Operations below which a kernel is not worth waking a thread. */
const leastShared = 2 ** 18;

/** Returns a plan that cuts rows into parts for threads: three each, so that none waits long for the slowest. */
export function planRows(
  { run, rows, operations, workspace }: RowJob,
  threads: number,
  argumentsOf: (first: number, count: number) => readonly number[],
): WasmPlan {
  const isSmall = threads === 1 || rows * operations < leastShared;
  const parts = isSmall ? 1 : Math.min(rows, threads * 3);
  const calls = Array.from({ length: parts }, (_, i) => {
    const first = Math.floor((rows * i) / parts);
    return argumentsOf(first, Math.floor((rows * (i + 1)) / parts) - first);
  });
  return { run, calls, workspace };
}
