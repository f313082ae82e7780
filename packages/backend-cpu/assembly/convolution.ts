// Convolution as a matrix product whose left operand is never made: panels are packed straight from the input.
import { unfinished } from "./finish";
import { panelsAt } from "./gemm";
import * as g from "./geometry";
import {
  blockRows, interleave, multiplyBlock, packColumns, paddedColumns, panelBytes, tileColumns, tileDepth, tileRows,
} from "./tiles";

/** Far outside of every input: where a panel has no more rows. */
const nowhere: i32 = -0x40000000;

/** Bytes of working memory that {@link convolveFilter} needs, and {@link convolve}, which packs no columns, for `n` of 0. */
export function convolutionWorkspace(n: u32, k: u32, lineLength: u32): u32 {
  return panelBytes(n, k) + lineLength * 4 + tileRows * 16 + tileDepth * 16;
}

/**
 * output[row] = patch(row) · filter for `rows` output positions from `firstRow`, and the `n` channels from `firstColumn`, a multiple of
 * 8, of `allColumns` that `packed` has, as {@link packRight} packs them. Index mapping: a patch's elements run over the
 * window's taps, then the group's channels; `input` points at the group's first channel, `output` and `bias` at the first
 * that is computed. Lanes: four output channels.
 */
export function convolve(
  input: u32, packed: u32, allColumns: u32, firstColumn: u32, output: u32, outputRow: u32,
  firstRow: u32, rows: u32, n: u32, k: u32, geometry: u32, workspace: u32, bias: u32, activation: u32,
): void {
  g.readGeometry(geometry);
  const edge = workspace + blockRows * min(k, tileDepth) * 4;
  const zeros = edge + tileRows * tileColumns * 4;
  const lineLength = <u32>(g.windowWidth * g.count);
  memory.fill(zeros, 0, lineLength * 4);
  const places = zeros + lineLength * 4;
  for (let k0: u32 = 0; k0 < k; k0 += tileDepth) {
    const kc = min(tileDepth, k - k0);
    const panels = panelsAt(packed, allColumns, firstColumn, k0, kc);
    const finish = k0 + kc === k ? activation : unfinished;
    g.seek(firstRow, input);
    for (let i0: u32 = 0; i0 < rows; i0 += blockRows) {
      const mc = min(blockRows, rows - i0);
      packPatches(mc, k0, kc, workspace, zeros, places);
      const to = output + i0 * outputRow * 4;
      multiplyBlock(workspace, panels, mc, n, kc, to, outputRow, k0 > 0, edge, bias, finish);
    }
  }
}

/** Panels of 5 patches, elements k0 to k0 + kc, from the current position on. `places` has room for 5 of 4 words. */
function packPatches(mc: u32, k0: u32, kc: u32, to: u32, zeros: u32, places: u32): void {
  const lineLength = <u32>(g.windowWidth * g.count);
  // Neighbouring taps lie side by side where the group has all channels and the window no gaps.
  const isLine = g.windowWidth === 1 || (g.gapWidth === 1 && g.count === g.channels);
  const end = k0 + kc;
  for (let i: u32 = 0; i < mc; i += tileRows) {
    for (let q: u32 = 0; q < tileRows; q++) {
      const place = places + (q << 4);
      if (i + q < mc) {
        store<u32>(place, g.origin());
        store<i32>(place, g.atZ, 4);
        store<i32>(place, g.atY, 8);
        store<i32>(place, g.atX, 12);
        g.advance();
      } else {
        store<i32>(place, nowhere, 4);
      }
    }
    let k = k0;
    while (k < end) {
      const line = k / lineLength;
      const within = k - line * lineLength;
      const tapZ = <i32>line / g.windowHeight;
      const tapY = <i32>line - tapZ * g.windowHeight;
      const z = tapZ * g.gapDepth;
      const y = tapY * g.gapHeight;
      const above = ((z * g.height + y) * g.width) * g.channels;
      const tap = within / <u32>g.count;
      let n = min(lineLength - within, end - k);
      let offset = <u32>(above + <i32>within) * 4;
      let first = <i32>tap;
      let last = <i32>((within + n - 1) / <u32>g.count);
      if (!isLine || !isInside(places, z, y, first, last)) {
        const c = within - tap * <u32>g.count;
        n = min(<u32>g.count - c, end - k);
        offset = <u32>(above + first * g.gapWidth * g.channels + <i32>c) * 4;
        first = last = first * g.gapWidth;
      }
      interleave(
        source(places, z, y, first, offset, zeros),
        source(places + 16, z, y, first, offset, zeros),
        source(places + 32, z, y, first, offset, zeros),
        source(places + 48, z, y, first, offset, zeros),
        source(places + 64, z, y, first, offset, zeros),
        n,
        to,
      );
      to += n * 20;
      k += n;
    }
  }
}

