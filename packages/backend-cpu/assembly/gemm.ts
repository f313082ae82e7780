// Matrix products of any transposition: both operands are packed into panels, and one microkernel multiplies panels.
import { beginPatches, packPatches, packPatchesTransposed } from "./pack-patches";
import { packColumns, packRows } from "./pack-matrix";
import { madd } from "./simd-arithmetic";

/** Rows of a panel of a. With two vectors a row, ten sums, two operands and a factor fit the sixteen registers of x64. */
export const tileRows: u32 = 5;
/** Bytes of a row of a panel of b: two vectors, 8 columns of float32 or 4 of float64. */
export const tileBytes: u32 = 32;
/** Depth of a panel: 256 steps of b's 32 bytes are 8 KiB, and stay in the first-level cache. */
const depth: u32 = 256;
/** Rows of a that are packed at a time: 80 of 256 float32 are 80 KiB, and stay in the second-level cache. */
const blockRows: u32 = 80;

/** What a is, for the packing. */
const isMatrix = 0;
const isPatches = 1;
const isPatchesTransposed = 2;

/** Bytes of working memory for a product with `n` columns of `elementBytes`. */
export function gemmWorkspace(n: u32, k: u32, elementBytes: u32): u32 {
  const kc = min(k, depth);
  const panels = (n * elementBytes + tileBytes - 1) / tileBytes;
  return panels * tileBytes * kc + blockRows * kc * elementBytes + tileRows * tileBytes;
}

/**
 * c = a · b, or c += a · b when `adds`. Index mapping: element (i, j) of a matrix lies at its address plus
 * i row + j column, in elements; columns of c are neighbours. Lanes: neighbouring columns of c.
 */
// @ts-ignore: decorator
@inline
function multiply<T>(
  kind: i32,
  a: u32, aRow: i32, aColumn: i32,
  b: u32, bRow: i32, bColumn: i32, bRun: u32, bOffsets: u32,
  c: u32, cRow: u32,
  m: u32, n: u32, k: u32,
  adds: bool, workspace: u32,
): void {
  const tileColumns = tileBytes / sizeof<T>();
  const panels = (n + tileColumns - 1) / tileColumns;
  const cRowBytes = cRow * sizeof<T>();
  const packedB = workspace;
  const packedA = packedB + panels * tileBytes * min(k, depth);
  const edge = packedA + blockRows * min(k, depth) * sizeof<T>();
  for (let k0: u32 = 0; k0 < k; k0 += depth) {
    const kc = min(depth, k - k0);
    const addsHere = adds || k0 > 0;
    packColumns<T>(b, bRow, bColumn, bRun, bOffsets, n, k0, kc, packedB);
    for (let i0: u32 = 0; i0 < m; i0 += blockRows) {
      const mc = min(blockRows, m - i0);
      if (kind === isMatrix) packRows<T>(a, aRow, aColumn, i0, mc, k0, kc, packedA);
      else if (kind === isPatches) packPatches<T>(i0, mc, k0, kc, packedA);
      else packPatchesTransposed<T>(i0, mc, k0, kc, packedA);
      for (let j: u32 = 0; j < n; j += tileColumns) {
        const panelB = packedB + j * kc * sizeof<T>();
        const columns = min(tileColumns, n - j);
        for (let i: u32 = 0; i < mc; i += tileRows) {
          const rows = min(tileRows, mc - i);
          const target = c + (i0 + i) * cRowBytes + j * sizeof<T>();
          const panelA = packedA + i * kc * sizeof<T>();
          if (rows < tileRows || columns < tileColumns) {
            setTile<T>(panelA, panelB, kc, edge, tileBytes);
            storeEdge<T>(edge, target, cRowBytes, rows, columns, addsHere);
          } else if (addsHere) addTile<T>(panelA, panelB, kc, target, cRowBytes);
          else setTile<T>(panelA, panelB, kc, target, cRowBytes);
        }
      }
    }
  }
}

function storeEdge<T>(from: u32, to: u32, toRow: u32, rows: u32, columns: u32, adds: bool): void {
  for (let i: u32 = 0; i < rows; i++) {
    for (let j: u32 = 0; j < columns; j++) {
      const x = load<T>(from + i * tileBytes + j * sizeof<T>());
      const at = to + i * toRow + j * sizeof<T>();
      store<T>(at, adds ? <T>(load<T>(at) + x) : x);
    }
  }
}

/** c = panel of a · panel of b. */
function setTile<T>(a: u32, b: u32, kc: u32, c: u32, cRow: u32): void {
  tile<T>(a, b, kc, c, cRow, false);
}

/** c += panel of a · panel of b. */
function addTile<T>(a: u32, b: u32, kc: u32, c: u32, cRow: u32): void {
  tile<T>(a, b, kc, c, cRow, true);
}

/**
 * The product of two panels, in ten registers. Lanes: neighbouring columns of c. `adds` is constant where this is inlined:
 * a branch beside the loop costs Node 20 half its speed, since it then spills registers within.
 */
