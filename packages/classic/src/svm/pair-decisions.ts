import { openHeap } from "../wasm/heap.ts";
import type { Kernel } from "./kernel.ts";
import { KernelSamples } from "./kernel-samples.ts";

/** What is needed to decide: support vectors grouped by class, and their coefficients. */
export interface Machine {
  readonly kernel: Kernel;
  readonly features: number;
  /** `[vectors, features]`. */
  readonly vectors: Float64Array;
  /** How many vectors each class has. */
  readonly nSupport: readonly number[];
  /** `[classes - 1, vectors]`: a vector's coefficients against each other class, in scikit-learn's layout. */
  readonly coefficients: Float64Array;
  /** One a pair of classes. */
  readonly intercepts: Float64Array;
}

/** Returns the decision values of samples for each pair of classes, `[rows, pairs]`: (0, 1), (0, 2), ... (1, 2), ... */
export function pairDecisions(machine: Machine, data: Float64Array, rows: number): Float64Array {
  const { kernel, features, vectors, nSupport, coefficients, intercepts } = machine;
  const count = vectors.length / features;
  const heap = openHeap(KernelSamples.arrays, KernelSamples.bytes(count, features));
  const support = new KernelSamples(kernel, vectors, features, heap);
  const pairs = intercepts.length;
  const decisions = new Float64Array(rows * pairs);
  const starts = [0];
  for (const own of nSupport) starts.push(starts.at(-1)! + own);
  const sum = (row: Float64Array, line: number, from: number, to: number): number => {
    let total = 0;
    for (let s = from, at = line * count + from; s < to; s++, at++) {
      total += coefficients[at]! * row[s]!;
    }
    return total;
  };
  for (let i = 0; i < rows; i++) {
    const row = support.rowOf(data, i * features);
    let at = i * pairs;
    for (let a = 0; a < nSupport.length; a++) {
      for (let b = a + 1; b < nSupport.length; b++) {
        const own =
          sum(row, b - 1, starts[a]!, starts[a + 1]!) + sum(row, a, starts[b]!, starts[b + 1]!);
        decisions[at] = own + intercepts[at - i * pairs]!;
        at++;
      }
    }
  }
  return decisions;
}
