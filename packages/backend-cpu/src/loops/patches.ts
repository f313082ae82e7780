// Patches: the matrix whose rows are the windows of an input, one row an output position; convolution is its product
// with the filter. Columns run over the window's taps, then over a group's channels.
import type { View, WindowParameters } from "@tensorloom/tensor/backend";
import { elementsOf, type Elements } from "../host-storage.ts";

/** What of the input a patch matrix is made of. */
export interface PatchGeometry extends WindowParameters {
  /** The input's spatial sizes. */
  readonly space: readonly number[];
  /** The output's spatial sizes. */
  readonly outSpace: readonly number[];
  /** The window's sizes. */
  readonly window: readonly number[];
  /** The input's channels. */
  readonly channels: number;
  /** The first channel of the group, and how many it has. */
  readonly group: readonly [first: number, count: number];
}

/** Fills `patches` (`[rows, taps * count]`, contiguous) with the windows of output positions `firstRow` and on. */
export function gatherPatches(
  input: View,
  patches: View,
  firstRow: number,
  geometry: PatchGeometry,
): void {
  const from = elementsOf(input);
  const to = elementsOf(patches);
  eachTap(patches.shape[0]!, firstRow, geometry, (row, tap, position) => {
    const count = geometry.group[1];
    const out = to.offset + (row * taps(geometry) + tap) * count;
    if (position < 0) to.array.fill(0, out, out + count);
    else copyRun(from, from.offset + position, to, out, count);
  });
}

/** Adds the rows of `patches` back to the windows that they stand for: the adjoint of {@link gatherPatches}. */
export function scatterPatches(
  patches: View,
  output: View,
  firstRow: number,
  geometry: PatchGeometry,
): void {
  const from = elementsOf(patches);
  const to = elementsOf(output);
  const { array } = to;
  eachTap(patches.shape[0]!, firstRow, geometry, (row, tap, position) => {
    if (position < 0) return;
    const count = geometry.group[1];
    const at = from.offset + (row * taps(geometry) + tap) * count;
    const out = to.offset + position;
    for (let i = 0; i < count; i++) array[out + i]! += from.array[at + i]!;
  });
}

function copyRun(from: Elements, at: number, to: Elements, out: number, count: number): void {
  for (let i = 0; i < count; i++) to.array[out + i] = from.array[at + i]!;
}

function taps(geometry: PatchGeometry): number {
  let count = 1;
  for (const size of geometry.window) count *= size;
  return count;
}

/**
 * Visits each tap of each window. `position` is where the group's channels of the element under the tap begin in the
 * input, or -1 in the padding.
 */
function eachTap(
  rows: number,
  firstRow: number,
  geometry: PatchGeometry,
  visit: (row: number, tap: number, position: number) => void,
): void {
  const { channels, group } = geometry;
  // Lower ranks become three axes of which the first have size 1, so that the loops are written out once.
  const [d, h, w] = lifted(geometry.space, 1);
  const [od, oh, ow] = lifted(geometry.outSpace, 1);
  const [kd, kh, kw] = lifted(geometry.window, 1);
  const [sd, sh, sw] = lifted(geometry.strides, 1);
  const [gd, gh, gw] = lifted(geometry.dilation, 1);
  const before = geometry.padding.map((pair) => pair[0]);
  const [pd, ph, pw] = lifted(before, 0);
  for (let row = 0; row < rows; row++) {
    let rest = firstRow + row;
    const x0 = (rest % ow) * sw - pw;
    rest = Math.trunc(rest / ow);
    const y0 = (rest % oh) * sh - ph;
    rest = Math.trunc(rest / oh);
    const z0 = (rest % od) * sd - pd;
    const batch = Math.trunc(rest / od);
    let tap = 0;
    for (let i = 0; i < kd; i++) {
      const z = z0 + i * gd;
      for (let j = 0; j < kh; j++) {
        const y = y0 + j * gh;
        const isInside = z >= 0 && z < d && y >= 0 && y < h;
        const line = ((batch * d + z) * h + y) * w;
        for (let k = 0; k < kw; k++, tap++) {
          const x = x0 + k * gw;
          const position = isInside && x >= 0 && x < w ? (line + x) * channels + group[0] : -1;
          visit(row, tap, position);
        }
      }
    }
  }
}

function lifted(sizes: readonly number[], fill: number): readonly [number, number, number] {
  const [a, b, c] = sizes;
  if (sizes.length === 1) return [fill, fill, a!];
  return sizes.length === 2 ? [fill, a!, b!] : [a!, b!, c!];
}
