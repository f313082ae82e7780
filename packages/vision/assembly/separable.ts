// Images whose every element is a weighted sum along columns, then along rows: blurs, derivatives, resizing, borders. What
// each row and each column is made of stands in tables, as in a sparse matrix: `starts[i]` to `starts[i + 1]` are its taps.
import { load4, storeBytes } from "./lanes";

/**
 * Computes `rows` output rows from `firstRow`, counted over the batch. `ints` holds the starts and the indices for rows, then those for
 * columns; `floats` the weights for rows, for columns, and a factor and a summand for each of four channels. Columns from
 * `uniformBegin` to `uniformEnd` have the same weights on neighbouring elements. What the taps' weights lack of `total` weighs `fill`.
 * Lanes: 16 elements of a row down the columns; along rows 16 where uniform, else the channels of one pixel. `isDirect`
 * computes pixels of up to four channels one by one from the input, which is less work where few of its pixels are looked at.
 */
export function separable(
  input: u32, isBytes: bool, output: u32, toBytes: bool, firstRow: u32, rows: u32,
  height: u32, width: u32, channels: u32, outHeight: u32, outWidth: u32,
  ints: u32, floats: u32, uniformBegin: u32, uniformEnd: u32, fill: f32, total: f32, hasScale: bool, isDirect: bool, workspace: u32,
): void {
  const elements = width * channels, outElements = outWidth * channels;
  const rowStarts = ints, rowIndices = rowStarts + ((outHeight + 1) << 2);
  const rowTaps = load<u32>(rowStarts + (outHeight << 2));
  const columnStarts = rowIndices + (rowTaps << 2), columnIndices = columnStarts + ((outWidth + 1) << 2);
  const columnTaps = load<u32>(columnStarts + (outWidth << 2));
  const columnWeights = floats + (rowTaps << 2), scales = columnWeights + (columnTaps << 2);
  const line = workspace;
  const result = line + ((elements + 64) << 2);
  const bytes = result + ((outElements + 64) << 2);
  const list = bytes + outElements + 64;
  const rowBytes = elements << (isBytes ? 0 : 2);
  // Rows that are made of nothing are all alike: the last one is there still.
  let isEmpty = false;
  for (let row = firstRow; row < firstRow + rows; row++) {
    const image = input + (row / outHeight) * height * rowBytes;
    const i = row % outHeight;
    const first = load<u32>(rowStarts + (i << 2)), end = load<u32>(rowStarts + (i << 2), 4);
    let covered: f32 = 0;
    for (let tap = first; tap < end; tap++) {
      const weight = load<f32>(floats + (tap << 2));
      const at = list + ((tap - first) << 3);
      store<u32>(at, image + load<u32>(rowIndices + (tap << 2)) * rowBytes);
      store<f32>(at, weight, 4);
      covered += weight;
    }
    if (isEmpty && first === end) {
      write(result, bytes, output, row, outElements, toBytes);
      continue;
    }
    isEmpty = first === end;
    if (isDirect) {
      if (isBytes) {
        weighBytesDirect(
          list, end - first, result, outWidth, channels, columnStarts, columnIndices, columnWeights, covered, fill, total, scales,
        );
      } else {
        weighFloatsDirect(
          list, end - first, result, outWidth, channels, columnStarts, columnIndices, columnWeights, covered, fill, total, scales,
        );
      }
      write(result, bytes, output, row, outElements, toBytes);
      continue;
    }
    if (isBytes) weighByteRows(list, end - first, line, elements);
    else weighRows(list, end - first, line, elements);
    const uniformStart = columnIndices + (load<u32>(columnStarts + (uniformBegin << 2)) << 2);
    weighPixels(
      line, result, 0, uniformBegin, channels, columnStarts, columnIndices, columnWeights, covered, fill, total, scales, hasScale,
    );
    if (uniformBegin < uniformEnd) {
      const taps = load<u32>(columnStarts + (uniformBegin << 2), 4) - load<u32>(columnStarts + (uniformBegin << 2));
      const weights = columnWeights + (load<u32>(columnStarts + (uniformBegin << 2)) << 2);
      let across: f32 = 0;
      for (let tap: u32 = 0; tap < taps; tap++) across += load<f32>(weights + (tap << 2));
      weighNeighbours(
        line + ((load<u32>(uniformStart) * channels) << 2), result + ((uniformBegin * channels) << 2),
        (uniformEnd - uniformBegin) * channels, taps, channels << 2, weights, fill * (total - covered * across),
      );
    }
    weighPixels(
      line, result, uniformEnd, outWidth, channels, columnStarts, columnIndices, columnWeights, covered, fill, total, scales, hasScale,
    );
    write(result, bytes, output, row, outElements, toBytes);
  }
}

/** Brings a row of results to where it belongs. */
function write(result: u32, bytes: u32, output: u32, row: u32, elements: u32, toBytes: bool): void {
  if (toBytes) {
    storeBytes(result, bytes, elements);
    memory.copy(output + row * elements, bytes, elements);
  } else memory.copy(output + ((row * elements) << 2), result, elements << 2);
}

/** A row of pixels, each from its own pixels of some rows of bytes. Lanes: four channels; the surplus lanes are written over. */
export function weighBytesDirect(
  list: u32, taps: u32, result: u32, width: u32, channels: u32, starts: u32, indices: u32, weights: u32,
  covered: f32, fill: f32, total: f32, scales: u32,
): void {
  weighDirect<u8>(list, taps, result, width, channels, starts, indices, weights, covered, fill, total, scales);
}

