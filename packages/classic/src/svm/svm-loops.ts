import type { Heap, Kernels } from "../wasm/heap.ts";
import { hostLoops } from "./host-loops.ts";

/** The loops in which support vector machines spend their time, over arrays of one heap. */
export interface SvmLoops {
  /** Writes the dot products of the vector from `at` on with `rows [_, columns]` `from..to` to the same places of `out`. */
  dotProducts(
    vector: Float64Array,
    at: number,
    rows: Float64Array,
    columns: number,
    from: number,
    to: number,
    out: Float64Array,
  ): void;
  /**
   * Dot products of a vector of squared length `square` to exp(-gamma |a - b|²), in place. The exponential errs by 1e-11 of
   * itself at most, and is 0 below 2 ** -1022.
   */
  radialBasis(
    values: Float64Array,
    square: number,
    squares: Float64Array,
    gamma: number,
    from: number,
    to: number,
  ): void;
  /** Dot products to (gamma dot + coef0) ** degree, in place; degree is a whole number from 0. */
  powers(
    values: Float64Array,
    gamma: number,
    coef0: number,
    degree: number,
    from: number,
    to: number,
  ): void;
  /** Dot products to tanh(gamma dot + coef0), in place, by the same exponential: off by 1e-11 at most. */
  tangents(values: Float64Array, gamma: number, coef0: number, from: number, to: number): void;
  /** Rounds values into `out`. */
  toFloat32(values: Float64Array, from: number, to: number, out: Float32Array): void;
  /** Writes `row` at `places`, of the first `count`. */
  spread(row: Float32Array, places: Int32Array, count: number, out: Float32Array): void;
  /** g -= delta (rowI - rowJ), of the first `count`. */
  subtractDifference(
    g: Float64Array,
    rowI: Float32Array,
    rowJ: Float32Array,
    delta: number,
    count: number,
  ): void;
  /** g -= factor row, of `from..to`. */
  subtractRow(g: Float64Array, row: Float32Array, factor: number, from: number, to: number): void;
  /** Returns where g + rise is greatest, the first of equals; that value and the least of g + fall go to `extremes`. */
  extremesOf(
    g: Float64Array,
    rise: Float64Array,
    fall: Float64Array,
    count: number,
    extremes: Float64Array,
  ): number;
  /** Returns where max(0, most - g - fall)² / max(least, own + diagonal - 2 row) is greatest; -1 where it is 0 everywhere. */
  bestPartner(
    g: Float64Array,
    fall: Float64Array,
    diagonal: Float64Array,
    row: Float32Array,
    own: number,
    most: number,
    least: number,
    count: number,
  ): number;
}

/** Returns the loops for a heap's arrays: the same bits from WebAssembly as from the host. */
export function svmLoops({ kernels }: Heap): SvmLoops {
  return kernels === undefined ? hostLoops : wasmLoops(kernels);
}

function wasmLoops(kernels: Kernels): SvmLoops {
  const { dotProducts, radialBasis, powers, tangents, toFloat32, spread } = kernels;
  const { subtractDifference, subtractRow, extremesOf, bestPartner } = kernels;
  return {
    dotProducts(vector, at, rows, columns, from, to, out) {
      const first = rows.byteOffset + 8 * from * columns;
      dotProducts!(
        vector.byteOffset + 8 * at,
        first,
        columns,
        to - from,
        out.byteOffset + 8 * from,
      );
    },
    radialBasis(values, square, squares, gamma, from, to) {
      const start = 8 * from;
      radialBasis!(values.byteOffset + start, square, squares.byteOffset + start, gamma, to - from);
    },
    powers(values, gamma, coef0, degree, from, to) {
      powers!(values.byteOffset + 8 * from, gamma, coef0, degree, to - from);
    },
    tangents(values, gamma, coef0, from, to) {
      tangents!(values.byteOffset + 8 * from, gamma, coef0, to - from);
    },
    toFloat32(values, from, to, out) {
      toFloat32!(values.byteOffset + 8 * from, out.byteOffset + 4 * from, to - from);
    },
    spread(row, places, count, out) {
      spread!(row.byteOffset, places.byteOffset, count, out.byteOffset);
    },
    subtractDifference(g, rowI, rowJ, delta, count) {
      subtractDifference!(g.byteOffset, rowI.byteOffset, rowJ.byteOffset, delta, count);
    },
    subtractRow(g, row, factor, from, to) {
      subtractRow!(g.byteOffset + 8 * from, row.byteOffset + 4 * from, factor, to - from);
    },
    extremesOf(g, rise, fall, count, extremes) {
      const { byteOffset } = extremes;
      return extremesOf!(g.byteOffset, rise.byteOffset, fall.byteOffset, count, byteOffset);
    },
    bestPartner(g, fall, diagonal, row, own, most, least, count) {
      const [a, b, c, d] = [g.byteOffset, fall.byteOffset, diagonal.byteOffset, row.byteOffset];
      return bestPartner!(a, b, c, d, own, most, least, count);
    },
  };
}