/** Whether each of five places has taps `first` to `last` of a line all inside, or none. */
function isInside(places: u32, z: i32, y: i32, first: i32, last: i32): bool {
  for (let q: u32 = 0; q < tileRows; q++) {
    const place = places + (q << 4);
    const x = load<i32>(place, 12);
    if (x + first >= 0 && x + last < g.width) continue;
    if (isOnLine(place, z, y)) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline
function isOnLine(place: u32, z: i32, y: i32): bool {
  return (
    <u32>(load<i32>(place, 4) + z) < <u32>g.depth && <u32>(load<i32>(place, 8) + y) < <u32>g.height
  );
}

/** Where a place's elements are; zeros in the padding. */
// @ts-ignore: decorator
@inline
function source(place: u32, z: i32, y: i32, x: i32, offset: u32, zeros: u32): u32 {
  const isIn = isOnLine(place, z, y) && <u32>(load<i32>(place, 12) + x) < <u32>g.width;
  return isIn ? load<u32>(place) + offset : zeros;
}

/**
 * filter = patchesᵀ · gradient over all output positions, for `elements` of its rows from `firstElement`. Index mapping:
 * rows of the filter are a patch's elements, its columns output channels. Lanes: four output channels.
 */
export function convolveFilter(
  input: u32, gradient: u32, gradientRow: u32, filter: u32, filterRow: u32,
  positions: u32, n: u32, firstElement: u32, elements: u32, geometry: u32, workspace: u32,
): void {
  g.readGeometry(geometry);
  const packedB = workspace;
  const packedA = packedB + paddedColumns(n) * min(positions, tileDepth) * 4;
  const edge = packedA + blockRows * min(positions, tileDepth) * 4;
  const places = edge + tileRows * tileColumns * 4;
  g.seek(0, input);
  for (let p0: u32 = 0; p0 < positions; p0 += tileDepth) {
    const kc = min(tileDepth, positions - p0);
    packColumns(gradient + p0 * gradientRow * 4, gradientRow, 1, n, kc, packedB);
    let isInside = true;
    for (let p: u32 = 0; p < kc; p++) {
      const place = places + (p << 4);
      store<u32>(place, g.origin());
      store<i32>(place, g.atZ, 4);
      store<i32>(place, g.atY, 8);
      store<i32>(place, g.atX, 12);
      isInside = isInside && g.isWindowInside();
      g.advance();
    }
    const end = firstElement + elements;
    for (let e0 = firstElement; e0 < end; e0 += blockRows) {
      const mc = min(blockRows, end - e0);
      for (let i: u32 = 0; i < mc; i += tileRows) {
        packElements(e0 + i, min(tileRows, mc - i), kc, packedA + i * kc * 4, places, isInside);
      }
      multiplyBlock(packedA, packedB, mc, n, kc, filter + e0 * filterRow * 4, filterRow, p0 > 0, edge, 0, unfinished);
    }
  }
}

/** One panel of elements `first` and on of `kc` patches: [position][5]. */
function packElements(
  first: u32, rows: u32, kc: u32, to: u32, places: u32, isInside: bool,
): void {
  const lineLength = <u32>(g.windowWidth * g.count);
  const line = first / lineLength;
  const within = first - line * lineLength;
  const tapZ = <i32>line / g.windowHeight;
  const z = tapZ * g.gapDepth;
  const y = (<i32>line - tapZ * g.windowHeight) * g.gapHeight;
  const above = ((z * g.height + y) * g.width) * g.channels;
  const tap = <i32>(within / <u32>g.count);
  const c = <i32>within - tap * g.count;
  const isOneTap = c + <i32>tileRows <= g.count;
  const isLine =
    within + tileRows <= lineLength && (isOneTap || (g.gapWidth === 1 && g.count === g.channels));
  if (isInside && rows === tileRows) {
    packInside(first, kc, to, places);
    return;
  }
  if (rows < tileRows || !isLine) {
    for (let q: u32 = 0; q < tileRows; q++) packElement(first + q, q < rows, kc, to + (q << 2), places);
    return;
  }
  const x0 = tap * g.gapWidth;
  const x1 = <i32>((within + tileRows - 1) / <u32>g.count) * g.gapWidth;
  const offset = <u32>(above + x0 * g.channels + c) * 4;
  const zero = f32x4.splat(0);
  for (let p: u32 = 0; p < kc; p++) {
    const place = places + (p << 4);
    const at = to + p * 20;
    const x = load<i32>(place, 12);
    if (!isOnLine(place, z, y)) {
      v128.store(at, zero);
      store<f32>(at, 0, 16);
    } else if (x + x0 >= 0 && x + x1 < g.width) {
      const from = load<u32>(place) + offset;
      v128.store(at, v128.load(from));
      store<f32>(at, load<f32>(from, 16), 16);
    } else {
      const from = load<u32>(place) + offset;
      for (let q: i32 = 0; q < <i32>tileRows; q++) {
        const column = x + x0 + (c + q) / g.count;
        store<f32>(at + (q << 2), <u32>column < <u32>g.width ? load<f32>(from + (q << 2)) : 0);
      }
    }
  }
}

/** The same where all of the windows lie inside: nothing is asked of a place but its address. */
function packInside(first: u32, kc: u32, to: u32, places: u32): void {
  const o0 = g.offsetOf(first), o1 = g.offsetOf(first + 1), o2 = g.offsetOf(first + 2);
  const o3 = g.offsetOf(first + 3), o4 = g.offsetOf(first + 4);
  const end = to + kc * 20;
  if (o4 === o0 + 16 && o3 === o0 + 12 && o2 === o0 + 8) {
    for (; to < end; to += 20, places += 16) {
      const from = load<u32>(places) + o0;
      v128.store(to, v128.load(from));
      store<f32>(to, load<f32>(from, 16), 16);
    }
    return;
  }
  for (; to < end; to += 20, places += 16) {
    const from = load<u32>(places);
    store<f32>(to, load<f32>(from + o0));
    store<f32>(to, load<f32>(from + o1), 4);
    store<f32>(to, load<f32>(from + o2), 8);
    store<f32>(to, load<f32>(from + o3), 12);
    store<f32>(to, load<f32>(from + o4), 16);
  }
}

/** One element of `kc` patches, five words apart. */
function packElement(element: u32, isThere: bool, kc: u32, to: u32, places: u32): void {
  const lineLength = <u32>(g.windowWidth * g.count);
  const line = element / lineLength;
  const within = element - line * lineLength;
  const tapZ = <i32>line / g.windowHeight;
  const z = tapZ * g.gapDepth;
  const y = (<i32>line - tapZ * g.windowHeight) * g.gapHeight;
  const tap = <i32>(within / <u32>g.count);
  const x = tap * g.gapWidth;
  const c = <i32>within - tap * g.count;
  const offset = <u32>(((z * g.height + y) * g.width + x) * g.channels + c) * 4;
  for (let p: u32 = 0; p < kc; p++) {
    const place = places + (p << 4);
    const isIn =
      isThere && isOnLine(place, z, y) && <u32>(load<i32>(place, 12) + x) < <u32>g.width;
    store<f32>(to + p * 20, isIn ? load<f32>(load<u32>(place) + offset) : 0);
  }
}

/** Adds rows of patches back to the windows that they stand for. Lanes: four channels. */
export function scatterPatches(
  patches: u32, output: u32, firstRow: u32, rows: u32, geometry: u32,
): void {
  g.readGeometry(geometry);
  g.seek(firstRow, output);
  const n = <u32>g.count;
  const whole = n & ~3;
  let from = patches;
  for (let row: u32 = 0; row < rows; row++) {
    const base = g.origin();
    for (let i = 0; i < g.windowDepth; i++) {
      const z = i * g.gapDepth;
      for (let j = 0; j < g.windowHeight; j++) {
        const y = j * g.gapHeight;
        const isLine = <u32>(g.atZ + z) < <u32>g.depth && <u32>(g.atY + y) < <u32>g.height;
        for (let l = 0; l < g.windowWidth; l++) {
          const x = l * g.gapWidth;
          if (isLine && <u32>(g.atX + x) < <u32>g.width) {
            const to = base + <u32>(((z * g.height + y) * g.width + x) * g.channels) * 4;
            let c: u32 = 0;
            for (; c < whole; c += 4) {
              const at = to + (c << 2);
              v128.store(at, f32x4.add(v128.load(at), v128.load(from + (c << 2))));
            }
            for (; c < n; c++) {
              const at = to + (c << 2);
              store<f32>(at, load<f32>(at) + load<f32>(from + (c << 2)));
            }
          }
          from += n << 2;
        }
      }
    }
    g.advance();
  }
}
