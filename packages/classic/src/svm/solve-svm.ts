import { RandomStream } from "../random/random-stream.ts";
import { openHeap } from "../wasm/heap.ts";
import type { Kernel } from "./kernel.ts";
import { KernelCache } from "./kernel-cache.ts";
import { KernelSamples } from "./kernel-samples.ts";
import { fitSigmoid, type Sigmoid } from "./platt.ts";
import { SharedRows } from "./shared-rows.ts";
import { Smo, type DualProblem, type SmoOptions } from "./smo.ts";

/** What the problems of one fit have in common. */
export interface SvmPlan extends SmoOptions {
  /** `[samples, columns]` in row-major order. */
  readonly data: Float64Array;
  readonly columns: number;
  readonly kernel: Kernel;
  /** How many bytes of kernel rows are held. */
  readonly cacheBytes: number;
  /** Whether a sigmoid is fitted to the decision values of left-out samples. */
  readonly probability: boolean;
  readonly seed: number;
}

/** One problem: which samples its variables are of. */
export interface SvmPart extends DualProblem {
  readonly samples: Int32Array;
  /** The problem's number, of which its random numbers are. */
  readonly number: number;
}

/** Its solution. */
export interface SvmSolution {
  readonly alpha: Float64Array;
  readonly rho: number;
  readonly iterations: number;
  /** From decision values to the probability of the positive class. */
  readonly sigmoid: Sigmoid | undefined;
}

// Steps between pauses: some milliseconds.
const stepsAtOnce = 100;
const folds = 5;

/** Solves one problem: the task of support vector machines. Yields now and then by how much optimality is violated. */
export function* solveSvm(plan: SvmPlan, part: SvmPart): Generator<number, SvmSolution> {
  const { alpha, rho, iterations } = yield* solve(plan, part);
  const sigmoid = plan.probability ? yield* crossValidatedSigmoid(plan, part) : undefined;
  return { alpha, rho, iterations, sigmoid };
}

function* solve(plan: SvmPlan, part: SvmPart): Generator<number, Smo> {
  const { data, columns, kernel, cacheBytes } = plan;
  const count = part.samples.length;
  const distinct = [...new Set(part.samples)];
  const samples = distinct.length;
  const heap = openHeap(
    Smo.arrays + SharedRows.arrays(samples, count, cacheBytes),
    Smo.bytes(count) + SharedRows.bytes(samples, columns, count, cacheBytes),
  );
  const own = rowsOf(data, columns, distinct);
  const place = new Map(distinct.map((sample, i) => [sample, i]));
  const sampleOf = part.samples.map((sample) => place.get(sample)!);
  const rows =
    samples < count
      ? new SharedRows(kernel, own, columns, sampleOf, cacheBytes, heap)
      : new KernelCache(kernel, own, columns, cacheBytes, heap);
  const smo = new Smo(rows, part, plan, heap);
  while (!smo.run(stepsAtOnce)) yield smo.violation;
  return smo;
}

function rowsOf(data: Float64Array, columns: number, samples: ArrayLike<number>): Float64Array {
  const rows = new Float64Array(samples.length * columns);
  for (let i = 0; i < samples.length; i++) {
    const from = samples[i]! * columns;
    rows.set(data.subarray(from, from + columns), i * columns);
  }
  return rows;
}

/** Decision values of each fifth of the samples by a machine that learned from the rest, and a sigmoid through them. */
function* crossValidatedSigmoid(plan: SvmPlan, part: SvmPart): Generator<number, Sigmoid> {
  const count = part.samples.length;
  const order = Int32Array.from({ length: count }, (_, i) => i);
  new RandomStream(plan.seed, part.number).shuffle(order);
  const decisions = new Float64Array(count);
  for (let fold = 0; fold < folds; fold++) {
    const begin = Math.floor((fold * count) / folds);
    const end = Math.floor(((fold + 1) * count) / folds);
    const held = order.subarray(begin, end);
    const kept = Int32Array.from([...order.subarray(0, begin), ...order.subarray(end)]);
    const of = (values: Float64Array): Float64Array => Float64Array.from(kept, (i) => values[i]!);
    const signs = of(part.signs);
    // Left with one class, a machine can say nothing but that class.
    if (signs.every((sign) => sign === signs[0])) {
      for (const i of held) decisions[i] = signs[0] ?? 0;
      continue;
    }
    const samples = Int32Array.from(kept, (i) => part.samples[i]!);
    const { linear, bounds, start } = part;
    const smo = yield* solve(plan, {
      ...{ samples, signs, number: part.number },
      ...{ linear: of(linear), bounds: of(bounds), start: of(start) },
    });
    decide(plan, part, samples, signs, smo, held, decisions);
  }
  return fitSigmoid(decisions, part.signs);
}

function decide(
  { data, columns, kernel }: SvmPlan,
  { samples: all }: SvmPart,
  samples: Int32Array,
  signs: Float64Array,
  { alpha, rho }: Smo,
  held: Int32Array,
  decisions: Float64Array,
): void {
  const count = samples.length;
  const heap = openHeap(KernelSamples.arrays, KernelSamples.bytes(count, columns));
  const kept = new KernelSamples(kernel, rowsOf(data, columns, samples), columns, heap);
  for (const i of held) {
    const row = kept.rowOf(data, all[i]! * columns);
    let sum = -rho;
    for (let k = 0; k < count; k++) sum += signs[k]! * alpha[k]! * row[k]!;
    decisions[i] = sum;
  }
}
