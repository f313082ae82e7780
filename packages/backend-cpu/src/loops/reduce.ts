import { newTypedArray, type ReduceCall, type TypedArray } from "@tensorloom/tensor/backend";
import { elementsOf } from "../host-storage.ts";
import type { Block } from "./block-operators.ts";
import { BlockRun } from "./map.ts";

/** Neighbouring axes that are all folded, or all kept, walked as one. */
interface Loop {
  size: number;
  readonly isFolded: boolean;
}

/** Folds on host memory: the expression's blocks stream through, in row-major order, into one accumulator an output. */
export function reduce(call: ReduceCall): void {
  const { operator, expression, inputs, parameters, sourceDType, axes, output } = call;
  const { shape } = inputs[0]!;
  const program = expression.program(
    inputs.map((view) => view.dtype),
    [sourceDType],
  );
  const loops = mergedLoops(shape, axes);
  const { array, offset } = elementsOf(output);
  const count = output.shape.reduce((size, n) => size * n, 1);
  const isIndex = operator === "argmax" || operator === "argmin";
  const isInteger = sourceDType === "int32" || sourceDType === "uint8" || sourceDType === "bool";
  const totals = isInteger && operator === "prod" ? new Int32Array(count) : new Float64Array(count);
  totals.fill(startOf(operator));
  const winners = isIndex ? newTypedArray("int32", count).fill(-1) : undefined;
  const run = new BlockRun(program, inputs, parameters, shape);
  run.eachBlock((begin, length, [source]) => {
    const { array: block, offset: at } = source!;
    eachRun(loops, begin, length, (k, runLength, isFolded, out, folded) => {
      if (winners !== undefined) {
        foldIndex(
          operator === "argmax",
          totals,
          winners,
          out,
          isFolded,
          block,
          at + k,
          runLength,
          folded,
        );
      } else if (isFolded) {
        totals[out] = foldRun(operator, totals[out]!, block, at + k, runLength);
      } else {
        foldRows(operator, totals, out, block, at + k, runLength);
      }
    });
  });
  const results: TypedArray = winners ?? totals;
  for (let i = 0; i < count; i++) array[offset + i] = results[i]!;
}

function startOf(operator: ReduceCall["operator"]): number {
  switch (operator) {
    case "prod":
    case "all":
      return 1;
    case "max":
    case "argmax":
      return -Infinity;
    case "min":
    case "argmin":
      return Infinity;
    default:
      return 0;
  }
}

function mergedLoops(shape: readonly number[], axes: readonly number[]): Loop[] {
  const loops: Loop[] = [];
  shape.forEach((size, axis) => {
    const isFolded = axes.includes(axis);
    const last = loops.at(-1);
    if (last !== undefined && last.isFolded === isFolded) last.size *= size;
    else loops.push({ size, isFolded });
  });
  return loops;
}

/**
 * Cuts a block of elements into runs along the innermost loop, and tells for each where it begins in the block, its
 * length, whether it is folded, its (first) output, and the row-major index of its first element among the folded ones.
 */
function eachRun(
  loops: readonly Loop[],
  begin: number,
  length: number,
  use: (k: number, runLength: number, isFolded: boolean, out: number, folded: number) => void,
): void {
  const inner = loops[loops.length - 1]!;
  for (let k = 0; k < length;) {
    let rest = Math.trunc((begin + k) / inner.size);
    const first = begin + k - rest * inner.size;
    let out = inner.isFolded ? 0 : first;
    let folded = inner.isFolded ? first : 0;
    let outStep = inner.isFolded ? 1 : inner.size;
    let foldedStep = inner.isFolded ? inner.size : 1;
    for (let l = loops.length - 2; l >= 0; l--) {
      const { size, isFolded } = loops[l]!;
      const outer = Math.trunc(rest / size);
      const coordinate = rest - outer * size;
      rest = outer;
      if (isFolded) {
        folded += coordinate * foldedStep;
        foldedStep *= size;
      } else {
        out += coordinate * outStep;
        outStep *= size;
      }
    }
    const runLength = Math.min(inner.size - first, length - k);
    use(k, runLength, inner.isFolded, out, folded);
    k += runLength;
  }
}

/** Folds a run of elements into one total. Four partial sums, so that additions need not wait for each other. */
function foldRun(
  operator: ReduceCall["operator"],
  total: number,
  block: Block,
  at: number,
  length: number,
): number {
  let result = total;
  const end = at + length;
  switch (operator) {
    case "sum": {
      let [s1, s2, s3] = [0, 0, 0];
      let i = at;
      for (; i + 3 < end; i += 4) {
        result += block[i]!;
        s1 += block[i + 1]!;
        s2 += block[i + 2]!;
        s3 += block[i + 3]!;
      }
      for (; i < end; i++) result += block[i]!;
      return result + s1 + (s2 + s3);
    }
    case "prod":
      for (let i = at; i < end; i++) result = multiply(result, block[i]!, block);
      return result;
    case "max":
      for (let i = at; i < end; i++) result = Math.max(result, block[i]!);
      return result;
    case "min":
      for (let i = at; i < end; i++) result = Math.min(result, block[i]!);
      return result;
    case "any":
      for (let i = at; i < end; i++) if (block[i] !== 0) return 1;
      return result;
    default:
      for (let i = at; i < end; i++) if (block[i] === 0) return 0;
      return result;
  }
}

/** Products of integers wrap. */
function multiply(a: number, b: number, block: Block): number {
  return block instanceof Float32Array || block instanceof Float64Array ? a * b : Math.imul(a, b);
}

/** Folds each element of a run into a total of its own. */
function foldRows(
  operator: ReduceCall["operator"],
  totals: Float64Array | Int32Array,
  out: number,
  block: Block,
  at: number,
  length: number,
): void {
  if (operator === "sum") {
    for (let i = 0; i < length; i++) totals[out + i]! += block[at + i]!;
    return;
  }
  for (let i = 0; i < length; i++) {
    totals[out + i] = foldRun(operator, totals[out + i]!, block, at + i, 1);
  }
}

/** Keeps the first winner; the first NaN beats all. `winners` is -1 until something has won. */
function foldIndex(
  isMax: boolean,
  best: Float64Array | Int32Array,
  winners: Int32Array,
  out: number,
  isFolded: boolean,
  block: Block,
  at: number,
  length: number,
  folded: number,
): void {
  for (let i = 0; i < length; i++) {
    const o = isFolded ? out : out + i;
    const x = block[at + i]!;
    const champion = best[o]!;
    const wins = isMax ? x > champion : x < champion;
    const isFirstNaN = Number.isNaN(x) && !Number.isNaN(champion);
    if (wins || isFirstNaN || winners[o] === -1) {
      best[o] = x;
      winners[o] = isFolded ? folded + i : folded;
    }
  }
}
