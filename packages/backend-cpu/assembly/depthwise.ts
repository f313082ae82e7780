// Convolution of each channel by itself: no product of matrices, but sums over taps, channel by channel in lanes.
import * as g from "./geometry";
import { madd } from "./madd";

/**
 * output = the sum over taps of input · filter, for `rows` positions from `firstRow`. Index mapping: filter [taps][channels]; `table` has room for two words a
 * tap. Lanes: four channels, four accumulators at a time.
 */
export function depthwise(
  input: u32, filter: u32, output: u32, firstRow: u32, rows: u32, table: u32, geometry: u32,
): void {
  g.readGeometry(geometry);
  g.seek(firstRow, input);
  g.clearTaps();
  const bytes = <u32>g.channels << 2;
  output += firstRow * bytes;
  for (let row: u32 = 0; row < rows; row++, output += bytes) {
    const base = g.origin();
    const end = table + (g.listTaps(table, bytes) << 3);
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
      v128.store(output + c, s0);
      v128.store(output + c, s1, 16);
      v128.store(output + c, s2, 32);
      v128.store(output + c, s3, 48);
    }
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
    g.advance();
  }
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
