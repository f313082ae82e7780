// What separable.ts computes, from bytes to bytes in whole numbers: weights have 14 binary places, the line between columns and
// rows has 6. Taps go in pairs, since one instruction multiplies and adds two.

/** The arguments are those of `separable`; `weights` are whole numbers, those of rows and then those of columns. */
export function separableBytes(
  input: u32, output: u32, firstRow: u32, rows: u32,
  height: u32, width: u32, channels: u32, outHeight: u32, outWidth: u32,
  ints: u32, weights: u32, uniformBegin: u32, uniformEnd: u32, fill: f32, total: f32, workspace: u32,
): void {
  const elements = width * channels, outElements = outWidth * channels;
  const rowStarts = ints, rowIndices = rowStarts + ((outHeight + 1) << 2);
  const rowTaps = load<u32>(rowStarts + (outHeight << 2));
  const columnStarts = rowIndices + (rowTaps << 2), columnIndices = columnStarts + ((outWidth + 1) << 2);
  const columnWeights = weights + (rowTaps << 2);
  const line = workspace;
  const bytes = line + ((elements + 64) << 1);
  const list = bytes + ((outElements + 79) & ~15);
  for (let row = firstRow; row < firstRow + rows; row++) {
    const image = input + (row / outHeight) * height * elements;
    const i = row % outHeight;
    let tap = load<u32>(rowStarts + (i << 2)), at = list, covered = 0;
    const end = load<u32>(rowStarts + (i << 2), 4);
    for (; tap < end; tap += 2, at += 12) {
      const last = tap + 1 === end;
      const weight = load<i32>(weights + (tap << 2)), next = last ? 0 : load<i32>(weights + (tap << 2), 4);
      const place = load<u32>(rowIndices + (tap << 2));
      store<u32>(at, image + place * elements);
      store<u32>(at, image + (last ? place : load<u32>(rowIndices + (tap << 2), 4)) * elements, 4);
      store<u32>(at, (weight & 0xffff) | (next << 16), 8);
      covered += weight + next;
    }
    weighRowPairs(list, at, line, elements);
    const down = <f32>covered / 16384;
    weighPixelPairs(line, bytes, 0, uniformBegin, channels, columnStarts, columnIndices, columnWeights, down, fill, total);
    if (uniformBegin < uniformEnd) {
      const first = load<u32>(columnStarts + (uniformBegin << 2)), taps = load<u32>(columnStarts + (uniformBegin << 2), 4) - first;
      let across = 0;
      for (let k: u32 = 0; k < taps; k += 2) {
        const from = columnWeights + ((first + k) << 2);
        const weight = load<i32>(from), next = k + 1 === taps ? 0 : load<i32>(from, 4);
        store<u32>(list + (k << 1), (weight & 0xffff) | (next << 16));
        across += weight + next;
      }
      const start = line + ((load<u32>(columnIndices + (first << 2)) * channels) << 1);
      weighNeighbourPairs(
        start, bytes + uniformBegin * channels, (uniformEnd - uniformBegin) * channels, list, list + (((taps + 1) >>> 1) << 2),
        channels << 1, startOf(fill, total, down, across),
      );
    }
    weighPixelPairs(line, bytes, uniformEnd, outWidth, channels, columnStarts, columnIndices, columnWeights, down, fill, total);
    memory.copy(output + row * outElements, bytes, outElements);
  }
}

/** What a sum begins with: what the weights lack of the total weighs `fill`; and half a grey level. */
// @ts-ignore: decorator
@inline
function startOf(fill: f32, total: f32, down: f32, across: i32): i32 {
  return <i32>(fill * (total - (down * <f32>across) / 16384) * 1048576) + (1 << 19);
}

