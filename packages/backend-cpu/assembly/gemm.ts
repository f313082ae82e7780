// float32 matrix product: both operands packed into panels, one microkernel for every transpose and edge.
import { madd } from "./simd-math";

/** Rows of a panel of a; columns of a panel of b (two f32x4). */
const tileRows: u32 = 5;
const tileColumns: u32 = 8;
/** Depth of a panel: 256 steps of b's 8 columns are 8 KiB, and stay in the first-level cache. */
const depth: u32 = 256;
/** Rows of a packed at a time: 80 of 256 are 80 KiB, and stay in the second-level cache. */
const blockRows: u32 = 80;

/** Bytes of working memory that {@link gemm} needs for `n` columns. */
export function gemmWorkspace(n: u32, k: u32): u32 {
  const panels = (n + tileColumns - 1) / tileColumns;
  const kc = min(k, depth);
  return (panels * tileColumns * kc + blockRows * kc + tileRows * tileColumns) * 4;
}

/**
 * c = a · b, or c += a · b when `isSum`. Index mapping: element (i, j) of a matrix lies at its address plus
 * 4 (i rowStride + j columnStride); c has column stride 1. Lanes: four columns of c.
 */
export function gemm(
  a: u32, aRow: i32, aColumn: i32,
  b: u32, bRow: i32, bColumn: i32,
  c: u32, cRow: u32,
  m: u32, n: u32, k: u32,
  isSum: bool, workspace: u32,
): void {
  const panels = (n + tileColumns - 1) / tileColumns;
  const packedB = workspace;
  const packedA = packedB + panels * tileColumns * min(k, depth) * 4;
  const edge = packedA + blockRows * min(k, depth) * 4;
  for (let k0: u32 = 0; k0 < k; k0 += depth) {
    const kc = min(depth, k - k0);
    const adds = isSum || k0 > 0;
    packB(b + <u32>(<i32>k0 * bRow) * 4, bRow, bColumn, n, kc, packedB);
    for (let i0: u32 = 0; i0 < m; i0 += blockRows) {
      const mc = min(blockRows, m - i0);
      packA(a + <u32>(<i32>i0 * aRow + <i32>k0 * aColumn) * 4, aRow, aColumn, mc, kc, packedA);
      for (let j: u32 = 0; j < n; j += tileColumns) {
        const panelB = packedB + j * kc * 4;
        const columns = min(tileColumns, n - j);
        for (let i: u32 = 0; i < mc; i += tileRows) {
          const rows = min(tileRows, mc - i);
          const target = c + ((i0 + i) * cRow + j) * 4;
          const panelA = packedA + i * kc * 4;
          if (rows === tileRows && columns === tileColumns) {
            multiplyPanels(panelA, panelB, kc, target, cRow * 4, adds);
          } else {
            multiplyPanels(panelA, panelB, kc, edge, tileColumns * 4, false);
            storeEdge(edge, target, cRow * 4, rows, columns, adds);
          }
        }
      }
    }
  }
}

function storeEdge(from: u32, to: u32, toRow: u32, rows: u32, columns: u32, adds: bool): void {
  for (let i: u32 = 0; i < rows; i++) {
    for (let j: u32 = 0; j < columns; j++) {
      const x = load<f32>(from + (i * tileColumns + j) * 4);
      const at = to + i * toRow + j * 4;
      store<f32>(at, adds ? load<f32>(at) + x : x);
    }
  }
}

/** Panels of 8 columns of b: [panel][k][8], missing columns as zeros. */
function packB(b: u32, row: i32, column: i32, n: u32, kc: u32, to: u32): void {
  for (let j: u32 = 0; j < n; j += tileColumns) {
    const columns = min(tileColumns, n - j);
    let from = b + <u32>(<i32>j * column) * 4;
    if (columns === tileColumns && column === 1) {
      for (let p: u32 = 0; p < kc; p++) {
        v128.store(to, v128.load(from));
        v128.store(to, v128.load(from, 16), 16);
        to += 32;
        from += <u32>row * 4;
      }
    } else if (columns === tileColumns && row === 1) {
      packTransposed(from, column, kc, to);
      to += kc * 32;
    } else {
      for (let p: u32 = 0; p < kc; p++) {
        for (let q: u32 = 0; q < tileColumns; q++) {
          store<f32>(to, q < columns ? load<f32>(from + <u32>(<i32>q * column) * 4) : 0);
          to += 4;
        }
        from += <u32>row * 4;
      }
    }
  }
}

