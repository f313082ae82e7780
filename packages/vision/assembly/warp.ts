// Images looked up where a projective map says, between pixels by their four neighbours.
import { load4, storeBytes } from "./lanes";

/** Where place `i` of an axis is found beyond the border; -1 for the constant. Borders are numbered as in geometry/warp-kernel.ts. */
function place(i: i32, size: i32, border: u32): i32 {
  if (<u32>i < <u32>size) return i;
  if (border === 3) return -1;
  if (border === 2) return i < 0 ? 0 : size - 1;
  if (border === 0) {
    if (size === 1) return 0;
    const period = 2 * (size - 1), at = ((i % period) + period) % period;
    return at < size ? at : period - at;
  }
  if (border === 1) {
    const period = 2 * size, at = ((i % period) + period) % period;
    return at < size ? at : period - 1 - at;
  }
  return ((i % size) + size) % size;
}

/**
 * Computes `rows` rows from `firstRow`, counted over the batch. Place (x, y) of the result is that of the input's
 * (m0 x + m1 y + m2, m3 x + m4 y + m5) / (m6 x + m7 y + m8). Lanes: four channels of a pixel.
 */
export function warp(
  input: u32, isBytes: bool, output: u32, firstRow: u32, rows: u32, height: i32, width: i32, channels: u32,
  outHeight: u32, outWidth: u32, m0: f64, m1: f64, m2: f64, m3: f64, m4: f64, m5: f64, m6: f64, m7: f64, m8: f64,
  isNearest: bool, border: u32, value: f32, workspace: u32,
): void {
  const elements = outWidth * channels, bytes = workspace + ((elements + 64) << 2);
  const size: u32 = isBytes ? 1 : 4;
  for (let row = firstRow; row < firstRow + rows; row++) {
    const image = input + (row / outHeight) * <u32>(height * width) * channels * size;
    const y = <f64>(row % outHeight);
    if (isBytes) warpBytes(image, workspace, height, width, channels, outWidth, m0, m1 * y + m2, m3, m4 * y + m5, m6, m7 * y + m8, isNearest, border, value);
    else warpFloats(image, workspace, height, width, channels, outWidth, m0, m1 * y + m2, m3, m4 * y + m5, m6, m7 * y + m8, isNearest, border, value);
    if (isBytes) {
      storeBytes(workspace, bytes, elements);
      memory.copy(output + row * elements, bytes, elements);
    } else memory.copy(output + ((row * elements) << 2), workspace, elements << 2);
  }
}

/** One row of bytes; see `warpRow`. */
export function warpBytes(
  image: u32, to: u32, height: i32, width: i32, channels: u32, outWidth: u32,
  dx: f64, x0: f64, dy: f64, y0: f64, dw: f64, w0: f64, isNearest: bool, border: u32, value: f32,
): void {
  warpRow<u8>(image, to, height, width, channels, outWidth, dx, x0, dy, y0, dw, w0, isNearest, border, value);
}

/** One row of floats; see `warpRow`. */
export function warpFloats(
  image: u32, to: u32, height: i32, width: i32, channels: u32, outWidth: u32,
  dx: f64, x0: f64, dy: f64, y0: f64, dw: f64, w0: f64, isNearest: bool, border: u32, value: f32,
): void {
  warpRow<f32>(image, to, height, width, channels, outWidth, dx, x0, dy, y0, dw, w0, isNearest, border, value);
}

// @ts-ignore: decorator
@inline
function warpRow<T>(
  image: u32, to: u32, height: i32, width: i32, channels: u32, outWidth: u32,
  dx: f64, x0: f64, dy: f64, y0: f64, dw: f64, w0: f64, isNearest: bool, border: u32, value: f32,
): void {
  const size = <u32>sizeof<T>();
  const pixel = channels * size, line = <u32>width * pixel;
  const atOnce = 1 / w0;
  for (let i: u32 = 0; i < outWidth; i++, to += channels << 2) {
    const at = <f64>i;
    // Affine maps divide once a row.
    const inverse = dw === 0 ? atOnce : 1 / (dw * at + w0);
    let x = (dx * at + x0) * inverse, y = (dy * at + y0) * inverse;
    if (isNearest) {
      x = floor(x + 0.5);
      y = floor(y + 0.5);
    }
    // Far away is as good as outside, and fits an integer; so is what is no number.
    if (!(abs(x) < 1e8)) x = x > 0 ? 1e8 : -1e8;
    if (!(abs(y) < 1e8)) y = y > 0 ? 1e8 : -1e8;
    const left = <i32>floor(x), top = <i32>floor(y);
    const right = f32x4.splat(<f32>(x - <f64>left)), below = f32x4.splat(<f32>(y - <f64>top));
    const one = f32x4.splat(1);
    const w00 = f32x4.mul(f32x4.sub(one, right), f32x4.sub(one, below)), w01 = f32x4.mul(right, f32x4.sub(one, below));
    const w10 = f32x4.mul(f32x4.sub(one, right), below), w11 = f32x4.mul(right, below);
    if (left >= 0 && top >= 0 && left < width - 1 && top < height - 1) {
      const base = image + <u32>top * line + <u32>left * pixel;
      for (let c: u32 = 0; c < channels; c += 4) {
        const from = base + c * size;
        const above = f32x4.add(f32x4.mul(load4<T>(from), w00), f32x4.mul(load4<T>(from + pixel), w01));
        const under = f32x4.add(f32x4.mul(load4<T>(from + line), w10), f32x4.mul(load4<T>(from + line + pixel), w11));
        v128.store(to + (c << 2), f32x4.add(above, under));
      }
      continue;
    }
    const xs0 = place(left, width, border), xs1 = place(left + 1, width, border);
    const ys0 = place(top, height, border), ys1 = place(top + 1, height, border);
    const outside = f32x4.splat(value);
    for (let c: u32 = 0; c < channels; c += 4) {
      const base = image + c * size;
      let sum = f32x4.mul(xs0 < 0 || ys0 < 0 ? outside : load4<T>(base + <u32>ys0 * line + <u32>xs0 * pixel), w00);
      sum = f32x4.add(sum, f32x4.mul(xs1 < 0 || ys0 < 0 ? outside : load4<T>(base + <u32>ys0 * line + <u32>xs1 * pixel), w01));
      sum = f32x4.add(sum, f32x4.mul(xs0 < 0 || ys1 < 0 ? outside : load4<T>(base + <u32>ys1 * line + <u32>xs0 * pixel), w10));
      sum = f32x4.add(sum, f32x4.mul(xs1 < 0 || ys1 < 0 ? outside : load4<T>(base + <u32>ys1 * line + <u32>xs1 * pixel), w11));
      v128.store(to + (c << 2), sum);
    }
  }
}