/** to[e] = the sum over pairs of taps, with 6 binary places. Lanes: 16 elements, whose pairs lie side by side. */
export function weighRowPairs(list: u32, end: u32, to: u32, elements: u32): void {
  const half = i32x4.splat(128);
  for (let e: u32 = 0; e < elements; e += 16, to += 32) {
    let s0 = half, s1 = half, s2 = half, s3 = half;
    for (let pair = list; pair < end; pair += 12) {
      const a = v128.load(load<u32>(pair) + e), b = v128.load(load<u32>(pair, 4) + e);
      const weight = v128.load32_splat(pair, 8);
      const low = v128.shuffle<u8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
      const high = v128.shuffle<u8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(low), weight));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(low), weight));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(high), weight));
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(high), weight));
    }
    v128.store(to, i16x8.narrow_i32x4_s(i32x4.shr_s(s0, 8), i32x4.shr_s(s1, 8)));
    v128.store(to, i16x8.narrow_i32x4_s(i32x4.shr_s(s2, 8), i32x4.shr_s(s3, 8)), 16);
  }
}

/** Elements whose taps are the same on neighbours, `step` bytes from tap to tap. Lanes: 16 elements. */
export function weighNeighbourPairs(
  line: u32, to: u32, elements: u32, weights: u32, end: u32, step: u32, start: i32,
): void {
  const initial = i32x4.splat(start);
  for (let e: u32 = 0; e < elements; e += 16, to += 16, line += 32) {
    let s0 = initial, s1 = initial, s2 = initial, s3 = initial;
    let from = line;
    for (let at = weights; at < end; at += 4, from += 2 * step) {
      const weight = v128.load32_splat(at);
      const a = v128.load(from), b = v128.load(from + step), c = v128.load(from, 16), d = v128.load(from + step, 16);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11), weight));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v128.shuffle<u16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15), weight));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v128.shuffle<u16>(c, d, 0, 8, 1, 9, 2, 10, 3, 11), weight));
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v128.shuffle<u16>(c, d, 4, 12, 5, 13, 6, 14, 7, 15), weight));
    }
    v128.store(to, i8x16.narrow_i16x8_u(
      i16x8.narrow_i32x4_s(i32x4.shr_s(s0, 20), i32x4.shr_s(s1, 20)),
      i16x8.narrow_i32x4_s(i32x4.shr_s(s2, 20), i32x4.shr_s(s3, 20)),
    ));
  }
}

/** Pixels one by one, each with taps of its own. Lanes: four channels; the surplus lanes are written over by the next pixel. */
export function weighPixelPairs(
  line: u32, result: u32, begin: u32, end: u32, channels: u32, starts: u32, indices: u32, weights: u32,
  down: f32, fill: f32, total: f32,
): void {
  const bytes = channels << 1;
  let to = result + begin * channels;
  let tap = load<u32>(starts + (begin << 2)) << 2;
  for (let x = begin; x < end; x++, to += channels) {
    const last = load<u32>(starts + (x << 2), 4) << 2;
    let across = 16384;
    if (fill !== 0) {
      across = 0;
      for (let at = tap; at < last; at += 4) across += load<i32>(weights + at);
    }
    const start = i32x4.splat(fill !== 0 ? startOf(fill, total, down, across) : 1 << 19);
    for (let c: u32 = 0; c < channels; c += 4) {
      let sum = start;
      for (let at = tap; at < last; at += 8) {
        const isLast = at + 4 === last;
        const weight = load<i32>(weights + at), next = isLast ? 0 : load<i32>(weights + at, 4);
        const a = v128.load64_zero(line + (c << 1) + load<u32>(indices + at) * bytes);
        const b = isLast ? a : v128.load64_zero(line + (c << 1) + load<u32>(indices + at, 4) * bytes);
        const both = v128.shuffle<u16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
        sum = i32x4.add(sum, i32x4.dot_i16x8_s(both, i32x4.splat((weight & 0xffff) | (next << 16))));
      }
      const words = i16x8.narrow_i32x4_s(i32x4.shr_s(sum, 20), sum);
      store<u32>(to + c, i32x4.extract_lane(i8x16.narrow_i16x8_u(words, words), 0));
    }
    tap = last;
  }
}
