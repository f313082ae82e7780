// Products of matrices in float64. Each sum is added up along the depth, in order: the host's loops (src/wasm/float64-loops.ts)
// give the same bits, and so does a product that is cut into parts.

// A panel of b of this size stays in the cache while all rows pass.
const depthAtOnce: u32 = 128;
const columnsAtOnce: u32 = 64;

/**
 * Writes `a [rows, depth] b [depth, columns]` to `out`, or adds it; the depth is 1 at least. Strides are in bytes: `a`'s from row
 * to row and along the depth, `b`'s and `out`'s from row to row. Lanes: two columns.
 */
export function multiply(
  a: u32, aRow: u32, aDepth: u32, b: u32, bRow: u32, out: u32, outRow: u32,
  rows: u32, depth: u32, columns: u32, adds: bool,
): void {
  for (let k: u32 = 0; k < depth; k += depthAtOnce) {
    const deep = min(depthAtOnce, depth - k);
    for (let c: u32 = 0; c < columns; c += columnsAtOnce) {
      const wide = min(columnsAtOnce, columns - c);
      const from = b + k * bRow + (c << 3);
      multiplyPanel(a + k * aDepth, aRow, aDepth, from, bRow, out + (c << 3), outRow, rows, deep, wide, adds || k > 0);
    }
  }
}

function multiplyPanel(
  a: u32, aRow: u32, aDepth: u32, b: u32, bRow: u32, out: u32, outRow: u32,
  rows: u32, depth: u32, columns: u32, adds: bool,
): void {
  let r: u32 = 0;
  for (; r + 4 <= rows; r += 4, a += aRow << 2, out += outRow << 2) {
    let c: u32 = 0;
    for (; c + 4 <= columns; c += 4) {
      fourByFour(a, aRow, aDepth, b + (c << 3), bRow, out + (c << 3), outRow, depth, adds);
    }
    for (; c < columns; c++) {
      fourByOne(a, aRow, aDepth, b + (c << 3), bRow, out + (c << 3), outRow, depth, adds);
    }
  }
  for (; r < rows; r++, a += aRow, out += outRow) {
    let c: u32 = 0;
    for (; c + 8 <= columns; c += 8) oneByEight(a, aDepth, b + (c << 3), bRow, out + (c << 3), depth, adds);
    for (; c < columns; c++) oneByOne(a, aDepth, b + (c << 3), bRow, out + (c << 3), depth, adds);
  }
}

// Tiles are functions of their own, whose sums the compiler keeps in registers; what is exported is not inlined.

export function fourByFour(
  a: u32, aRow: u32, aDepth: u32, b: u32, bRow: u32, out: u32, outRow: u32, depth: u32, adds: bool,
): void {
  const second = out + outRow;
  const third = second + outRow;
  const fourth = third + outRow;
  const aRow2 = aRow << 1;
  const aRow3 = aRow2 + aRow;
  let c00 = adds ? v128.load(out) : f64x2.splat(0);
  let c01 = adds ? v128.load(out, 16) : f64x2.splat(0);
  let c10 = adds ? v128.load(second) : f64x2.splat(0);
  let c11 = adds ? v128.load(second, 16) : f64x2.splat(0);
  let c20 = adds ? v128.load(third) : f64x2.splat(0);
  let c21 = adds ? v128.load(third, 16) : f64x2.splat(0);
  let c30 = adds ? v128.load(fourth) : f64x2.splat(0);
  let c31 = adds ? v128.load(fourth, 16) : f64x2.splat(0);
  for (let k: u32 = 0; k < depth; k++, a += aDepth, b += bRow) {
    const b0 = v128.load(b);
    const b1 = v128.load(b, 16);
    let x = v128.load64_splat(a);
    c00 = f64x2.add(c00, f64x2.mul(x, b0));
    c01 = f64x2.add(c01, f64x2.mul(x, b1));
    x = v128.load64_splat(a + aRow);
    c10 = f64x2.add(c10, f64x2.mul(x, b0));
    c11 = f64x2.add(c11, f64x2.mul(x, b1));
    x = v128.load64_splat(a + aRow2);
    c20 = f64x2.add(c20, f64x2.mul(x, b0));
    c21 = f64x2.add(c21, f64x2.mul(x, b1));
    x = v128.load64_splat(a + aRow3);
    c30 = f64x2.add(c30, f64x2.mul(x, b0));
    c31 = f64x2.add(c31, f64x2.mul(x, b1));
  }
  v128.store(out, c00);
  v128.store(out, c01, 16);
  v128.store(second, c10);
  v128.store(second, c11, 16);
  v128.store(third, c20);
  v128.store(third, c21, 16);
  v128.store(fourth, c30);
  v128.store(fourth, c31, 16);
}

export function fourByOne(
  a: u32, aRow: u32, aDepth: u32, b: u32, bRow: u32, out: u32, outRow: u32, depth: u32, adds: bool,
): void {
  const second = out + outRow;
  const third = second + outRow;
  const fourth = third + outRow;
  const aRow2 = aRow << 1;
  const aRow3 = aRow2 + aRow;
  let s0 = adds ? load<f64>(out) : 0;
  let s1 = adds ? load<f64>(second) : 0;
  let s2 = adds ? load<f64>(third) : 0;
  let s3 = adds ? load<f64>(fourth) : 0;
  for (let k: u32 = 0; k < depth; k++, a += aDepth, b += bRow) {
    const y = load<f64>(b);
    s0 += load<f64>(a) * y;
    s1 += load<f64>(a + aRow) * y;
    s2 += load<f64>(a + aRow2) * y;
    s3 += load<f64>(a + aRow3) * y;
  }
  store<f64>(out, s0);
  store<f64>(second, s1);
  store<f64>(third, s2);
  store<f64>(fourth, s3);
}

export function oneByEight(a: u32, aDepth: u32, b: u32, bRow: u32, out: u32, depth: u32, adds: bool): void {
  let s0 = adds ? v128.load(out) : f64x2.splat(0);
  let s1 = adds ? v128.load(out, 16) : f64x2.splat(0);
  let s2 = adds ? v128.load(out, 32) : f64x2.splat(0);
  let s3 = adds ? v128.load(out, 48) : f64x2.splat(0);
  for (let k: u32 = 0; k < depth; k++, a += aDepth, b += bRow) {
    const x = v128.load64_splat(a);
    s0 = f64x2.add(s0, f64x2.mul(x, v128.load(b)));
    s1 = f64x2.add(s1, f64x2.mul(x, v128.load(b, 16)));
    s2 = f64x2.add(s2, f64x2.mul(x, v128.load(b, 32)));
    s3 = f64x2.add(s3, f64x2.mul(x, v128.load(b, 48)));
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out, s2, 32);
  v128.store(out, s3, 48);
}

export function oneByOne(a: u32, aDepth: u32, b: u32, bRow: u32, out: u32, depth: u32, adds: bool): void {
  let sum = adds ? load<f64>(out) : 0;
  for (let k: u32 = 0; k < depth; k++, a += aDepth, b += bRow) sum += load<f64>(a) * load<f64>(b);
  store<f64>(out, sum);
}
