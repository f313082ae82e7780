// The least of each row's numbers, where it is, and by how much the second exceeds it.

/** Rows of `products [rows, columns]` to `labels` and `gaps [rows]`. Lanes: four rows, whose columns are turned four by four. */
export function nearestTwo(products: u32, labels: u32, gaps: u32, rows: u32, columns: u32): void {
  const bytes = columns << 2;
  const whole = columns & ~3;
  let row: u32 = 0;
  for (; row + 4 <= rows; row += 4, products += bytes << 2) {
    let best = f32x4.splat(Infinity);
    let second = f32x4.splat(Infinity);
    let at = i32x4.splat(0);
    let c: u32 = 0;
    let from = products;
    for (; c < whole; c += 4, from += 16) {
      const a = v128.load(from);
      const b = v128.load(from + bytes);
      const d = v128.load(from + (bytes << 1));
      const e = v128.load(from + bytes * 3);
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5);
      const de = v128.shuffle<f32>(d, e, 0, 4, 1, 5);
      const ab2 = v128.shuffle<f32>(a, b, 2, 6, 3, 7);
      const de2 = v128.shuffle<f32>(d, e, 2, 6, 3, 7);
      let value = v128.shuffle<i64>(ab, de, 0, 2);
      at = v128.bitselect(i32x4.splat(c), at, f32x4.lt(value, best));
      second = f32x4.pmin(second, f32x4.pmax(best, value));
      best = f32x4.pmin(best, value);
      value = v128.shuffle<i64>(ab, de, 1, 3);
      at = v128.bitselect(i32x4.splat(c + 1), at, f32x4.lt(value, best));
      second = f32x4.pmin(second, f32x4.pmax(best, value));
      best = f32x4.pmin(best, value);
      value = v128.shuffle<i64>(ab2, de2, 0, 2);
      at = v128.bitselect(i32x4.splat(c + 2), at, f32x4.lt(value, best));
      second = f32x4.pmin(second, f32x4.pmax(best, value));
      best = f32x4.pmin(best, value);
      value = v128.shuffle<i64>(ab2, de2, 1, 3);
      at = v128.bitselect(i32x4.splat(c + 3), at, f32x4.lt(value, best));
      second = f32x4.pmin(second, f32x4.pmax(best, value));
      best = f32x4.pmin(best, value);
    }
    for (; c < columns; c++, from += 4) {
      const value = f32x4(
        load<f32>(from), load<f32>(from + bytes), load<f32>(from + (bytes << 1)), load<f32>(from + bytes * 3),
      );
      at = v128.bitselect(i32x4.splat(c), at, f32x4.lt(value, best));
      second = f32x4.pmin(second, f32x4.pmax(best, value));
      best = f32x4.pmin(best, value);
    }
    v128.store(labels + (row << 2), at);
    v128.store(gaps + (row << 2), f32x4.sub(second, best));
  }
  for (; row < rows; row++, products += bytes) {
    let least: f32 = Infinity;
    let next: f32 = Infinity;
    let label = 0;
    for (let c: u32 = 0; c < columns; c++) {
      const value = load<f32>(products + (c << 2));
      if (value < least) {
        next = least;
        least = value;
        label = c;
      } else if (value < next) {
        next = value;
      }
    }
    store<i32>(labels + (row << 2), label);
    store<f32>(gaps + (row << 2), next - least);
  }
}
