// float32 matrix product: both operands packed into panels, one microkernel for every transpose and edge.
import { finishRows, unfinished } from "./finish";
import { mostDirect, multiplyDirect } from "./gemm-small";
import { multiplyByColumns, multiplyByDots } from "./gemv";
import {
  blockRows, interleave, multiplyBlock, packColumns, paddedColumns, panelBytes, tileDepth, tileRows,
} from "./tiles";

/** So few rows are multiplied one by one: b is read several times, which is less work than packing it. */
const fewRows: u32 = 4;

/** Bytes of working memory that {@link gemm} needs. */
export function gemmWorkspace(n: u32, k: u32): u32 {
  return panelBytes(n, k);
}

/**
 * c = a · b, or c += a · b when `isSum`. Index mapping: element (i, j) of a matrix lies at its address plus
 * 4 (i rowStride + j columnStride); c has column stride 1. Lanes: four columns of c. What is done to the result is in finish.ts.
 */
export function gemm(
  a: u32, aRow: i32, aColumn: i32,
  b: u32, bRow: i32, bColumn: i32,
  c: u32, cRow: u32,
  m: u32, n: u32, k: u32,
  isSum: bool, workspace: u32, bias: u32, activation: u32,
): void {
  if (!isSum && multiplyUnpacked(a, aRow, aColumn, b, bRow, bColumn, c, cRow, m, n, k, workspace)) {
    if (activation !== unfinished) finishRows(c, cRow * 4, m, n, bias, activation);
    return;
  }
  const packedA = workspace + paddedColumns(n) * min(k, tileDepth) * 4;
  for (let k0: u32 = 0; k0 < k; k0 += tileDepth) {
    const kc = min(tileDepth, k - k0);
    packColumns(b + <u32>(<i32>k0 * bRow) * 4, bRow, bColumn, n, kc, workspace);
    const from = a + <u32>(<i32>k0 * aColumn) * 4;
    const finish = k0 + kc === k ? activation : unfinished;
    multiplyRows(from, aRow, aColumn, workspace, c, cRow, m, n, kc, isSum || k0 > 0, packedA, bias, finish);
  }
}

/** Multiplies vectors, and what is tiny, where it lies; tells whether it did. */
function multiplyUnpacked(
  a: u32, aRow: i32, aColumn: i32, b: u32, bRow: i32, bColumn: i32, c: u32, cRow: u32,
  m: u32, n: u32, k: u32, workspace: u32,
): bool {
  if (m <= fewRows && aColumn === 1 && multiplyVectors(a, aRow, b, bColumn, bRow, c, cRow, m, n, k)) return true;
  if (n === 1 && bRow === 1 && cRow === 1 && multiplyVectors(b, 0, a, aRow, aColumn, c, 0, 1, m, k)) return true;
  if (bColumn !== 1 || n * k > mostDirect) return false;
  multiplyDirect(a, aRow, aColumn, b, bRow, c, cRow, m, n, k, workspace);
  return true;
}

/** Each of `count` vectors times a matrix, if that lies so that it can be read in order. */
function multiplyVectors(
  vector: u32, vectorStep: i32, matrix: u32, outputStep: i32, inputStep: i32, result: u32, resultStep: u32,
  count: u32, outputs: u32, inputs: u32,
): bool {
  if (inputStep !== 1 && outputStep !== 1) return false;
  for (let i: u32 = 0; i < count; i++) {
    if (inputStep === 1) multiplyByDots(matrix, outputStep, vector, result, outputs, inputs);
    else multiplyByColumns(matrix, inputStep, vector, result, outputs, inputs);
    vector += <u32>vectorStep << 2;
    result += resultStep << 2;
  }
  return true;
}

/** `batch` products, one after another; the steps from one to the next are in elements. */
export function gemmBatch(
  batch: u32,
  a: u32, aStep: i32, aRow: i32, aColumn: i32,
  b: u32, bStep: i32, bRow: i32, bColumn: i32,
  c: u32, cStep: i32, cRow: u32,
  m: u32, n: u32, k: u32, workspace: u32, bias: u32, activation: u32,
): void {
  for (let i: u32 = 0; i < batch; i++) {
    gemm(a, aRow, aColumn, b, bRow, bColumn, c, cRow, m, n, k, false, workspace, bias, activation);
    a += <u32>aStep * 4;
    b += <u32>bStep * 4;
    c += <u32>cStep * 4;
  }
}

