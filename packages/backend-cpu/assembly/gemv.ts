// The product of a matrix and a vector: nothing is used twice, so nothing is packed.
import { madd } from "./madd";

/** y[o] = the sum over i of matrix[o][i] · x[i], where a row's elements are neighbours. Lanes: i to i + 3 of four rows. */
export function multiplyByDots(matrix: u32, rowStep: u32, x: u32, y: u32, outputs: u32, inputs: u32): void {
  const step = rowStep << 2;
  const whole = (inputs & ~3) << 2;
  const bytes = inputs << 2;
  let o: u32 = 0;
  for (; o + 4 <= outputs; o += 4) {
    const r0 = matrix + o * step, r1 = r0 + step, r2 = r1 + step, r3 = r2 + step;
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    let i: u32 = 0;
    for (; i < whole; i += 16) {
      const v = v128.load(x + i);
      s0 = madd(v128.load(r0 + i), v, s0);
      s1 = madd(v128.load(r1 + i), v, s1);
      s2 = madd(v128.load(r2 + i), v, s2);
      s3 = madd(v128.load(r3 + i), v, s3);
    }
    let sums = across(s0, s1, s2, s3);
    for (; i < bytes; i += 4) {
      let column = v128.load32_splat(r0 + i);
      column = v128.load_lane<f32>(r1 + i, column, 1);
      column = v128.load_lane<f32>(r2 + i, column, 2);
      column = v128.load_lane<f32>(r3 + i, column, 3);
      sums = madd(column, v128.load32_splat(x + i), sums);
    }
    v128.store(y + (o << 2), sums);
  }
  for (; o < outputs; o++) {
    const row = matrix + o * step;
    let s = f32x4.splat(0);
    let i: u32 = 0;
    for (; i < whole; i += 16) s = madd(v128.load(row + i), v128.load(x + i), s);
    let sum = across(s, s, s, s);
    for (; i < bytes; i += 4) sum = madd(v128.load32_splat(row + i), v128.load32_splat(x + i), sum);
    v128.store_lane<f32>(y + (o << 2), sum, 0);
  }
}

/** The sums over the lanes of each. */
// @ts-ignore: decorator
@inline
function across(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab0 = v128.shuffle<f32>(a, b, 0, 4, 1, 5), ab1 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
  const cd0 = v128.shuffle<f32>(c, d, 0, 4, 1, 5), cd1 = v128.shuffle<f32>(c, d, 2, 6, 3, 7);
  const ab = f32x4.add(ab0, ab1), cd = f32x4.add(cd0, cd1);
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

/** The same where a column's elements are neighbours: columns are added up, four at a time. Lanes: outputs o to o + 3. */
export function multiplyByColumns(matrix: u32, columnStep: u32, x: u32, y: u32, outputs: u32, inputs: u32): void {
  const step = columnStep << 2;
  memory.fill(y, 0, outputs << 2);
  let i: u32 = 0;
  for (; i + 4 <= inputs; i += 4) {
    const at = x + (i << 2);
    addColumns(matrix + i * step, step, at, y, outputs);
  }
  for (; i < inputs; i++) {
    const column = matrix + i * step;
    const factor = v128.load32_splat(x + (i << 2));
    let o: u32 = 0;
    for (; o + 4 <= outputs; o += 4) {
      const to = y + (o << 2);
      v128.store(to, madd(v128.load(column + (o << 2)), factor, v128.load(to)));
    }
    for (; o < outputs; o++) {
      const to = y + (o << 2);
      const sum = madd(v128.load32_splat(column + (o << 2)), factor, v128.load32_splat(to));
      v128.store_lane<f32>(to, sum, 0);
    }
  }
}

function addColumns(c0: u32, step: u32, x: u32, y: u32, outputs: u32): void {
  const c1 = c0 + step, c2 = c1 + step, c3 = c2 + step;
  const x0 = v128.load32_splat(x), x1 = v128.load32_splat(x, 4);
  const x2 = v128.load32_splat(x, 8), x3 = v128.load32_splat(x, 12);
  const whole = (outputs & ~7) << 2, bytes = outputs << 2;
  let o: u32 = 0;
  for (; o < whole; o += 32) {
    let s = madd(v128.load(c0 + o), x0, v128.load(y + o));
    let t = madd(v128.load(c0 + o, 16), x0, v128.load(y + o, 16));
    s = madd(v128.load(c1 + o), x1, s);
    t = madd(v128.load(c1 + o, 16), x1, t);
    s = madd(v128.load(c2 + o), x2, s);
    t = madd(v128.load(c2 + o, 16), x2, t);
    s = madd(v128.load(c3 + o), x3, s);
    t = madd(v128.load(c3 + o, 16), x3, t);
    v128.store(y + o, s);
    v128.store(y + o, t, 16);
  }
  for (; o < bytes; o += 4) {
    let s = madd(v128.load32_splat(c0 + o), x0, v128.load32_splat(y + o));
    s = madd(v128.load32_splat(c1 + o), x1, s);
    s = madd(v128.load32_splat(c2 + o), x2, s);
    s = madd(v128.load32_splat(c3 + o), x3, s);
    v128.store_lane<f32>(y + o, s, 0);
  }
}