/** Eight columns that are contiguous down: 4x4 blocks are transposed in registers. */
function packTransposed(from: u32, column: i32, kc: u32, to: u32): void {
  const step = <u32>column * 4;
  let p: u32 = 0;
  for (; p + 4 <= kc; p += 4) {
    for (let half: u32 = 0; half < 2; half++) {
      const at = from + half * 4 * step + p * 4;
      const r0 = v128.load(at);
      const r1 = v128.load(at + step);
      const r2 = v128.load(at + 2 * step);
      const r3 = v128.load(at + 3 * step);
      const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
      const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
      const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
      const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
      const out = to + p * 32 + half * 16;
      v128.store(out, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
      v128.store(out, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7), 32);
      v128.store(out, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5), 64);
      v128.store(out, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7), 96);
    }
  }
  for (; p < kc; p++) {
    for (let q: u32 = 0; q < tileColumns; q++) {
      store<f32>(to + p * 32 + q * 4, load<f32>(from + q * step + p * 4));
    }
  }
}

/** Panels of 5 rows of a: [panel][k][5], missing rows as zeros. */
function packA(a: u32, row: i32, column: i32, mc: u32, kc: u32, to: u32): void {
  for (let i: u32 = 0; i < mc; i += tileRows) {
    const rows = min(tileRows, mc - i);
    let from = a + <u32>(<i32>i * row) * 4;
    const step = <u32>row * 4;
    const next = <u32>column * 4;
    if (rows === tileRows) {
      for (let p: u32 = 0; p < kc; p++) {
        store<f32>(to, load<f32>(from));
        store<f32>(to, load<f32>(from + step), 4);
        store<f32>(to, load<f32>(from + 2 * step), 8);
        store<f32>(to, load<f32>(from + 3 * step), 12);
        store<f32>(to, load<f32>(from + 4 * step), 16);
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

/** The 5x8 product of two panels in ten registers. Lanes: columns 0 to 3 and 4 to 7. */
function multiplyPanels(a: u32, b: u32, kc: u32, c: u32, cRow: u32, adds: bool): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0), c41 = f32x4.splat(0);
  let steps = kc;
  while (steps > 0) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a);
    c00 = madd(x0, b0, c00);
    c01 = madd(x0, b1, c01);
    const x1 = v128.load32_splat(a, 4);
    c10 = madd(x1, b0, c10);
    c11 = madd(x1, b1, c11);
    const x2 = v128.load32_splat(a, 8);
    c20 = madd(x2, b0, c20);
    c21 = madd(x2, b1, c21);
    const x3 = v128.load32_splat(a, 12);
    c30 = madd(x3, b0, c30);
    c31 = madd(x3, b1, c31);
    const x4 = v128.load32_splat(a, 16);
    c40 = madd(x4, b0, c40);
    c41 = madd(x4, b1, c41);
    a += 20;
    b += 32;
    steps--;
  }
  if (adds) {
    addRow(c, c00, c01);
    addRow(c + cRow, c10, c11);
    addRow(c + 2 * cRow, c20, c21);
    addRow(c + 3 * cRow, c30, c31);
    addRow(c + 4 * cRow, c40, c41);
  } else {
    storeRow(c, c00, c01);
    storeRow(c + cRow, c10, c11);
    storeRow(c + 2 * cRow, c20, c21);
    storeRow(c + 3 * cRow, c30, c31);
    storeRow(c + 4 * cRow, c40, c41);
  }
}

// @ts-ignore: decorator
@inline
function storeRow(c: u32, low: v128, high: v128): void {
  v128.store(c, low);
  v128.store(c, high, 16);
}

// @ts-ignore: decorator
@inline
function addRow(c: u32, low: v128, high: v128): void {
  v128.store(c, f32x4.add(v128.load(c), low));
  v128.store(c, f32x4.add(v128.load(c, 16), high), 16);
}