// @ts-ignore: decorator
@inline
function tile<T>(a: u32, b: u32, kc: u32, c: u32, cRow: u32, adds: bool): void {
  const c1 = c + cRow;
  const c2 = c1 + cRow;
  const c3 = c2 + cRow;
  const c4 = c3 + cRow;
  const zero = i32x4.splat(0);
  let s00 = adds ? v128.load(c) : zero;
  let s01 = adds ? v128.load(c, 16) : zero;
  let s10 = adds ? v128.load(c1) : zero;
  let s11 = adds ? v128.load(c1, 16) : zero;
  let s20 = adds ? v128.load(c2) : zero;
  let s21 = adds ? v128.load(c2, 16) : zero;
  let s30 = adds ? v128.load(c3) : zero;
  let s31 = adds ? v128.load(c3, 16) : zero;
  let s40 = adds ? v128.load(c4) : zero;
  let s41 = adds ? v128.load(c4, 16) : zero;
  const end = b + kc * tileBytes;
  while (b < end) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load_splat<T>(a);
    s00 = madd<T>(x, b0, s00);
    s01 = madd<T>(x, b1, s01);
    x = v128.load_splat<T>(a, sizeof<T>());
    s10 = madd<T>(x, b0, s10);
    s11 = madd<T>(x, b1, s11);
    x = v128.load_splat<T>(a, 2 * sizeof<T>());
    s20 = madd<T>(x, b0, s20);
    s21 = madd<T>(x, b1, s21);
    x = v128.load_splat<T>(a, 3 * sizeof<T>());
    s30 = madd<T>(x, b0, s30);
    s31 = madd<T>(x, b1, s31);
    x = v128.load_splat<T>(a, 4 * sizeof<T>());
    s40 = madd<T>(x, b0, s40);
    s41 = madd<T>(x, b1, s41);
    a += 5 * sizeof<T>();
    b += tileBytes;
  }
  v128.store(c, s00);
  v128.store(c, s01, 16);
  v128.store(c1, s10);
  v128.store(c1, s11, 16);
  v128.store(c2, s20);
  v128.store(c2, s21, 16);
  v128.store(c3, s30);
  v128.store(c3, s31, 16);
  v128.store(c4, s40);
  v128.store(c4, s41, 16);
}

/** {@link multiply} of float32 matrices. */
export function gemmF32(
  a: u32, aRow: i32, aColumn: i32, b: u32, bRow: i32, bColumn: i32, c: u32, cRow: u32,
  m: u32, n: u32, k: u32, adds: bool, workspace: u32,
): void {
  multiply<f32>(isMatrix, a, aRow, aColumn, b, bRow, bColumn, k, 0, c, cRow, m, n, k, adds, workspace);
}

/** {@link multiply} of float64 matrices. */
export function gemmF64(
  a: u32, aRow: i32, aColumn: i32, b: u32, bRow: i32, bColumn: i32, c: u32, cRow: u32,
  m: u32, n: u32, k: u32, adds: bool, workspace: u32,
): void {
  multiply<f64>(isMatrix, a, aRow, aColumn, b, bRow, bColumn, k, 0, c, cRow, m, n, k, adds, workspace);
}

/** {@link multiply} of int32 matrices; wraps. */
export function gemmI32(
  a: u32, aRow: i32, aColumn: i32, b: u32, bRow: i32, bColumn: i32, c: u32, cRow: u32,
  m: u32, n: u32, k: u32, adds: bool, workspace: u32,
): void {
  multiply<i32>(isMatrix, a, aRow, aColumn, b, bRow, bColumn, k, 0, c, cRow, m, n, k, adds, workspace);
}

/**
 * c = patches · b for float32: rows are windows of `source` (see {@link beginPatches}), and row (tap, channel) of b lies at
 * b plus offsets[tap] + channel bRow, in elements.
 */
export function patchGemmF32(
  source: u32, imageStride: u32, table: u32, perImage: u32, taps: u32, run: u32,
  b: u32, bRow: i32, bColumn: i32, bOffsets: u32, c: u32, cRow: u32, rows: u32, n: u32, workspace: u32,
): void {
  beginPatches(source, imageStride, table, perImage, taps, run);
  multiply<f32>(
    isPatches, 0, 0, 0, b, bRow, bColumn, run, bOffsets, c, cRow, rows, n, taps * run, false, workspace,
  );
}

/** c = patchesᵀ · b for float32, or c += it when `adds`: what {@link patchGemmF32} is to a filter's gradient. */
export function patchTransposedGemmF32(
  source: u32, imageStride: u32, table: u32, perImage: u32, taps: u32, run: u32,
  b: u32, bRow: i32, c: u32, cRow: u32, rows: u32, n: u32, adds: bool, workspace: u32,
): void {
  beginPatches(source, imageStride, table, perImage, taps, run);
  multiply<f32>(
    isPatchesTransposed, 0, 0, 0, b, bRow, 1, rows, 0, c, cRow, taps * run, n, rows, adds, workspace,
  );
}
