// Convolution of each channel by itself: no product of matrices, but sums over taps, channel by channel in lanes.
import { finished, finishRows, unfinished } from "./finish";
import * as g from "./geometry";
import { madd } from "./madd";

/** A run's lines are worth staying in the first-level cache: positions at a time, times bytes of each, times the step. */
const runBytes: u32 = 4096;
/** With more channels, runs lie in too few sets of the cache, and positions by themselves are faster (measured). */
const mostRunBytes: u32 = 128;

/**
 * output = the sum over taps of input · filter, finished, for `rows` positions from `firstRow`. Index mapping: filter
 * [taps][channels]; `table` has room for two words a tap. Windows of 3x3 that lie inside are computed run by run where
 * channels are few.
 */
export function depthwise(
  input: u32, filter: u32, output: u32, firstRow: u32, rows: u32, table: u32, geometry: u32, bias: u32, activation: u32,
): void {
  g.readGeometry(geometry);
  g.seek(firstRow, input);
  g.clearTaps();
  const bytes = <u32>g.channels << 2;
  const is3x3 = g.windowDepth === 1 && g.windowHeight === 3 && g.windowWidth === 3;
  const mostRun = is3x3 && bytes <= mostRunBytes && (bytes & 15) === 0 ? runBytes / (bytes * <u32>g.strideWidth) : 0;
  output += firstRow * bytes;
  let wasInside = false;
  let end: u32 = table;
  while (rows > 0) {
    const isInside = g.isWindowInside();
    let count: u32 = 1;
    if (isInside && mostRun > 0) {
      count = min(min(rows, mostRun), g.leftAlike());
      convolveRun(g.origin(), filter, bytes, output, count);
      if (activation !== unfinished) finishRows(output, bytes, count, <u32>g.channels, bias, activation);
    } else {
      // All windows that lie inside have the same list.
      if (!isInside || !wasInside) end = table + (g.listTaps(table, bytes) << 3);
      wasInside = isInside;
      convolvePosition(g.origin(), filter, bytes, output, table, end, bias, activation);
    }
    g.advanceBy(count);
    output += count * bytes;
    rows -= count;
  }
}

/** `count` positions of a line, by nine taps that lie inside. */
function convolveRun(base: u32, filter: u32, bytes: u32, output: u32, count: u32): void {
  const line = <u32>(g.gapHeight * g.width) * bytes, step = <u32>g.strideWidth * bytes, gap = <u32>g.gapWidth * bytes;
  for (let c: u32 = 0; c < bytes; c += 16) {
    addNine(base + c, line, gap, step, filter + c, bytes, output + c, output + count * bytes);
  }
}

/** Four channels of a run, with their weights in nine registers. Exported so that nothing inlines it. */
export function addNine(
  top: u32, line: u32, gap: u32, step: u32, filter: u32, bytes: u32, to: u32, end: u32,
): void {
  const w0 = v128.load(filter), w1 = v128.load(filter + bytes), w2 = v128.load(filter + 2 * bytes);
  const w3 = v128.load(filter + 3 * bytes), w4 = v128.load(filter + 4 * bytes), w5 = v128.load(filter + 5 * bytes);
  const w6 = v128.load(filter + 6 * bytes), w7 = v128.load(filter + 7 * bytes), w8 = v128.load(filter + 8 * bytes);
  const zero = f32x4.splat(0);
  const gaps = 2 * gap;
  while (to < end) {
    const middle = top + line, bottom = middle + line;
    let sum = madd(v128.load(top), w0, zero);
    sum = madd(v128.load(top + gap), w1, sum);
    sum = madd(v128.load(top + gaps), w2, sum);
    sum = madd(v128.load(middle), w3, sum);
    sum = madd(v128.load(middle + gap), w4, sum);
    sum = madd(v128.load(middle + gaps), w5, sum);
    sum = madd(v128.load(bottom), w6, sum);
    sum = madd(v128.load(bottom + gap), w7, sum);
    sum = madd(v128.load(bottom + gaps), w8, sum);
    v128.store(to, sum);
    top += step;
    to += bytes;
  }
}

