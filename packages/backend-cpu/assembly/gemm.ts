// float32 matrix product: both operands packed into panels, one microkernel for every transpose and edge.
import {
  blockRows, interleave, multiplyBlock, packColumns, panelBytes, tileColumns, tileDepth, tileRows,
} from "./tiles";

/** Bytes of working memory that {@link gemm} needs. */
export function gemmWorkspace(n: u32, k: u32): u32 {
  return panelBytes(n, k);
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
  const packedA = packedB + panels * tileColumns * min(k, tileDepth) * 4;
  const edge = packedA + blockRows * min(k, tileDepth) * 4;
  for (let k0: u32 = 0; k0 < k; k0 += tileDepth) {
    const kc = min(tileDepth, k - k0);
    packColumns(b + <u32>(<i32>k0 * bRow) * 4, bRow, bColumn, n, kc, packedB);
    for (let i0: u32 = 0; i0 < m; i0 += blockRows) {
      const mc = min(blockRows, m - i0);
      packRows(a + <u32>(<i32>i0 * aRow + <i32>k0 * aColumn) * 4, aRow, aColumn, mc, kc, packedA);
      multiplyBlock(packedA, packedB, mc, n, kc, c + i0 * cRow * 4, cRow, isSum || k0 > 0, edge);
    }
  }
}

/** Panels of 5 rows of a: [panel][k][5], missing rows as zeros. */
function packRows(a: u32, row: i32, column: i32, mc: u32, kc: u32, to: u32): void {
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
