// Medians of windows of 3 and of 5, on images that have been padded. The columns of a window are sorted once for all windows
// that they are in.
import { max4, min4 } from "./lanes";
import { median3, median5 } from "./median-networks.generated";

/**
 * Computes `rows` output rows from `firstRow`, counted over the batch, of `elements` (pixels times channels); `input` has `margin` =
 * `size` - 1 rows and as many pixels a row more. Lanes: 16 bytes, or four floats.
 */
export function median(
  input: u32, isBytes: bool, output: u32, firstRow: u32, rows: u32, height: u32, elements: u32,
  channels: u32, size: u32, workspace: u32,
): void {
  const width: u32 = isBytes ? 1 : 4;
  const margin = size - 1, pixel = channels * width;
  const padded = elements * width + margin * pixel;
  const line = (padded + 64) & ~15, result = workspace + size * line;
  for (let row = firstRow; row < firstRow + rows; row++) {
    const at = input + (row + (row / height) * margin) * padded;
    if (size === 3) {
      if (isBytes) {
        sortColumns3Bytes(at, padded, workspace, line);
        median3Bytes(workspace, line, pixel, result, elements);
      } else {
        sortColumns3Floats(at, padded, workspace, line);
        median3Floats(workspace, line, pixel, result, elements << 2);
      }
    } else if (isBytes) {
      sortColumns5Bytes(at, padded, workspace, line);
      median5Bytes(workspace, line, pixel, result, elements);
    } else {
      sortColumns5Floats(at, padded, workspace, line);
      median5Floats(workspace, line, pixel, result, elements << 2);
    }
    memory.copy(output + row * elements * width, result, elements * width);
  }
}

// @ts-ignore: decorator
@inline
function sortColumns3<T>(from: u32, bytes: u32, to: u32, line: u32): void {
  for (let e: u32 = 0; e < bytes; e += 16) {
    const a = v128.load(from + e), b = v128.load(from + e + bytes), c = v128.load(from + e + 2 * bytes);
    const low = min4<T>(b, c), high = max4<T>(b, c), middle = max4<T>(a, low);
    v128.store(to + e, min4<T>(a, low));
    v128.store(to + e + line, min4<T>(middle, high));
    v128.store(to + e + 2 * line, max4<T>(middle, high));
  }
}

// @ts-ignore: decorator
@inline
function sortColumns5<T>(from: u32, bytes: u32, to: u32, line: u32): void {
  for (let e: u32 = 0; e < bytes; e += 16) {
    const at = from + e, out = to + e;
    const a0 = v128.load(at), b0 = v128.load(at + bytes), c0 = v128.load(at + 2 * bytes);
    const d0 = v128.load(at + 3 * bytes), e0 = v128.load(at + 4 * bytes);
    const a1 = min4<T>(a0, b0), b1 = max4<T>(a0, b0);
    const d1 = min4<T>(d0, e0), e1 = max4<T>(d0, e0);
    const c2 = min4<T>(c0, e1), e2 = max4<T>(c0, e1);
    const c3 = min4<T>(c2, d1), d3 = max4<T>(c2, d1);
    const b4 = min4<T>(b1, e2), e4 = max4<T>(b1, e2);
    const a5 = min4<T>(a1, d3), d5 = max4<T>(a1, d3);
    const a6 = min4<T>(a5, c3), c6 = max4<T>(a5, c3);
    const b7 = min4<T>(b4, d5), d7 = max4<T>(b4, d5);
    v128.store(out, a6);
    v128.store(out + line, min4<T>(b7, c6));
    v128.store(out + 2 * line, max4<T>(b7, c6));
    v128.store(out + 3 * line, d7);
    v128.store(out + 4 * line, e4);
  }
}

/** Sorts columns of three bytes. */
export function sortColumns3Bytes(from: u32, bytes: u32, to: u32, line: u32): void {
  sortColumns3<u8>(from, bytes, to, line);
}

/** Sorts columns of three floats. */
export function sortColumns3Floats(from: u32, bytes: u32, to: u32, line: u32): void {
  sortColumns3<f32>(from, bytes, to, line);
}

/** Sorts columns of five bytes. */
export function sortColumns5Bytes(from: u32, bytes: u32, to: u32, line: u32): void {
  sortColumns5<u8>(from, bytes, to, line);
}

/** Sorts columns of five floats. */
export function sortColumns5Floats(from: u32, bytes: u32, to: u32, line: u32): void {
  sortColumns5<f32>(from, bytes, to, line);
}

/** Medians of 3 by 3 bytes, whose columns are sorted. */
export function median3Bytes(from: u32, line: u32, pixel: u32, to: u32, bytes: u32): void {
  for (let e: u32 = 0; e < bytes; e += 16) v128.store(to + e, median3<u8>(from + e, line, pixel));
}

/** Medians of 3 by 3 floats, whose columns are sorted. */
export function median3Floats(from: u32, line: u32, pixel: u32, to: u32, bytes: u32): void {
  for (let e: u32 = 0; e < bytes; e += 16) v128.store(to + e, median3<f32>(from + e, line, pixel));
}

/** Medians of 5 by 5 bytes, whose columns are sorted. */
export function median5Bytes(from: u32, line: u32, pixel: u32, to: u32, bytes: u32): void {
  for (let e: u32 = 0; e < bytes; e += 16) v128.store(to + e, median5<u8>(from + e, line, pixel));
}

/** Medians of 5 by 5 floats, whose columns are sorted. */
export function median5Floats(from: u32, line: u32, pixel: u32, to: u32, bytes: u32): void {
  for (let e: u32 = 0; e < bytes; e += 16) v128.store(to + e, median5<f32>(from + e, line, pixel));
}
