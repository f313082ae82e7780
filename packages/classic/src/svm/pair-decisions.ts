import { kernelRow, kernelSamples, type Kernel } from "./kernel.ts";

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
  const support = kernelSamples(vectors, count, features);
  const samples = kernelSamples(data, rows, features);
  const pairs = intercepts.length;
  const decisions = new Float64Array(rows * pairs);
  const row = new Float64Array(count);
  const starts = [0];
  for (const own of nSupport) starts.push(starts.at(-1)! + own);
  const sum = (line: number, from: number, to: number): number => {
    let total = 0;
    for (let s = from, at = line * count + from; s < to; s++, at++) {
      total += coefficients[at]! * row[s]!;
    }
    return total;
  };
  for (let i = 0; i < rows; i++) {
    kernelRow(kernel, samples, i, support, 0, count, row);
    let at = i * pairs;
    for (let a = 0; a < nSupport.length; a++) {
      for (let b = a + 1; b < nSupport.length; b++) {
        const own = sum(b - 1, starts[a]!, starts[a + 1]!) + sum(a, starts[b]!, starts[b + 1]!);
        decisions[at] = own + intercepts[at - i * pairs]!;
        at++;
      }
    }
  }
  return decisions;
}