/** One position, by the taps in a list. Lanes: four channels, four accumulators at a time. */
function convolvePosition(
  base: u32, filter: u32, bytes: u32, output: u32, table: u32, end: u32, bias: u32, activation: u32,
): void {
  let c: u32 = 0;
  for (; c + 64 <= bytes; c += 64) {
    let s0 = f32x4.splat(0), s1 = s0, s2 = s0, s3 = s0;
    for (let tap = table; tap < end; tap += 8) {
      const from = base + c + load<u32>(tap);
      const weight = filter + c + load<u32>(tap, 4);
      s0 = madd(v128.load(from), v128.load(weight), s0);
      s1 = madd(v128.load(from, 16), v128.load(weight, 16), s1);
      s2 = madd(v128.load(from, 32), v128.load(weight, 32), s2);
      s3 = madd(v128.load(from, 48), v128.load(weight, 48), s3);
    }
    const b = bias === 0 ? 0 : bias + c;
    v128.store(output + c, finished(s0, b, activation));
    v128.store(output + c, finished(s1, b === 0 ? 0 : b + 16, activation), 16);
    v128.store(output + c, finished(s2, b === 0 ? 0 : b + 32, activation), 32);
    v128.store(output + c, finished(s3, b === 0 ? 0 : b + 48, activation), 48);
  }
  const left = output + c;
  for (; c + 16 <= bytes; c += 16) {
    let sum = f32x4.splat(0);
    for (let tap = table; tap < end; tap += 8) {
      sum = madd(v128.load(base + c + load<u32>(tap)), v128.load(filter + c + load<u32>(tap, 4)), sum);
    }
    v128.store(output + c, sum);
  }
  for (; c < bytes; c += 4) {
    let sum: f32 = 0;
    for (let tap = table; tap < end; tap += 8) {
      sum += load<f32>(base + c + load<u32>(tap)) * load<f32>(filter + c + load<u32>(tap, 4));
    }
    store<f32>(output + c, sum);
  }
  const rest = output + bytes - left;
  if (rest === 0 || activation === unfinished) return;
  finishRows(left, bytes, 1, rest >> 2, bias === 0 ? 0 : bias + bytes - rest, activation);
}

/** input = the sum over windows of filter · gradient, for `images` images. Lanes: four channels. */
export function depthwiseInputGradient(
  input: u32, filter: u32, gradient: u32, images: u32, table: u32, geometry: u32,
): void {
  g.readGeometry(geometry);
  memory.fill(input, 0, g.imageBytes(images));
  g.seek(0, input);
  g.clearTaps();
  const bytes = <u32>g.channels << 2;
  const end = gradient + g.positionsOf(images) * bytes;
  for (; gradient < end; gradient += bytes) {
    const base = g.origin();
    const last = table + (g.listTaps(table, bytes) << 3);
    for (let tap = table; tap < last; tap += 8) {
      addProducts(filter + load<u32>(tap, 4), gradient, base + load<u32>(tap), bytes);
    }
    g.advance();
  }
}

/** filter = the sum over `rows` positions of input · gradient. Lanes: four channels. */
export function depthwiseFilterGradient(
  input: u32, filter: u32, gradient: u32, rows: u32, table: u32, geometry: u32,
): void {
  g.readGeometry(geometry);
  g.seek(0, input);
  g.clearTaps();
  const bytes = <u32>g.channels << 2;
  memory.fill(filter, 0, <u32>(g.windowDepth * g.windowHeight * g.windowWidth) * bytes);
  for (let row: u32 = 0; row < rows; row++, gradient += bytes) {
    const base = g.origin();
    const last = table + (g.listTaps(table, bytes) << 3);
    for (let tap = table; tap < last; tap += 8) {
      addProducts(base + load<u32>(tap), gradient, filter + load<u32>(tap, 4), bytes);
    }
    g.advance();
  }
}

/** to += a · b. Lanes: four elements. */
function addProducts(a: u32, b: u32, to: u32, bytes: u32): void {
  const whole = bytes & ~15;
  let i: u32 = 0;
  for (; i < whole; i += 16) {
    v128.store(to + i, madd(v128.load(a + i), v128.load(b + i), v128.load(to + i)));
  }
  for (; i < bytes; i += 4) {
    store<f32>(to + i, load<f32>(to + i) + load<f32>(a + i) * load<f32>(b + i));
  }
}
