// Patches: the matrix whose rows are the windows of an input, one row an output position; convolution is its product
// with the filter. Columns run over the window's taps, then over a group's channels.
import type { View, WindowParameters } from "@tensorloom/tensor/backend";
import { elementsOf } from "../host-storage.ts";

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
  const { array: from, offset: start } = elementsOf(input);
  const { array: to, offset } = elementsOf(patches);
  const count = geometry.group[1];
  eachTap(patches.shape[0]!, firstRow, geometry, (tap, position) => {
    const out = offset + tap * count;
    if (position < 0) {
      for (let i = 0; i < count; i++) to[out + i] = 0;
    } else {
      const at = start + position;
      for (let i = 0; i < count; i++) to[out + i] = from[at + i]!;
    }
  });
}

/** Adds the rows of `patches` back to the windows that they stand for: the adjoint of {@link gatherPatches}. */
export function scatterPatches(
  patches: View,
  output: View,
  firstRow: number,
  geometry: PatchGeometry,
): void {
  const { array: from, offset: start } = elementsOf(patches);
  const { array: to, offset } = elementsOf(output);
  const count = geometry.group[1];
  eachTap(patches.shape[0]!, firstRow, geometry, (tap, position) => {
    if (position < 0) return;
    const at = start + tap * count;
    const out = offset + position;
    for (let i = 0; i < count; i++) to[out + i]! += from[at + i]!;
  });
}

/**
 * Visits each tap of each window, in the order of the patches. `tap` counts them from the first; `position` is where the
 * group's channels of the element under it begin in the input, or -1 in the padding.
 */
function eachTap(
  rows: number,
  firstRow: number,
  geometry: PatchGeometry,
  visit: (tap: number, position: number) => void,
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
  let tap = 0;
  for (let row = firstRow; row < firstRow + rows; row++) {
    let rest = row;
    const x0 = (rest % ow) * sw - pw;
    rest = Math.trunc(rest / ow);
    const y0 = (rest % oh) * sh - ph;
    rest = Math.trunc(rest / oh);
    const z0 = (rest % od) * sd - pd;
    const batch = Math.trunc(rest / od);
    for (let i = 0; i < kd; i++) {
      const z = z0 + i * gd;
      for (let j = 0; j < kh; j++) {
        const y = y0 + j * gh;
        const isInside = z >= 0 && z < d && y >= 0 && y < h;
        const line = ((batch * d + z) * h + y) * w;
        for (let k = 0; k < kw; k++) {
          const x = x0 + k * gw;
          const position = isInside && x >= 0 && x < w ? (line + x) * channels + group[0] : -1;
          visit(tap++, position);
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
