// Packing of strided matrices into panels. Lines that an edge panel lacks repeat the last one: their sums are not stored.
import { tileBytes, tileRows } from "./gemm";

/** Rows [i0, i0 + mc) and columns [k0, k0 + kc) of a, as panels of five rows: [panel][k][5]. */
export function packRows<T>(
  a: u32, row: i32, column: i32, i0: u32, mc: u32, k0: u32, kc: u32, to: u32,
): void {
  const step = <u32>row * sizeof<T>();
  const next = <u32>column * sizeof<T>();
  for (let i: u32 = 0; i < mc; i += tileRows) {
    const last = mc - i - 1;
    let p0 = a + (<u32>row * (i0 + i) + <u32>column * k0) * sizeof<T>();
    let p1 = p0 + step * min(1, last);
    let p2 = p0 + step * min(2, last);
    let p3 = p0 + step * min(3, last);
    let p4 = p0 + step * min(4, last);
    for (let p: u32 = 0; p < kc; p++) {
      store<T>(to, load<T>(p0));
      store<T>(to, load<T>(p1), sizeof<T>());
      store<T>(to, load<T>(p2), 2 * sizeof<T>());
      store<T>(to, load<T>(p3), 3 * sizeof<T>());
      store<T>(to, load<T>(p4), 4 * sizeof<T>());
      p0 += next;
      p1 += next;
      p2 += next;
      p3 += next;
      p4 += next;
      to += 5 * sizeof<T>();
    }
  }
}

/**
 * All columns and rows [k0, k0 + kc) of b, as panels of two vectors: [panel][k][32 bytes]. Rows come in runs of `run`: row
 * k lies `row` (k % run) from the beginning of its run, which is at b plus offsets[k / run], or at b if `offsets` is 0.
 */
export function packColumns<T>(
  b: u32, row: i32, column: i32, run: u32, offsets: u32, n: u32, k0: u32, kc: u32, to: u32,
): void {
  const tileColumns = tileBytes / sizeof<T>();
  const panelBytes = kc * tileBytes;
  for (let done: u32 = 0; done < kc; ) {
    const block = (k0 + done) / run;
    const first = k0 + done - block * run;
    const rows = min(run - first, kc - done);
    const begin = <u32>row * first + (offsets === 0 ? 0 : load<u32>(offsets + (block << 2)));
    let panel = to + done * tileBytes;
    for (let j: u32 = 0; j < n; j += tileColumns) {
      const columns = min(tileColumns, n - j);
      const from = b + (begin + <u32>column * j) * sizeof<T>();
      if (columns < tileColumns) packEdge<T>(from, row, column, columns, rows, panel);
      else if (column === 1) packContiguous(from, <u32>row * sizeof<T>(), rows, panel);
      else packTransposed<T>(from, row, column, rows, panel);
      panel += panelBytes;
    }
    done += rows;
  }
}

/** Whole vectors of neighbouring columns. */
function packContiguous(from: u32, rowBytes: u32, rows: u32, to: u32): void {
  const end = to + rows * tileBytes;
  while (to < end) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    from += rowBytes;
    to += tileBytes;
  }
}

/** Columns one by one, rounded up to a panel. */
function packEdge<T>(from: u32, row: i32, column: i32, columns: u32, rows: u32, to: u32): void {
  const step = <u32>column * sizeof<T>();
  for (let p: u32 = 0; p < rows; p++) {
    for (let q: u32 = 0; q < tileBytes / sizeof<T>(); q++) {
      store<T>(to + q * sizeof<T>(), load<T>(from + step * min(q, columns - 1)));
    }
    from += <u32>row * sizeof<T>();
    to += tileBytes;
  }
}

/** Columns that are apart; where rows are neighbours, 4x4 blocks of 32 bits are transposed in registers. */
function packTransposed<T>(from: u32, row: i32, column: i32, rows: u32, to: u32): void {
  const step = <u32>column * sizeof<T>();
  if (sizeof<T>() === 4 && row === 1) {
    for (; rows >= 4; rows -= 4) {
      transpose4(from, step, to);
      transpose4(from + 4 * step, step, to + 16);
      from += 16;
      to += 4 * tileBytes;
    }
  }
  packEdge<T>(from, row, column, tileBytes / sizeof<T>(), rows, to);
}

/** Four columns of four neighbouring rows, written to four rows of a panel. */
// @ts-ignore: decorator
@inline
function transpose4(from: u32, step: u32, to: u32): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + step);
  const r2 = v128.load(from + 2 * step);
  const r3 = v128.load(from + 3 * step);
  const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const t1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const t2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(t0, t1, 0, 1, 4, 5));
  v128.store(to, v128.shuffle<f32>(t0, t1, 2, 3, 6, 7), tileBytes);
  v128.store(to, v128.shuffle<f32>(t2, t3, 0, 1, 4, 5), 2 * tileBytes);
  v128.store(to, v128.shuffle<f32>(t2, t3, 2, 3, 6, 7), 3 * tileBytes);
}
