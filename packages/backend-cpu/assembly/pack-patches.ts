// Packing of patches straight from an image batch into panels, so that convolution is a matrix product and no patch matrix
// is ever made. Row r of the patch matrix is output position r (batch and space as one index); its columns are
// (tap, channel).
import { tileRows } from "./gemm";

let source: u32 = 0;
let imageStride: u32 = 0;
let table: u32 = 0;
let perImage: u32 = 0;
let taps: u32 = 0;
let run: u32 = 0;

/**
 * Says what the patches are of: `table[position within an image][tap]` is where a tap's `run` channels begin, in elements
 * from the image's beginning, or -1 in the padding; images lie `imageStride` elements apart from `source` on.
 */
export function beginPatches(from: u32, stride: u32, positions: u32, count: u32, tapCount: u32, length: u32): void {
  source = from;
  imageStride = stride;
  table = positions;
  perImage = count;
  taps = tapCount;
  run = length;
}

/** Rows [i0, i0 + mc) and columns [k0, k0 + kc) of the patches, as panels of five rows: [panel][k][5]. */
export function packPatches<T>(i0: u32, mc: u32, k0: u32, kc: u32, to: u32): void {
  for (let i: u32 = 0; i < mc; i += tileRows) {
    const end = i0 + mc - 1;
    const r0 = i0 + i;
    let tap = k0 / run;
    let first = k0 - tap * run;
    for (let done: u32 = 0; done < kc; ) {
      const length = min(run - first, kc - done);
      packRun<T>(r0, tap, first, length, to);
      packRun<T>(min(r0 + 1, end), tap, first, length, to + sizeof<T>());
      packRun<T>(min(r0 + 2, end), tap, first, length, to + 2 * sizeof<T>());
      packRun<T>(min(r0 + 3, end), tap, first, length, to + 3 * sizeof<T>());
      packRun<T>(min(r0 + 4, end), tap, first, length, to + 4 * sizeof<T>());
      done += length;
      to += length * 5 * sizeof<T>();
      first = 0;
      tap++;
    }
  }
}

/** Channels [first, first + length) under one tap of one window, every fifth element of a panel. */
// @ts-ignore: decorator
@inline
function packRun<T>(row: u32, tap: u32, first: u32, length: u32, to: u32): void {
  const image = row / perImage;
  const entry = load<i32>(table + (((row - image * perImage) * taps + tap) << 2));
  const end = to + length * 5 * sizeof<T>();
  if (entry < 0) {
    for (; to < end; to += 5 * sizeof<T>()) store<T>(to, 0);
    return;
  }
  let from = source + (image * imageStride + entry + first) * sizeof<T>();
  for (; to < end; to += 5 * sizeof<T>()) {
    store<T>(to, load<T>(from));
    from += sizeof<T>();
  }
}

/** Columns [i0, i0 + mc) and rows [k0, k0 + kc) of the patches, as panels of five columns: [panel][k][5]. */
export function packPatchesTransposed<T>(i0: u32, mc: u32, k0: u32, kc: u32, to: u32): void {
  const firstImage = k0 / perImage;
  for (let i: u32 = 0; i < mc; i += tileRows) {
    for (let q: u32 = 0; q < tileRows; q++) {
      const column = i0 + min(i + q, mc - 1);
      const tap = column / run;
      const channel = column - tap * run;
      let at = to + q * sizeof<T>();
      let base = source + (firstImage * imageStride + channel) * sizeof<T>();
      let position = k0 - firstImage * perImage;
      let entryAt = table + ((position * taps + tap) << 2);
      for (let p: u32 = 0; p < kc; p++) {
        const entry = load<i32>(entryAt);
        store<T>(at, entry < 0 ? 0 : load<T>(base + <u32>entry * sizeof<T>()));
        at += 5 * sizeof<T>();
        entryAt += taps << 2;
        if (++position === perImage) {
          position = 0;
          entryAt = table + (tap << 2);
          base += imageStride * sizeof<T>();
        }
      }
    }
    to += kc * 5 * sizeof<T>();
  }
}
