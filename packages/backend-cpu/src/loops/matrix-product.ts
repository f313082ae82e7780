import type { TypedArray } from "@tensorloom/tensor/backend";

/** A strided matrix in host memory. */
export interface Matrix {
  /** The array that holds it. */
  readonly array: TypedArray;
  /** The position of its first element. */
  readonly offset: number;
  /** From one row to the next. */
  readonly rowStride: number;
  /** From one column to the next. */
  readonly columnStride: number;
}

// Panels are 4 rows of a and 4 columns of b; a panel of b and the rows of a that meet it stay in the caches.
const tile = 4;
const depth = 256;
const rowsAtOnce = 64;

let packedA = new Float64Array(rowsAtOnce * depth);
let packedB = new Float64Array(0);

/**
 * Computes `c = a · b`, or `c += a · b`, for floats. Both operands are packed into panels of float64, so that every
 * transpose is one loop, no conversion is left inside, and sums are precise.
 *
 * @param c - its columns are neighbours (column stride 1)
 * @param isSum - whether to add to what is in `c`
 */
export function multiplyFloats(
  a: Matrix,
  b: Matrix,
  c: Matrix,
  m: number,
  n: number,
  k: number,
  isSum: boolean,
): void {
  if (!isSum) clear(c, m, n);
  const paddedN = Math.ceil(n / tile) * tile;
  if (packedB.length < paddedN * depth) packedB = new Float64Array(paddedN * depth);
  const accumulators = new Float64Array(tile * tile);
  for (let k0 = 0; k0 < k; k0 += depth) {
    const kc = Math.min(depth, k - k0);
    pack(b, b.columnStride, b.rowStride, 0, n, k0, kc, packedB);
    for (let i0 = 0; i0 < m; i0 += rowsAtOnce) {
      const mc = Math.min(rowsAtOnce, m - i0);
      pack(a, a.rowStride, a.columnStride, i0, mc, k0, kc, packedA);
      for (let j = 0; j < n; j += tile) {
        const columns = Math.min(tile, n - j);
        for (let i = 0; i < mc; i += tile) {
          multiplyPanels(packedA, i * kc, packedB, j * kc, kc, accumulators);
          const rows = Math.min(tile, mc - i);
          for (let r = 0; r < rows; r++) {
            const at = c.offset + (i0 + i + r) * c.rowStride + j;
            for (let q = 0; q < columns; q++) c.array[at + q]! += accumulators[r * tile + q]!;
          }
        }
      }
    }
  }
}

function clear(c: Matrix, m: number, n: number): void {
  for (let i = 0; i < m; i++) {
    const at = c.offset + i * c.rowStride;
    c.array.fill(0, at, at + n);
  }
}

/** Lays out `count` lines from `first` in panels of four: `[panel][k][4]`, missing lines as zeros. */
function pack(
  source: Matrix,
  lineStride: number,
  depthStride: number,
  first: number,
  count: number,
  k0: number,
  kc: number,
  panels: Float64Array,
): void {
  const { array } = source;
  const base = source.offset + first * lineStride + k0 * depthStride;
  for (let line = 0; line < count; line += tile) {
    let to = line * kc;
    const lines = Math.min(tile, count - line);
    const from = base + line * lineStride;
    if (lines === tile) {
      for (let k = 0; k < kc; k++, to += tile) {
        const at = from + k * depthStride;
        panels[to] = array[at]!;
        panels[to + 1] = array[at + lineStride]!;
        panels[to + 2] = array[at + 2 * lineStride]!;
        panels[to + 3] = array[at + 3 * lineStride]!;
      }
      continue;
    }
    for (let k = 0; k < kc; k++, to += tile) {
      const at = from + k * depthStride;
      for (let q = 0; q < tile; q++) panels[to + q] = q < lines ? array[at + q * lineStride]! : 0;
    }
  }
}

/** The 4x4 product of two panels, its sums in locals. */
function multiplyPanels(
  a: Float64Array,
  ai: number,
  b: Float64Array,
  bi: number,
  kc: number,
  out: Float64Array,
): void {
  for (let half = 0; half < tile; half += 2) {
    // Two rows at a time: eight sums and six operands fit the sixteen registers that engines have.
    let [c00, c01, c02, c03, c10, c11, c12, c13] = [0, 0, 0, 0, 0, 0, 0, 0];
    let p = ai + half;
    let q = bi;
    for (let k = 0; k < kc; k++) {
      const a0 = a[p]!;
      const a1 = a[p + 1]!;
      const b0 = b[q]!;
      const b1 = b[q + 1]!;
      const b2 = b[q + 2]!;
      const b3 = b[q + 3]!;
      c00 += a0 * b0;
      c01 += a0 * b1;
      c02 += a0 * b2;
      c03 += a0 * b3;
      c10 += a1 * b0;
      c11 += a1 * b1;
      c12 += a1 * b2;
      c13 += a1 * b3;
      p += tile;
      q += tile;
    }
    const o = half * tile;
    out[o] = c00;
    out[o + 1] = c01;
    out[o + 2] = c02;
    out[o + 3] = c03;
    out[o + 4] = c10;
    out[o + 5] = c11;
    out[o + 6] = c12;
    out[o + 7] = c13;
  }
}

/** The same for integers, which wrap modulo 2^32. */
export function multiplyIntegers(
  a: Matrix,
  b: Matrix,
  c: Matrix,
  m: number,
  n: number,
  k: number,
  isSum: boolean,
): void {
  if (!isSum) clear(c, m, n);
  for (let i = 0; i < m; i++) {
    const row = c.offset + i * c.rowStride;
    for (let p = 0; p < k; p++) {
      const factor = a.array[a.offset + i * a.rowStride + p * a.columnStride]!;
      const from = b.offset + p * b.rowStride;
      for (let j = 0; j < n; j++) {
        c.array[row + j]! += Math.imul(factor, b.array[from + j * b.columnStride]!);
      }
    }
  }
}
