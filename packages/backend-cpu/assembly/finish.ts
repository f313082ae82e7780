// What becomes of finished sums while they are at hand: a bias for each column, and the activations that most networks have.
// All others run as programs of their own afterwards.

/** Sums as they are. */
export const unfinished: u32 = 0;
// A bias alone is 1, relu6 is 4: their numbers are those of src/wasm/finish.ts.
const relu: u32 = 2, clip: u32 = 3;

/** Bias and activation of four sums; `bias` is the address of their biases, or 0. NaN and -0 go the way of the expressions. */
// @ts-ignore: decorator
@inline
export function finished(sums: v128, bias: u32, activation: u32): v128 {
  let x = bias === 0 ? sums : f32x4.add(sums, v128.load(bias));
  if (activation < relu) return x;
  const zero = f32x4.splat(0);
  // pmin(a, b) is b < a ? b : a, and pmax likewise.
  if (activation === clip) return f32x4.pmax(f32x4.pmin(x, f32x4.splat(6)), zero);
  if (activation !== relu) x = f32x4.pmin(f32x4.splat(6), x);
  return v128.andnot(x, f32x4.le(x, zero));
}

/** Finishes `rows` rows of `n` sums, `rowStep` bytes apart. Lanes: four columns, and one of those that are left. */
export function finishRows(sums: u32, rowStep: u32, rows: u32, n: u32, bias: u32, activation: u32): void {
  let j: u32 = 0;
  for (; j + 4 <= n; j += 4) {
    let at = sums + (j << 2);
    const b = bias === 0 ? 0 : bias + (j << 2);
    for (let i = rows; i > 0; i--, at += rowStep) v128.store(at, finished(v128.load(at), b, activation));
  }
  for (; j < n; j++) {
    let at = sums + (j << 2);
    // Memory ends later than any operand: what is loaded beyond the last bias is not stored.
    const b = bias === 0 ? 0 : bias + (j << 2);
    for (let i = rows; i > 0; i--, at += rowStep) {
      v128.store_lane<f32>(at, finished(v128.load32_splat(at), b, activation), 0);
    }
  }
}
