import { squaredDistance } from "../neighbors/metric.ts";
import type { Heap, Kernels } from "./heap.ts";

/** Rows of a matrix in an array, from its first element on. */
export interface Rows {
  readonly data: Float64Array;
  /** How many elements lie from row to row; columns are neighbours. */
  readonly step: number;
}

/** A matrix whose columns may lie apart, as those of a transpose do. */
export interface Strided extends Rows {
  /** How many elements lie from column to column; 1 by default. */
  readonly columnStep?: number;
}

/** How large a product is: `[rows, depth] · [depth, columns]`. */
export type ProductSize = readonly [rows: number, depth: number, columns: number];

/** Loops over numbers of float64 in arrays, or views of arrays, of one heap. */
export interface Float64Loops {
  /** Writes `a · b` to `out`. Every sum is added up along the depth in order, so that a product in parts has the same bits. */
  multiply(a: Strided, b: Rows, out: Rows, size: ProductSize): void;
  /** Adds `a · b` to `out`, element by element in the same order. */
  addProduct(a: Strided, b: Rows, out: Rows, size: ProductSize): void;
  /**
   * Writes √weight (row - mean), of those of the `count` rows `[count, mean.length]` that weigh at least `least`, to `out` one
   * after the other, and returns how many they are. A single weight is that of all rows.
   */
  weightedDifferences(
    rows: Float64Array,
    count: number,
    mean: Float64Array,
    weights: Float64Array,
    least: number,
    out: Float64Array,
  ): number;
  /** Writes the squared distances of rows `[out.length, point.length]` to a point to `out`. */
  squaredDistances(rows: Float64Array, point: Float64Array, out: Float64Array): void;
  /** exp(x) of numbers that are not above 0, in place, to two units in the last place; below 2 ** -1022 it is 0. */
  exponentials(values: Float64Array): void;
}

/** Returns the loops for a heap's arrays: the same bits from WebAssembly as from the host. */
export function float64Loops({ kernels }: Heap): Float64Loops {
  return kernels === undefined ? hostLoops : wasmLoops(kernels);
}

function wasmLoops(kernels: Kernels): Float64Loops {
  const { multiply, weightedDifferences, squaredDistances, exponentials } = kernels;
  const product =
    (adds: number): Float64Loops["multiply"] =>
    (a, b, out, [rows, depth, columns]) => {
      const [aRow, aDepth] = [8 * a.step, 8 * (a.columnStep ?? 1)];
      const [from, to] = [b.data.byteOffset, out.data.byteOffset];
      multiply!(a.data.byteOffset, aRow, aDepth, from, 8 * b.step, to, 8 * out.step, rows, depth, columns, adds); // prettier-ignore
    };
  return {
    multiply: product(0),
    addProduct: product(1),
    weightedDifferences(rows, count, mean, weights, least, out) {
      const step = weights.length === 1 ? 0 : 8;
      const [x, center, to] = [rows.byteOffset, mean.byteOffset, out.byteOffset];
      return weightedDifferences!(x, center, weights.byteOffset, step, least, to, count, mean.length); // prettier-ignore
    },
    squaredDistances(rows, point, out) {
      const [x, center, to] = [rows.byteOffset, point.byteOffset, out.byteOffset];
      squaredDistances!(x, center, to, out.length, point.length, 1, out.length);
    },
    exponentials(values) {
      exponentials!(values.byteOffset, values.length);
    },
  };
}

const hostLoops: Float64Loops = {
  multiply(a, b, out, size) {
    const [rows, , columns] = size;
    for (let r = 0; r < rows; r++) out.data.fill(0, r * out.step, r * out.step + columns);
    hostLoops.addProduct(a, b, out, size);
  },
  addProduct(a, b, out, [rows, depth, columns]) {
    let r = 0;
    for (; r + 4 <= rows; r += 4) {
      for (let c = 0; c < columns; c++) addFour(a, b, out, depth, r, c);
    }
    for (; r < rows; r++) {
      for (let c = 0; c < columns; c++) addOne(a, b, out, depth, r, c);
    }
  },
  weightedDifferences(rows, count, mean, weights, least, out) {
    const columns = mean.length;
    const isShared = weights.length === 1;
    let to = 0;
    for (let i = 0; i < count; i++) {
      const weight = weights[isShared ? 0 : i]!;
      if (weight < least) continue;
      const root = Math.sqrt(weight);
      for (let c = 0, at = i * columns; c < columns; c++, at++) {
        out[to++] = root * (rows[at]! - mean[c]!);
      }
    }
    return to / columns;
  },
  squaredDistances(rows, point, out) {
    for (let i = 0; i < out.length; i++) {
      out[i] = squaredDistance(rows, i, point, 0, point.length);
    }
  },
  exponentials(values) {
    for (let i = 0; i < values.length; i++) values[i] = exponential(values[i]!);
  },
};

/** One column of four rows: their sums do not wait for each other, and `b` is read once. */
function addFour(a: Strided, b: Rows, out: Rows, depth: number, row: number, column: number): void {
  const [x, y, sums] = [a.data, b.data, out.data];
  const { step, columnStep = 1 } = a;
  const to = row * out.step + column;
  let [s0, s1, s2, s3] = [sums[to]!, sums[to + out.step]!, sums[to + 2 * out.step]!, sums[to + 3 * out.step]!]; // prettier-ignore
  let at = row * step;
  let from = column;
  for (let k = 0; k < depth; k++, at += columnStep, from += b.step) {
    const factor = y[from]!;
    s0 += x[at]! * factor;
    s1 += x[at + step]! * factor;
    s2 += x[at + 2 * step]! * factor;
    s3 += x[at + 3 * step]! * factor;
  }
  sums[to] = s0;
  sums[to + out.step] = s1;
  sums[to + 2 * out.step] = s2;
  sums[to + 3 * out.step] = s3;
}

function addOne(a: Strided, b: Rows, out: Rows, depth: number, row: number, column: number): void {
  const { data: x, step, columnStep = 1 } = a;
  const y = b.data;
  let sum = out.data[row * out.step + column]!;
  for (let k = 0; k < depth; k++) sum += x[row * step + k * columnStep]! * y[k * b.step + column]!;
  out.data[row * out.step + column] = sum;
}

/** 2 ** -k, and 0 for 1023: below normal numbers. */
const powersOfHalf = /* @__PURE__ */ Float64Array.from({ length: 1024 }, (_, k) =>
  k < 1023 ? 2 ** -k : 0,
);

/** exp(x) by a power of two times a polynomial of degree 13. */
function exponential(given: number): number {
  const x = Math.max(-709.1, given);
  const k = Math.trunc(0.5 - x * Math.LOG2E);
  // The logarithm of 2 in two parts, the first of so few bits that its product is exact.
  const r = x + k * 0.6931471803691238 + k * 1.9082149292705877e-10;
  const highest = 1 / 39916800 + r * (1 / 479001600 + r * (1 / 6227020800));
  const high = 1 / 5040 + r * (1 / 40320 + r * (1 / 362880 + r * (1 / 3628800 + r * highest)));
  const value =
    1 + r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * high)))));
  return powersOfHalf[k]! * (1 + r * value);
}
