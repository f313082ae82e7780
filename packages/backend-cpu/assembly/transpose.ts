// Copies that swap two axes.

const tile: u32 = 16;

/**
 * output[r][c] = from[c][r] for words: source lines are `fromStep` bytes apart, output rows `outputStep`. Index mapping:
 * tiles of 16 x 16, so that each line of the cache is used whole; lanes: 4 x 4 words in four registers.
 */
export function transpose(from: u32, fromStep: u32, output: u32, outputStep: u32, rows: u32, columns: u32): void {
  for (let r: u32 = 0; r < rows; r += tile) {
    const rowEnd = min(r + tile, rows);
    for (let c: u32 = 0; c < columns; c += tile) {
      transposeTile(from, fromStep, output, outputStep, r, rowEnd, c, min(c + tile, columns));
    }
  }
}

function transposeTile(from: u32, fromStep: u32, output: u32, outputStep: u32, r0: u32, r1: u32, c0: u32, c1: u32): void {
  let c = c0;
  for (; c + 4 <= c1; c += 4) {
    let r = r0;
    let source = from + c * fromStep + (r << 2);
    let target = output + r * outputStep + (c << 2);
    for (; r + 4 <= r1; r += 4) {
      const a = v128.load(source);
      const b = v128.load(source + fromStep);
      const d = v128.load(source + fromStep * 2);
      const e = v128.load(source + fromStep * 3);
      const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5), de = v128.shuffle<f32>(d, e, 0, 4, 1, 5);
      const AB = v128.shuffle<f32>(a, b, 2, 6, 3, 7), DE = v128.shuffle<f32>(d, e, 2, 6, 3, 7);
      v128.store(target, v128.shuffle<f64>(ab, de, 0, 2));
      v128.store(target + outputStep, v128.shuffle<f64>(ab, de, 1, 3));
      v128.store(target + outputStep * 2, v128.shuffle<f64>(AB, DE, 0, 2));
      v128.store(target + outputStep * 3, v128.shuffle<f64>(AB, DE, 1, 3));
      source += 16;
      target += outputStep << 2;
    }
    for (; r < r1; r++) {
      for (let k: u32 = 0; k < 4; k++) copyOne(from, fromStep, output, outputStep, r, c + k);
    }
  }
  for (; c < c1; c++) {
    for (let r = r0; r < r1; r++) copyOne(from, fromStep, output, outputStep, r, c);
  }
}

// @ts-ignore: decorator
@inline
function copyOne(from: u32, fromStep: u32, output: u32, outputStep: u32, r: u32, c: u32): void {
  store<u32>(output + r * outputStep + (c << 2), load<u32>(from + c * fromStep + (r << 2)));
}
