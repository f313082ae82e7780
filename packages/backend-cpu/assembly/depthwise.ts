// Convolution of each channel by itself: no product of matrices, but sums over taps, channel by channel in lanes.
import * as g from "./geometry";
import { madd } from "./simd-math";

/** output = the sum over taps of input · filter. Index mapping: filter [taps][channels]. Lanes: four channels. */
export function depthwise(input: u32, filter: u32, output: u32, rows: u32, geometry: u32): void {
  g.readGeometry(geometry);
  g.seek(0, input);
  const channels = <u32>g.channels;
  const bytes = channels << 2;
  const whole = bytes & ~15;
  const pairs = bytes & ~31;
  for (let row: u32 = 0; row < rows; row++, output += bytes) {
    const base = g.origin();
    const z0 = g.firstTap(g.atZ, g.gapDepth), z1 = g.endTap(g.atZ, g.gapDepth, g.depth, g.windowDepth);
    const y0 = g.firstTap(g.atY, g.gapHeight), y1 = g.endTap(g.atY, g.gapHeight, g.height, g.windowHeight);
    const x0 = g.firstTap(g.atX, g.gapWidth), x1 = g.endTap(g.atX, g.gapWidth, g.width, g.windowWidth);
    const xStep = <u32>g.gapWidth * bytes;
    let c: u32 = 0;
    for (; c < pairs; c += 32) {
      let low = f32x4.splat(0), high = f32x4.splat(0);
      for (let z = z0; z < z1; z++) {
        for (let y = y0; y < y1; y++) {
          let from = base + c + <u32>(((z * g.gapDepth * g.height + y * g.gapHeight) * g.width + x0 * g.gapWidth)) * bytes;
          let weight = filter + c + <u32>((z * g.windowHeight + y) * g.windowWidth + x0) * bytes;
          for (let x = x0; x < x1; x++) {
            low = madd(v128.load(from), v128.load(weight), low);
            high = madd(v128.load(from, 16), v128.load(weight, 16), high);
            from += xStep;
            weight += bytes;
          }
        }
      }
      v128.store(output + c, low);
      v128.store(output + c, high, 16);
    }
    for (; c < bytes; c += c < whole ? 16 : 4) {
      let sum = f32x4.splat(0);
      let one: f32 = 0;
      for (let z = z0; z < z1; z++) {
        for (let y = y0; y < y1; y++) {
          for (let x = x0; x < x1; x++) {
            const from = base + c + <u32>((z * g.gapDepth * g.height + y * g.gapHeight) * g.width + x * g.gapWidth) * bytes;
            const weight = filter + c + <u32>((z * g.windowHeight + y) * g.windowWidth + x) * bytes;
            if (c < whole) sum = madd(v128.load(from), v128.load(weight), sum);
            else one += load<f32>(from) * load<f32>(weight);
          }
        }
      }
      if (c < whole) v128.store(output + c, sum);
      else store<f32>(output + c, one);
    }
    g.advance();
  }
}

/**
 * The two gradients, by going over the same products: with `toFilter`, other += input · gradient at the filter; else
 * input += filter · gradient. Lanes: four channels.
 */
export function depthwiseGradient(
  input: u32, filter: u32, gradient: u32, rows: u32, toFilter: bool, geometry: u32,
): void {
  g.readGeometry(geometry);
  g.seek(0, input);
  const bytes = <u32>g.channels << 2;
  for (let row: u32 = 0; row < rows; row++, gradient += bytes) {
    const base = g.origin();
    const z0 = g.firstTap(g.atZ, g.gapDepth), z1 = g.endTap(g.atZ, g.gapDepth, g.depth, g.windowDepth);
    const y0 = g.firstTap(g.atY, g.gapHeight), y1 = g.endTap(g.atY, g.gapHeight, g.height, g.windowHeight);
    const x0 = g.firstTap(g.atX, g.gapWidth), x1 = g.endTap(g.atX, g.gapWidth, g.width, g.windowWidth);
    for (let z = z0; z < z1; z++) {
      for (let y = y0; y < y1; y++) {
        for (let x = x0; x < x1; x++) {
          const place = base + <u32>((z * g.gapDepth * g.height + y * g.gapHeight) * g.width + x * g.gapWidth) * bytes;
          const weight = filter + <u32>((z * g.windowHeight + y) * g.windowWidth + x) * bytes;
          if (toFilter) addProducts(place, gradient, weight, bytes);
          else addProducts(weight, gradient, place, bytes);
        }
      }
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
