import { ArgumentError } from "@tensorloom/tensor";
import type { SampleMatrix } from "../inputs.ts";
import { numberOption, wholeOption } from "../options.ts";
import { threadsFor } from "../parallel/run-parts.ts";
import { array, number, oneOf, record, type Field } from "../persistence/fields.ts";
import type { Kernel, KernelFunction, KernelName } from "./kernel.ts";

/** What every support vector machine with a kernel takes. */
export interface KernelMachineOptions {
  /** The similarity of two samples: `"rbf"` (default), `"linear"`, `"poly"`, `"sigmoid"`, or a function of your own. */
  readonly kernel?: KernelName | KernelFunction;
  /** What `"rbf"`, `"poly"` and `"sigmoid"` multiply by: `"scale"` (default), 1 / (features x variance); `"auto"`, 1 / features; or a number. */
  readonly gamma?: "scale" | "auto" | number;
  /** What `"poly"` and `"sigmoid"` add; 0 by default. */
  readonly coef0?: number;
  /** The power of `"poly"`; 3 by default. */
  readonly degree?: number;
  /** By how much the optimality conditions may be violated; 1e-3 by default. */
  readonly tol?: number;
  /** Whether variables that seem settled are left aside while it solves; true by default. */
  readonly shrinking?: boolean;
  /** How many megabytes of kernel rows are held; 200 by default. */
  readonly cacheSize?: number;
  /** How many steps the solver takes at most; no limit by default. */
  readonly maxIter?: number;
  /** How many threads solve; all, but at most 8, by default. Results do not depend on it. */
  readonly nJobs?: number;
}

const kernelNames: readonly KernelName[] = ["linear", "poly", "rbf", "sigmoid"];

/** A kernel in files; one of the user's own cannot be saved. */
export const kernelField: Field<Kernel> = record<Kernel>({
  name: oneOf(...kernelNames) as Field<Kernel["name"]>,
  gamma: number,
  coef0: number,
  degree: number,
});

/** A table of float64 in files. */
export const doubles: ReturnType<typeof array<Float64Array>> = array(Float64Array);

/** Returns the kernel that options describe, for these samples. */
export function kernelOf(
  operation: string,
  options: KernelMachineOptions,
  samples: SampleMatrix,
): Kernel {
  const { kernel = "rbf", gamma = "scale", coef0 = 0, degree = 3 } = options;
  if (typeof kernel !== "function" && !kernelNames.includes(kernel)) {
    throw new ArgumentError(
      `${operation}: kernel: expected one of ${kernelNames.join(", ")} or a function, got "${String(kernel)}"`,
    );
  }
  return {
    name: kernel,
    gamma: gammaOf(operation, gamma, samples),
    coef0: numberOption(operation, "coef0", coef0),
    degree: wholeOption(operation, "degree", degree, { from: 0 }),
  };
}

function gammaOf(
  operation: string,
  gamma: "scale" | "auto" | number,
  { data, columns }: SampleMatrix,
): number {
  if (gamma === "auto") return 1 / columns;
  if (gamma !== "scale") return numberOption(operation, "gamma", gamma, { from: 0 });
  let mean = 0;
  for (const value of data) mean += value / data.length;
  let variance = 0;
  for (const value of data) variance += (value - mean) ** 2 / data.length;
  return variance > 0 ? 1 / (columns * variance) : 1;
}

/** Returns how the solver is asked to work. */
export function solverOptions(
  operation: string,
  options: KernelMachineOptions,
): { tol: number; shrinking: boolean; maxIter: number; cacheBytes: number } {
  const { tol = 1e-3, shrinking = true, cacheSize = 200, maxIter } = options;
  return {
    tol: numberOption(operation, "tol", tol, { above: 0 }),
    shrinking,
    maxIter: maxIter === undefined ? Infinity : wholeOption(operation, "maxIter", maxIter),
    cacheBytes: 2 ** 20 * numberOption(operation, "cacheSize", cacheSize, { above: 0 }),
  };
}

// Below so many kernel operations, starting threads takes longer than the work.
const worthThreads = 2e7;

/** Returns how many threads to use: one for little work, and for functions, which cannot go to another thread. */
export function threadsWorth(
  operation: string,
  { nJobs }: KernelMachineOptions,
  kernel: Kernel,
  parts: readonly { readonly samples: Int32Array }[],
  columns: number,
): number {
  const threads = threadsFor(operation, nJobs);
  const cost = parts.reduce((sum, { samples }) => sum + samples.length ** 2 * columns, 0);
  return typeof kernel.name === "function" || cost < worthThreads ? 1 : threads;
}
