// Products that are so small that packing would cost more than it saves.
import { madd } from "./madd";

const tileRows: u32 = 4;
const tileColumns: u32 = 8;

/** The most elements of b that are multiplied where they lie (measured: packing wins from 32 x 32 on). */
export const mostDirect: u32 = 512;

/**
 * c = a · b, where neighbours in a row of b are neighbours in memory. Index mapping: tiles of 4 rows and 8 columns, the last
 * of which may reach outside and are cut when stored. Lanes: four columns of c. `edge` has room for a tile.
 */
export function multiplyDirect(
  a: u32, aRow: i32, aColumn: i32, b: u32, bRow: i32, c: u32, cRow: u32,
  m: u32, n: u32, k: u32, edge: u32,
): void {
  const aStep = <u32>aRow << 2, next = <u32>aColumn << 2, bStep = <u32>bRow << 2, cStep = cRow << 2;
  for (let i: u32 = 0; i < m; i += tileRows) {
    const rows = min(tileRows, m - i);
    const a0 = a + i * aStep;
    // Rows that are missing are computed as the first, and not stored.
    const a1 = rows > 1 ? a0 + aStep : a0, a2 = rows > 2 ? a1 + aStep : a0, a3 = rows > 3 ? a2 + aStep : a0;
    for (let j: u32 = 0; j < n; j += tileColumns) {
      const columns = min(tileColumns, n - j);
      const target = c + i * cStep + (j << 2);
      const isWhole = rows === tileRows && columns === tileColumns;
      const to = isWhole ? target : edge;
      multiplyTile(a0, a1, a2, a3, next, b + (j << 2), bStep, to, isWhole ? cStep : tileColumns << 2, k);
      if (isWhole) continue;
      for (let r: u32 = 0; r < rows; r++) {
        memory.copy(target + r * cStep, edge + ((r * tileColumns) << 2), columns << 2);
      }
    }
  }
}

function multiplyTile(
  a0: u32, a1: u32, a2: u32, a3: u32, next: u32, b: u32, bStep: u32, c: u32, cStep: u32, k: u32,
): void {
  let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00, c20 = c00, c21 = c00, c30 = c00, c31 = c00;
  let at: u32 = 0;
  for (let p = k; p > 0; p--) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    const x0 = v128.load32_splat(a0 + at);
    c00 = madd(x0, b0, c00);
    c01 = madd(x0, b1, c01);
    const x1 = v128.load32_splat(a1 + at);
    c10 = madd(x1, b0, c10);
    c11 = madd(x1, b1, c11);
    const x2 = v128.load32_splat(a2 + at);
    c20 = madd(x2, b0, c20);
    c21 = madd(x2, b1, c21);
    const x3 = v128.load32_splat(a3 + at);
    c30 = madd(x3, b0, c30);
    c31 = madd(x3, b1, c31);
    at += next;
    b += bStep;
  }
  v128.store(c, c00);
  v128.store(c, c01, 16);
  v128.store(c + cStep, c10);
  v128.store(c + cStep, c11, 16);
  v128.store(c + cStep * 2, c20);
  v128.store(c + cStep * 2, c21, 16);
  v128.store(c + cStep * 3, c30);
  v128.store(c + cStep * 3, c31, 16);
}