/** Bytes of all of b's panels: what {@link packRight} fills. */
export function packedBytes(n: u32, k: u32): u32 {
  return paddedColumns(n) * k * 4;
}

/** Packs columns [j0, j0 + columns) of b, a multiple of 8 from j0: [block of 256 rows][panel of 8 columns][row][8]. */
export function packRight(
  b: u32, bRow: i32, bColumn: i32, n: u32, k: u32, j0: u32, columns: u32, packedB: u32,
): void {
  const from = b + <u32>(<i32>j0 * bColumn) * 4;
  for (let k0: u32 = 0; k0 < k; k0 += tileDepth) {
    const kc = min(tileDepth, k - k0);
    packColumns(from + <u32>(<i32>k0 * bRow) * 4, bRow, bColumn, columns, kc, panelsAt(packedB, n, j0, k0, kc));
  }
}

/**
 * {@link gemm} with b packed by {@link packRight}, for its `n` columns from `firstColumn`, a multiple of 8, of `allColumns`: threads share
 * rows, or columns. `c` and `bias` are those of the first.
 */
export function gemmPacked(
  a: u32, aRow: i32, aColumn: i32, packedB: u32, allColumns: u32, firstColumn: u32, c: u32, cRow: u32,
  m: u32, n: u32, k: u32, workspace: u32, bias: u32, activation: u32,
): void {
  for (let k0: u32 = 0; k0 < k; k0 += tileDepth) {
    const kc = min(tileDepth, k - k0);
    const from = a + <u32>(<i32>k0 * aColumn) * 4;
    const panels = panelsAt(packedB, allColumns, firstColumn, k0, kc);
    const finish = k0 + kc === k ? activation : unfinished;
    multiplyRows(from, aRow, aColumn, panels, c, cRow, m, n, kc, k0 > 0, workspace, bias, finish);
  }
}

/** Where {@link packRight} puts columns from `firstColumn`, in the block of `kc` rows from `k0`. */
export function panelsAt(packedB: u32, allColumns: u32, firstColumn: u32, k0: u32, kc: u32): u32 {
  return packedB + (paddedColumns(allColumns) * k0 + firstColumn * kc) * 4;
}

/** One block of depth: rows are packed and multiplied some at a time. `packedA` has room for a block, and for a tile. */
function multiplyRows(
  a: u32, aRow: i32, aColumn: i32, packedB: u32, c: u32, cRow: u32,
  m: u32, n: u32, kc: u32, adds: bool, packedA: u32, bias: u32, activation: u32,
): void {
  const edge = packedA + blockRows * kc * 4;
  for (let i0: u32 = 0; i0 < m; i0 += blockRows) {
    const mc = min(blockRows, m - i0);
    packRows(a + <u32>(<i32>i0 * aRow) * 4, aRow, aColumn, mc, kc, packedA);
    multiplyBlock(packedA, packedB, mc, n, kc, c + i0 * cRow * 4, cRow, adds, edge, bias, activation);
  }
}

/** Panels of 5 rows of a: [panel][k][5], missing rows as zeros. */
export function packRows(a: u32, row: i32, column: i32, mc: u32, kc: u32, to: u32): void {
  const step = <u32>row * 4;
  for (let i: u32 = 0; i < mc; i += tileRows) {
    const rows = min(tileRows, mc - i);
    let from = a + i * step;
    const next = <u32>column * 4;
    if (rows === tileRows && column === 1) {
      interleave(from, from + step, from + 2 * step, from + 3 * step, from + 4 * step, kc, to);
      to += kc * 20;
    } else if (rows === tileRows && row === 1) {
      for (let p: u32 = 0; p < kc; p++) {
        v128.store(to, v128.load(from));
        store<f32>(to, load<f32>(from, 16), 16);
        to += 20;
        from += next;
      }
    } else {
      for (let p: u32 = 0; p < kc; p++) {
        for (let q: u32 = 0; q < tileRows; q++) {
          store<f32>(to, q < rows ? load<f32>(from + q * step) : 0);
          to += 4;
        }
        from += next;
      }
    }
  }
}
