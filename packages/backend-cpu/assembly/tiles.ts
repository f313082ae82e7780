// The product of packed panels, and how panels are packed: what matrix products and convolutions share.
import { finishRows, unfinished } from "./finish";
import { madd } from "./madd";

/** Rows of a panel of a; columns of a panel of b (two f32x4). */
export const tileRows: u32 = 5;
export const tileColumns: u32 = 8;
/** Depth of a panel: 256 steps of b's 8 columns are 8 KiB, and stay in the first-level cache. */
export const tileDepth: u32 = 256;
/** Rows of a packed at a time: 80 of 256 are 80 KiB, and stay in the second-level cache. */
export const blockRows: u32 = 80;

/** Bytes of working memory that a product of depth `k` and `n` columns needs. */
export function panelBytes(n: u32, k: u32): u32 {
  const kc = min(k, tileDepth);
  return (paddedColumns(n) * kc + blockRows * kc + tileRows * tileColumns) * 4;
}

/**
 * Multiplies `mc` packed rows by packed columns: c = a · b, or c += a · b when `adds`. Index mapping: panels of 5 rows
 * [k][5] and of 8 columns [k][8], one after another. Lanes: four columns of c. `activation` is {@link unfinished} before the
 * last block of depth.
 */
export function multiplyBlock(
  packedA: u32, packedB: u32, mc: u32, n: u32, kc: u32,
  c: u32, cRow: u32, adds: bool, edge: u32, bias: u32, activation: u32,
): void {
  for (let j: u32 = 0; j < n; j += tileColumns) {
    const panelB = packedB + j * kc * 4;
    const columns = min(tileColumns, n - j);
    for (let i: u32 = 0; i < mc; i += tileRows) {
      const rows = min(tileRows, mc - i);
      const target = c + (i * cRow + j) * 4;
      const panelA = packedA + i * kc * 4;
      if (rows === tileRows && columns === tileColumns) {
        multiplyPanels(panelA, panelB, kc, target, cRow * 4, adds);
      } else {
        multiplyPanels(panelA, panelB, kc, edge, tileColumns * 4, false);
        storeEdge(edge, target, cRow * 4, rows, columns, adds);
      }
    }
    if (activation === unfinished) continue;
    finishRows(c + (j << 2), cRow * 4, mc, columns, bias === 0 ? 0 : bias + (j << 2), activation);
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

/** Columns with those that fill the last panel. */
export function paddedColumns(n: u32): u32 {
  return (n + tileColumns - 1) / tileColumns * tileColumns;
}

/** Panels of 8 columns of b: [panel][k][8], missing columns as zeros. */
export function packColumns(b: u32, row: i32, column: i32, n: u32, kc: u32, to: u32): void {
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

/** One panel from five rows of `n` elements each: [k][5]. 4x4 blocks are transposed in registers, the fifth row follows. */
export function interleave(p0: u32, p1: u32, p2: u32, p3: u32, p4: u32, n: u32, to: u32): void {
  const whole = n & ~3;
  let i: u32 = 0;
  for (; i < whole; i += 4) {
    const at = i << 2;
    const r0 = v128.load(p0 + at);
    const r1 = v128.load(p1 + at);
    const r2 = v128.load(p2 + at);
    const r3 = v128.load(p3 + at);
    const r4 = v128.load(p4 + at);
    const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
    const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
    const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
    const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
    v128.store_lane<f32>(to, r4, 0, 16);
    v128.store(to, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7), 20);
    v128.store_lane<f32>(to, r4, 1, 36);
    v128.store(to, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5), 40);
    v128.store_lane<f32>(to, r4, 2, 56);
    v128.store(to, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7), 60);
    v128.store_lane<f32>(to, r4, 3, 76);
    to += 80;
  }
  for (; i < n; i++) {
    const at = i << 2;
    store<f32>(to, load<f32>(p0 + at));
    store<f32>(to, load<f32>(p1 + at), 4);
    store<f32>(to, load<f32>(p2 + at), 8);
    store<f32>(to, load<f32>(p3 + at), 12);
    store<f32>(to, load<f32>(p4 + at), 16);
    to += 20;
  }
}

/**
 * The 5x8 product of two panels in ten registers. Lanes: columns 0 to 3 and 4 to 7.
 *
 * Without fused multiply-add, instructions limit it and not arithmetic, so the loop has none to spare: the first step stands
 * before it, so that V8 adds the rows' offsets to its memory's base once and not in each step, and addresses move on before
 * they are used, so that it knows their upper halves to be zero (measured; see docs/performance.md).
 */
function multiplyPanels(a: u32, b: u32, kc: u32, c: u32, cRow: u32, adds: bool): void {
  const zero = f32x4.splat(0);
  let b0 = v128.load(b), b1 = v128.load(b, 16);
  let x = v128.load32_splat(a);
  let c00 = madd(x, b0, zero), c01 = madd(x, b1, zero);
  x = v128.load32_splat(a, 4);
  let c10 = madd(x, b0, zero), c11 = madd(x, b1, zero);
  x = v128.load32_splat(a, 8);
  let c20 = madd(x, b0, zero), c21 = madd(x, b1, zero);
  x = v128.load32_splat(a, 12);
  let c30 = madd(x, b0, zero), c31 = madd(x, b1, zero);
  x = v128.load32_splat(a, 16);
  let c40 = madd(x, b0, zero), c41 = madd(x, b1, zero);
  const last = b + (kc - 1) * 32;
  while (b < last) {
    a += 20;
    b += 32;
    b0 = v128.load(b);
    b1 = v128.load(b, 16);
    x = v128.load32_splat(a);
    c00 = madd(x, b0, c00);
    c01 = madd(x, b1, c01);
    x = v128.load32_splat(a, 4);
    c10 = madd(x, b0, c10);
    c11 = madd(x, b1, c11);
    x = v128.load32_splat(a, 8);
    c20 = madd(x, b0, c20);
    c21 = madd(x, b1, c21);
    x = v128.load32_splat(a, 12);
    c30 = madd(x, b0, c30);
    c31 = madd(x, b1, c31);
    x = v128.load32_splat(a, 16);
    c40 = madd(x, b0, c40);
    c41 = madd(x, b1, c41);
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