/** The same of floats. */
export function weighFloatsDirect(
  list: u32, taps: u32, result: u32, width: u32, channels: u32, starts: u32, indices: u32, weights: u32,
  covered: f32, fill: f32, total: f32, scales: u32,
): void {
  weighDirect<f32>(list, taps, result, width, channels, starts, indices, weights, covered, fill, total, scales);
}

// @ts-ignore: decorator
@inline
function weighDirect<T>(
  list: u32, taps: u32, result: u32, width: u32, channels: u32, starts: u32, indices: u32, weights: u32,
  covered: f32, fill: f32, total: f32, scales: u32,
): void {
  const pixel = channels * <u32>sizeof<T>();
  const end = list + (taps << 3);
  const factor = v128.load(scales), summand = v128.load(scales, 16);
  let first: u32 = 0;
  for (let x: u32 = 0; x < width; x++, result += channels << 2) {
    const last = load<u32>(starts + (x << 2), 4) << 2;
    let sum = f32x4.splat(0);
    let across: f32 = 0;
    for (let at = first; at < last; at += 4) {
      const place = load<u32>(indices + at) * pixel;
      let column = f32x4.splat(0);
      for (let tap = list; tap < end; tap += 8) {
        column = f32x4.add(column, f32x4.mul(load4<T>(load<u32>(tap) + place), v128.load32_splat(tap, 4)));
      }
      sum = f32x4.add(sum, f32x4.mul(column, v128.load32_splat(weights + at)));
      across += load<f32>(weights + at);
    }
    sum = f32x4.add(sum, f32x4.splat(fill * (total - covered * across)));
    v128.store(result, f32x4.add(f32x4.mul(sum, factor), summand));
    first = last;
  }
}

/** to[e] = the sum over taps of weight · row[e]. Lanes: 16 elements; reads and writes whole vectors. */
export function weighRows(list: u32, taps: u32, to: u32, elements: u32): void {
  weigh<f32>(list, taps, to, elements);
}

/** The same of bytes. */
export function weighByteRows(list: u32, taps: u32, to: u32, elements: u32): void {
  weigh<u8>(list, taps, to, elements);
}

// @ts-ignore: decorator
@inline
function weigh<T>(list: u32, taps: u32, to: u32, elements: u32): void {
  const step = <u32>sizeof<T>() << 2;
  const end = list + (taps << 3);
  for (let e: u32 = 0; e < elements; e += 16, to += 64) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let tap = list; tap < end; tap += 8) {
      const from = load<u32>(tap) + e * <u32>sizeof<T>();
      const weight = v128.load32_splat(tap, 4);
      s0 = f32x4.add(s0, f32x4.mul(load4<T>(from), weight));
      s1 = f32x4.add(s1, f32x4.mul(load4<T>(from + step), weight));
      s2 = f32x4.add(s2, f32x4.mul(load4<T>(from + 2 * step), weight));
      s3 = f32x4.add(s3, f32x4.mul(load4<T>(from + 3 * step), weight));
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
}

/** Elements whose taps are the same on neighbours: to[e] = start + the sum over taps of weight · line[e + tap · step]. Lanes: 16 elements. */
export function weighNeighbours(
  line: u32, to: u32, elements: u32, taps: u32, step: u32, weights: u32, start: f32,
): void {
  const end = weights + (taps << 2);
  const initial = f32x4.splat(start);
  for (let e: u32 = 0; e < elements; e += 16, to += 64, line += 64) {
    let s0 = initial, s1 = initial, s2 = initial, s3 = initial;
    let from = line;
    for (let at = weights; at < end; at += 4, from += step) {
      const weight = v128.load32_splat(at);
      s0 = f32x4.add(s0, f32x4.mul(v128.load(from), weight));
      s1 = f32x4.add(s1, f32x4.mul(v128.load(from, 16), weight));
      s2 = f32x4.add(s2, f32x4.mul(v128.load(from, 32), weight));
      s3 = f32x4.add(s3, f32x4.mul(v128.load(from, 48), weight));
    }
    v128.store(to, s0);
    v128.store(to, s1, 16);
    v128.store(to, s2, 32);
    v128.store(to, s3, 48);
  }
}

/** Pixels one by one, each with taps of its own. Lanes: four channels; the surplus lanes of a pixel are written over by the next. */
export function weighPixels(
  line: u32, result: u32, begin: u32, end: u32, channels: u32, starts: u32, indices: u32, weights: u32,
  covered: f32, fill: f32, total: f32, scales: u32, hasScale: bool,
): void {
  const bytes = channels << 2;
  const factor = v128.load(scales), summand = v128.load(scales, 16);
  let to = result + begin * bytes;
  let tap = load<u32>(starts + (begin << 2));
  for (let x = begin; x < end; x++, to += bytes) {
    const first = tap << 2, last = load<u32>(starts + (x << 2), 4) << 2;
    let start = f32x4.splat(0);
    if (fill !== 0) {
      let across: f32 = 0;
      for (let at = first; at < last; at += 4) across += load<f32>(weights + at);
      start = f32x4.splat(fill * (total - covered * across));
    }
    for (let c: u32 = 0; c < bytes; c += 16) {
      let sum = start;
      for (let at = first; at < last; at += 4) {
        const pixel = v128.load(line + c + load<u32>(indices + at) * bytes);
        sum = f32x4.add(sum, f32x4.mul(pixel, v128.load32_splat(weights + at)));
      }
      if (hasScale) sum = f32x4.add(f32x4.mul(sum, factor), summand);
      v128.store(to + c, sum);
    }
    tap = last >>> 2;
  }
}
