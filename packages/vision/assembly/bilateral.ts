// Means of the pixels around, weighed by how near they are and how alike, on images that have been padded.
import { load1, storeBytes } from "./lanes";

/**
 * Computes `rows` output rows from `firstRow`, counted over the batch, of `width` pixels of one or three `channels`; `input` has
 * `2 * radius` rows and as many pixels a row more. `taps` triples: rows down, pixels right, the logarithm of the weight by
 * distance. The working memory keeps planes of the rows around. Lanes: four pixels.
 */
export function bilateral(
  input: u32, isBytes: bool, output: u32, firstRow: u32, rows: u32, height: u32, width: u32, channels: u32,
  radius: u32, table: u32, taps: u32, factor: f32, workspace: u32,
): void {
  const around = 2 * radius, paddedWidth = width + around;
  const size: u32 = isBytes ? 1 : 4;
  const plane = (paddedWidth + 8) << 2, slot = plane * channels;
  const list = workspace + (around + 1) * slot;
  const result = list + taps * 8, bytes = result + ((width * channels + 64) << 2);
  let have: u32 = 0;
  for (let row = firstRow; row < firstRow + rows; row++) {
    const image = row / height, i = row % height;
    const first = row + image * around;
    if (row === firstRow || i === 0) have = first;
    for (; have <= first + around; have++) {
      const from = input + have * paddedWidth * channels * size, to = workspace + (have % (around + 1)) * slot;
      if (isBytes) planesOfBytes(from, to, plane, paddedWidth, channels);
      else planesOfFloats(from, to, plane, paddedWidth, channels);
    }
    for (let tap: u32 = 0; tap < taps; tap++) {
      const at = table + tap * 12;
      const down = first + <u32>load<f32>(at), right = <u32>load<f32>(at, 4);
      store<u32>(list + (tap << 3), workspace + (down % (around + 1)) * slot + (right << 2));
      store<f32>(list + (tap << 3), load<f32>(at, 8), 4);
    }
    const center = workspace + ((first + radius) % (around + 1)) * slot + (radius << 2);
    if (channels === 1) weighAlike1(center, list, taps, result, width, factor);
    else weighAlike3(center, plane, list, taps, result, width, factor);
    const elements = width * channels;
    if (isBytes) {
      storeBytes(result, bytes, elements);
      memory.copy(output + row * elements, bytes, elements);
    } else memory.copy(output + ((row * elements) << 2), result, elements << 2);
  }
}

/** Takes the channels of a row of bytes apart. */
export function planesOfBytes(from: u32, to: u32, plane: u32, width: u32, channels: u32): void {
  planes<u8>(from, to, plane, width, channels);
}

/** Takes the channels of a row of floats apart. */
export function planesOfFloats(from: u32, to: u32, plane: u32, width: u32, channels: u32): void {
  planes<f32>(from, to, plane, width, channels);
}

// @ts-ignore: decorator
@inline
function planes<T>(from: u32, to: u32, plane: u32, width: u32, channels: u32): void {
  for (let x: u32 = 0; x < width; x++) {
    for (let c: u32 = 0; c < channels; c++, from += <u32>sizeof<T>()) store<f32>(to + c * plane + (x << 2), load1<T>(from));
  }
}

/** e to the power of `x`, which is not positive; relative error below 3e-7: 2 to the power of the whole part, and of the rest by its series. */
// @ts-ignore: decorator
@inline
function exp4(x: v128): v128 {
  const y = f32x4.max(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(-126));
  const whole = f32x4.nearest(y), r = f32x4.sub(y, whole);
  let sum = f32x4.splat(1.5403530e-4);
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1.3333558e-3));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(9.6181291e-3));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(5.5504109e-2));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(2.4022651e-1));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(6.9314718e-1));
  sum = f32x4.add(f32x4.mul(sum, r), f32x4.splat(1));
  return i32x4.add(sum, i32x4.shl(i32x4.trunc_sat_f32x4_s(whole), 23));
}

/** A row of one channel. */
export function weighAlike1(center: u32, list: u32, taps: u32, to: u32, width: u32, factor: f32): void {
  const k = f32x4.splat(factor), end = list + (taps << 3);
  for (let x: u32 = 0; x < width << 2; x += 16) {
    const a = v128.load(center + x);
    let weights = f32x4.splat(0), sum = weights;
    for (let tap = list; tap < end; tap += 8) {
      const b = v128.load(load<u32>(tap) + x);
      const d = f32x4.sub(b, a);
      const w = exp4(f32x4.add(f32x4.mul(f32x4.mul(d, d), k), v128.load32_splat(tap, 4)));
      weights = f32x4.add(weights, w);
      sum = f32x4.add(sum, f32x4.mul(b, w));
    }
    v128.store(to + x, f32x4.div(sum, weights));
  }
}

/** A row of three channels, whose differences add up. */
export function weighAlike3(center: u32, plane: u32, list: u32, taps: u32, to: u32, width: u32, factor: f32): void {
  const k = f32x4.splat(factor), end = list + (taps << 3);
  for (let x: u32 = 0; x < width << 2; x += 16, to += 48) {
    const at = center + x;
    const r0 = v128.load(at), g0 = v128.load(at + plane), b0 = v128.load(at + 2 * plane);
    let weights = f32x4.splat(0), red = weights, green = weights, blue = weights;
    for (let tap = list; tap < end; tap += 8) {
      const from = load<u32>(tap) + x;
      const r = v128.load(from), g = v128.load(from + plane), b = v128.load(from + 2 * plane);
      const d = f32x4.add(f32x4.add(f32x4.abs(f32x4.sub(r, r0)), f32x4.abs(f32x4.sub(g, g0))), f32x4.abs(f32x4.sub(b, b0)));
      const w = exp4(f32x4.add(f32x4.mul(f32x4.mul(d, d), k), v128.load32_splat(tap, 4)));
      weights = f32x4.add(weights, w);
      red = f32x4.add(red, f32x4.mul(r, w));
      green = f32x4.add(green, f32x4.mul(g, w));
      blue = f32x4.add(blue, f32x4.mul(b, w));
    }
    const one = f32x4.div(f32x4.splat(1), weights);
    red = f32x4.mul(red, one);
    green = f32x4.mul(green, one);
    blue = f32x4.mul(blue, one);
    // Back to pixels: r g b r, g b r g, b r g b.
    const rg = v128.shuffle<f32>(red, green, 0, 4, 1, 5), rg2 = v128.shuffle<f32>(red, green, 2, 6, 3, 7);
    v128.store(to, v128.shuffle<f32>(rg, blue, 0, 1, 4, 2));
    v128.store(to, v128.shuffle<f32>(v128.shuffle<f32>(green, blue, 1, 5, 1, 5), rg2, 0, 1, 4, 5), 16);
    v128.store(to, v128.shuffle<f32>(blue, rg2, 2, 6, 7, 3), 32);
  }
}
